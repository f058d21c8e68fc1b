"""Who signs: local keys by name, or encrypted key files for real chains."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import rlp
from eth_account import Account
from eth_keys.datatypes import PrivateKey

from offchain.errors import InputError
from offchain.merkle import keccak256

LOCAL_SEED = "gridleaf local chains, never for production"
NOBODY = "0x0000000000000000000000000000000000000000"
"""The account of nobody: no account, no key, or, where one may be named, anybody."""
DYNAMIC_FEE = b"\x02"
"""The transaction type of EIP-1559."""
PASSWORD_VARIABLE = "GRIDLEAF_KEYSTORE_PASSWORD"  # noqa: S105 -- the variable's name, not a password


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Of a hash, by secp256k1."""

    parity: int
    """Of the y coordinate of the point whose x coordinate is r: 0 or 1."""
    r: int
    s: int

    def __bytes__(self) -> bytes:
        """The 65 bytes that contracts take: r, s, and 27 more than the parity."""
        return self.r.to_bytes(32, "big") + self.s.to_bytes(32, "big") + bytes([27 + self.parity])


@dataclass(frozen=True)
class Key:
    """An account that can sign; the secret is never printed."""

    name: str
    address: str
    secret: bytes = field(repr=False)

    @cached_property
    def _private(self) -> PrivateKey:
        return PrivateKey(self.secret)

    def sign(self, digest: bytes) -> Signature:
        """Sign a 32-byte hash."""
        signature = self._private.sign_msg_hash(digest)
        return Signature(parity=signature.v, r=signature.r, s=signature.s)


@dataclass(frozen=True, kw_only=True)
class DynamicFeeTransaction:
    """What an account signs (EIP-1559); the fields in their order on the wire, without an access list."""

    chain_id: int
    nonce: int
    tip: int  # [wei/gas]
    max_fee: int  # [wei/gas]
    gas: int  # [gas]
    to: str | None
    """None creates a contract."""
    value: int  # [wei]
    data: bytes

    def signed(self, key: Key) -> tuple[bytes, str]:
        """The raw bytes of the signed transaction and its hash."""
        recipient = bytes.fromhex(self.to[2:]) if self.to else b""
        fees = (self.tip, self.max_fee, self.gas)
        fields = (self.chain_id, self.nonce, *fees, recipient, self.value, self.data, ())
        signature = key.sign(keccak256(DYNAMIC_FEE + rlp.encode(fields)))
        raw = DYNAMIC_FEE + rlp.encode((*fields, signature.parity, signature.r, signature.s))
        return raw, f"0x{keccak256(raw).hex()}"


@cache
def local_key(name: str) -> Key:
    """The account of `name` on local chains, derived from a public seed: anyone can spend what it holds."""
    return _key(name, secret=hashlib.sha256(f"{LOCAL_SEED}: {name}".encode()).digest())


def keystore_key(name: str, folder: Path, *, password: str | None = None) -> Key:
    """The account of `name` from the encrypted key file `folder/<name>.json` (Web3 Secret Storage, version 3).

    Without `password` it is read from the environment variable GRIDLEAF_KEYSTORE_PASSWORD.

    Raises:
        InputError: no password, no such file, a damaged file or the wrong password.
    """
    path = folder / f"{name}.json"
    password = os.environ.get(PASSWORD_VARIABLE) if password is None else password
    if password is None:
        raise InputError(f"{path} is encrypted: set {PASSWORD_VARIABLE} to its password")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a key file: {error}") from error
    try:
        return _key(name, secret=bytes(Account.decrypt(document, password)))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: wrong password or not a version 3 key file") from error


def _key(name: str, *, secret: bytes) -> Key:
    return Key(name=name, address=PrivateKey(secret).public_key.to_checksum_address(), secret=secret)
