"""A stretch of blocks read from a chain that may reorganise between any two requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offchain.chain.abi import Contract
from offchain.chain.client import Client
from offchain.chain.connection import RpcError
from offchain.chain.events import decode_log
from offchain.index.records import BlockPoint, IndexedEvent, plain


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """The events of consecutive blocks."""

    head: BlockPoint
    """The last of the blocks."""
    events: tuple[IndexedEvent, ...]
    """In the order of the chain."""


def read_stretch(client: Client, *, base: BlockPoint, last: int) -> Stretch | None:
    """The events of all known contracts in the blocks after `base`, up to `last`.

    The head is read before the logs and once more after them, together with `base` and with every block that a log
    names: a hash stands for all blocks below it, so when all are the same, the logs belong to one chain.

    Returns:
        None when the chain is or was another one: read again, from where it still stands.

    Raises:
        ChainError: the chain does not answer.
    """
    head = block_point(client, last)
    if head is None:
        return None
    logs = _logs(client, first=base.number + 1, last=last)
    named = {int(log["blockNumber"], 16): log["blockHash"] for log in logs}
    wanted = named | {base.number: base.hash, head.number: head.hash}
    headers = _headers(client, sorted(wanted))
    if any(number not in headers or headers[number]["hash"] != value for number, value in wanted.items()):
        return None
    if any(named[int(log["blockNumber"], 16)] != log["blockHash"] for log in logs):
        return None
    times = {number: int(header["timestamp"], 16) for number, header in headers.items()}
    contracts = {contract.address.lower(): contract for contract in client.contracts}
    events = [_event(contracts[log["address"].lower()], log, times=times) for log in logs]
    return Stretch(head=head, events=tuple(event for event in events if event))


def block_point(client: Client, number: int) -> BlockPoint | None:
    """The block that the chain has at a height now; None above its end."""
    header = _headers(client, [number]).get(number)
    return BlockPoint(number=number, hash=header["hash"]) if header else None


def _headers(client: Client, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    answers = client.connection.batch(("eth_getBlockByNumber", [hex(number), False]) for number in numbers)
    return {number: header for number, header in zip(numbers, answers, strict=True) if header is not None}


def _logs(client: Client, *, first: int, last: int) -> list[dict[str, Any]]:
    """The logs of all contracts; where a node finds a range too long, in halves."""
    addresses = [contract.address for contract in client.contracts]
    limits = {"address": addresses, "fromBlock": hex(first), "toBlock": hex(last)}
    try:
        logs: list[dict[str, Any]] = client.connection.request("eth_getLogs", limits)
    except RpcError:
        if first >= last:
            raise
        middle = (first + last) // 2
        return [*_logs(client, first=first, last=middle), *_logs(client, first=middle + 1, last=last)]
    return logs


def _event(contract: Contract, log: dict[str, Any], *, times: dict[int, int]) -> IndexedEvent | None:
    event = decode_log(contract, log)
    if event is None:
        return None
    inputs = contract.events[bytes.fromhex(log["topics"][0][2:])].inputs
    return IndexedEvent(
        contract=contract.name,
        address=contract.address,
        name=event.name,
        values={parameter.name: plain(parameter, value) for parameter, value in zip(inputs, event.values, strict=True)},
        block=event.block,
        block_hash=log["blockHash"],
        time=times[event.block],
        transaction=event.transaction,
        index=event.index,
    )
