"""What the market's events add up to."""
