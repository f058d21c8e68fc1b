"""Tests of offchain/index."""
