"""Tests of contracts/anchoring."""
