"""Tests of offchain/rewards."""
