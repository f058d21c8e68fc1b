"""The command line: `python -m offchain COMMAND`. Each command group is a module of its own, registered here."""

import sys

import typer

from offchain.commands import auction, carbon, chains, day, index, market, members, meter, points, statements
from offchain.errors import GridleafError

app = typer.Typer(
    help="Gridleaf: a low-carbon electricity market on Ethereum that anyone can check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(chains.app, name="chains")
app.command()(market.settle)
app.add_typer(market.offers, name="offers")
app.add_typer(members.app, name="members")
app.add_typer(meter.app, name="meter")
app.add_typer(index.app, name="index")
app.add_typer(day.app, name="day")
app.add_typer(points.app, name="points")
app.command()(auction.clear)
app.command("trace")(carbon.trace)
app.command()(statements.statement)


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
