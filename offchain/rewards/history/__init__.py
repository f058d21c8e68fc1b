"""What the reward pool's events add up to."""
