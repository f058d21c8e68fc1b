"""Logs decoded into events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offchain.chain.abi import Contract, Parameter, Value, decode, named_values


@dataclass(frozen=True)
class Event:
    """What a contract announced, and where."""

    contract: str
    name: str
    values: Value
    """A named tuple in the interface's order; an indexed text, array or struct is its 32-byte hash."""
    block: int
    index: int
    """The position of the log in its block."""
    transaction: str


def decode_log(contract: Contract, log: Mapping[str, Any]) -> Event | None:
    """The event in a JSON-RPC log of `contract`; None when its interface does not know it.

    Raises:
        ChainError: the log does not fit the interface.
    """
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    signature = contract.events.get(topics[0]) if topics else None
    if signature is None:
        return None
    label = f"{contract.name}.{signature.name}"
    indexed = [_topic_parameter(parameter) for parameter in signature.inputs if parameter.indexed]
    plain = [parameter for parameter in signature.inputs if not parameter.indexed]
    of_topics = iter(decode(indexed, b"".join(topics[1:]), label=label))
    of_data = iter(decode(plain, bytes.fromhex(log["data"][2:]), label=label))
    values = [next(of_topics if parameter.indexed else of_data) for parameter in signature.inputs]
    return Event(
        contract=contract.name,
        name=signature.name,
        values=named_values(signature.inputs, values),
        block=int(log["blockNumber"], 16),
        index=int(log["logIndex"], 16),
        transaction=log["transactionHash"],
    )


def _topic_parameter(parameter: Parameter) -> Parameter:
    """How an indexed parameter stands in its topic: anything longer than a word as its hash."""
    if parameter.fields or parameter.type.endswith("]") or parameter.type in {"string", "bytes"}:
        return Parameter(parameter.name, "bytes32")
    return parameter
