"""`python -m offchain chains`: local chains to work with, and whether chains answer."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from offchain.chain.client import Client
from offchain.chain.endpoints import Endpoint, read_endpoints
from offchain.chain.engines.process import FOLDER_OPTION, PORT_OPTION
from offchain.chain.local import FIRST_PORT, local_chains, local_endpoints, plans
from offchain.regions import load_regions

WATCH_PAUSE = 1.0  # [s] between two looks at running chains
START = datetime(2016, 1, 1, tzinfo=UTC)

app = typer.Typer(help="Start local chains, or see whether chains answer.", no_args_is_help=True)

FirstPort = Annotated[int, typer.Option(PORT_OPTION, help="Port of the main chain; the regions take the next ones.")]
ChainsFolder = Annotated[Path, typer.Option(FOLDER_OPTION, help="Where the chains keep their logs.")]
StartTime = Annotated[datetime, typer.Option(help="Time of the first blocks, UTC.")]
Config = Annotated[
    Path | None, typer.Option(help="TOML file with one [[chain]] table (name, url, chain_id) per chain; else local.")
]


@app.command()
def start(
    first_port: FirstPort = FIRST_PORT, chains_folder: ChainsFolder = Path("chains"), at: StartTime = START
) -> None:
    """Run empty local chains, main and regions, until Ctrl-C."""
    genesis_time = int(at.replace(tzinfo=UTC).timestamp())
    chains = plans(tuple(load_regions()), first_port=first_port)
    with local_chains(chains, genesis_time=genesis_time, folder=chains_folder) as endpoints:
        for endpoint in endpoints:
            typer.echo(_status(endpoint))
        typer.echo("Ctrl-C stops them")
        try:
            while True:
                time.sleep(WATCH_PAUSE)
                for endpoint in endpoints:
                    Client(endpoint).block()
        except KeyboardInterrupt:
            typer.echo("stopped")


@app.command()
def status(config: Config = None, first_port: FirstPort = FIRST_PORT) -> None:
    """Print height and time of every chain; the first that does not answer as it should ends the list."""
    local = local_endpoints(plans(tuple(load_regions()), first_port=first_port))
    for endpoint in read_endpoints(config) if config else local:
        typer.echo(_status(endpoint))


def _status(endpoint: Endpoint) -> str:
    """One chain's line.

    Raises:
        InputError: it is another chain.
        ChainError: it does not answer.
    """
    client = Client(endpoint)
    client.connection.check_chain_id()
    block = client.block()
    moment = datetime.fromtimestamp(block.time, UTC).isoformat(sep=" ").removesuffix("+00:00")
    return f"{endpoint}: id {endpoint.chain_id}, block {block.number}, {moment} UTC"
