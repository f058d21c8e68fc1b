"""Clearing of an auction hour: merit order with a line check, the linear program where a line binds.

Luo et al. 2022, Eq. (1), with DC flows on limited lines and a lexicographic objective in integers (corrected, see
docs/PAPERS.md). Every clearing that leaves this module has passed its own certificate.
"""

from dataclasses import dataclass

import numpy as np

from offchain.auction.linear_program import LineProgram, Solution
from offchain.auction.merit_order import Book, merit_order
from offchain.auction.optimality import Certificate, certify, emission
from offchain.auction.orders import Market
from offchain.auction.rounding import round_dispatch
from offchain.errors import LawViolation


@dataclass(frozen=True, kw_only=True)
class Clearing:
    """The best dispatch of a market, proven."""

    market: Market
    dispatch: tuple[int, ...]
    """[W] per order."""
    certificate: Certificate

    @property
    def emission(self) -> int:
        """Of the hour [mgCO2e at chain resolution, ugCO2e at the fine one]."""
        return emission(self.market, self.dispatch)

    @property
    def congested(self) -> bool:
        """Whether a line has a price."""
        return any(self.certificate.nu)


def clear(market: Market) -> Clearing:
    """Clear a market.

    Equal quotes: the lower intensity first, then the earlier order; a load and a generator that quote the same do not
    trade. Minimum outputs run whatever they cost. With one side empty nothing runs.

    Raises:
        InputError: the minima of one side exceed what the other can take.
        LawViolation: no dispatch keeps the line limits, or the solver's answer fails the certificate twice.
    """
    book = Book(market)
    cleared = merit_order(book, book.lower[None, :], book.upper[None, :])
    if cleared.overloaded.size:
        return clear_with_lines(market, LineProgram(market))
    dispatch = np.zeros(len(market.orders), dtype=np.int64)
    dispatch[book.positions] = cleared.power[0]
    mu = 0
    if any(order.lower < order.upper for order in market.orders):
        mu = market.prices[book.positions[cleared.marginal[0]]]
    return prove(market, tuple(dispatch.tolist()), mu=mu, nu=(0,) * len(market.network.limits))


def clear_with_lines(market: Market, program: LineProgram) -> Clearing:
    """Clear a market with the linear program of the same orders and network; bounds are the market's.

    A warm start can answer wrongly: what fails the certificate is solved once more from scratch.

    Raises:
        LawViolation: no dispatch keeps the line limits, or the answer fails twice.
    """
    lower = np.array([order.lower for order in market.orders])
    upper = np.array([order.upper for order in market.orders])
    try:
        return _from_solution(market, program.solve(lower, upper))
    except LawViolation:
        program.forget()
        return _from_solution(market, program.solve(lower, upper))


def _from_solution(market: Market, solution: Solution) -> Clearing:
    return prove(market, round_dispatch(market, solution), mu=round(solution.mu), nu=[round(p) for p in solution.nu])


def prove(market: Market, dispatch: tuple[int, ...], *, mu: int, nu: tuple[int, ...] | list[int]) -> Clearing:
    """A clearing of this dispatch [W] with these prices [point-wei/kWh].

    Raises:
        LawViolation: the certificate does not hold.
    """
    return Clearing(market=market, dispatch=dispatch, certificate=certify(market, dispatch, mu=mu, nu=nu))
