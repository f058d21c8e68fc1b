"""Tests of contracts/quotas."""
