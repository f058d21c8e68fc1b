"""Tests of offchain/points."""
