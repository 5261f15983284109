"""Which plug is in which socket: the only room that knows. Opens things, in order, and closes them again."""
