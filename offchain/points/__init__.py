"""Power points off chain."""
