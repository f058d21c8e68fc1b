"""The bilateral market off chain: the same integers as its contracts."""
