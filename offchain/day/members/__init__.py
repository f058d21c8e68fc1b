"""Members, devices and meters on a trading day."""
