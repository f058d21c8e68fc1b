"""Programs that solve power flows, behind the port of `offchain/grid/power_flow.py`."""
