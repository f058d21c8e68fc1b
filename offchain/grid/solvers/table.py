"""The solvers that a power flow can be solved by."""

from offchain.grid.solvers.power_grid_model import POWER_GRID_MODEL

SOLVERS = {solver.name: solver for solver in (POWER_GRID_MODEL,)}
DEFAULT_SOLVER = SOLVERS["power-grid-model"]
"""Of the regions' days and of the carbon of long runs."""
