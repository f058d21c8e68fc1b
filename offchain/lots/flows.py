"""How the events of the contracts move lots.

A contract that holds points for others says for whom just before it moves them: the market's desk for the margin
account of a member, the device registry for the bond of a device. The lots follow into these accounts inside the
account.

What a call to the market moves is cleared at once, since within it the grid company may pay before it is paid: whoever
holds less afterwards pays, whoever holds more receives. What a member still owes, the grid company fronts; penalties
wait by day for those who share them, deferred credits that are paid for those who collect them.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from offchain.chain.keys import NOBODY
from offchain.errors import LawViolation
from offchain.index.records import IndexedEvent
from offchain.lots.ledger import Cause, LotLedger
from offchain.market.history.events import Leg, MarketEvents
from offchain.market.history.margins import CONTRACTS as MARKET
from offchain.market.history.terms import MarketTerms
from offchain.points.holders import Holder

CONTRACTS = MARKET | {"PowerPoint", "DeviceRegistry"}
"""Whose events move points."""
LEGS_NAMED = 8
"""A settlement with more legs of one holder says their number alone."""
_KINDS = {
    "Deposited": "margin",
    "Withdrawn": "withdrawal",
    "ReservePaid": "withdrawal",
    "AgreementSettled": "settlement",
    "AgreementDefaulted": "settlement",
    "ResidualSettled": "settlement",
    "PenaltyPooled": "close",
    "SharesClaimed": "share",
    "DeferredCollected": "collection",
    "AgreementReconciled": "reconciliation",
    "ResidualReconciled": "reconciliation",
}
"""What kind of cause a call to the market is, by the first of its events that says so."""


def lots_of(events: Iterable[IndexedEvent], *, terms: MarketTerms | None) -> LotLedger:
    """The ledger after the given events, in the order of the chain, whole transactions.

    Args:
        events: all of the contracts in `CONTRACTS`.
        terms: what the market was made with; None where there is no market.

    Raises:
        LawViolation: points move that are not there; events are missing.
    """
    flows = _Flows(MarketEvents(terms) if terms else None)
    relevant = (event for event in events if flows.follows(event))
    for _, run in groupby(relevant, key=_call):
        flows.apply(list(run))
    flows.finish()
    return flows.ledger


def _call(event: IndexedEvent) -> tuple[int | str, ...]:
    """Equal for neighbouring events of one call to the market."""
    return (event.transaction,) if event.contract in MARKET else (event.block, event.index)


class _Flows:
    """The ledger, the market's accounts, and the transfers that contracts have announced."""

    def __init__(self, market: MarketEvents | None) -> None:
        self.ledger = LotLedger()
        self._market = market
        self._standing_in: set[Holder] = set()
        """Whose points are in the market's accounts of others while the grid company's funds are below zero."""
        self._announced: deque[tuple[str, str, int]] = deque()
        self._handlers: Mapping[tuple[str, str], Callable[[IndexedEvent], None]] = {
            ("PowerPoint", "PointsMinted"): self._mint,
            ("PowerPoint", "PointsBurned"): self._burn,
            ("PowerPoint", "BillPaid"): self._pay_bill,
            ("PowerPoint", "Transfer"): self._transfer,
            ("DeviceRegistry", "BondPosted"): self._post_bond,
            ("DeviceRegistry", "BondReturned"): self._return_bond,
            ("DeviceRegistry", "BondForfeited"): self._forfeit_bond,
        }

    def follows(self, event: IndexedEvent) -> bool:
        """Whether an event moves points."""
        return (event.contract, event.name) in self._handlers or bool(self._market and self._market.follows(event))

    def apply(self, run: Sequence[IndexedEvent]) -> None:
        """Follow one event, or all that a call to the market announced."""
        handler = self._handlers.get((run[0].contract, run[0].name))
        if handler:
            handler(run[0])
        elif self._market:
            self._clear(run, self._market)

    def finish(self) -> None:
        """Nothing more comes."""
        if self._market:
            self._market.book.check()
        if self._announced:
            sender, receiver, amount = self._announced[0]
            raise LawViolation(f"a transfer of {amount} point-wei from {sender} to {receiver} was announced, none came")

    def _clear(self, call: Sequence[IndexedEvent], market: MarketEvents) -> None:
        """Into, out of and between the market's accounts; what a member owes goes to the grid company first."""
        kind = next((_KINDS[event.name] for event in call if event.name in _KINDS), "market")
        legs = market.apply(call)
        references = _references(legs, grid=market.book.grid)
        held = market.book.held({holder for holder, _ in legs} | self._standing_in)
        changes = [(_account(account), change, _cause(kind, call[0])) for account, change in self._outside(call)]
        changes += [
            (holder, amount - self.ledger.balance(holder), _cause(kind, call[0], references.get(holder, "")))
            for holder, amount in held.items()
        ]
        self._standing_in = market.book.standing_in
        self.ledger.clear(changes)

    def _outside(self, call: Sequence[IndexedEvent]) -> list[tuple[str, int]]:
        """What leaves accounts for the desk, and what comes from it; the transfers follow."""
        changes = []
        for event in call:
            if event.name == "Deposited":
                changes.append((event.values["from"], -event.values["amount"]))
                self._announced.append((event.values["from"], event.address, event.values["amount"]))
            elif event.name in {"Withdrawn", "ReservePaid"}:
                changes.append((event.values["to"], event.values["amount"]))
                self._announced.append((event.address, event.values["to"], event.values["amount"]))
        return changes

    def _mint(self, event: IndexedEvent) -> None:
        cause = _cause("deposit", event, event.values["bankReference"])
        self.ledger.issue(_account(event.values["to"]), event.values["amount"], cause=cause)

    def _burn(self, event: IndexedEvent) -> None:
        cause = _cause("redemption", event, event.values["withdrawalReference"])
        self.ledger.redeem(_account(event.values["holder"]), event.values["amount"], cause=cause)

    def _pay_bill(self, event: IndexedEvent) -> None:
        cause = _cause("bill", event, event.values["billId"])
        self.ledger.redeem(_account(event.values["from"]), event.values["amount"], cause=cause)

    def _transfer(self, event: IndexedEvent) -> None:
        sender, receiver, amount = (event.values[name] for name in ("from", "to", "value"))
        if NOBODY in (sender, receiver) or not amount:
            return  # mints and burns say more in events of their own
        if self._announced:
            if self._announced.popleft() != (sender, receiver, amount):
                raise LawViolation(f"the transfer in {event.transaction} is not the one that was announced")
            return
        self.ledger.transfer(_account(sender), _account(receiver), amount, cause=_cause("transfer", event))

    def _post_bond(self, event: IndexedEvent) -> None:
        sender, amount = event.values["from"], event.values["amount"]
        self._announced.append((sender, event.address, amount))
        self.ledger.transfer(_account(sender), _bond(event), amount, cause=_cause("bond", event, "posted"))

    def _return_bond(self, event: IndexedEvent) -> None:
        self._pay_out_bond(event, event.values["to"], reference="returned")

    def _forfeit_bond(self, event: IndexedEvent) -> None:
        self._pay_out_bond(event, event.values["beneficiary"], reference=f"forfeited: {event.values['reason']}")

    def _pay_out_bond(self, event: IndexedEvent, receiver: str, *, reference: str) -> None:
        amount = event.values["amount"]
        self._announced.append((event.address, receiver, amount))
        self.ledger.transfer(_bond(event), _account(receiver), amount, cause=_cause("bond", event, reference))


def _account(address: str) -> Holder:
    return Holder("account", address)


def _bond(event: IndexedEvent) -> Holder:
    return Holder("bond", event.values["device"])


def _cause(kind: str, event: IndexedEvent, reference: str = "") -> Cause:
    return Cause(kind=kind, reference=reference, block=event.block, time=event.time, transaction=event.transaction)


def _references(legs: Sequence[Leg], *, grid: Holder) -> dict[Holder, str]:
    """A call's legs as text, by holder; the grid company has the opposite of all others and no text of its own."""
    texts: dict[Holder, list[str]] = {}
    for holder, text in legs:
        if text:
            texts.setdefault(holder, []).append(text)
    told = sum(map(len, texts.values()))
    return ({grid: f"grid company's side of {told} legs"} if told else {}) | {
        holder: "; ".join(parts) if len(parts) <= LEGS_NAMED else f"{len(parts)} legs"
        for holder, parts in texts.items()
    }
