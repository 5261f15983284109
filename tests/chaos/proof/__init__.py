"""What proves the delivery: evidence of a run, fourteen checks of it, and the runs themselves."""
