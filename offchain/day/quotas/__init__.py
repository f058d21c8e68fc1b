"""Carbon quotas on a trading day."""
