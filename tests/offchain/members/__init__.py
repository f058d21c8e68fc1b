"""Tests of offchain/members."""
