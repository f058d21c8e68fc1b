"""What the events of members, devices and sheets add up to."""
