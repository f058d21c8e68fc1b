"""The laws of a settlement find every fault that is put into one."""

from dataclasses import replace

import pytest

from offchain.errors import LawViolation
from offchain.market.laws import check_settlement
from offchain.market.records import Agreement
from offchain.market.settlement import settle_day
from tests.offchain.market.market_cases import DAY, PAPER_TARIFFS, POINT, sheet

DEAL = Agreement(id=7, seller=1, buyer=2, wh_per_hour=100, first_hour=DAY.start, hours=2, price=POINT // 2)
SHEETS = [sheet(1, exports={0: 120, 1: 50}, imports={3: 5}), sheet(2, imports={0: 90, 1: 100, 9: 40})]
SETTLED = settle_day([DEAL], SHEETS, hours=DAY, tariffs=PAPER_TARIFFS)


def with_exchange(**changes):
    item = SETTLED.agreements[0]
    return replace(SETTLED, agreements=(replace(item, exchange=replace(item.exchange, **changes)),))


def with_residual(**changes):
    first, *others = SETTLED.residuals
    return replace(SETTLED, residuals=(replace(first, **changes), *others))


LEGS = SETTLED.agreements[0].exchange
(_, FIRST), (_, SECOND) = SETTLED.balances


def transfer(seller=0, buyer=0, grid=0):
    """Move wei between the three sides everywhere, so that every sum still holds."""
    moved = with_exchange(seller=LEGS.seller + seller, buyer=LEGS.buyer + buyer, grid=LEGS.grid + grid)
    return replace(moved, balances=((1, FIRST + seller), (2, SECOND + buyer)), grid=SETTLED.grid + grid)


def residual_paid_twice():
    moved = with_residual(leg=SETTLED.residuals[0].leg + 1)
    return replace(moved, balances=((1, FIRST + 1), (2, SECOND)), grid=SETTLED.grid - 1)


FAULTS = {
    "seller gets a wei": (with_exchange(seller=LEGS.seller + 1), "legs of agreement 7 sum to 1 point-wei"),
    "buyer keeps a wei": (with_exchange(buyer=LEGS.buyer + 1), "legs of agreement 7 sum to 1 point-wei"),
    "a leg is not booked": (with_residual(leg=SETTLED.residuals[0].leg + 1), "balance of member 1 differs .* by -1"),
    "balance left out": (replace(SETTLED, balances=SETTLED.balances[1:]), r"members \[1\] have legs and no balance"),
    "balance of a stranger": (replace(SETTLED, balances=(*SETTLED.balances, (9, 1))), "balance of member 9 .* by 1"),
    "grid company gains": (replace(SETTLED, grid=SETTLED.grid + 1), "balances of the day sum to 1 point-wei"),
    "another price": (transfer(seller=1, buyer=-1), "seller's leg of agreement 7 is 1000 Wh"),
    "another grid fee": (transfer(buyer=-1, grid=1), "grid company's leg of agreement 7 is 1000 Wh"),
    "another feed-in": (residual_paid_twice(), "residual of member 1 is 1000 Wh"),
    "energy traded twice": (with_exchange(matched_wh=LEGS.matched_wh + 1), "seller's leg of agreement 7 is -50"),
    "dust invented": (replace(SETTLED, export_dust_wh=1), "-1 Wh export of the day are neither on a bill nor dust"),
    "import dust lost": (replace(SETTLED, import_dust_wh=-1), "1 Wh import of the day are neither"),
}


def test_a_right_settlement_passes():
    check_settlement(SETTLED, SHEETS, tariffs=PAPER_TARIFFS)


@pytest.mark.parametrize(("faulty", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_is_found(faulty, message):
    with pytest.raises(LawViolation, match=message):
        check_settlement(faulty, SHEETS, tariffs=PAPER_TARIFFS)


@pytest.mark.parametrize(("wh", "unbilled"), [(123, 3), (119, -1)])
def test_energy_on_no_bill_or_billed_twice_is_found(wh, unbilled):
    """Two agreement-hours allow member 1 up to 2 Wh of dust, whatever the day calls dust."""
    metered = [sheet(1, exports={0: wh, 1: 50}, imports={3: 5}), SHEETS[1]]
    with pytest.raises(LawViolation, match=f"energy: {unbilled} Wh export of member 1 on no bill, allowed 2"):
        check_settlement(replace(SETTLED, export_dust_wh=unbilled), metered, tariffs=PAPER_TARIFFS)


def test_other_tariffs_are_found():
    with pytest.raises(LawViolation, match="grid company's leg of agreement 7"):
        check_settlement(SETTLED, SHEETS, tariffs=replace(PAPER_TARIFFS, purchase=PAPER_TARIFFS.purchase * 2))
