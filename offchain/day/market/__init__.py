"""The bilateral market on a trading day."""
