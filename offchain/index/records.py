"""What the index keeps: events as the chain announced them, and the changes that a consumer follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from offchain.chain.abi import Parameter, Value

Plain: TypeAlias = Any
"""Integers, booleans and texts; bytes as 0x text, arrays as lists, structs as mappings: what JSON can carry."""


@dataclass(frozen=True, kw_only=True)
class BlockPoint:
    """A block that the index has seen."""

    number: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class FollowedChain:
    """A chain that an index follows, and what a reader of its events has to know about it."""

    name: str
    chain_id: int
    genesis: str
    """The hash of its first block."""
    facts: Mapping[str, Plain]
    """What readers of its events have to know besides, as its first reader handed it in."""
    head: BlockPoint
    """The last block that was read."""
    cursor: int
    """Number of changes so far, which is also the last one's cursor."""


@dataclass(frozen=True, kw_only=True)
class IndexedEvent:
    """An event, and where it stands on its chain."""

    contract: str
    address: str
    name: str
    values: Mapping[str, Plain]
    """By the names of the contract's interface."""
    block: int
    block_hash: str
    time: int
    """Of its block [s, unix]."""
    transaction: str
    index: int
    """The position of the log in its block."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """An event came into the index, or left it because its block is no longer on the chain."""

    cursor: int
    """From 1 without gaps, per chain."""
    removed: bool
    event: IndexedEvent


def plain(parameter: Parameter, value: Value) -> Plain:
    """A decoded value without named tuples and bytes; `parameter` says the names of a struct's fields."""
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if parameter.type.endswith("]"):
        return [plain(parameter.element, item) for item in value]
    if parameter.fields:
        return {part.name: plain(part, item) for part, item in zip(parameter.fields, value, strict=True)}
    return value


def exact(value: Plain) -> Plain:
    """The same with every integer as decimal text: readers of JSON may round what is above 2^53."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return [exact(item) for item in value]
    if isinstance(value, Mapping):
        return {name: exact(item) for name, item in value.items()}
    return value
