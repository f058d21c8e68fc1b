"""Lots: which points they are that an account holds, first in, first out.

A deposit into escrow makes a lot. Points leave a holder oldest first and keep their origin, the bank references of the
deposits. A transfer carries at most 8 lots; older ones merge into one mixed lot that keeps the amounts per origin.
(Liu et al., section 3.3, asks for points that are "identified and tracked" and gives no rule.)
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from offchain.errors import LawViolation
from offchain.points.holders import Holder

LOTS_PER_TRANSFER = 8
HOLDERS_NAMED = 4
"""Among more than these a settlement is said to have moved points by their number alone."""

Origins = tuple[tuple[str, int], ...]
"""Bank references of deposits, each with an amount [point-wei], the oldest first."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why points came to a holder or left it."""

    kind: str
    """`deposit`, `transfer`, `margin`, `withdrawal`, `settlement`, `close`, `share`, `reconciliation`, `collection`,
    `bond`, `redemption` or `bill`."""
    reference: str
    """Of the bank, the bill or the legs of the settlement; empty for a plain transfer."""
    block: int
    time: int
    """[s, unix]"""
    transaction: str


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Points that came to their holder together."""

    origins: Origins
    """More than one: a mixed lot."""
    cause: Cause

    @property
    def amount(self) -> int:
        """What it holds [point-wei]."""
        return sum(amount for _, amount in self.origins)

    def split(self, amount: int) -> tuple["Lot", "Lot"]:
        """The first `amount` point-wei of the lot, and the rest; both must hold something."""
        taken, left = [], []
        for origin, held in self.origins:
            part = min(held, amount)
            amount -= part
            if part:
                taken.append((origin, part))
            if held > part:
                left.append((origin, held - part))
        return replace(self, origins=tuple(taken)), replace(self, origins=tuple(left))


@dataclass(frozen=True, kw_only=True)
class Movement:
    """Points came to a holder, or left it."""

    amount: int
    """Negative when they left [point-wei]."""
    balance: int
    """Afterwards [point-wei]."""
    other: str
    """From or to whom; several when a settlement clears many legs at once."""
    origins: Origins
    cause: Cause


class LotLedger:
    """The lots of all holders, moved event by event."""

    def __init__(self) -> None:
        self._lots: dict[Holder, deque[Lot]] = defaultdict(deque)
        self._balances: dict[Holder, int] = defaultdict(int)
        self._movements: dict[Holder, list[Movement]] = defaultdict(list)

    def lots(self, holder: Holder) -> tuple[Lot, ...]:
        """What a holder has, oldest first."""
        return tuple(self._lots[holder])

    def movements(self, holder: Holder) -> tuple[Movement, ...]:
        """What came to a holder and left it, in order."""
        return tuple(self._movements[holder])

    def balance(self, holder: Holder) -> int:
        """What a holder has [point-wei]."""
        return self._balances.get(holder, 0)

    def holders(self) -> list[Holder]:
        """Everybody who holds points."""
        return sorted((holder for holder, lots in self._lots.items() if lots), key=str)

    def issue(self, holder: Holder, amount: int, *, cause: Cause) -> None:
        """Make a lot of a deposit, named by the cause's reference."""
        self._put(holder, [Lot(origins=((cause.reference, amount),), cause=cause)], other="escrow", cause=cause)

    def redeem(self, holder: Holder, amount: int, *, cause: Cause) -> None:
        """Burn points, oldest first."""
        self._take(holder, amount, other="escrow", cause=cause)

    def transfer(self, sender: Holder, receiver: Holder, amount: int, *, cause: Cause) -> None:
        """Move points, oldest first; also to oneself, which makes them the newest."""
        taken = self._take(sender, amount, other=str(receiver), cause=cause)
        self._put(receiver, carried(taken, cause=cause), other=str(sender), cause=cause)

    def clear(self, changes: Sequence[tuple[Holder, int, Cause]]) -> None:
        """Move points from those whose change is negative to the others, all at once, in the order given.

        Raises:
            LawViolation: the changes do not sum to zero.
        """
        rest = sum(change for _, change, _ in changes)
        if rest:
            raise LawViolation(f"the legs of a settlement leave {rest} point-wei over, {changes[0][2].transaction}")
        payers = _named([holder for holder, change, _ in changes if change < 0])
        receivers = _named([holder for holder, change, _ in changes if change > 0])
        pot: deque[Lot] = deque()
        for holder, change, cause in changes:
            if change < 0:
                pot.extend(self._take(holder, -change, other=receivers, cause=cause))
        for holder, change, cause in changes:
            if change > 0:
                self._put(holder, carried(_drawn(pot, change), cause=cause), other=payers, cause=cause)

    def _take(self, holder: Holder, amount: int, *, other: str, cause: Cause) -> list[Lot]:
        if amount > self._balances[holder]:
            raise LawViolation(
                f"{holder} pays {amount} point-wei out of {self._balances[holder]} in {cause.transaction}; events are "
                "missing"
            )
        taken = _drawn(self._lots[holder], amount)
        self._note(holder, -amount, taken, other=other, cause=cause)
        return taken

    def _put(self, holder: Holder, lots: Sequence[Lot], *, other: str, cause: Cause) -> None:
        self._lots[holder].extend(lots)
        self._note(holder, sum(lot.amount for lot in lots), lots, other=other, cause=cause)

    def _note(self, holder: Holder, change: int, lots: Sequence[Lot], *, other: str, cause: Cause) -> None:
        self._balances[holder] += change
        movement = Movement(
            amount=change, balance=self._balances[holder], other=other, origins=_merged(lots), cause=cause
        )
        self._movements[holder].append(movement)


def carried(lots: Sequence[Lot], *, cause: Cause) -> list[Lot]:
    """Lots as a transfer carries them: the newest ones whole, the older ones as one where there are too many."""
    kept = lots if len(lots) <= LOTS_PER_TRANSFER else lots[len(lots) - LOTS_PER_TRANSFER + 1 :]
    older = lots[: len(lots) - len(kept)]
    mixed = [Lot(origins=_merged(older), cause=cause)] if older else []
    return [*mixed, *(replace(lot, cause=cause) for lot in kept)]


def _merged(lots: Iterable[Lot]) -> Origins:
    """The amounts of several lots per origin, the oldest origin first."""
    sums: dict[str, int] = defaultdict(int)
    for lot in lots:
        for origin, amount in lot.origins:
            sums[origin] += amount
    return tuple(sums.items())


def _named(holders: Sequence[Holder]) -> str:
    return ", ".join(map(str, holders)) if len(holders) <= HOLDERS_NAMED else f"{len(holders)} holders"


def _drawn(lots: deque[Lot], amount: int) -> list[Lot]:
    """Take lots from the front; the last one may be split. The caller has checked that they hold enough."""
    taken = []
    while amount:
        lot = lots.popleft()
        if lot.amount > amount:
            lot, rest = lot.split(amount)
            lots.appendleft(rest)
        taken.append(lot)
        amount -= lot.amount
    return taken
