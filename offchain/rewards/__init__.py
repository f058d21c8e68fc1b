"""Rewards off chain."""
