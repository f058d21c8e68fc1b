"""Tests of contracts/market."""
