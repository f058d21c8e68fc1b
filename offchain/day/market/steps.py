"""Margins and agreements before the day; settlement, close, penalty shares and reconciliation after it."""

from collections.abc import Sequence

from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.market.plan import place_of
from offchain.market import calls
from offchain.market.forecast_agreements import offers_of
from offchain.market.offers import GATE_CLOSURE_HOURS
from offchain.market.records import Agreement
from offchain.market_time import SECONDS_PER_HOUR


def deposit_margin(region: RegionDay) -> None:
    """Members and the grid company put points into their margin accounts, by permit."""
    deposits = [
        calls.MarginDeposit(member=member, amount=amount, key=region.member(member))
        for member, amount in region.plan.market.deposits.items()
    ]
    region.journal.send(calls.deposit_by_permit(region.client, deposits, deadline=region.day_starts))


def register_agreements(region: RegionDay) -> None:
    """Both parties sign offers for each other; the courier brings them to the offer desk."""
    expiry = region.day_starts - GATE_CLOSURE_HOURS * SECONDS_PER_HOUR
    pairs = offers_of(region.plan.market.agreements, expiry=expiry)
    keys = {offer.member: region.member(offer.member) for pair in pairs for offer in pair}
    sales = calls.sign_offers(region.client, [sale for sale, _ in pairs], keys=keys)
    purchases = calls.sign_offers(region.client, [purchase for _, purchase in pairs], keys=keys)
    matches = list(zip(sales, purchases, strict=True))
    region.journal.send(calls.register_matches(region.client, matches, key=region.courier))


def settle(region: RegionDay) -> None:
    """Once the sheets are due: every agreement whose parties have both a sheet, whoever asks."""
    _settle(region, [agreement for agreement in region.plan.market.agreements if not _of_late(region, agreement)])


def settle_silent(region: RegionDay) -> None:
    """Once silence counts: the agreements of the member without a sheet, then what everybody metered outside."""
    plan = region.plan
    _settle(region, [agreement for agreement in plan.market.agreements if _of_late(region, agreement)])
    members = [member.id for member in plan.members.traders if member.id != plan.readings.late]
    region.journal.send(calls.settle_residuals(region.client, members, day=plan.day, key=region.courier))


def close_day(region: RegionDay) -> None:
    """The defaults' penalties enter the pool page by page; with the last of them the day is closed."""
    indices = indices_of(region)
    entries = [charge for charge in region.plan.market.close.penalties if charge.pool_entry]
    defaulted = [indices[charge.agreement.id] for charge in entries]
    region.journal.send(calls.close_day(region.client, defaulted, day=region.plan.day, key=region.courier))


def claim_shares(region: RegionDay) -> None:
    """Everybody's penalty shares are booked to the margin accounts, whoever asks."""
    sharers = [member for member, share in region.plan.market.close.pool.shares if share]
    region.journal.send(calls.claim_shares(region.client, sharers, key=region.courier))


def reconcile(region: RegionDay) -> None:
    """Once the sheets are final: the agreements and the energy outside them of everybody whose sheet has changed."""
    indices, client, courier = indices_of(region), region.client, region.courier
    plan, changed = region.plan, region.plan.readings.changed
    former = {sheet.member: sheet for sheet in plan.readings.first}
    entries = [
        calls.FormerSheets(index=indices[a.id], seller=former[a.seller], buyer=former[a.buyer])
        for a in plan.market.agreements
        if a.seller in changed or a.buyer in changed
    ]
    sheets = [former[member] for member in sorted(changed)]
    region.journal.send(
        [
            *calls.reconcile(client, entries, day=plan.day, key=courier),
            *calls.reconcile_residuals(client, sheets, day=plan.day, key=courier),
        ]
    )


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
    registered = calls.agreements(region.client)
    return {a.id: place_of(b) for a, b in zip(region.plan.market.agreements, registered, strict=True)}


def _of_late(region: RegionDay, agreement: Agreement) -> bool:
    return region.plan.readings.late in (agreement.seller, agreement.buyer)


def _settle(region: RegionDay, agreements: Sequence[Agreement]) -> None:
    known = indices_of(region)
    indices = [known[agreement.id] for agreement in agreements]
    region.journal.send(calls.settle(region.client, indices, day=region.plan.day, key=region.courier))
