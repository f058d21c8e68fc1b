"""Tests of contracts/members."""
