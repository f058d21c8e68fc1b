"""What was deployed on a chain: read from `deployments/<chain>.json` and checked against the chain itself."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offchain.chain.abi import Abi, contract_at
from offchain.chain.client import Client
from offchain.chain.endpoints import Endpoint
from offchain.chain.reverts import ErrorBook, error_book
from offchain.errors import InputError
from offchain.merkle import keccak256

DEPLOY_COMMAND = "brownie run deploy"
COMPILE_COMMAND = "brownie compile"


@dataclass(frozen=True)
class DeployedContract:
    """One entry of a deployment file."""

    name: str
    artefact: str
    address: str
    block: int
    bytecode_hash: str
    """keccak256 of the code at the address."""


@dataclass(frozen=True)
class Deployment:
    """A deployment file."""

    chain: str
    chain_id: int
    genesis: str
    """The hash of the chain's first block."""
    contracts: tuple[DeployedContract, ...]
    path: Path


def open_client(endpoint: Endpoint, *, project: Path, deadline: float = 60.0) -> Client:
    """The client of a chain with all contracts that are deployed on it.

    Raises:
        InputError: the chain is another than the endpoint or the deployment file says, nothing is deployed, or a
            file is missing or damaged.
        ChainError: the chain does not answer.
    """
    bare = Client(endpoint)
    bare.connection.check_chain_id()
    if mining := endpoint.abilities.mining:  # a client that was killed may have left it held
        mining.release(bare.connection)
    deployment = read_deployment(project / "deployments" / f"{endpoint.name}.json")
    check_deployment(deployment, bare)
    build = project / "build"
    contracts = [
        contract_at(entry.name, entry.address, abi=read_artefact(build, entry.artefact)["abi"], block=entry.block)
        for entry in deployment.contracts
    ]
    return Client(endpoint, contracts=contracts, errors=read_errors(build), deadline=deadline)


def read_deployment(path: Path) -> Deployment:
    """The deployment written in `path`.

    Raises:
        InputError: there is none, or it is damaged.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing: nothing is deployed on chain {path.stem}; `{DEPLOY_COMMAND}` deploys")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        contracts = tuple(
            DeployedContract(
                name=name,
                artefact=entry["artefact"],
                address=entry["address"],
                block=int(entry["block"]),
                bytecode_hash=entry["bytecodeHash"],
            )
            for name, entry in document["contracts"].items()
        )
        return Deployment(document["chain"], int(document["chainId"]), document["genesis"], contracts, path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{path} is damaged ({reason}); `{DEPLOY_COMMAND}` writes it again") from error


def check_deployment(deployment: Deployment, client: Client) -> None:
    """Make sure that the connected chain carries this deployment.

    Raises:
        InputError: it is another chain, or a contract's code is not there; the message lists every problem.
    """
    endpoint = client.endpoint
    problems = []
    if deployment.chain != endpoint.name:
        problems.append(f"it is of chain {deployment.chain}")
    if deployment.chain_id != endpoint.chain_id:
        problems.append(f"its chain id is {deployment.chain_id}, the chain's {endpoint.chain_id}")
    genesis = client.block(0).hash
    if deployment.genesis.removeprefix("0x") != genesis.removeprefix("0x"):
        problems.append(f"its genesis is {deployment.genesis}, the chain's {genesis}")
    codes = client.connection.try_batch(("eth_getCode", [entry.address, "latest"]) for entry in deployment.contracts)
    problems += [
        f"{entry.name} is not at {entry.address}"
        for entry, code in zip(deployment.contracts, codes, strict=True)
        if not isinstance(code, str) or f"0x{keccak256(bytes.fromhex(code[2:])).hex()}" != entry.bytecode_hash
    ]
    if problems:
        raise InputError(
            f"{deployment.path} does not fit {endpoint}: {'; '.join(problems)}; `{DEPLOY_COMMAND}` deploys anew"
        )


def read_artefact(build: Path, name: str) -> dict[str, Any]:
    """Brownie's build artefact of a contract, or of an interface.

    Raises:
        InputError: it is missing or damaged.
    """
    for path in (build / "contracts" / f"{name}.json", build / "interfaces" / f"{name}.json"):
        if path.is_file():
            return _read(path)
    raise InputError(f"{build / 'contracts' / name}.json is missing; `{COMPILE_COMMAND}` makes it")


def read_errors(build: Path) -> ErrorBook:
    """The custom errors of every contract and interface that was compiled."""
    paths = sorted([*build.glob("contracts/*.json"), *build.glob("interfaces/*.json")])
    abis: list[Abi] = [_read(path)["abi"] for path in paths]
    return error_book(abis)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is damaged ({error}); `{COMPILE_COMMAND}` makes it again") from error
    if not isinstance(document, dict) or not isinstance(document.get("abi"), list):
        raise InputError(f"{path} is damaged (it has no abi); `{COMPILE_COMMAND}` makes it again")
    return document
