"""Tests of offchain/day."""
