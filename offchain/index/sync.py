"""Bringing an index to the end of its chain, from wherever it stands and whatever the chain has done since."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from offchain.chain.client import LOG_BLOCKS, Client
from offchain.errors import ChainError, InputError
from offchain.index.logs import block_point, read_stretch
from offchain.index.records import BlockPoint, FollowedChain, Plain
from offchain.index.store import Store

ATTEMPTS = 20  # at reading a stretch of a chain that reorganises under our hands, or that others index too


@dataclass(frozen=True, kw_only=True)
class Synced:
    """What bringing an index up to date came to."""

    head: BlockPoint
    cursor: int
    changes: int
    """How many changes were appended, removals included."""


Facts = Callable[[Client], Mapping[str, Plain]]
"""What the readers of a chain's events have to know about it, read when an index begins to follow it."""


def sync(client: Client, store: Store, *, facts: Facts, span: int = LOG_BLOCKS) -> Synced:
    """Read a chain into an index, up to the block that is its last one when we look.

    Args:
        client: of the chain, with every contract that is followed.
        store: the index.
        facts: reads what is kept beside the chain's name.
        span: how many blocks are read and kept in one step.

    Raises:
        InputError: the index follows another chain, or nothing of what it has read is on the chain any more.
        ChainError: the chain does not answer, or does not hold still.
    """
    name = client.endpoint.name
    before = store.open_chain(_describe(client, facts)).cursor
    for _ in range(ATTEMPTS):
        followed = _advance_all(client, store, span=span)
        if followed is not None:
            return Synced(head=followed.head, cursor=followed.cursor, changes=followed.cursor - before)
        _retreat(client, store, store.chain(name))
    raise ChainError(f"{client.endpoint} did not hold still while block {store.chain(name).head.number + 1} was read")


def _advance_all(client: Client, store: Store, *, span: int) -> FollowedChain | None:
    """Add stretch after stretch; None as soon as the chain turns out to be another one."""
    end = client.block().number
    while True:
        followed = store.chain(client.endpoint.name)
        base = followed.head
        if base.number >= end:
            return followed if block_point(client, base.number) == base else None
        stretch = read_stretch(client, base=base, last=min(base.number + span, end))
        if stretch is None or not store.advance(followed.name, stretch.events, base=base, head=stretch.head):
            return None


def _retreat(client: Client, store: Store, followed: FollowedChain) -> None:
    """Take back what is above the highest checkpoint that is still on the chain.

    Checkpoints below a block that is on the chain are on it too, so the highest one is found by bisection.
    """
    points = store.checkpoints(followed.name)
    gone = bisect_left(points, True, key=lambda point: block_point(client, point.number) != point)
    if gone == 0:
        raise InputError(
            f"nothing that database {store.url} has read of {client.endpoint} is on it any more; use another database"
        )
    if points[gone - 1] != followed.head:
        store.retreat(followed.name, base=followed.head, ancestor=points[gone - 1])


def _describe(client: Client, facts: Facts) -> FollowedChain:
    """The chain as an index begins to follow it: from the block before its first contract."""
    if not client.contracts:
        raise InputError(f"{client.endpoint} has no contracts to follow")
    start = block_point(client, max(0, min(contract.block for contract in client.contracts) - 1))
    if start is None:
        raise ChainError(f"{client.endpoint} ends before its contracts were created")
    return FollowedChain(
        name=client.endpoint.name,
        chain_id=client.endpoint.chain_id,
        genesis=client.block(0).hash,
        facts=facts(client),
        head=start,
        cursor=0,
    )
