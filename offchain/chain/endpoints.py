"""Where a chain answers: its name, address and chain id, written down or started locally."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from offchain.chain.engines.abilities import NO_ABILITIES, Abilities
from offchain.errors import InputError

FIELDS = {"name": str, "url": str, "chain_id": int}


@dataclass(frozen=True)
class Endpoint:
    """One chain's JSON-RPC address."""

    name: str
    url: str
    chain_id: int
    abilities: Abilities = NO_ABILITIES
    """What its engine lets us do to it."""
    local: bool = False
    """It runs on this machine: never to be reached through a proxy."""
    log: Path | None = None
    """The log file of a chain that was started here."""

    def __str__(self) -> str:
        return f"chain {self.name} ({self.url})"


def read_endpoints(path: Path) -> tuple[Endpoint, ...]:
    """The chains that a TOML file names, in its order.

    The file has one `[[chain]]` table per chain with `name`, `url` and `chain_id`.

    Raises:
        InputError: the file is missing or damaged, or any table in it is wrong; the message lists every problem.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: cannot be read as TOML: {error}") from error
    tables = document.get("chain")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{path}: needs at least one [[chain]] table with {', '.join(FIELDS)}")
    problems = [problem for position, table in enumerate(tables, 1) for problem in _problems(table, position)]
    problems += [f"unknown top-level key {key}" for key in sorted(document.keys() - {"chain"})]
    for field in FIELDS:
        values = [table[field] for table in tables if field in table]
        problems += [f"{field} {value} is given twice" for value in _repeated(values)]
    if problems:
        raise InputError(f"{path}: {'; '.join(problems)}")
    return tuple(Endpoint(name=table["name"], url=table["url"], chain_id=table["chain_id"]) for table in tables)


def _problems(table: dict[str, Any], position: int) -> list[str]:
    """What is wrong with one `[[chain]]` table; `position` counts from 1."""
    where = f"chain {table.get('name', position)}"
    problems = [f"{where}: {field} is missing" for field in FIELDS if field not in table]
    problems += [f"{where}: unknown key {key}" for key in sorted(table.keys() - FIELDS.keys())]
    problems += [
        f"{where}: {field} must be {'text' if kind is str else 'a whole number'}, not {table[field]!r}"
        for field, kind in FIELDS.items()
        if field in table and type(table[field]) is not kind
    ]
    url, chain_id = table.get("url"), table.get("chain_id")
    if isinstance(url, str) and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc):
        problems.append(f"{where}: url must start with http:// or https:// and name a host, not {url!r}")
    if type(chain_id) is int and chain_id <= 0:
        problems.append(f"{where}: chain_id must be positive, not {chain_id}")
    if table.get("name") == "":
        problems.append(f"{where}: name must not be empty")
    return problems


def _repeated(values: list[Any]) -> list[Any]:
    return sorted({value for value in values if values.count(value) > 1}, key=str)
