"""Signatures over typed data (EIP-712)."""

from collections.abc import Mapping, Sequence

from eth_abi.abi import is_encodable
from eth_account import Account
from eth_account.messages import encode_typed_data

from offchain.chain.abi import Value
from offchain.chain.keys import Key
from offchain.errors import InputError

Types = Mapping[str, Sequence[Mapping[str, str]]]
"""Struct name -> its fields in order, each `{"name": .., "type": ..}`."""


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
    signable = encode_typed_data(
        domain_data=dict(domain),
        message_types={name: [dict(entry) for entry in entries] for name, entries in types.items()},
        message_data=dict(message),
    )
    return bytes(Account.sign_message(signable, key.secret).signature)


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
