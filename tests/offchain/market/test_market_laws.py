"""The laws of a settlement find every fault that is put into one."""

from dataclasses import replace

import pytest
from market_cases import DAY, PAPER_TARIFFS, POINT, sheet

from offchain.errors import LawViolation
from offchain.market.laws import check_settlement
from offchain.market.records import Agreement
from offchain.market.settlement import settle_day

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
FAULTS = {
    "seller gets a wei": (with_exchange(seller=LEGS.seller + 1), "legs of agreement 7 sum to 1 point-wei"),
    "buyer keeps a wei": (with_exchange(buyer=LEGS.buyer + 1), "legs of agreement 7 sum to 1 point-wei"),
    "a wei changes sides": (
        with_exchange(seller=LEGS.seller + 1, buyer=LEGS.buyer - 1),
        "balance of member 1 differs from its legs by -1 point-wei",
    ),
    "residual leg": (with_residual(leg=SETTLED.residuals[0].leg + 1), "balance of member 1 differs .* by -1"),
    "balance left out": (replace(SETTLED, balances=SETTLED.balances[1:]), r"members \[1\] have legs and no balance"),
    "balance of a stranger": (replace(SETTLED, balances=(*SETTLED.balances, (9, 1))), "balance of member 9 .* by 1"),
    "grid company gains": (replace(SETTLED, grid=SETTLED.grid + 1), "balances of the day sum to 1 point-wei"),
    "grid fee not charged": (
        replace(SETTLED, balances=((1, SETTLED.balances[0][1] + 5), SETTLED.balances[1]), grid=SETTLED.grid - 5),
        "balance of member 1 differs",
    ),
    "energy traded twice": (with_exchange(traded_wh=LEGS.traded_wh + 1), "the grid company's leg differs"),
    "residual energy": (with_residual(export_wh=SETTLED.residuals[0].export_wh + 1), "the grid company's leg differs"),
    "dust invented": (replace(SETTLED, export_dust_wh=1), "-1 Wh of the export registers are on nobody's bill"),
    "import dust lost": (replace(SETTLED, import_dust_wh=-1), "1 Wh of the import registers are on nobody's bill"),
}


def test_a_right_settlement_passes():
    check_settlement(SETTLED, SHEETS, tariffs=PAPER_TARIFFS)


@pytest.mark.parametrize(("faulty", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_is_found(faulty, message):
    with pytest.raises(LawViolation, match=message):
        check_settlement(faulty, SHEETS, tariffs=PAPER_TARIFFS)


def test_energy_hidden_as_dust_is_found():
    """3 Wh more were metered than billed; called dust they exceed the bound of 2 agreement-hours."""
    metered = [sheet(1, exports={0: 123, 1: 50}, imports={3: 5}), SHEETS[1]]
    with pytest.raises(LawViolation, match="3 Wh of export dust is not within 0 to 2"):
        check_settlement(replace(SETTLED, export_dust_wh=3), metered, tariffs=PAPER_TARIFFS)


def test_other_tariffs_are_found():
    with pytest.raises(LawViolation, match="the grid company's leg differs"):
        check_settlement(SETTLED, SHEETS, tariffs=replace(PAPER_TARIFFS, purchase=PAPER_TARIFFS.purchase * 2))
