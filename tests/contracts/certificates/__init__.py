"""Tests of contracts/certificates."""
