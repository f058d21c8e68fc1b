"""Tests of contracts/points."""
