"""Carbon allowances off chain."""
