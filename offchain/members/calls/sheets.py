"""Day sheets signed, brought to the chain and estimated, and how a meter's day stands there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from offchain.chain.batches import batches
from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction
from offchain.chain.typed_data import domain_of
from offchain.errors import InputError
from offchain.market_time import MarketCalendar
from offchain.members.records import DaySheet
from offchain.members.sheet_words import register_words
from offchain.members.signer import CONTRACT, MeterSheet, MeterSigner, SignedSheet

SHEET_BATCH = 64
STATUSES = ("none", "accepted", "final")


class Mark(StrEnum):
    """Whose word a sheet is."""

    MEASURED = "measured"
    ESTIMATED = "estimated"


@dataclass(frozen=True, kw_only=True)
class MeterDay:
    """How a meter's market day stands."""

    meter: int
    day: int
    status: str
    """none, accepted or final."""
    mark: Mark | None
    """None without a sheet."""
    revision: int | None
    """None without a sheet."""
    deadline: int
    """From then on a missing sheet may be estimated [s, unix]."""
    final_from: int
    """[s, unix]"""
    time: int
    """The chain's [s, unix]."""


def sign_sheets(client: Client, sheets: Sequence[MeterSheet], *, keys: Sequence[Key]) -> list[SignedSheet]:
    """The sheets, each signed by the key inside its meter; `keys` in the same order.

    Raises:
        InputError: not 24 values, or one does not fit its type.
    """
    domain = domain_of(client, client.contract(CONTRACT))
    return [
        MeterSigner(key, sheet.meter, domain=domain).sign(
            sheet.day, import_wh=sheet.import_wh, export_wh=sheet.export_wh, revision=sheet.revision
        )
        for sheet, key in zip(sheets, keys, strict=True)
    ]


def submit_sheets(client: Client, sheets: Sequence[SignedSheet], *, key: Key) -> list[Transaction]:
    """Bring signed sheets, in their order, up to 64 in a transaction. Anybody may.

    Raises:
        InputError: sheets are for another chain or contract, or two of them are the same.
    """
    contract = client.contract(CONTRACT)
    problems = [
        f"sheet of meter {sheet.meter}, day {sheet.day} is for chain {sheet.chain_id}, contract {sheet.contract}"
        for sheet in sheets
        if (sheet.chain_id, sheet.contract.lower()) != (client.endpoint.chain_id, contract.address.lower())
    ]
    names = Counter((sheet.meter, sheet.day, sheet.revision) for sheet in sheets)
    problems += [
        f"meter {meter}, day {day}, revision {revision} is given {count} times"
        for (meter, day, revision), count in sorted(names.items())
        if count > 1
    ]
    if problems:
        here = f"{client.endpoint} is chain {client.endpoint.chain_id}, contract {contract.address}"
        raise InputError(f"{'; '.join(problems)}; {here}")
    return [
        Transaction(
            contract("submit", [sheet.message for sheet in batch], [sheet.signature for sheet in batch]),
            key,
            items=len(batch),
        )
        for batch in batches(sheets, SHEET_BATCH)
    ]


def estimate_sheets(client: Client, sheets: Sequence[DaySheet], *, day: int, key: Key) -> list[Transaction]:
    """Estimate a market day of members whose meters are silent, up to 64 in a transaction; `key` is the operator's.

    Raises:
        InputError: not 24 values, or one does not fit its type.
    """
    contract = client.contract(CONTRACT)
    return [
        Transaction(contract("estimate", [_estimate(sheet, day) for sheet in batch]), key, items=len(batch))
        for batch in batches(sheets, SHEET_BATCH)
    ]


def meter_day(client: Client, meter: int, *, day: int) -> MeterDay:
    """How a meter's market day stands on the chain.

    Raises:
        ChainError: the chain does not answer.
    """
    contract = client.contract(CONTRACT)
    block = client.block()
    found = client.call(contract("statusOf", meter, day), block=block.number)
    missing = found.status == STATUSES.index("none")
    return MeterDay(
        meter=meter,
        day=day,
        status=STATUSES[found.status],
        mark=None if missing else (Mark.ESTIMATED if found.mark else Mark.MEASURED),
        revision=None if missing else found.revision,
        deadline=client.call(contract("submissionDeadline", day)),
        final_from=client.call(contract("finalFrom", day)),
        time=block.time,
    )


def sheets_calendar(client: Client) -> MarketCalendar:
    """The local time by which the chain counts the days of its sheets.

    Raises:
        ChainError: the chain does not answer.
    """
    return MarketCalendar(client.call(client.contract(CONTRACT)("utcOffset")))


def _estimate(sheet: DaySheet, day: int) -> dict[str, Any]:
    return {"meter": sheet.member, "day": day, **register_words(sheet.import_wh, sheet.export_wh)}
