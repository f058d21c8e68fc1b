"""Tests of offchain/quotas."""
