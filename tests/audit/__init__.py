"""A whole tenant over real sockets: faults, kills, equality with the per-person path, quotas."""
