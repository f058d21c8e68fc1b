"""Tests of contracts/rewards."""
