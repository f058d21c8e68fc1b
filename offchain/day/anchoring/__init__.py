"""Anchors of the regional chains on the main chain."""
