"""Grids, their profiles, and their power flow."""
