"""What was deployed on a chain: read from `deployments/<chain>.json` and checked against the chain itself."""

import json
from dataclasses import dataclass
from pathlib import Path

from offchain.chain.abi import contract_at
from offchain.chain.build import Build
from offchain.chain.client import Client
from offchain.chain.endpoints import Endpoint
from offchain.errors import InputError
from offchain.merkle import keccak256

DEPLOY_COMMAND = "brownie run deploy"


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


def open_client(endpoint: Endpoint, *, deployments: Path, build: Build, deadline: float = 60.0) -> Client:
    """The client of a chain with all contracts that are deployed on it.

    Args:
        endpoint: the chain.
        deployments: folder of deployment files.
        build: what was deployed, as compiled.
        deadline: until which receipts must be there [s of real time].

    Raises:
        InputError: the chain is another than the endpoint or the deployment file says, nothing is deployed, or a
            file is missing or damaged.
        ChainError: the chain does not answer.
    """
    bare = Client(endpoint)
    bare.connection.check_chain_id()
    if mining := endpoint.abilities.mining:  # a client that was killed may have left it held
        mining.release(bare.connection)
    deployment = read_deployment(deployments / f"{endpoint.name}.json")
    check_deployment(deployment, bare)
    contracts = [
        contract_at(entry.name, entry.address, abi=build.artefact(entry.artefact).abi, block=entry.block)
        for entry in deployment.contracts
    ]
    return Client(endpoint, contracts=contracts, errors=build.errors, deadline=deadline)


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
