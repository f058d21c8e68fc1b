"""`python -m offchain points`: follow points."""

import json
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Annotated

import typer

from offchain.commands.connect import ChainName
from offchain.commands.index import DATABASE, Block, Database
from offchain.index.store import Store
from offchain.lots.ledger import Origins
from offchain.lots.trace import CONTRACTS, Holding, Trace, trace, trace_document

UINT256_DIGITS = 78
ACCOUNTS = "An address, the number of a member, or what the market holds: reserve, penalties:DAY, deferred:DAY."

app = typer.Typer(help="Follow points.", no_args_is_help=True)


class TraceFormat(StrEnum):
    """How a trace is written."""

    TEXT = "text"
    JSON = "json"


@app.callback()
def points() -> None:
    """Keep commands grouped, also while there is only one."""


@app.command("trace")
def trace_account(
    account: Annotated[str, typer.Argument(help=ACCOUNTS)],
    chain: ChainName,
    database: Database = DATABASE,
    block: Block = None,
    form: Annotated[TraceFormat, typer.Option("--format", help="Of the trace.")] = TraceFormat.TEXT,
) -> None:
    """Show an account's points as lots, first in, first out, with their causes. `index sync` reads the chain before."""
    store = Store(database)
    found = store.events(chain, contracts=CONTRACTS, last=block)
    traced = trace(found, chain=store.chain(chain), account=account)
    typer.echo(json.dumps(trace_document(traced), indent=1) if form is TraceFormat.JSON else _text(traced))


def _text(traced: Trace) -> str:
    serves = f", member {traced.member}" if traced.member else ""
    lines = [f"{traced.account}{serves}"]
    for holding in traced.holdings:
        lines += _holding_lines(holding)
    lines += [
        f"deferred: {in_points(part.owed)} points of day {part.day}, {in_points(part.paid)} paid"
        for part in traced.deferred
    ]
    lines += [f"credit: {in_points(lot.amount)} {lot.cause.name.lower()}, day {lot.day}" for lot in traced.credit]
    return "\n".join(lines)


def _holding_lines(holding: Holding) -> list[str]:
    return [
        f"{holding.holder}: {in_points(holding.balance)} points",
        *(
            f"  {in_points(lot.amount)} by {lot.cause.kind}{_reference(lot.cause.reference)} "
            f"at {_moment(lot.cause.time)}{_from(lot.origins)}"
            for lot in holding.lots
        ),
        *(
            f"  {_moment(movement.cause.time)} {in_points(movement.amount, sign=True)} "
            f"{'to' if movement.amount < 0 else 'from'} {movement.other}: {movement.cause.kind}"
            f"{_reference(movement.cause.reference)}, then {in_points(movement.balance)}"
            for movement in holding.movements
        ),
    ]


def in_points(amount: int, *, sign: bool = False) -> str:
    """An amount of point-wei in points, exactly."""
    with localcontext(prec=UINT256_DIGITS):
        return f"{Decimal(amount).scaleb(-18).normalize():{'+' if sign else ''}f}"


def _reference(reference: str) -> str:
    return f" {reference}" if reference else ""


def _from(origins: Origins) -> str:
    parts = (f"{in_points(amount)} of {reference}" for reference, amount in origins)
    return f"{', mixed' if len(origins) > 1 else ''}; deposits: {', '.join(parts)}"


def _moment(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")
