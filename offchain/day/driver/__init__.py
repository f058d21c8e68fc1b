"""What runs a day on the chains."""
