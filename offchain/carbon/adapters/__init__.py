"""Flow snapshots from solved power flows, whichever program solved them."""
