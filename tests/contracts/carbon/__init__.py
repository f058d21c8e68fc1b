"""Tests of contracts/carbon."""
