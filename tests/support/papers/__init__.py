"""What people sign, and every way to tamper with it."""
