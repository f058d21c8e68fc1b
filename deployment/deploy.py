"""Carries a plan out: every contract in its order, then the roles, then governance alone, then the proof."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from deployment.check import check
from deployment.deployer import Deployer
from deployment.parts import DEPLOYER, ContractPlan, Part, Plan, Site
from deployment.record import DEPLOYMENTS, code_hashes, connected, existing, plain, write
from deployment.roles import ADMIN_ROLE, GOVERNANCE_DELAY, Role
from deployment.settings import Holders
from offchain.chain.abi import Call, Contract, Value, contract_at

S = TypeVar("S")


def deploy(
    plan: Plan[S], deployer: Deployer, *, chain: str, settings: S, holders: Holders, folder: Path = DEPLOYMENTS
) -> dict[str, Any]:
    """Deploy a chain's contracts and write deployments/<chain>.json.

    It ends with governance as the only administrator, behind a time lock, and the deployer without any role; the
    check proves it before the record is written. A second run on a chain that holds the contracts changes nothing.

    Args:
        plan: which contracts.
        deployer: pays; holds no role afterwards.
        chain: name of the chain.
        settings: what the contracts are constructed with.
        holders: who gets which role.
        folder: where the record is written.

    Returns:
        The record as written.

    Raises:
        InputError: the chain holds something else at the recorded addresses.
        DeploymentDiffers: the chain is not as planned.
    """
    known = existing(chain, deployer.client, folder=folder)
    if known is not None:
        return known
    site = construct(plan.parts, deployer, settings=settings)
    give_roles(plan, deployer, site=site, holders=holders.roles)
    deployer.send(*_hand_over(site, holders.governance, deployer=deployer.address))
    held = {role.name: holder for role in plan.roles if (holder := _holder(role, plan, site, holders.roles))}
    record = {
        "chain": chain,
        "chainId": connected(deployer.client),
        "genesis": deployer.client.block(0).hash,
        "block": deployer.client.block().number,
        "deployer": deployer.address,
        "contracts": site.entries,
        "roles": {"ADMIN": holders.governance, **held},
    }
    check(record, plan=plan, client=deployer.client, abi=deployer.abi)
    write(record, folder=folder)
    return record


def construct(
    parts: Sequence[Part[S]], deployer: Deployer, *, settings: S, standing: Mapping[str, Contract] | None = None
) -> Site:
    """Create the contracts of some parts, and carry out their acts.

    The deployer is administrator of all and the only one that may do anything; `standing` are contracts that these
    build on and that are there already.
    """
    site = Site(client=deployer.client, contracts=dict(standing or {}), entries={})
    given: dict[str, tuple[Value, ...]] = {}
    for part in parts:
        for contract in part.contracts:
            given[contract.name] = contract.arguments({**site.addresses, DEPLOYER: deployer.address}, settings)
            site.contracts[contract.name] = _create(contract, deployer, site=site, arguments=given[contract.name])
        for act in part.acts:
            deployer.send(*act(site, settings))
    site.entries.update(_entries(site, given))
    return site


def give_roles(plan: Plan[S], deployer: Deployer, *, site: Site, holders: Mapping[Role, str]) -> None:
    """Open each function of the plan to its role, and give each role to its holder."""
    deployer.send(*_roles(plan, site, holders))


def _roles(plan: Plan[S], site: Site, holders: Mapping[Role, str]) -> Iterator[Call]:
    manager = site.contracts["RoleManager"]
    for role in plan.roles:
        for contract in plan.contracts:
            opened = [function for function, opener in contract.functions.items() if opener is role]
            if opened:
                handle = site.contracts[contract.name]
                selectors = [handle.functions[function].selector for function in opened]
                yield manager("setTargetFunctionRole", handle.address, selectors, role)
        yield manager("labelRole", role, role.name)
        if holder := _holder(role, plan, site, holders):
            yield manager("grantRole", role, holder, 0)


def _create(contract: ContractPlan[S], deployer: Deployer, *, site: Site, arguments: tuple[Value, ...]) -> Contract:
    """Create a contract, or find the one that another has created."""
    if contract.found_by is None:
        created = deployer.create(contract.name, *arguments)
        address, block = created.address, created.block
    else:
        owner, view = contract.found_by
        address, block = deployer.client.call(site.contracts[owner](view)), site.contracts[owner].block
    return contract_at(contract.name, address, abi=deployer.abi(contract.name), block=block)


def _entries(site: Site, given: Mapping[str, tuple[Value, ...]]) -> dict[str, dict[str, Any]]:
    """What the record keeps of the contracts that were constructed with these arguments."""
    contracts = [site.contracts[name] for name in given]
    hashes = code_hashes(site.client, (contract.address for contract in contracts))
    return {
        contract.name: {
            "artefact": contract.name,
            "address": contract.address,
            "block": contract.block,
            "bytecodeHash": code_hash,
            "arguments": plain(given[contract.name]),
        }
        for contract, code_hash in zip(contracts, hashes, strict=True)
    }


def _hand_over(site: Site, governance: str, *, deployer: str) -> Iterator[Call]:
    """Leave governance alone as administrator."""
    manager = site.contracts["RoleManager"]
    yield manager("grantRole", ADMIN_ROLE, governance, GOVERNANCE_DELAY)
    yield manager("renounceRole", ADMIN_ROLE, deployer)


def _holder(role: Role, plan: Plan[S], site: Site, holders: Mapping[Role, str]) -> str | None:
    """Whom a role is given to: a contract by the plan, else an account, or nobody."""
    if role in plan.contract_holders:
        return site.contracts[plan.contract_holders[role]].address
    return holders.get(role)
