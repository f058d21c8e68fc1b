"""Which chain a command speaks to, and with whose key: the options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from offchain.chain.build import Build
from offchain.chain.client import Client
from offchain.chain.deployment import open_client
from offchain.chain.endpoints import Endpoint, read_endpoints
from offchain.chain.engines.process import PORT_OPTION
from offchain.chain.keys import Key, keystore_key, local_key
from offchain.chain.local import local_endpoints, plans
from offchain.errors import InputError
from offchain.regions import load_regions

ChainName = Annotated[str, typer.Option("--chain", help="Name of the chain, such as rural.")]
Config = Annotated[
    Path | None, typer.Option(help="TOML file with one [[chain]] table (name, url, chain_id) per chain; else local.")
]
FirstPort = Annotated[int, typer.Option(PORT_OPTION, help="Port of the local main chain.")]
Project = Annotated[Path, typer.Option(help="Folder that holds deployments/ and build/.")]
KeyName = Annotated[str, typer.Option("--key", help="Name of the key: a file of the keystore, or a local key.")]
Keystore = Annotated[
    Path | None, typer.Option(help="Folder of encrypted key files; without it keys are local ones, publicly known.")
]


def connect(chain: str, *, config: Path | None, first_port: int, project: Path) -> Client:
    """The client of a chain, with the contracts that are deployed on it.

    Raises:
        InputError: there is no such chain, or it is not what its deployment file says.
        ChainError: it does not answer.
    """
    endpoint = endpoint_of(chain, config=config, first_port=first_port)
    return open_client(endpoint, deployments=project / "deployments", build=Build(project / "build"))


def endpoint_of(chain: str, *, config: Path | None, first_port: int) -> Endpoint:
    """Where a chain answers.

    Raises:
        InputError: there is no such chain.
    """
    local = local_endpoints(plans(tuple(load_regions()), first_port=first_port))
    endpoints = {endpoint.name: endpoint for endpoint in (read_endpoints(config) if config else local)}
    if chain not in endpoints:
        raise InputError(f"chain {chain} is unknown; allowed are {', '.join(endpoints)}")
    return endpoints[chain]


def key_of(name: str, keystore: Path | None) -> Key:
    """A key of the keystore, or a local one.

    Raises:
        InputError: it cannot be read.
    """
    return keystore_key(name, keystore) if keystore else local_key(name)
