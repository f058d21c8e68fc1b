"""Power points on a trading day."""
