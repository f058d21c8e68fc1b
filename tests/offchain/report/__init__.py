"""Tests of offchain/report."""
