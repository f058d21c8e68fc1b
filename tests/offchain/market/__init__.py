"""Tests of offchain/market."""
