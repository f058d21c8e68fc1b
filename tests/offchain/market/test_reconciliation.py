"""Corrections of a closed day.

By hand: 100 kWh at 0.50, first run: nothing delivered, 100 taken. The buyer paid 75 to the grid company and got 21 from
the seller. The final sheet says 100 delivered: V_f = 50, V_y = 54, V_g = 4. The seller gets 50 and its 21 back, the
buyer 75 - 54 - 21 = 0 and the grid company 4 - 75 = -71. The pool keeps the penalty.
"""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.errors import InputError, LawViolation
from offchain.market.accounts import Accounts
from offchain.market.day_close import close_day
from offchain.market.laws import check_reconciliation
from offchain.market.reconciliation import reconcile
from offchain.market.records import Agreement
from offchain.market.rulebooks import PAPER, RULEBOOKS
from offchain.market.settlement import settle_day
from tests.models.slow_market import slow_day
from tests.offchain.market.market_cases import DAY, PAPER_TARIFFS, POINT, sheet
from tests.support.random_market import TARIFFS, WAD, closed, corrected, generator, random_day

DEAL = Agreement(id=1, seller=1, buyer=2, wh_per_hour=100_000, first_hour=DAY.start, hours=1, price=POINT // 2)
KWH_100 = {0: 100_000}


def run(delivered, taken, **options):
    sheets = [sheet(1, exports={0: delivered}), sheet(2, imports={0: taken})]
    return settle_day([DEAL], sheets, hours=DAY, tariffs=PAPER_TARIFFS, **options)


def first_run(delivered, taken):
    return close_day(run(delivered, taken), {1: WAD, 2: WAD}, tariffs=PAPER_TARIFFS)


def differences(first, final):
    (correction,) = reconcile(first_run(*first), run(*final), tariffs=PAPER_TARIFFS).corrections
    return tuple(Fraction(getattr(correction, name), POINT) for name in ("seller", "buyer", "grid", "reserve"))


def test_hand_calculation():
    assert differences((0, 100_000), (100_000, 100_000)) == (71, 0, -71, 0)


def test_a_default_seen_late_is_charged_as_weight_50_into_the_reserve():
    """The other way round, and the seller pays 21 * 2 * 0.5 = 21 besides."""
    assert differences((100_000, 100_000), (0, 100_000)) == (-71 - 21, 0, 71, 21)


def test_a_default_that_was_charged_is_charged_for_its_rise():
    """Half of it was missing, now all: legs and compensation change, and 21 less 21 / 4 of penalty."""
    rise = Fraction("15.75")
    assert differences((50_000, 100_000), (0, 100_000)) == (-25 - Fraction("10.5") - rise, 0, Fraction("35.5"), rise)


def test_a_penalty_does_not_fall():
    assert differences((0, 100_000), (50_000, 100_000)) == (25 + Fraction("10.5"), 0, -Fraction("35.5"), 0)


def test_nothing_changes_nothing():
    assert differences((70_000, 80_000), (70_000, 80_000)) == (0, 0, 0, 0)


def test_what_the_first_run_left_out_is_settled_in_full():
    first, final = first_run(100_000, 100_000), run(100_000, 130_000)
    assert dict(reconcile(first, final, tariffs=PAPER_TARIFFS).residuals) == {1: 0, 2: Fraction("-22.5") * POINT}
    again = reconcile(first, first.settlement, tariffs=PAPER_TARIFFS)
    assert again.balances == ((1, 0), (2, 0))
    first = close_day(run(100_000, 130_000), {1: WAD, 2: WAD}, tariffs=PAPER_TARIFFS)
    assert dict(reconcile(first, final, tariffs=PAPER_TARIFFS, unsettled={2}).residuals)[2] == -22.5 * POINT
    assert dict(reconcile(first, final, tariffs=PAPER_TARIFFS).residuals)[2] == 0


@settings(max_examples=150)
@pytest.mark.parametrize("rulebook", RULEBOOKS.values(), ids=RULEBOOKS)
@given(seed=st.integers(0, 2**32))
def test_agrees_with_two_runs_of_the_equations(rulebook, seed):
    """Final less first, in fractions, and every Wh on the final sheets is paid for in the end."""
    day = random_day(generator(seed), rulebook=rulebook)
    half = replace(day, weights=dict.fromkeys(day.weights, WAD // 2))
    last = replace(half, sheets={**day.sheets, **day.final})
    close, result = closed(day, rulebook), corrected(day, rulebook)
    silent = day.weights.keys() - day.sheets.keys()
    check_reconciliation(result)
    old, new = (slow_day(d, tariffs=TARIFFS, rulebook=rulebook.name) for d in (half, last))
    absent = silent - day.final.keys()
    charges = [c for c in close.penalties if absent.isdisjoint((c.agreement.seller, c.agreement.buyer))]
    for item, charge in zip(result.corrections, charges, strict=True):
        a, b = old.agreements[item.agreement], new.agreements[item.agreement]
        seller, buyer = charge.agreement.seller, charge.agreement.buyer
        rises = [max(0, _own(b, party) - _own(a, party)) for party in (seller, buyer)]
        assert -2 < item.reserve - sum(rises) < 2
        moved = [(r.compensation[seller] - r.compensation[buyer]) * POINT for r in (a, b)]
        assert item.grid == (b.grid - a.grid) * POINT
        exact = (b.received - a.received) * POINT + moved[1] - moved[0]
        assert -1 < item.seller - exact + rises[0] < 1
    for member, difference in result.residuals:
        before = 0 if member in silent else old.residuals[member]
        assert difference == (new.residuals[member] - before) * POINT


def _own(result, member):
    """A party's own penalty without compensation [point-wei]."""
    paid = {m: result.penalty[m] for m in result.penalty}
    (other,) = paid.keys() - {member}
    return (paid[member] - result.compensation[other]) * POINT


RESULT = reconcile(first_run(100_000, 100_000), run(0, 100_000), tariffs=PAPER_TARIFFS)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"corrections": (replace(RESULT.corrections[0], grid=0),)}, "corrections of agreement 1 sum to -"),
        ({"grid": RESULT.grid + 1}, "corrections of the day sum to 1 point-wei"),
        ({"reserve": RESULT.reserve + 1, "grid": RESULT.grid - 1}, "into the reserve are not the late penalties"),
    ],
)
def test_a_broken_reconciliation_is_found(broken, message):
    check_reconciliation(RESULT)
    with pytest.raises(LawViolation, match=message):
        check_reconciliation(replace(RESULT, **broken))


def test_other_agreements_are_refused():
    final = replace(run(0, 0), rulebook=PAPER)
    with pytest.raises(InputError, match="not of the same agreements and rulebook"):
        reconcile(first_run(0, 0), final, tariffs=PAPER_TARIFFS)


def test_debts_are_fronted_and_close_the_gate():
    """By hand: the grid company has 10; member 1 has 5 and owes 9, so 4 are fronted and 6 + 9 are left."""
    accounts = Accounts(booked=10).add([(1, 5), (2, 3)])
    assert (accounts.debts, accounts.funds, accounts.total) == ({}, 10, 18)
    after = accounts.add([(1, -9)], grid=9)
    assert (after.debts, after.fronted, after.funds, after.total) == ({1: 4}, 4, 15, 18)
    assert after.gate_open(15)
    assert not after.gate_open(16)
    assert after.add([(1, 6)]).debts == {}
