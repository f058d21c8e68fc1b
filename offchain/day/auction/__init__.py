"""The low-carbon auction on a trading day."""
