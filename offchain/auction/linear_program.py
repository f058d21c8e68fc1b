"""Clearing with binding lines: the linear program of Luo et al. 2022, Eq. (1), with HiGHS.

One model per market, warm from one coalition to the next. HiGHS answers in floating point and is not believed: its
prices and its dispatch go through the integer certificate.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from offchain.auction.orders import FACTOR_SCALE, Market
from offchain.auction.scales import PRICE_SCALE
from offchain.errors import LawViolation
from offchain.units import WATTS_PER_MEGAWATT, Floats, Integers, megawatts

TOLERANCE = 1e-10
"""Of HiGHS, for feasibility [MW] and for prices [per MWh]."""
SEPARATION = 1e-9
"""Least difference of two prices as HiGHS sees them [per MWh]: one place in the list at chain resolution."""
LIMIT_MARGIN = 1e-3
"""[W] taken off a line limit, so that what HiGHS finds feasible is feasible in integers."""


@dataclass(frozen=True, kw_only=True)
class Solution:
    """What the solver says, in floating point."""

    power: Floats
    """[W], (orders,)."""
    basic: Integers
    """Positions of the orders that are in the basis: only they can be between their bounds."""
    mu: float
    """[point-wei/kWh]"""
    nu: Floats
    """[point-wei/kWh], (lines,)."""


class LineProgram:
    """The linear program of one market; bounds change from solve to solve."""

    def __init__(self, market: Market) -> None:
        self._columns = np.arange(len(market.orders), dtype=np.int32)
        self._lines = len(market.network.limits)
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]  # highspy types its classes only
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("presolve", "off"),
            ("solver", "simplex"),
            ("primal_feasibility_tolerance", TOLERANCE),
            ("dual_feasibility_tolerance", TOLERANCE),
        ):
            self._solver.setOptionValue(option, value)
        self._solver.passModel(self._model(market))

    def _model(self, market: Market) -> highspy.HighsLp:
        signs = np.array([-1.0 if order.is_load else 1.0 for order in market.orders])
        nodes = [order.node for order in market.orders]
        rows = np.vstack([np.full(market.network.nodes, FACTOR_SCALE), *market.network.factors]) / FACTOR_SCALE
        matrix = rows[:, nodes] * signs
        limits = np.maximum(np.array(market.network.limits) - LIMIT_MARGIN, 0) / WATTS_PER_MEGAWATT
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(nodes), len(rows)
        model.col_cost_ = signs * _separated_prices(market)
        model.col_lower_ = np.array([order.lower / WATTS_PER_MEGAWATT for order in market.orders])
        model.col_upper_ = np.array([order.upper / WATTS_PER_MEGAWATT for order in market.orders])
        model.row_lower_ = np.concatenate([[0.0], -limits])
        model.row_upper_ = np.concatenate([[0.0], limits])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.arange(len(rows) + 1, dtype=np.int32) * len(nodes)
        model.a_matrix_.index_ = np.tile(self._columns, len(rows))
        model.a_matrix_.value_ = matrix.ravel()
        return model

    def solve(self, lower: Integers, upper: Integers) -> Solution:
        """Solve with bounds [W] per order, from the last basis.

        Raises:
            LawViolation: HiGHS finds no optimum.
        """
        self._solver.changeColsBounds(len(self._columns), self._columns, megawatts(lower), megawatts(upper))
        self._solver.run()
        status = self._solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise LawViolation(
                f"no clearing with the line limits: HiGHS says {self._solver.modelStatusToString(status)}"
            )
        solution, basis = self._solver.getSolution(), self._solver.getBasis()
        duals = np.array(solution.row_dual) * PRICE_SCALE
        return Solution(
            power=np.array(solution.col_value) * WATTS_PER_MEGAWATT,
            basic=np.flatnonzero([status == highspy.HighsBasisStatus.kBasic for status in basis.col_status]),
            mu=float(duals[0]),
            nu=-duals[1:],
        )

    def forget(self) -> None:
        """Drop the last basis: the next solve starts cold."""
        self._solver.clearSolver()


def _separated_prices(market: Market) -> Floats:
    """Prices of the objective [per MWh] in their order, moved apart where HiGHS could not tell them from each other."""
    separated = np.empty(len(market.prices))
    last = -np.inf
    for position in sorted(range(len(market.prices)), key=lambda position: market.prices[position]):
        last = separated[position] = max(market.prices[position] / PRICE_SCALE, last + SEPARATION)
    return separated
