"""Signed sheets brought to the chain, and how a meter's day stands there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.receipts import Receipt
from offchain.chain.sender import Transaction
from offchain.errors import InputError
from offchain.members.signer import CONTRACT, SignedSheet

BATCH = 64
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


def submit_sheets(client: Client, sheets: Sequence[SignedSheet], *, key: Key) -> list[Receipt]:
    """Bring signed sheets, in their order, as few transactions as possible. Anybody may.

    Raises:
        InputError: sheets are for another chain or contract, or two of them are the same; nothing is sent.
        RevertedError: the contract refused a sheet.
        ChainError: the chain did not take or mine a transaction.
    """
    contract = client.contract(CONTRACT)
    problems = [
        f"sheet of meter {sheet.meter}, day {sheet.day} is for chain {sheet.chain_id}, contract {sheet.contract}"
        for sheet in sheets
        if (sheet.chain_id, sheet.contract.lower()) != (client.endpoint.chain_id, contract.address.lower())
    ]
    names = [(sheet.meter, sheet.day, sheet.revision) for sheet in sheets]
    problems += [
        f"meter {meter}, day {day}, revision {revision} is given {names.count((meter, day, revision))} times"
        for meter, day, revision in sorted({name for name in names if names.count(name) > 1})
    ]
    if problems:
        here = f"{client.endpoint} is chain {client.endpoint.chain_id}, contract {contract.address}"
        raise InputError(f"{'; '.join(problems)}; {here}")
    batches = [sheets[start : start + BATCH] for start in range(0, len(sheets), BATCH)]
    return client.send_many(
        [
            Transaction(contract("submit", [s.message for s in batch], [s.signature for s in batch]), key)
            for batch in batches
        ]
    )


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
