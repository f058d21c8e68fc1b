"""The record of a deployment, deployments/<chain>.json."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from offchain.chain.client import Client
from offchain.errors import InputError
from offchain.files import PROJECT, write_atomically
from offchain.merkle import keccak256

DEPLOYMENTS = PROJECT / "deployments"
NO_CODE = "0x" + keccak256(b"").hex()


def load(chain: str, *, chain_id: int, folder: Path = DEPLOYMENTS) -> dict[str, Any]:
    """The record of a chain.

    Raises:
        InputError: there is none, or it is for another chain than the connected one, whose id is `chain_id`.
    """
    file = folder / f"{chain}.json"
    if not file.is_file():
        raise InputError(f"{file} is missing; `brownie run deploy` writes it")
    record: dict[str, Any] = json.loads(file.read_text())
    if record["chainId"] != chain_id:
        raise InputError(f"{file} is for chain {record['chainId']}, connected is {chain_id}")
    return record


def existing(chain: str, client: Client, *, folder: Path = DEPLOYMENTS) -> dict[str, Any] | None:
    """The record of a deployment that this chain really holds; None where the chain holds nothing of it.

    Raises:
        InputError: the chain holds something else at the recorded addresses.
    """
    file = folder / f"{chain}.json"
    if not file.is_file():
        return None
    record: dict[str, Any] = json.loads(file.read_text())
    entries = record["contracts"]
    here = dict(zip(entries, code_hashes(client, (entry["address"] for entry in entries.values())), strict=True))
    if all(code == NO_CODE for code in here.values()):
        return None
    wrong = [name for name, entry in entries.items() if here[name] != entry["bytecodeHash"]]
    chain_id = connected(client)
    if wrong or record["chainId"] != chain_id:
        raise InputError(
            f"{file}: the connected chain {chain_id} holds other code at the recorded addresses of "
            f"{', '.join(wrong) or 'all contracts'} (recorded for chain {record['chainId']}); connect to the recorded "
            "chain or move the file away"
        )
    return record


def write(record: Mapping[str, Any], *, folder: Path = DEPLOYMENTS) -> None:
    """Write the record of a chain, whole."""
    write_atomically(folder / f"{record['chain']}.json", json.dumps(record, indent=1) + "\n")


def connected(client: Client) -> int:
    """The id that the chain itself states."""
    return int(client.connection.request("eth_chainId"), 16)


def code_hashes(client: Client, addresses: Iterable[str]) -> list[str]:
    """keccak256 of the code at each address."""
    codes = client.connection.batch(("eth_getCode", [address, "latest"]) for address in addresses)
    return [f"0x{keccak256(bytes.fromhex(code[2:])).hex()}" for code in codes]


def plain(value: Any) -> Any:
    """Constructor arguments as JSON: structs as lists, numbers, which JSON would round, as text."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, int) else value
