"""The carbon ledger on a trading day, and the grid that it colours."""
