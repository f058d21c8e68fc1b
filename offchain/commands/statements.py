"""`python -m offchain statement`: what a member, or a beneficiary of certificates, can show."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from offchain.commands.connect import ChainName
from offchain.errors import InputError
from offchain.files import PROJECT, write_atomically
from offchain.index.records import BlockPoint
from offchain.index.store import Store
from offchain.market_time import date_of_day
from offchain.statements.carbon_day import CarbonDay, read_carbon_days
from offchain.statements.forms import WRITERS, Form
from offchain.statements.statement import CONTRACTS, Statement, beneficiary_statement, member_statement

RECORDS = PROJECT / "reports" / "day"
DATABASE = f"sqlite:///{PROJECT / 'chains' / 'day.db'}"
"""Where `make day` leaves its index."""


def statement(  # noqa: PLR0917 -- one parameter per option
    subject: Annotated[str, typer.Argument(help="Number of a member, or the beneficiary that retirements name.")],
    chain: ChainName,
    database: Annotated[
        str, typer.Option(help="URL of the index, as of `index sync`.", envvar="GRIDLEAF_DATABASE")
    ] = DATABASE,
    records: Annotated[Path, typer.Option(help="Folder of carbon records.")] = RECORDS,
    block: Annotated[int | None, typer.Option(help="As of this block; else as of the last one that was read.")] = None,
    since: Annotated[str, typer.Option("--from", help="First market day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option("--to", help="Last market day, YYYY-MM-DD.")] = "",
    form: Annotated[Form, typer.Option("--format", help="Of the statement.")] = Form.HTML,
    output: Annotated[Path | None, typer.Option(help="File to write; else the terminal.")] = None,
) -> None:
    """Write the statement of a member or of a beneficiary, every line with the transaction that proves it."""
    found = read_statement(
        subject, chain=chain, store=Store(database), records=records, block=block, since=since, until=until
    )
    text = WRITERS[form](found)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_atomically(output, text)


def read_statement(
    subject: str, *, chain: str, store: Store, records: Path, block: int | None, since: str = "", until: str = ""
) -> Statement:
    """The statement of a subject from an index and the carbon records of a folder.

    Raises:
        InputError: the subject, the chain or a record is unknown, or no day is left between the dates.
        LawViolation: records, index and chain contradict each other.
    """
    followed = store.chain(chain)
    if block is not None:
        known = {point.number: point for point in store.checkpoints(chain)}
        followed = replace(followed, head=known.get(block, BlockPoint(number=block, hash="")))
    days = _between(read_carbon_days(records, chain), since, until)
    if not days:
        raise InputError(f"folder {records} has no carbon record of chain {chain} for these days; `make day` writes it")
    events = store.events(chain, contracts=CONTRACTS, last=block)
    if subject.isdecimal():
        return member_statement(events, chain=followed, records=days, member=int(subject))
    return beneficiary_statement(events, chain=followed, records=days, beneficiary=subject)


def _between(days: dict[int, CarbonDay], since: str, until: str) -> dict[int, CarbonDay]:
    """The days between two dates, both included; an empty date is no limit."""
    for text in (since, until):
        if text and (len(text) != len("YYYY-MM-DD") or not text.replace("-", "").isdecimal()):
            raise InputError(f"date {text} is not a date; allowed is YYYY-MM-DD")
    dated = {day: date_of_day(day).isoformat() for day in days}
    first, last = since or min(dated.values(), default=""), until or max(dated.values(), default="")
    return {day: days[day] for day, text in dated.items() if first <= text <= last}
