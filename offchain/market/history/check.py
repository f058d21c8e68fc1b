"""The market's accounts, rebuilt from events, against what its contracts answer at the same block."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from offchain.chain.abi import Value
from offchain.chain.client import Client
from offchain.errors import InputError, LawViolation
from offchain.index.records import IndexedEvent
from offchain.market.history.events import margins_of
from offchain.market.history.margins import CONTRACTS, MarginBook
from offchain.market.history.terms import MarketTerms
from offchain.points.history import points_of

PROBLEMS_NAMED = 5
_RESERVE = 0
"""The reserve is the account of no member."""

Answer = tuple[str, int, Value]
"""What is asked, what the events add up to, what the contract answers."""


def check_market(events: Sequence[IndexedEvent], client: Client, *, terms: MarketTerms, block: int) -> int:
    """Compare every account of the market after a block; returns how many answers were compared.

    Args:
        events: of the market's contracts and PowerPoint, up to that block, in the order of the chain.
        client: of the chain, which still has the state of that block.
        terms: what the market was made with.
        block: height of the block.

    Raises:
        LawViolation: I-14: an answer is another one; the message names the first ones.
        InputError: the block is before the market.
        ChainError: the chain does not answer.
    """
    first = max(contract.block for contract in client.contracts if contract.name in CONTRACTS)
    if block < first:
        raise InputError(f"block {block} of {client.endpoint} is before its market, which is there from {first} on")
    book = margins_of(events, terms=terms)
    answers = [
        *_accounts(book, client, block),
        *_deferred_credits(book, client, block),
        *_desk(book, events, client, block),
    ]
    problems = [
        f"{name} is {ours} by the events, {theirs} on chain" for name, ours, theirs in answers if ours != theirs
    ]
    if problems:
        more = f", and {len(problems) - PROBLEMS_NAMED} more" if len(problems) > PROBLEMS_NAMED else ""
        raise LawViolation(f"I-14: after block {block} {'; '.join(problems[:PROBLEMS_NAMED])}{more}")
    return len(answers)


def _accounts(book: MarginBook, client: Client, block: int) -> Iterator[Answer]:
    market = client.contract("BilateralMarket")
    for member in book.members:
        yield f"free of member {member}", book.free_of(member), client.call(market("freeOf", member), block=block)
        reserved = client.call(market("reservedOf", member), block=block)
        yield f"reserved of member {member}", book.reserved.get(member, 0), reserved
    yield "the reserve", book.reserve, client.call(market("freeOf", _RESERVE), block=block)
    yield "the sum of debts", book.fronted, client.call(market("totalDebt"), block=block)
    yield "the grid company's funds", book.funds, client.call(market("funds"), block=block)


def _deferred_credits(book: MarginBook, client: Client, block: int) -> Iterator[Answer]:
    contract, deferred = client.contract("DeferredCredits"), book.deferred
    totals = client.call(contract("totals"), block=block)
    yield "all that was deferred", deferred.owed, totals.owed
    yield "all that was paid of it", deferred.paid, totals.paid
    yield "all that was collected of it", deferred.collected, totals.collected
    for member in (_RESERVE, *book.members):
        for part in deferred.parts_of(member):
            found = client.call(contract("owedTo", member, part.day), block=block)
            yield f"deferred to member {member} under day {part.day}", part.owed, found.owed
            yield f"paid of it to member {member} under day {part.day}", part.paid, found.paid


def _desk(book: MarginBook, events: Sequence[IndexedEvent], client: Client, block: int) -> Iterator[Answer]:
    """What the desk holds beyond the book was given to it without a deposit."""
    desk = client.contract("MarginDesk").address
    given = sum(_gifts(events, desk))
    balance = client.call(client.contract("PowerPoint")("balanceOf", desk), block=block)
    yield "what the desk holds", book.points + given, balance
    yield "what the desk holds by its transfers", points_of(events).balances.get(desk, 0), balance


def _gifts(events: Sequence[IndexedEvent], desk: str) -> Iterator[int]:
    """Transfers to the desk that no deposit announced in the event before."""
    moving = [event for event in events if event.contract == "MarginDesk" or event.name == "Transfer"]
    for before, event in pairwise(moving):
        announced = before.name == "Deposited" and before.transaction == event.transaction
        if event.name == "Transfer" and event.values["to"] == desk and not announced:
            yield event.values["value"]
