"""Power points at any block: balances, deposits into escrow and withdrawals from it, rebuilt from PowerPoint's events.

I-05: supply = escrow, so what was deposited less what was withdrawn is the sum of all balances.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offchain.chain.keys import NOBODY
from offchain.errors import LawViolation
from offchain.index.records import IndexedEvent, Plain, exact


@dataclass(frozen=True, kw_only=True)
class EscrowStatement:
    """The bank's word on its escrow account."""

    day: int
    """Counted from 1 January 1970, UTC."""
    document: str
    """Hash of the bank's document."""
    balance: int
    """[point-wei]"""
    block: int


@dataclass(frozen=True, kw_only=True)
class PointsBook:
    """All points [point-wei]."""

    balances: Mapping[str, int]
    """By account; those that hold nothing are left out."""
    deposited: int
    withdrawn: int
    statements: tuple[EscrowStatement, ...]

    @property
    def supply(self) -> int:
        """All points that there are [point-wei]."""
        return sum(self.balances.values())


def points_of(events: Iterable[IndexedEvent]) -> PointsBook:
    """The book after the given events, in the order of the chain: those up to a block give the book at that block.

    Raises:
        LawViolation: supply and escrow differ, or an account is below zero; events are missing.
    """
    balances: dict[str, int] = defaultdict(int)
    deposited = withdrawn = 0
    statements = []
    for event in events:
        if event.contract != "PowerPoint":
            continue
        values = event.values
        if event.name == "Transfer":
            balances[values["from"]] -= values["value"]
            balances[values["to"]] += values["value"]
        elif event.name == "PointsMinted":
            deposited += values["amount"]
        elif event.name in {"PointsBurned", "BillPaid"}:
            withdrawn += values["amount"]
        elif event.name == "EscrowStated":
            statements.append(_statement(event))
    balances.pop(NOBODY, None)
    held = {account: balance for account, balance in sorted(balances.items()) if balance}
    book = PointsBook(balances=held, deposited=deposited, withdrawn=withdrawn, statements=tuple(statements))
    _check(book)
    return book


def points_rows(book: PointsBook, members: Mapping[str, int]) -> list[dict[str, Plain]]:
    """One row per account that holds points, for an export; `members` says which accounts serve or served whom."""
    return [
        {"account": account, "member": members.get(account), "balance": exact(balance)}
        for account, balance in book.balances.items()
    ]


def supply_row(book: PointsBook, block: int) -> dict[str, Plain]:
    """Escrow and supply after a block, for an export, with the bank's last statement."""
    last = book.statements[-1] if book.statements else None
    return {
        "block": block,
        "deposited": exact(book.deposited),
        "withdrawn": exact(book.withdrawn),
        "supply": exact(book.supply),
        "stated": exact(last.balance) if last else None,
        "stated_in_block": last.block if last else None,
        "document": last.document if last else None,
    }


def _statement(event: IndexedEvent) -> EscrowStatement:
    values = event.values
    return EscrowStatement(
        day=values["day"], document=values["documentHash"], balance=values["balance"], block=event.block
    )


def _check(book: PointsBook) -> None:
    below = [account for account, balance in book.balances.items() if balance < 0]
    if below:
        raise LawViolation(f"I-05: accounts below zero: {', '.join(below)}; events are missing")
    escrow = book.deposited - book.withdrawn
    if book.supply != escrow:
        raise LawViolation(f"I-05: balances sum to {book.supply}, escrow is {escrow} point-wei; events are missing")
