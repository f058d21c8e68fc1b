"""EIP-712 messages as a wallet or a meter signs them, written from the types and not from the contracts."""

from typing import Any, Final

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys import keys
from eth_utils import keccak

DAY_SHEET: Final = {
    "DaySheet": [
        {"name": "meter", "type": "uint32"},
        {"name": "day", "type": "uint32"},
        {"name": "revision", "type": "uint16"},
        {"name": "importWh", "type": "uint256[3]"},
        {"name": "exportWh", "type": "uint256[3]"},
    ]
}
OFFER: Final = {
    "Offer": [
        {"name": "member", "type": "uint32"},
        {"name": "selling", "type": "bool"},
        {"name": "counterparty", "type": "uint32"},
        {"name": "whPerHour", "type": "uint32"},
        {"name": "firstHour", "type": "uint32"},
        {"name": "hourCount", "type": "uint8"},
        {"name": "price", "type": "uint256"},
        {"name": "bundled", "type": "bool"},
        {"name": "partialFill", "type": "bool"},
        {"name": "expiry", "type": "uint64"},
        {"name": "nonce", "type": "uint24"},
    ]
}
REGISTRATION: Final = {
    "Registration": [
        {"name": "account", "type": "address"},
        {"name": "meterKey", "type": "address"},
        {"name": "node", "type": "uint32"},
        {"name": "kind", "type": "uint8"},
        {"name": "group", "type": "uint32"},
        {"name": "importW", "type": "uint32"},
        {"name": "exportW", "type": "uint32"},
        {"name": "deadline", "type": "uint64"},
    ]
}
METER_KEY_CONSENT: Final = {
    "MeterKeyConsent": [
        {"name": "meter", "type": "uint32"},
        {"name": "meterKey", "type": "address"},
        {"name": "keyChanges", "type": "uint16"},
        {"name": "deadline", "type": "uint64"},
    ]
}
FREEZE: Final = {
    "Freeze": [
        {"name": "account", "type": "address"},
        {"name": "until", "type": "uint64"},
        {"name": "reason", "type": "bytes32"},
        {"name": "nonce", "type": "uint64"},
        {"name": "deadline", "type": "uint64"},
    ]
}
LIFT: Final = {
    "Lift": [
        {"name": "account", "type": "address"},
        {"name": "reason", "type": "bytes32"},
        {"name": "nonce", "type": "uint64"},
        {"name": "deadline", "type": "uint64"},
    ]
}
BOND_FORFEITURE: Final = {
    "BondForfeiture": [
        {"name": "device", "type": "uint32"},
        {"name": "beneficiary", "type": "address"},
        {"name": "reason", "type": "bytes32"},
        {"name": "bondCount", "type": "uint32"},
        {"name": "deadline", "type": "uint64"},
    ]
}
DEPOSIT_STATEMENT: Final = {
    "DepositStatement": [
        {"name": "deposits", "type": "Deposit[]"},
        {"name": "deadline", "type": "uint256"},
    ],
    "Deposit": [
        {"name": "to", "type": "address"},
        {"name": "amount", "type": "uint256"},
        {"name": "bankReference", "type": "bytes32"},
    ],
}
PERMIT: Final = {
    "Permit": [
        {"name": "owner", "type": "address"},
        {"name": "spender", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ]
}
CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def key_of(name: str) -> bytes:
    """Private key of a named actor or meter, the same in every run."""
    return keccak(text=f"gridleaf test {name}")


def domain_of(name: str, contract: str, *, chain_id: int) -> dict[str, Any]:
    return {"name": name, "version": "1", "chainId": chain_id, "verifyingContract": contract}


def digest(domain: dict[str, Any], types: dict[str, Any], message: tuple[Any, ...]) -> bytes:
    """EIP-712 digest of a message given in the order of its fields."""
    signable = _signable(domain, types, message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def sign(key: bytes, domain: dict[str, Any], types: dict[str, Any], message: tuple[Any, ...]) -> bytes:
    """Signature r || s || v, 65 bytes."""
    return bytes(Account.sign_message(_signable(domain, types, message), key).signature)


def signer_of(message_digest: bytes, signature: bytes) -> str:
    """The account that a signature of a digest points to."""
    key = keys.Signature(signature[:64] + bytes([signature[64] - 27])).recover_public_key_from_msg_hash(message_digest)
    return key.to_checksum_address()


def malleated(signature: bytes) -> bytes:
    """The other signature of the same message and key: s mirrored at the curve's order, v flipped."""
    s = int.from_bytes(signature[32:64], "big")
    return signature[:32] + (CURVE_ORDER - s).to_bytes(32, "big") + bytes([55 - signature[64]])


def _signable(domain: dict[str, Any], types: dict[str, Any], message: tuple[Any, ...]) -> Any:
    return encode_typed_data(domain, types, _named(types, next(iter(types)), message))


def _named(types: dict[str, Any], struct: str, message: tuple[Any, ...]) -> dict[str, Any]:
    """The fields of a message by their names, and those of the structs in its arrays; the first type is the message."""
    named: dict[str, Any] = {}
    for field, value in zip(types[struct], message, strict=True):
        element = field["type"].removesuffix("[]")
        if element in types:
            named[field["name"]] = [_named(types, element, item) for item in value]
        else:
            named[field["name"]] = list(value) if isinstance(value, tuple) else value
    return named
