"""Random market days, from the first agreement to the last correction: contracts and Python agree to the wei.

Each day is simulated in two blocks, one before its gate closes and one after everything, in a random order of calls.
"""

from dataclasses import replace

import pytest

from offchain.market.day_close import DayClose
from offchain.market.rulebooks import MARKET, PAPER, RULEBOOKS, Rulebook
from tests.support.long_runs import examples
from tests.support.market_runner import DayResult, Runner
from tests.support.random_market import RandomDay, closed, corrected, generator, random_day

LARGEST_WH = {MARKET: 4_000_000_000, PAPER: 60_000_000}
"""Of an hour; a margin of the paper's hundredfold penalties is to fit an account [Wh]."""


@pytest.mark.parametrize("rulebook", RULEBOOKS.values(), ids=RULEBOOKS)
def test_contracts_and_python_agree(region, harness, project, rulebook):
    runner = Runner.deploy(project, harness, rulebook)
    rng = generator(7)
    for number in range(examples("market days")):
        day = random_day(rng, rulebook=rulebook, first_hour=runner.first_hour, largest_wh=LARGEST_WH[rulebook])
        order = list(range(len(day.agreements)))
        rng.shuffle(order)
        found = runner.run(day, order)
        close = closed(day, rulebook)
        assert found.result == expected(day, close, rulebook), (number, day, order)
        assert found.unshared == close.pool.reserve, (number, day, order)


def expected(day: RandomDay, close: DayClose, rulebook: Rulebook) -> DayResult:
    correction = corrected(day, rulebook)
    shares, balances, changes = dict(close.pool.shares), dict(close.balances), dict(correction.balances)
    weights = dict(close.weights)
    members = {}
    for member in day.members:
        share = shares.get(member, 0)
        settled = balances.get(member, 0) + share
        members[member] = settled, share, weights.get(member), settled + changes.get(member, 0)
    grid = close.settlement.grid
    return DayResult(members, (grid, grid + correction.grid), correction.reserve)


@pytest.mark.parametrize("rulebook", RULEBOOKS.values(), ids=RULEBOOKS)
def test_no_order_of_calls_changes_a_balance(region, harness, project, rulebook):
    """Agreements registered, settled, pooled, claimed and reconciled in other orders: the same day."""
    runner = Runner.deploy(project, harness, rulebook)
    rng = generator(11)
    for _ in range(examples("market orders")):
        day = random_day(rng, rulebook=rulebook, first_hour=runner.first_hour, largest_wh=LARGEST_WH[rulebook])
        order = list(range(len(day.agreements)))
        first = runner.run(day, order)
        for _ in range(3):
            rng.shuffle(order)
            again = replace(day, agreements=tuple(rng.sample(day.agreements, len(day.agreements))))
            assert runner.run(again, order, people=rng.sample(day.members, len(day.members))) == first
