"""How the events of the contracts move lots.

A contract that holds points for others says for whom just before it moves them: the market for the margin account of a
member, the device registry for the bond of a device. The lots follow into these accounts inside the account.

The market settles in batches. Within one, the grid company may pay before it is paid, so a batch is cleared at once:
whoever holds less afterwards pays, whoever holds more receives. What a member still owes, the grid company fronts.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from offchain.errors import LawViolation
from offchain.index.lots import Cause, Holder, LotLedger
from offchain.index.margins import SETTLEMENTS, MarginBook
from offchain.index.points import NOBODY
from offchain.index.records import IndexedEvent

CONTRACTS = frozenset({"PowerPoint", "BilateralMarket", "DeviceRegistry"})
"""Whose events move points."""
LEGS_NAMED = 8
"""A settlement with more legs of one member says their number alone."""


def lots_of(events: Iterable[IndexedEvent], *, grid_company: int | None) -> LotLedger:
    """The ledger after the given events, in the order of the chain.

    Args:
        events: all of the contracts in `CONTRACTS`.
        grid_company: the member around which the market is built; None where there is no market.

    Raises:
        LawViolation: points move that are not there; events are missing.
    """
    flows = _Flows(grid_company or 0)
    relevant = [event for event in events if (event.contract, event.name) in flows.handlers or _settles(event)]
    for _, run in groupby(relevant, key=lambda event: event.transaction if _settles(event) else id(event)):
        batch = list(run)
        if _settles(batch[0]):
            flows.settle(batch)
        else:
            flows.handlers[batch[0].contract, batch[0].name](batch[0])
    flows.finish()
    return flows.ledger


def _settles(event: IndexedEvent) -> bool:
    return event.contract == "BilateralMarket" and event.name in SETTLEMENTS


class _Flows:
    """The ledger, the margin accounts, and the transfers that contracts have announced."""

    def __init__(self, grid_company: int) -> None:
        self.ledger = LotLedger()
        self.margins = MarginBook(grid_company)
        self._announced: deque[tuple[str, str, int]] = deque()
        self.handlers: Mapping[tuple[str, str], Callable[[IndexedEvent], None]] = {
            ("PowerPoint", "PointsMinted"): self._mint,
            ("PowerPoint", "PointsBurned"): self._burn,
            ("PowerPoint", "BillPaid"): self._pay_bill,
            ("PowerPoint", "Transfer"): self._transfer,
            ("BilateralMarket", "Deposited"): self._deposit,
            ("BilateralMarket", "Withdrawn"): self._withdraw,
            ("BilateralMarket", "AgreementRegistered"): self.margins.apply,
            ("DeviceRegistry", "BondPosted"): self._post_bond,
            ("DeviceRegistry", "BondReturned"): self._return_bond,
            ("DeviceRegistry", "BondForfeited"): self._forfeit_bond,
        }

    def settle(self, batch: Sequence[IndexedEvent]) -> None:
        """Clear what one transaction settles."""
        texts: dict[int, list[str]] = {}
        for event in batch:
            for member, text in _legs(event):
                texts.setdefault(member, []).append(text)
        references = {member: _listed(legs) for member, legs in texts.items()}
        self.ledger.clear(self._changes(batch, references))

    def finish(self) -> None:
        """Nothing more comes."""
        if self._announced:
            sender, receiver, amount = self._announced[0]
            raise LawViolation(f"a transfer of {amount} point-wei from {sender} to {receiver} was announced, none came")

    def _changes(self, batch: Sequence[IndexedEvent], references: Mapping[int, str]) -> list[tuple[Holder, int, Cause]]:
        """By how much each margin account that a batch touches changes; members by id."""
        members = sorted(set().union(*(self.margins.touched(event) for event in batch)))
        before = {member: self.margins.held(member) for member in members}
        for event in batch:
            self.margins.apply(event)
        return [
            (
                Holder("margin", member),
                self.margins.held(member) - before[member],
                _cause("settlement", batch[0], references.get(member, f"grid company's side of {len(batch)} legs")),
            )
            for member in members
        ]

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

    def _deposit(self, event: IndexedEvent) -> None:
        """Into the member's margin account; what the member owes goes to the grid company first."""
        sender, amount = event.values["from"], event.values["amount"]
        cause = _cause("margin", event)
        self._announced.append((sender, event.address, amount))
        self.ledger.clear([(_account(sender), -amount, cause), *self._moved(event, cause)])

    def _withdraw(self, event: IndexedEvent) -> None:
        receiver, amount = event.values["to"], event.values["amount"]
        cause = _cause("withdrawal", event)
        self._announced.append((event.address, receiver, amount))
        self.ledger.clear([*self._moved(event, cause), (_account(receiver), amount, cause)])

    def _moved(self, event: IndexedEvent, cause: Cause) -> list[tuple[Holder, int, Cause]]:
        return [(holder, change, cause) for holder, change, _ in self._changes([event], {})]

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


def _legs(event: IndexedEvent) -> list[tuple[int, str]]:
    """A settlement's legs as text, by member; the grid company has the opposite of the others and no text."""
    values = event.values
    if event.name == "ResidualSettled":
        return [(values["member"], f"residual of day {values['day']}: {values['memberLeg']:+d}")]
    name = f"agreement 0x{values['id']:064x}"
    return [(values["seller"], f"{name}: {values['received']:+d}"), (values["buyer"], f"{name}: {-values['paid']:+d}")]


def _listed(legs: Sequence[str]) -> str:
    return "; ".join(legs) if len(legs) <= LEGS_NAMED else f"{len(legs)} legs"
