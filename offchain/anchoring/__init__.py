"""Blocks of other chains, recorded on the main chain; no asset."""
