"""Gridleaf off chain: pure functions over frozen records, with a thin shell of files and chains around them."""
