"""A mechanism that no other file knows: every morning somebody greets on every regional chain."""
