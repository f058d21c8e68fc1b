"""Tests of offchain/lots."""
