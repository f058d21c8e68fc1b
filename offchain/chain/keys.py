"""Who signs: local keys by name, or encrypted key files for real chains."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from eth_account import Account

from offchain.errors import InputError

LOCAL_SEED = "gridleaf local chains, never for production"
NOBODY = "0x0000000000000000000000000000000000000000"
"""The account of nobody: no account, no key, or, where one may be named, anybody."""
PASSWORD_VARIABLE = "GRIDLEAF_KEYSTORE_PASSWORD"  # noqa: S105 -- the variable's name, not a password


@dataclass(frozen=True)
class Key:
    """An account that can sign; the secret is never printed."""

    name: str
    address: str
    secret: bytes = field(repr=False)


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


def sign_transaction(key: Key, transaction: Mapping[str, Any]) -> tuple[bytes, str]:
    """The raw bytes of a signed transaction and its hash."""
    signed = Account.sign_transaction(dict(transaction), key.secret)
    return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()


def _key(name: str, *, secret: bytes) -> Key:
    return Key(name=name, address=Account.from_key(secret).address, secret=secret)
