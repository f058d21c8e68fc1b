"""The report of a trading day: one HTML page that needs nothing else."""
