"""Agreements before the day, settlement after it."""

from collections.abc import Mapping
from typing import Any

from offchain.day.chain_day import Sent, struct
from offchain.day.journal import chunks
from offchain.day.region import RegionDay
from offchain.day.signing import AGREEMENT, BILL
from offchain.market.records import Agreement
from offchain.regions import POINT

AGREEMENT_BATCH = 50
SETTLE_BATCH = 100
BILL_AMOUNT = 10 * POINT
"""A bill that a seller pays with points [point-wei]."""


def register_agreements(region: RegionDay) -> None:
    """Both parties sign; the courier brings the agreements."""
    domain = region.domain("BilateralMarket")
    calls: list[Sent] = []
    for batch in chunks(region.plan.agreements, AGREEMENT_BATCH):
        messages = [_message(region, agreement) for agreement in batch]
        sellers, buyers = (
            [
                domain.sign(region.member(getattr(agreement, side)), AGREEMENT, message)
                for agreement, message in zip(batch, messages, strict=True)
            ]
            for side in ("seller", "buyer")
        )
        calls.append(("BilateralMarket", "register", (messages, sellers, buyers), len(batch)))
    events = region.events(region.send(calls, region.courier), "AgreementRegistered")
    region.ids = {a.id: int(event.values.id) for a, event in zip(region.plan.agreements, events, strict=True)}


def settle(region: RegionDay) -> None:
    """Agreements first, then what every member metered outside them."""
    agreements = chunks([region.ids[agreement.id] for agreement in region.plan.agreements], SETTLE_BATCH)
    region.send([("BilateralMarket", "settle", (ids,), len(ids)) for ids in agreements], region.courier)
    members = chunks([member.id for member in region.plan.members.traders], SETTLE_BATCH)
    residuals: list[Sent] = [("BilateralMarket", "settleResidual", (ids, region.plan.day), len(ids)) for ids in members]
    region.send(residuals, region.courier)


def pay_bill(region: RegionDay) -> None:
    """The best seller withdraws points from its margin account and pays a bill that the utility has signed."""
    best = max(region.plan.settlement.balances, key=lambda balance: (balance[1], -balance[0]))[0]
    key, utility = region.member(best), region.role("utility")
    bill = struct(
        payer=key.address,
        amount=BILL_AMOUNT,
        billId=region.reference(f"bill of member {best}"),
        deadline=region.client.block().time + 24 * 3600,
    )
    signature = region.domain("PowerPoint").sign(utility, BILL, bill)
    region.send([("BilateralMarket", "withdraw", (BILL_AMOUNT,), 1)], key)
    region.send([("PowerPoint", "payBill", (bill, (utility.address, signature)), 1)], key)


def _message(region: RegionDay, agreement: Agreement) -> Mapping[str, Any]:
    return struct(
        seller=agreement.seller,
        buyer=agreement.buyer,
        whPerHour=agreement.wh_per_hour,
        firstHour=agreement.first_hour,
        hourCount=agreement.hours,
        price=agreement.price,
        expiry=region.day_starts,
        salt=agreement.id,
    )
