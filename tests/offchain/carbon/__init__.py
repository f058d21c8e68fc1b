"""Tests of offchain/carbon."""
