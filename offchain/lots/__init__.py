"""Where points come from: lots, first in, first out."""
