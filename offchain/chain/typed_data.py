"""Signatures over typed data (EIP-712)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import is_encodable
from eth_account.messages import encode_typed_data

from offchain.chain.abi import Contract, Value
from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.errors import InputError
from offchain.merkle import keccak256

Fields = Sequence[Mapping[str, str]]
"""A struct's fields in their order, each `{"name": .., "type": ..}`."""
Types = Mapping[str, Fields]
"""Struct name -> its fields."""
CoSignature = tuple[str, bytes]
"""Account and signature, as TwoPersonRule.CoSignature."""


def fields(**types: str) -> Fields:
    """The fields of a struct: name=type, in their order."""
    return [{"name": name, "type": kind} for name, kind in types.items()]


@dataclass(frozen=True)
class Domain:
    """A contract's EIP-712 domain, as the contract itself states it."""

    fields: Mapping[str, Any]

    def sign(self, key: Key, types: Types, message: Mapping[str, Any]) -> bytes:
        """The signature of a message by `key`, 65 bytes."""
        return sign_typed(key, self.fields, types=types, message=message)

    def co_sign(self, key: Key, types: Types, message: Mapping[str, Any]) -> CoSignature:
        """The signature of an act's second person."""
        return key.address, self.sign(key, types, message)


def domain_of(client: Client, contract: Contract) -> Domain:
    """Ask a contract for its domain (ERC-5267)."""
    stated = client.call(contract("eip712Domain"))
    return Domain(
        {
            "name": stated.name,
            "version": stated.version,
            "chainId": stated.chainId,
            "verifyingContract": stated.verifyingContract,
        }
    )


def sign_typed(key: Key, domain: Mapping[str, Value], *, types: Types, message: Mapping[str, Value]) -> bytes:
    """The 65-byte signature (r, s, v) of a message.

    `types` names the structs without EIP712Domain; the one that no other contains is the message's.

    Raises:
        InputError: the message does not fit its types. (eth-account alone would sign missing texts as empty ones.)
    """
    contained = {entry["type"].partition("[")[0] for entries in types.values() for entry in entries}
    outermost = [name for name in types if name not in contained]
    if len(outermost) != 1:
        raise InputError(f"one of the types {', '.join(types)} must contain the others, {len(outermost)} could")
    _check(types, outermost[0], value=message, place=outermost[0])
    encoded = encode_typed_data(
        domain_data=dict(domain),
        message_types={name: [dict(entry) for entry in entries] for name, entries in types.items()},
        message_data=dict(message),
    )
    return bytes(key.sign(keccak256(b"\x19" + encoded.version + encoded.header + encoded.body)))


def _check(types: Types, kind: str, *, value: Value, place: str) -> None:
    """Raise an `InputError` that names the `place` where `value` does not fit its type."""
    if kind in types:
        names = [entry["name"] for entry in types[kind]]
        if not isinstance(value, Mapping) or set(value) != set(names):
            raise InputError(f"{place} needs exactly {', '.join(names)}, got {value!r}")
        for entry in types[kind]:
            _check(types, entry["type"], value=value[entry["name"]], place=f"{place}.{entry['name']}")
    elif kind.endswith("]") and kind.partition("[")[0] in types:
        if not isinstance(value, list):
            raise InputError(f"{place} must be a list, not {value!r}")
        for position, item in enumerate(value):
            _check(types, kind[: kind.rindex("[")], value=item, place=f"{place}[{position}]")
    elif not is_encodable(kind, value):
        raise InputError(f"{place} must be {kind}, not {value!r}")
