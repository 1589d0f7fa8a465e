"""Rules over evidence: load, evaluate, conclude."""
