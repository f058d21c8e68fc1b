"""`python -m offchain trace`: its options; what it does is in `offchain.commands.trace_run`."""

from pathlib import Path
from typing import Annotated

import typer

from offchain.errors import InputError

STEPS_PER_DAY = 96


def trace(  # noqa: PLR0917 -- one parameter per option
    file: Annotated[Path | None, typer.Argument(help="A solved snapshot as JSON.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw the snapshot to this SVG file.")] = None,
    grid: Annotated[Path | None, typer.Option(help="Folder of a grid, instead of FILE.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables of the days.")] = None,
    kind: Annotated[str, typer.Option("--format", help="How tables are written: parquet or csv.")] = "parquet",
    steps: Annotated[int, typer.Option(help="Equal steps of a day.")] = STEPS_PER_DAY,
    country: Annotated[str, typer.Option(help="Whose mix feeds the upper grid.")] = "DE",
    jobs: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
) -> None:
    """Trace carbon along the power flow: FILE prints a snapshot's, --grid writes that of whole days."""
    from offchain.commands import trace_run as run  # noqa: PLC0415 -- loads the compiler and the solver; other commands need neither

    if file is not None and grid is None:
        run.trace_file(file, picture=picture)
    elif grid is not None and file is None and picture is None and first and last and out:
        run.trace_period(grid, first=first, last=last, out=out, kind=kind, steps=steps, country=country, jobs=jobs)
    else:
        raise InputError("trace needs either FILE, or --grid with --from, --to and --out; --picture is for FILE")
