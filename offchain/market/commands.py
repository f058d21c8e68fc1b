"""`python -m offchain settle`: settle a day without a chain."""

from pathlib import Path
from typing import Annotated

import typer

from offchain.market.paper import settle_paper_day
from offchain.market.paper_files import paper_day_json, read_paper_day

DayFile = Annotated[Path, typer.Argument(metavar="FILE", help="JSON with params and nodes, one contract per node.")]


def settle(file: DayFile) -> None:
    """Settle a day of one-contract trades under rulebook `paper`: JSON in, JSON on stdout, nothing rounded."""
    typer.echo(paper_day_json(settle_paper_day(*read_paper_day(file))))
