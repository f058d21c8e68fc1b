"""Tests of offchain/certificates."""
