"""What `brownie run` runs: thin mains over functions that take everything as arguments."""
