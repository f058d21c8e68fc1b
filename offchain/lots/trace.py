"""Where an account's points come from: its lots, first in, first out, and everything that came and went."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from offchain.errors import InputError, LawViolation
from offchain.index.records import FollowedChain, IndexedEvent, Plain, exact
from offchain.lots.flows import CONTRACTS as MOVING
from offchain.lots.flows import lots_of
from offchain.lots.ledger import Lot, Movement
from offchain.market.history.deferrals import DeferredPart
from offchain.market.history.events import margins_of
from offchain.market.history.margins import RESERVE, MarginBook
from offchain.market.history.terms import terms_of
from offchain.members.history.devices import devices_of
from offchain.members.history.members import MemberRecord, members_of
from offchain.points.history import points_of
from offchain.points.holders import Holder
from offchain.rewards.history.credit import CreditLot, credit_of

CONTRACTS = MOVING | {"MemberRegistry", "RewardPool"}
"""Whose events a trace needs."""


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Points of an account in one place."""

    holder: Holder
    balance: int
    """As the contracts book it, not by lots [point-wei]."""
    lots: tuple[Lot, ...]
    movements: tuple[Movement, ...]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """All that an account has."""

    account: str
    member: int | None
    """Whom the account serves."""
    holdings: tuple[Holding, ...]
    """Its own; its member's margin account and the bonds of its devices."""
    deferred: tuple[DeferredPart, ...]
    """What the grid company still owes its member, by day."""
    credit: tuple[CreditLot, ...]
    """Reward credit of its member, oldest first."""


def trace(events: Sequence[IndexedEvent], *, chain: FollowedChain, account: str) -> Trace:
    """Trace an account's points.

    Args:
        events: of the contracts in `CONTRACTS`, in the order of the chain.
        chain: where they come from.
        account: an address, or the number of a member, or what the market holds for nobody yet: `reserve`,
            `penalties:DAY`, `deferred:DAY`.

    Raises:
        InputError: there is no such member, or the account is none of these.
        LawViolation: lots and balance differ; events are missing.
    """
    terms = terms_of(chain)
    ledger = lots_of(events, terms=terms)
    market = margins_of(events, terms=terms) if terms else None
    credit: tuple[CreditLot, ...] = ()
    deferred: tuple[DeferredPart, ...] = ()
    unowned = _unowned(account) if market else None
    if market and unowned:
        address, member = str(unowned), None
        balances = {unowned: market.held({unowned})[unowned]}
    else:
        address, member = _resolved(account, members_of(events))
        balances = {Holder("account", address): points_of(events).balances.get(address, 0)}
        if member:
            balances |= _of_member(events, member, market)
            deferred = tuple(market.deferred.parts_of(member)) if market else ()
            credit = credit_of(events).lots.get(member, ())
    holdings = [
        Holding(holder=holder, balance=balance, lots=ledger.lots(holder), movements=ledger.movements(holder))
        for holder, balance in balances.items()
    ]
    for holding in holdings:
        _check(holding)
    return Trace(account=address, member=member, holdings=tuple(holdings), deferred=deferred, credit=credit)


def trace_document(traced: Trace) -> dict[str, Plain]:
    """The trace as JSON can carry it; amounts of point-wei are decimal text."""
    return {
        "account": traced.account,
        "member": traced.member,
        "holdings": [
            {
                "holder": str(holding.holder),
                "balance": exact(holding.balance),
                "lots": [
                    {"amount": exact(lot.amount), **vars(lot.cause), "origins": exact(dict(lot.origins))}
                    for lot in holding.lots
                ],
                "movements": [
                    {
                        "amount": exact(movement.amount),
                        "balance": exact(movement.balance),
                        "other": movement.other,
                        **vars(movement.cause),
                        "origins": exact(dict(movement.origins)),
                    }
                    for movement in holding.movements
                ],
            }
            for holding in traced.holdings
        ],
        "deferred": [exact(asdict(part)) for part in traced.deferred],
        "credit": [
            {"amount": exact(lot.amount), "cause": lot.cause.name.lower(), "day": lot.day} for lot in traced.credit
        ],
    }


def _resolved(account: str, members: dict[int, MemberRecord]) -> tuple[str, int | None]:
    """The address, and the member that it serves now."""
    if account.isdecimal():
        number = int(account)
        if number not in members:
            raise InputError(f"member {number} is unknown; members are 1 to {len(members)}")
        return members[number].account, number
    known = {member.account.lower(): member for member in members.values()}
    found = known.get(account.lower())
    if found:
        return found.account, found.id
    if not account.startswith("0x") or len(account) != len("0x") + 40:
        raise InputError(
            f"account {account} is neither an address (0x and 40 digits) nor the number of a member, nor reserve, "
            "penalties:DAY or deferred:DAY"
        )
    return account, None


def _unowned(account: str) -> Holder | None:
    """Where the market holds points that are nobody's yet."""
    place, _, day = account.partition(":")
    if account == RESERVE.place:
        return RESERVE
    return Holder(place, int(day)) if place in {"penalties", "deferred"} and day.isdecimal() else None


def _of_member(events: Sequence[IndexedEvent], member: int, market: MarginBook | None) -> dict[Holder, int]:
    """What contracts hold for a member [point-wei]."""
    margin = Holder("margin", member)
    bonds = {d.device: d.bond for d in devices_of(events).values() if d.owner == member and d.bond_count}
    held = {margin: market.held({margin})[margin]} if market else {}
    return held | {Holder("bond", device): bond for device, bond in sorted(bonds.items())}


def _check(holding: Holding) -> None:
    lots = sum(lot.amount for lot in holding.lots)
    if lots != holding.balance:
        raise LawViolation(f"{holding.holder} has lots of {lots} point-wei, its balance is {holding.balance}")
