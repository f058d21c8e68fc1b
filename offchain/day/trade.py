"""Agreements before the day; settlement, close, penalty shares and reconciliation after it."""

from collections.abc import Mapping, Sequence
from typing import Any

from offchain.chain.typed_data import Domain
from offchain.day.driver.chain_day import Sent, struct
from offchain.day.driver.journal import chunks
from offchain.day.driver.region import RegionDay
from offchain.market.forecast_agreements import offers_of
from offchain.market.offers import GATE_CLOSURE_HOURS, Offer
from offchain.market.papers import OFFER_TYPES
from offchain.market.records import Agreement
from offchain.market_time import SECONDS_PER_HOUR
from offchain.members.records import DaySheet
from offchain.members.sheet_words import pack
from offchain.points.papers import BILL
from offchain.units import POINT

MATCH_BATCH = 50
SETTLE_BATCH = 100
CLOSE_BATCH = 100
RECONCILE_BATCH = 50
BILL_AMOUNT = 10 * POINT
"""A bill that a seller pays with points [point-wei]."""


def register_agreements(region: RegionDay) -> None:
    """Both parties sign offers for each other; the courier brings them to the offer desk."""
    domain = region.domain("OfferDesk")
    expiry = region.day_starts - GATE_CLOSURE_HOURS * SECONDS_PER_HOUR
    pairs = offers_of(region.plan.market.agreements, expiry=expiry)
    calls: list[Sent] = [
        ("OfferDesk", "register", ([_match(region, domain, *pair) for pair in batch],), len(batch))
        for batch in chunks(pairs, MATCH_BATCH)
    ]
    events = region.events(region.send(calls, region.courier), "AgreementRegistered")
    region.indices = {
        agreement.id: agreement_index(event.values.id)
        for agreement, event in zip(region.plan.market.agreements, events, strict=True)
    }


def settle(region: RegionDay) -> None:
    """Once the sheets are due: every agreement whose parties have both a sheet, whoever asks."""
    _settle(region, [agreement for agreement in region.plan.market.agreements if not _of_late(region, agreement)])


def settle_silent(region: RegionDay) -> None:
    """Once silence counts: the agreements of the member without a sheet, then what everybody metered outside."""
    plan = region.plan
    _settle(region, [agreement for agreement in plan.market.agreements if _of_late(region, agreement)])
    members = [member.id for member in plan.members.traders if member.id != plan.readings.late]
    residuals: list[Sent] = [
        ("ResidualSettlement", "settle", (plan.day, ids), len(ids)) for ids in chunks(members, SETTLE_BATCH)
    ]
    region.send(residuals, region.courier)


def close_day(region: RegionDay) -> None:
    """The defaults' penalties enter the pool page by page; with the last of them the day is closed."""
    entries = [charge for charge in region.plan.market.close.penalties if charge.pool_entry]
    defaulted = [region.indices[charge.agreement.id] for charge in entries]
    calls: list[Sent] = [
        ("BilateralMarket", "close", (region.plan.day, page), len(page))
        for page in chunks(defaulted, CLOSE_BATCH) or [[]]
    ]
    region.send(calls, region.courier)


def claim_shares(region: RegionDay) -> None:
    """Everybody's penalty shares are booked to the margin accounts, whoever asks."""
    sharers = [member for member, share in region.plan.market.close.pool.shares if share]
    region.send([("BilateralMarket", "claim", (member,), 1) for member in sharers], region.courier)


def reconcile(region: RegionDay) -> None:
    """Once the sheets are final: the agreements and the energy outside them of everybody whose sheet has changed."""
    plan, changed = region.plan, region.plan.readings.changed
    former = {sheet.member: _former(sheet) for sheet in plan.readings.first}
    entries = [
        struct(index=region.indices[a.id], seller=former[a.seller], buyer=former[a.buyer])
        for a in plan.market.agreements
        if a.seller in changed or a.buyer in changed
    ]
    calls: list[Sent] = [
        ("Reconciliation", "reconcile", (plan.day, batch), len(batch)) for batch in chunks(entries, RECONCILE_BATCH)
    ]
    members = sorted(changed)
    sheets = [former[member] for member in members]
    calls.append(("ResidualSettlement", "reconcile", (plan.day, members, sheets), len(members)))
    region.send(calls, region.courier)


def pay_bill(region: RegionDay) -> None:
    """The best seller withdraws points from its margin account and pays a bill that the utility has signed."""
    best = best_seller(region)
    key, utility = region.member(best), region.role("utility")
    bill = struct(
        payer=key.address,
        amount=BILL_AMOUNT,
        billId=region.reference(f"bill of member {best}"),
        deadline=region.client.block().time + 24 * 3600,
    )
    signature = region.domain("PowerPoint").sign(utility, BILL, bill)
    region.send([("MarginDesk", "withdraw", (BILL_AMOUNT,), 1)], key)
    region.send([("PowerPoint", "payBill", (bill, (utility.address, signature)), 1)], key)


def best_seller(region: RegionDay) -> int:
    """The member to whom the day brought most."""
    return max(region.plan.market.close.balances, key=lambda balance: (balance[1], -balance[0]))[0]


def agreement_index(number: int) -> int:
    """The part of an agreement's id on chain that counts within its day."""
    return number & 0xFFFF_FFFF


def _match(region: RegionDay, domain: Domain, sale: Offer, purchase: Offer) -> Mapping[str, Any]:
    by_seller, by_buyer = (
        domain.sign(region.member(offer.member), OFFER_TYPES, offer.message) for offer in (sale, purchase)
    )
    return struct(sale=sale.message, purchase=purchase.message, saleSignature=by_seller, purchaseSignature=by_buyer)


def _of_late(region: RegionDay, agreement: Agreement) -> bool:
    return region.plan.readings.late in (agreement.seller, agreement.buyer)


def _settle(region: RegionDay, agreements: Sequence[Agreement]) -> None:
    indices = [region.indices[agreement.id] for agreement in agreements]
    calls: list[Sent] = [
        ("BilateralMarket", "settle", (region.plan.day, batch), len(batch)) for batch in chunks(indices, SETTLE_BATCH)
    ]
    region.send(calls, region.courier)


def _former(sheet: DaySheet) -> Mapping[str, Any]:
    """The words that a sheet held when the day was settled."""
    return struct(importWh=list(pack(sheet.import_wh)), exportWh=list(pack(sheet.export_wh)))
