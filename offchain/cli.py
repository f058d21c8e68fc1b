"""The command line: `python -m offchain COMMAND`. Each command group is a module of its own, registered here."""

import sys

import typer

from offchain.auction import command as auction
from offchain.carbon import commands as carbon
from offchain.chain import commands as chains
from offchain.errors import GridleafError
from offchain.index import commands as index
from offchain.index import trace_commands as points
from offchain.market import commands as market
from offchain.members import commands as members
from offchain.members import meter_commands as meter

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
app.add_typer(points.app, name="points")
app.command()(auction.clear)
app.command("trace")(carbon.trace)


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
