"""Tests of offchain/grid."""
