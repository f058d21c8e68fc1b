"""Reward credit by member, oldest first, rebuilt from the events of RewardPool."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from offchain.errors import LawViolation
from offchain.index.records import IndexedEvent, Plain, exact
from offchain.market_time import date_of_day

LIFETIME = 24
"""Full months after the one of the reward."""
RIPENING = 3
"""Days after a reward's market day until it can be spent."""


class Cause(IntEnum):
    """What a member is rewarded for, numbered as in IRewardPool.Cause."""

    WELCOME = 0
    SOLD = 1
    BOUGHT = 2
    USED = 3
    COMPUTE = 4
    BLOCK = 5


@dataclass(frozen=True, kw_only=True)
class CreditLot:
    """What is left of one reward."""

    cause: Cause
    day: int
    """Market day of the reward."""
    amount: int
    """[point-wei]"""
    transaction: str

    @property
    def month(self) -> int:
        """Of its bucket, counted from January of the year 0."""
        return month_of(self.day)


@dataclass(frozen=True, kw_only=True)
class RewardBuckets:
    """The credit of all members."""

    lots: Mapping[int, tuple[CreditLot, ...]]
    """By member, oldest first."""
    granted: Mapping[tuple[int, int], int]
    """By member and market day [point-wei]."""
    outstanding: int
    """Granted and neither spent nor given back [point-wei]."""

    def buckets(self, member: int) -> dict[int, int]:
        """A member's credit by month [point-wei]."""
        sums: dict[int, int] = defaultdict(int)
        for lot in self.lots.get(member, ()):
            sums[lot.month] += lot.amount
        return dict(sums)

    def available(self, member: int, *, day: int) -> int:
        """What a member can spend on a market day: mature and not expired [point-wei]."""
        live = sum(lot.amount for lot in self.lots.get(member, ()) if lot.month + LIFETIME >= month_of(day))
        return live - sum(self.granted.get((member, fresh), 0) for fresh in range(day - RIPENING, day + 1))


def month_of(day: int) -> int:
    """The calendar month of a market day, counted from January of the year 0."""
    date = date_of_day(day)
    return date.year * 12 + date.month - 1


def credit_of(events: Iterable[IndexedEvent]) -> RewardBuckets:
    """The book after the given events, in the order of the chain.

    Raises:
        LawViolation: more credit was used than there was; events are missing.
    """
    lots: dict[int, list[CreditLot]] = defaultdict(list)
    granted: dict[tuple[int, int], int] = defaultdict(int)
    for event in events:
        if event.contract != "RewardPool":
            continue
        values = event.values
        if event.name == "Rewarded":
            lots[values["member"]].append(_lot(event))
            granted[values["member"], values["day"]] += values["granted"]
        elif event.name in {"CreditSpent", "CreditExpired"}:
            lots[values["member"]] = _taken(lots[values["member"]], event)
    return RewardBuckets(
        lots={member: tuple(left) for member, left in lots.items() if left},
        granted=dict(granted),
        outstanding=sum(lot.amount for left in lots.values() for lot in left),
    )


def credit_rows(book: RewardBuckets) -> list[dict[str, Plain]]:
    """One row per reward that is not used up, for an export, by member and age."""
    return [
        {
            "member": member,
            "cause": lot.cause.name.lower(),
            "day": lot.day,
            "month": lot.month,
            "amount": exact(lot.amount),
            "transaction": lot.transaction,
        }
        for member, lots in sorted(book.lots.items())
        for lot in lots
    ]


def _lot(event: IndexedEvent) -> CreditLot:
    values = event.values
    return CreditLot(
        cause=Cause(values["cause"]), day=values["day"], amount=values["granted"], transaction=event.transaction
    )


def _taken(lots: list[CreditLot], event: IndexedEvent) -> list[CreditLot]:
    """What is left when credit is spent, oldest first; what expires is the oldest too."""
    due = event.values["amount"]
    left = []
    for lot in lots:
        used = min(due, lot.amount)
        due -= used
        if used < lot.amount:
            left.append(replace(lot, amount=lot.amount - used))
    if due:
        raise LawViolation(f"member {event.values['member']} used {due} point-wei of credit that it did not have")
    return left
