"""Green certificates on a trading day."""
