"""The low-carbon auction: clearing against the grid's limits, Owen allocation of its emissions, ladder carbon price."""
