"""A meter's signature under its day sheet, as a gateway beside the meter makes it; no chain is needed for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offchain.chain.deployment import read_deployment
from offchain.chain.keys import Key
from offchain.chain.typed_data import Domain
from offchain.errors import InputError
from offchain.members.papers import DAY_SHEET
from offchain.members.sheet_words import energy_problems, register_words

CONTRACT = "DaySheets"
DOMAIN_NAME = "Gridleaf DaySheets"
VERSION = "1"


@dataclass(frozen=True, kw_only=True)
class MeterSheet:
    """What the meter of a member or of a device measured on a market day, not signed yet."""

    meter: int
    day: int
    revision: int = 0
    """Above all earlier ones."""
    import_wh: tuple[int, ...]
    """24 hourly energies [Wh]."""
    export_wh: tuple[int, ...]
    """24 hourly energies [Wh]."""

    @property
    def message(self) -> dict[str, Any]:
        """The sheet as contracts take it and the meter signs it."""
        return _message(self.meter, self.day, self.revision, self.import_wh, self.export_wh)


@dataclass(frozen=True, kw_only=True)
class SignedSheet:
    """A day sheet, signed for one contract on one chain."""

    chain_id: int
    contract: str
    meter: int
    day: int
    revision: int
    import_wh: tuple[int, ...]
    """24 hourly energies [Wh]."""
    export_wh: tuple[int, ...]
    """24 hourly energies [Wh]."""
    signature: bytes

    @property
    def message(self) -> dict[str, Any]:
        """The sheet as the contract takes it and the meter signs it."""
        return _message(self.meter, self.day, self.revision, self.import_wh, self.export_wh)


class MeterSigner:
    """Signs the day sheets of one meter for one contract."""

    def __init__(self, key: Key, meter: int, *, domain: Domain) -> None:
        self._key = key
        self._meter = meter
        self._domain = domain

    def sign(self, day: int, *, import_wh: Sequence[int], export_wh: Sequence[int], revision: int = 0) -> SignedSheet:
        """Sign what the meter measured on a market day, 24 hourly energies of each register [Wh].

        Raises:
            InputError: not 24 values, or one does not fit its type.
        """
        problems = [f"import {text}" for text in energy_problems(import_wh)]
        problems += [f"export {text}" for text in energy_problems(export_wh)]
        if problems:
            raise InputError(f"meter {self._meter}, day {day}: {'; '.join(problems)}")
        message = _message(self._meter, day, revision, import_wh, export_wh)
        return SignedSheet(
            chain_id=self._domain.fields["chainId"],
            contract=self._domain.fields["verifyingContract"],
            meter=self._meter,
            day=day,
            revision=revision,
            import_wh=tuple(import_wh),
            export_wh=tuple(export_wh),
            signature=self._domain.sign(self._key, DAY_SHEET, message),
        )


def sheets_domain(deployment: Path) -> Domain:
    """The domain of the sheets contract that a deployment file names.

    Raises:
        InputError: the file is missing or damaged, or names no such contract.
    """
    deployed = read_deployment(deployment)
    for contract in deployed.contracts:
        if contract.name == CONTRACT:
            fields = {"name": DOMAIN_NAME, "version": VERSION, "chainId": deployed.chain_id}
            return Domain({**fields, "verifyingContract": contract.address})
    raise InputError(f"{deployment} names no contract {CONTRACT}: chain {deployed.chain} has no meters")


def _message(meter: int, day: int, revision: int, import_wh: Sequence[int], export_wh: Sequence[int]) -> dict[str, Any]:
    return {"meter": meter, "day": day, "revision": revision, **register_words(import_wh, export_wh)}
