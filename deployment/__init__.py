"""What stands on each chain, how it gets there, and the proof that it is as planned. Knows nothing of Brownie."""
