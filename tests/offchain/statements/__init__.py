"""Tests of offchain/statements."""
