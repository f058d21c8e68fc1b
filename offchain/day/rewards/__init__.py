"""Rewards on a trading day."""
