"""Tests of offchain/auction."""
