"""What was read, and nothing else: the schema of facts, their sources and their gaps."""
