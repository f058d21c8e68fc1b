"""Tests of offchain/chain."""
