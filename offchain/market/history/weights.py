"""The weight of every member after a closed market day, from what the chain has announced.

Xiong et al. 2023, Eqs. (8)-(13) and (18)-(23), corrected, see docs/PAPERS.md. Credit comes from the closed days,
replayed in their order; volume from the day itself; certificates from holdings, stake included; carbon from the
allowances of the day's compliance year. Participation and line have no source on chain and are absent; so are
certificates and carbon on a chain without their contract.

Generators, consumers and prosumers are weighed. A prosumer weighs as a generator when its connection may export, else
as a consumer; the registry takes no prosumer that may not. The grid company, operators and providers are not weighed:
they have no agreements. Nor are members that have exited.

Where we differ from the paper: the credit of who did not settle on the day is that of its last one, with the decays up
to this day; of who never settled, the weight with which it would.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction

from offchain.certificates.history.holdings import CONTRACT as CERTIFICATES
from offchain.certificates.history.holdings import certificates_held
from offchain.errors import InputError
from offchain.index.export import Row
from offchain.index.records import IndexedEvent
from offchain.market.credit import FIRST_WEIGHT
from offchain.market.history.closed_days import CONTRACTS as MARKET
from offchain.market.history.closed_days import ClosedDay, closed_days
from offchain.market.history.terms import MarketTerms
from offchain.market.node_facts import CarbonBook, day_facts
from offchain.market.node_weight import Components, NodeWeight, node_weights
from offchain.market_time import date_of_day
from offchain.members.history.members import MemberRecord, Status, members_of
from offchain.members.records import Kind
from offchain.quotas.history import CONTRACT as ALLOWANCES
from offchain.quotas.history import AllowanceYear, allowances_of

CONTRACTS = MARKET | {ALLOWANCES, CERTIFICATES}
"""Whose events weights are made of."""
ABSENT = "absent"


@dataclass(frozen=True, kw_only=True)
class DayWeights:
    """The weights after a market day."""

    day: int
    block: int
    """Up to which members, holdings and allowances count."""
    generates: Mapping[int, bool]
    """Who is weighed, and whether as a generator."""
    weights: tuple[NodeWeight, ...]
    """By member."""


def weights_after(
    events: Iterable[IndexedEvent], *, terms: MarketTerms, day: int | None = None, block: int | None = None
) -> DayWeights:
    """Weigh the members after a closed market day.

    Args:
        events: all of the contracts in `CONTRACTS`, in the order of the chain.
        terms: what the market was made with.
        day: a closed one with agreements; else the last one.
        block: up to which members, holdings and allowances count; else up to the day's close.

    Raises:
        InputError: the day is not closed, or not by that block.
        LawViolation: I-14: a day ended otherwise than its events say; events are missing.
    """
    known = [event for event in events if block is None or event.block <= block]
    closed = _closed(known, terms, day)
    if block is None:
        end = closed.event.block, closed.event.index
        known = [event for event in known if (event.block, event.index) <= end]
    members = members_of(known)
    generates = {number: member.export_w > 0 for number, member in members.items() if _is_weighed(member)}
    facts = day_facts(
        closed.close,
        generates,
        credit=dict.fromkeys(generates, FIRST_WEIGHT) | dict(closed.credit),
        certificates=_certificates(known, members),
        carbon=_carbon(known, generates, year=date_of_day(closed.day).year),
    )
    return DayWeights(
        day=closed.day,
        block=closed.event.block if block is None else block,
        generates=generates,
        weights=node_weights(facts),
    )


def weight_rows(found: DayWeights) -> list[Row]:
    """One row per member for an export [points]; a component that the member's kind does not have is empty."""
    return [
        {
            "day": found.day,
            "block": found.block,
            "member": weight.member,
            "weighs_as": "generator" if found.generates[weight.member] else "consumer",
            **dict.fromkeys(field.name for field in fields(Components)),
            **{name: ABSENT if value is None else _points(value) for name, _, value in weight.rows()},
            "weight": _points(weight.weight),
            "reach": _points(weight.reach),
        }
        for weight in found.weights
    ]


def _closed(events: Sequence[IndexedEvent], terms: MarketTerms, day: int | None) -> ClosedDay:
    """The day that is asked for, and none replayed after it."""
    first = last = None
    for closed in closed_days(events, terms=terms):
        first, last = first or closed, closed
        if closed.day == day:
            return closed
    if first is None or last is None:
        raise InputError("no market day is closed yet; there are no weights")
    if day is None:
        return last
    raise InputError(
        f"market day {date_of_day(day)} was not closed with agreements; the first that was is "
        f"{date_of_day(first.day)}, the last {date_of_day(last.day)}"
    )


def _is_weighed(member: MemberRecord) -> bool:
    return member.kind in {Kind.GENERATOR, Kind.CONSUMER, Kind.PROSUMER} and member.status is not Status.EXITED


def _certificates(events: Iterable[IndexedEvent], members: Mapping[int, MemberRecord]) -> dict[int, int] | None:
    """What all accounts that have served a member hold [Wh]."""
    held = certificates_held(events)
    if held is None:
        return None
    return {
        number: sum(held.get(account, 0) for account in {service.account for service in member.accounts})
        for number, member in members.items()
    }


def _carbon(events: Iterable[IndexedEvent], members: Iterable[int], *, year: int) -> dict[int, CarbonBook] | None:
    years = allowances_of(events)
    if years is None:
        return None
    nothing = AllowanceYear()
    found = {member: years.get((member, year), nothing) for member in members}
    return {
        member: CarbonBook(quota=own.granted + own.carried, bought=own.traded, emitted=own.drawn)
        for member, own in found.items()
    }


def _points(value: Fraction) -> str:
    """In decimals, six of them."""
    return f"{float(value):.6f}"
