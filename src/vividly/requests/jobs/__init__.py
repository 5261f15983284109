"""Who works on a request, and for how long: leases, tries and checkpoints."""
