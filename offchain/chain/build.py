"""What was compiled: the interfaces and creation codes of contracts, by name."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from offchain.chain.abi import Abi
from offchain.chain.reverts import ErrorBook, error_book
from offchain.errors import InputError

COMPILE_COMMAND = "brownie compile"


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A contract, library or interface."""

    abi: Abi
    bytecode: str
    """Hexadecimal creation code; empty where nothing can be created."""


class Build:
    """Brownie's build folder as it is when it is first asked; every file in it is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[Path, Artefact] = {}

    def artefact(self, name: str) -> Artefact:
        """The artefact of a contract, or of an interface.

        Raises:
            InputError: it is missing or damaged.
        """
        for kind in ("contracts", "interfaces"):
            path = self._folder / kind / f"{name}.json"
            if path in self._known or path.is_file():
                return self._artefact(path)
        raise InputError(f"{self._folder / 'contracts' / name}.json is missing; `{COMPILE_COMMAND}` makes it")

    @cached_property
    def errors(self) -> ErrorBook:
        """The custom errors of every contract and interface.

        Raises:
            InputError: one is damaged.
        """
        paths = sorted([*self._folder.glob("contracts/*.json"), *self._folder.glob("interfaces/*.json")])
        return error_book(self._artefact(path).abi for path in paths)

    def _artefact(self, path: Path) -> Artefact:
        if path not in self._known:
            self._known[path] = _read(path)
        return self._known[path]


def _read(path: Path) -> Artefact:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is damaged ({error}); `{COMPILE_COMMAND}` makes it again") from error
    if not isinstance(document, dict) or not isinstance(document.get("abi"), list):
        raise InputError(f"{path} is damaged (it has no abi); `{COMPILE_COMMAND}` makes it again")
    return Artefact(abi=document["abi"], bytecode=document.get("bytecode") or "")
