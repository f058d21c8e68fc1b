"""Tests of contracts/auction."""
