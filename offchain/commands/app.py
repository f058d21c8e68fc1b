"""The command line: `python -m offchain COMMAND`. Each command group is a module of its own and a line in a table."""

import sys
from collections.abc import Callable

import typer

from offchain.commands import auction, carbon, chains, day, index, market, members, meter, points, statements
from offchain.errors import GridleafError

COMMANDS: tuple[tuple[str, typer.Typer | Callable[..., None]], ...] = (
    ("chains", chains.app),
    ("settle", market.settle),
    ("offers", market.offers),
    ("members", members.app),
    ("meter", meter.app),
    ("index", index.app),
    ("day", day.app),
    ("points", points.app),
    ("clear", auction.clear),
    ("trace", carbon.trace),
    ("statement", statements.statement),
)
"""Groups of commands, and commands that stand alone."""

app = typer.Typer(
    help="Gridleaf: a low-carbon electricity market on Ethereum that anyone can check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, entry in COMMANDS:
    if isinstance(entry, typer.Typer):
        app.add_typer(entry, name=name)
    else:
        app.command(name)(entry)


@app.callback()
def gridleaf() -> None:
    """Keep commands grouped, also while there is only one group."""


def main() -> None:
    """Run the command line; an error that a user can read about is one line on stderr and its exit status."""
    try:
        app(prog_name="python -m offchain")
    except GridleafError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        sys.exit(error.exit_status)
