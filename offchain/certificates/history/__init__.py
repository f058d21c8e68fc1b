"""What the events of certificates add up to."""
