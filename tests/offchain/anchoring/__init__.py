"""Tests of offchain/anchoring."""
