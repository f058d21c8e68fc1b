"""Run one trading day on local chains: `make day`, or `python scripts/day.py --help`."""

import gc
import sys
from datetime import date, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deployment.local import deploy_local
from deployment.parameters import AUCTION_LADDER, AUCTION_LIMITS
from deployment.record import DEPLOYMENTS
from offchain.carbon.factors import FACTOR_TABLE, load_factors
from offchain.chain.local import FIRST_PORT
from offchain.day.driver.run import ALL, Setting, run
from offchain.day.mechanisms import MECHANISMS
from offchain.errors import GridleafError, InputError
from offchain.files import PROJECT
from scripts.compilation import compiled


def command(  # noqa: PLR0917 -- one parameter per option
    region: Annotated[str, typer.Option(help="A region of data/regions.toml, or all.")] = ALL,
    day: Annotated[str, typer.Option("--date", help="Local date of delivery, YYYY-MM-DD.")] = "2016-07-20",
    seed: Annotated[int, typer.Option(help="Of the agreements.", min=0)] = 1,
    first_port: Annotated[int, typer.Option(help="Port of the main chain; the regions' follow.")] = FIRST_PORT,
    chains_folder: Annotated[Path, typer.Option(help="Where chains keep their logs.")] = PROJECT / "chains",
    deployments: Annotated[Path, typer.Option(help="Where it is recorded what stands on them.")] = DEPLOYMENTS,
    page: Annotated[Path, typer.Option(help="The report.")] = PROJECT / "reports" / "day" / "index.html",
) -> None:
    """Run one trading day on local chains."""
    console, started = Console(file=sys.stdout), perf_counter()
    gc.freeze()  # what was imported stays: not to be searched for garbage again and again
    try:
        setting = Setting(
            regions=[region],
            day=_date(day),
            seed=seed,
            first_port=first_port,
            chains_folder=chains_folder,
            deployments=deployments,
            page=page,
            ladder=AUCTION_LADDER,
            limits=AUCTION_LIMITS,
        )
        deploy = partial(deploy_local, factors=load_factors(FACTOR_TABLE))
        run(setting, mechanisms=MECHANISMS, compiled=compiled, deploy=deploy, console=console)
    except GridleafError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        raise typer.Exit(error.exit_status) from error
    seconds = f"{perf_counter() - started:.0f} s"
    console.print(f"every law holds, every figure was audited on chain; {seconds}", highlight=False)
    console.print(f"report: {page}", highlight=False, soft_wrap=True)


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise InputError(f"date {text} is not a date; allowed is YYYY-MM-DD") from error


def main() -> None:
    """For `brownie run day`: everything at its default."""
    command()


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    app()
