"""Members' statements of a trading day."""
