"""Tests of offchain."""
