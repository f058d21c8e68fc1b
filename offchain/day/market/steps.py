"""Margins and agreements before the day; settlement, close, penalty shares and reconciliation after it."""

from collections.abc import Mapping, Sequence
from typing import Any

from offchain.chain.typed_data import Domain
from offchain.day.driver.chain_day import Own, Sent, struct
from offchain.day.driver.journal import chunks
from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.market.plan import place_of
from offchain.market.forecast_agreements import offers_of
from offchain.market.offers import GATE_CLOSURE_HOURS, Offer
from offchain.market.papers import OFFER_TYPES
from offchain.market.records import Agreement
from offchain.market_time import SECONDS_PER_HOUR
from offchain.members.records import DaySheet
from offchain.members.sheet_words import pack
from offchain.points.papers import PERMIT

MATCH_BATCH = 50
SETTLE_BATCH = 100
CLOSE_BATCH = 100
RECONCILE_BATCH = 50


def deposit_margin(region: RegionDay) -> None:
    """Members and the grid company put points into their margin accounts, by permit."""
    desk, domain = region.contract("MarginDesk"), region.domain("PowerPoint")
    calls: list[Own] = []
    for member, value in region.plan.market.deposits.items():
        key = region.member(member)
        permit = struct(owner=key.address, spender=desk.address, value=value, nonce=0, deadline=region.day_starts)
        signature = domain.sign(key, PERMIT, permit)
        r, s, v = signature[:32], signature[32:64], signature[64]
        arguments = (member, value, region.day_starts, v, r, s)
        calls.append((key, "MarginDesk", "depositWithPermit", arguments, None))
    region.send_each(calls)


def register_agreements(region: RegionDay) -> None:
    """Both parties sign offers for each other; the courier brings them to the offer desk."""
    domain = region.domain("OfferDesk")
    expiry = region.day_starts - GATE_CLOSURE_HOURS * SECONDS_PER_HOUR
    pairs = offers_of(region.plan.market.agreements, expiry=expiry)
    calls: list[Sent] = [
        ("OfferDesk", "register", ([_match(region, domain, *pair) for pair in batch],), len(batch))
        for batch in chunks(pairs, MATCH_BATCH)
    ]
    region.send(calls, region.courier)


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
    indices = indices_of(region)
    entries = [charge for charge in region.plan.market.close.penalties if charge.pool_entry]
    defaulted = [indices[charge.agreement.id] for charge in entries]
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
    indices = indices_of(region)
    plan, changed = region.plan, region.plan.readings.changed
    former = {sheet.member: _former(sheet) for sheet in plan.readings.first}
    entries = [
        struct(index=indices[a.id], seller=former[a.seller], buyer=former[a.buyer])
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


STEPS = (
    Step(name="market: deposit margins", at=-DAY + HOUR, after=("points: mint",), act=in_every_region(deposit_margin)),
    Step(name="market: register agreements", at=-DAY + 10 * HOUR, act=in_every_region(register_agreements)),
    Step(
        name="market: settle",
        at=DAY + 12 * HOUR,
        after=("members: estimate a silent meter",),
        act=in_every_region(settle),
    ),
    Step(name="market: settle the silent", at=DAY + 18 * HOUR, act=in_every_region(settle_silent)),
    Step(
        name="market: close the day",
        at=DAY + 18 * HOUR,
        after=("market: settle the silent",),
        act=in_every_region(close_day),
    ),
    Step(
        name="market: claim penalty shares",
        at=DAY + 18 * HOUR,
        after=("market: close the day",),
        act=in_every_region(claim_shares),
    ),
    Step(name="market: reconcile", at=8 * DAY, act=in_every_region(reconcile)),
)


def indices_of(region: RegionDay) -> dict[int, int]:
    """Agreement of the plan -> its index within the day on chain, by the order in which they were registered."""
    events = region.client.events(region.contract("BilateralMarket"), "AgreementRegistered")
    agreements = region.plan.market.agreements
    return {a.id: place_of(event.values.id) for a, event in zip(agreements, events, strict=True)}


def _match(region: RegionDay, domain: Domain, sale: Offer, purchase: Offer) -> Mapping[str, Any]:
    by_seller, by_buyer = (
        domain.sign(region.member(offer.member), OFFER_TYPES, offer.message) for offer in (sale, purchase)
    )
    return struct(sale=sale.message, purchase=purchase.message, saleSignature=by_seller, purchaseSignature=by_buyer)


def _of_late(region: RegionDay, agreement: Agreement) -> bool:
    return region.plan.readings.late in (agreement.seller, agreement.buyer)


def _settle(region: RegionDay, agreements: Sequence[Agreement]) -> None:
    known = indices_of(region)
    indices = [known[agreement.id] for agreement in agreements]
    calls: list[Sent] = [
        ("BilateralMarket", "settle", (region.plan.day, batch), len(batch)) for batch in chunks(indices, SETTLE_BATCH)
    ]
    region.send(calls, region.courier)


def _former(sheet: DaySheet) -> Mapping[str, Any]:
    """The words that a sheet held when the day was settled."""
    return struct(importWh=list(pack(sheet.import_wh)), exportWh=list(pack(sheet.export_wh)))
