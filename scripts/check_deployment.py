"""Prove a deployment: `brownie run check_deployment main CHAIN --network NETWORK`.

Reads back from the chain every contract's code, every role and its holders, every function's role, every link between
contracts and every bound, and compares them with deployments/<chain>.json and the plan. Any difference fails.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from brownie import project, web3
from eth_utils.crypto import keccak

from offchain.errors import GridleafError, InputError
from offchain.files import PROJECT
from scripts.plan import ADMIN_ROLE, GOVERNANCE_DELAY, MAIN, REGION, Admission, Plan

DEPLOYMENTS = PROJECT / "deployments"
ARGUMENTS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "PowerPoint": {"dailyMintLimit": (2,)},
    "MemberRegistry": {"utcOffset": (2,)},
    "DeviceRegistry": {"utcOffset": (3,), "bondAmount": (4,)},
    "GreenCertificate": {"renewableCarriers": (2,), "trial": (3,)},
    "BilateralMarket": {"gridCompany": (1, 1), "gridFloor": (1, 2), "tariffs": (1, 3), "rulebook": (1, 4)},
    "RewardPool": {"parameters": (4,)},
    "CarbonQuota": {"parameters": (5,)},
    "Auction": {
        "utcOffset": (4, 0),
        "ladderRule": (4, 1),
        "ladderLower": (4, 2),
        "ladderUpper": (4, 3),
        "priceFloor": (4, 4, 0),
        "priceCeiling": (4, 4, 1),
        "gridCompany": (4, 7),
    },
    "CoalitionTables": {"smallestBond": (4,), "smallestDeposit": (5,)},
}
"""Per contract, which view returns which constructor argument: its position, then that inside a struct."""


class DeploymentDiffers(GridleafError):
    """The chain is not what the record and the plan say; the message lists every difference."""


def check(record: Mapping[str, Any], *, plan: Plan, deployer: str) -> None:
    """Compare a chain with its record and plan.

    Args:
        record: as in deployments/<chain>.json.
        plan: what this kind of chain must look like.
        deployer: must hold no role any more.

    Raises:
        DeploymentDiffers: anything differs; all differences are named.
    """
    contracts = _contracts(record)
    problems = [
        *_code(record),
        *_holders(record, contracts, plan, deployer),
        *_functions(contracts, plan),
        *_links(contracts, plan),
        *_admissions(contracts, plan),
        *_arguments(record, contracts),
    ]
    if problems:
        raise DeploymentDiffers(f"deployment {record['chain']} differs: " + "; ".join(problems))


def load(chain: str, *, folder: Path = DEPLOYMENTS) -> dict[str, Any]:
    """The record of a chain.

    Raises:
        InputError: there is none, or it is for another chain than the connected one.
    """
    file = folder / f"{chain}.json"
    if not file.is_file():
        raise InputError(f"{file} is missing; `brownie run deploy` writes it")
    record: dict[str, Any] = json.loads(file.read_text())
    if record["chainId"] != web3.eth.chain_id:
        raise InputError(f"{file} is for chain {record['chainId']}, connected is {web3.eth.chain_id}")
    return record


def _contracts(record: Mapping[str, Any]) -> dict[str, Any]:
    (loaded,) = project.get_loaded_projects()
    return {name: loaded[entry["artefact"]].at(entry["address"]) for name, entry in record["contracts"].items()}


def _code(record: Mapping[str, Any]) -> Iterator[str]:
    for name, entry in record["contracts"].items():
        found = "0x" + keccak(bytes(web3.eth.get_code(entry["address"]))).hex()
        if found != entry["bytecodeHash"]:
            yield f"code of {name} is {found}, recorded {entry['bytecodeHash']}"


def _holders(record: Mapping[str, Any], contracts: Mapping[str, Any], plan: Plan, deployer: str) -> Iterator[str]:
    """Every grant ever made, replayed from the events, must leave exactly the recorded holders."""
    wanted = {ADMIN_ROLE: {(record["roles"]["ADMIN"], GOVERNANCE_DELAY)}}
    wanted |= {int(role): {(record["roles"][role.name], 0)} for role in plan.roles if role.name in record["roles"]}
    wanted |= {int(role): {(contracts[name].address, 0)} for role, name in plan.contract_holders.items()}
    manager = contracts["RoleManager"]
    found: dict[int, set[tuple[str, int]]] = defaultdict(set)
    touched = {deployer}
    for event in _events(manager, "RoleGranted", "RoleRevoked"):
        touched.add(event["args"]["account"])
    for role in sorted({*wanted, *(event["args"]["roleId"] for event in _events(manager, "RoleGranted"))}):
        for account in touched:
            member, delay = manager.hasRole(role, account)
            if member:
                found[role].add((account, delay))
        if found[role] != wanted.get(role, set()):
            yield f"role {role} is held by {sorted(found[role])}, planned {sorted(wanted.get(role, set()))}"
        administrators = {int(manager.getRoleAdmin(role)), int(manager.getRoleGuardian(role))}
        if administrators != {ADMIN_ROLE}:
            yield f"role {role} is administered by another role than governance's"
    if any(account == deployer for holders in found.values() for account, _ in holders):
        yield f"the deployer {deployer} still holds a role"


def _functions(contracts: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    manager = contracts["RoleManager"]
    for name, contract in contracts.items():
        if manager.isTargetClosed(contract):
            yield f"{name} is closed"
        for function, selector in contract.signatures.items():
            planned = plan.functions.get((name, function), ADMIN_ROLE)
            found = manager.getTargetFunctionRole(contract, selector)
            if found != planned:
                yield f"{name}.{function} is opened by role {found}, planned {int(planned)}"


def _links(contracts: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    for (name, view), target in plan.links.items():
        found = getattr(contracts[name], view)()
        if found != contracts[target].address:
            yield f"{name}.{view} is {found}, planned {target} at {contracts[target].address}"


def _admissions(contracts: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    """Every admission to the market's accounts ever made, replayed from the events."""
    if not plan.admissions:
        return
    market = contracts["BilateralMarket"]
    planned = {contracts[name].address: admission for name, admission in plan.admissions.items()}
    admitted = {event["args"]["caller"] for event in _events(market, "Admitted")}
    for caller in sorted(admitted | planned.keys()):
        found, wanted = int(market.admissionOf(caller)), planned.get(caller, Admission.NONE)
        if found != wanted:
            yield f"BilateralMarket admits {caller} to {found}, planned {int(wanted)}"


def _arguments(record: Mapping[str, Any], contracts: Mapping[str, Any]) -> Iterator[str]:
    """Bounds and settings: each view below must return what the constructor was given."""
    for name, positions in ARGUMENTS.items():
        if name not in contracts:
            continue
        for view, position in positions.items():
            found, given = getattr(contracts[name], view)(), record["contracts"][name]["arguments"]
            for index in position:
                given = given[index]
            same = [str(v) for v in found] == given if isinstance(given, list) else str(found) == given
            if not same:
                yield f"{name}.{view} is {found}, constructed with {given}"


def _events(contract: Any, *names: str) -> list[Any]:
    view = web3.eth.contract(address=contract.address, abi=contract.abi)
    return [entry for name in names for entry in view.events[name]().get_logs(from_block=0)]


def main(chain: str = "anvil") -> None:
    """Check a deployed chain by name."""
    record = load(chain)
    check(record, plan=MAIN if "AnchorBoard" in record["contracts"] else REGION, deployer=record["deployer"])
    print(f"{chain}: every role, function, link and bound is as planned; the deployer holds no role")
