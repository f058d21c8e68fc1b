"""Green certificates off chain."""
