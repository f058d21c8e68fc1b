"""Tests of offchain/commands."""
