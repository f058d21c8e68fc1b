"""No builder puts more into a transaction than its contract takes."""

import re

import pytest

from offchain.carbon.calls import ROOT_BATCH
from offchain.files import PROJECT
from offchain.market.calls import CLOSE_BATCH, MATCH_BATCH, RECONCILE_BATCH, SETTLE_BATCH
from offchain.members.calls import devices, registrations
from offchain.members.calls.sheets import SHEET_BATCH
from offchain.points.calls import DEPOSIT_BATCH

FULL = {
    "members/MemberRegistry": registrations.REGISTER_BATCH,
    "members/DeviceRegistry": devices.REGISTER_BATCH,
    "members/DaySheets": SHEET_BATCH,
    "points/PowerPoint": DEPOSIT_BATCH,
    "market/OfferDesk": MATCH_BATCH,
    "market/Reconciliation": RECONCILE_BATCH,
    "market/ResidualSettlement": SETTLE_BATCH,
    "carbon/CarbonLedger": ROOT_BATCH,
}
"""Batches as large as their contracts allow."""


def cap_of(source):
    """The cap that a contract declares."""
    text = (PROJECT / "contracts" / f"{source}.sol").read_text()
    (cap,) = re.findall(r"constant (?:BATCH|REGISTER)_CAP = (\d+);", text)
    return int(cap)


@pytest.mark.parametrize(("source", "size"), FULL.items())
def test_a_batch_is_as_large_as_its_contract_allows(source, size):
    assert size == cap_of(source)


def test_a_page_of_a_close_is_within_its_contract_s_cap():
    assert cap_of("market/parts/PenaltyPools") >= CLOSE_BATCH
