"""Proves a deployment: reads every line of it back from the chain and compares it with the record and the plan.

Every contract's code, every role and its holders, every function's role, every link between contracts, every admission
and every bound. Any difference fails.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from deployment.parts import Plan
from deployment.record import code_hashes, plain
from deployment.roles import ADMIN_ROLE, GOVERNANCE_DELAY, Admission
from offchain.chain.abi import Abi, Contract, contract_at
from offchain.chain.client import Client
from offchain.errors import GridleafError

Record: TypeAlias = Mapping[str, Any]
Contracts: TypeAlias = Mapping[str, Contract]


class DeploymentDiffers(GridleafError):
    """The chain is not what the record and the plan say; the message lists every difference."""


def check(record: Record, *, plan: Plan[Any], client: Client, abi: Callable[[str], Abi]) -> None:
    """Compare a chain with its record and plan.

    Args:
        record: as in deployments/<chain>.json.
        plan: what this kind of chain must look like.
        client: reads the chain.
        abi: the interface of a contract by its name.

    Raises:
        DeploymentDiffers: anything differs; all differences are named.
    """
    contracts = {
        name: contract_at(name, entry["address"], abi=abi(entry["artefact"]))
        for name, entry in record["contracts"].items()
    }
    problems = [
        *_code(record, client),
        *_holders(record, contracts, plan, client=client),
        *_functions(contracts, plan, client=client),
        *_links(contracts, plan, client=client),
        *_admissions(contracts, plan, client=client),
        *_bounds(record, contracts, plan, client=client),
    ]
    if problems:
        raise DeploymentDiffers(f"deployment {record['chain']} differs: " + "; ".join(problems))


def _code(record: Record, client: Client) -> Iterator[str]:
    entries = record["contracts"]
    hashes = code_hashes(client, (entry["address"] for entry in entries.values()))
    for (name, entry), found in zip(entries.items(), hashes, strict=True):
        if found != entry["bytecodeHash"]:
            yield f"code of {name} is {found}, recorded {entry['bytecodeHash']}"


def _holders(record: Record, contracts: Contracts, plan: Plan[Any], *, client: Client) -> Iterator[str]:
    """Every grant ever made, replayed from the events, must leave exactly the recorded holders."""
    deployer, manager = record["deployer"], contracts["RoleManager"]
    wanted = {ADMIN_ROLE: {(record["roles"]["ADMIN"], GOVERNANCE_DELAY)}}
    wanted |= {int(role): {(record["roles"][role.name], 0)} for role in plan.roles if role.name in record["roles"]}
    wanted |= {int(role): {(contracts[name].address, 0)} for role, name in plan.contract_holders.items()}
    granted = client.events(manager, "RoleGranted", first=0)
    revoked = client.events(manager, "RoleRevoked", first=0)
    touched = sorted({deployer, *(event.values.account for event in (*granted, *revoked))})
    roles = sorted({*wanted, *(event.values.roleId for event in granted)})
    asked = [(role, account) for role in roles for account in touched]
    answers = client.call_many([manager("hasRole", role, account) for role, account in asked])
    found: dict[int, set[tuple[str, int]]] = defaultdict(set)
    for (role, account), (member, delay) in zip(asked, answers, strict=True):
        if member:
            found[role].add((account, delay))
    for role in roles:
        if found[role] != wanted.get(role, set()):
            yield f"role {role} is held by {sorted(found[role])}, planned {sorted(wanted.get(role, set()))}"
    if any(account == deployer for holders in found.values() for account, _ in holders):
        yield f"the deployer {deployer} still holds a role"
    administrators = client.call_many(
        [manager(view, role) for role in roles for view in ("getRoleAdmin", "getRoleGuardian")]
    )
    for role, administrator, guardian in zip(roles, administrators[::2], administrators[1::2], strict=True):
        if {administrator, guardian} != {ADMIN_ROLE}:
            yield f"role {role} is administered by another role than governance's"


def _functions(contracts: Contracts, plan: Plan[Any], *, client: Client) -> Iterator[str]:
    manager, functions = contracts["RoleManager"], plan.functions
    closed = client.call_many([manager("isTargetClosed", contract.address) for contract in contracts.values()])
    yield from (f"{name} is closed" for name, answer in zip(contracts, closed, strict=True) if answer)
    asked = [
        (contract, signature)
        for contract in contracts.values()
        for key, signature in contract.functions.items()
        if "(" in key
    ]
    openers = client.call_many(
        [manager("getTargetFunctionRole", contract.address, signature.selector) for contract, signature in asked]
    )
    for (contract, signature), found in zip(asked, openers, strict=True):
        planned = functions.get((contract.name, signature.name), ADMIN_ROLE)
        if found != planned:
            yield f"{contract.name}.{signature.name} is opened by role {found}, planned {int(planned)}"


def _links(contracts: Contracts, plan: Plan[Any], *, client: Client) -> Iterator[str]:
    links = plan.links
    answers = client.call_many([contracts[name](view) for name, view in links])
    for ((name, view), target), found in zip(links.items(), answers, strict=True):
        if found != contracts[target].address:
            yield f"{name}.{view} is {found}, planned {target} at {contracts[target].address}"


def _admissions(contracts: Contracts, plan: Plan[Any], *, client: Client) -> Iterator[str]:
    """Every admission to the market's accounts ever made, replayed from the events."""
    if not plan.admissions:
        return
    market = contracts["BilateralMarket"]
    planned = {contracts[name].address: admission for name, admission in plan.admissions.items()}
    admitted = {event.values.caller for event in client.events(market, "Admitted", first=0)}
    callers = sorted(admitted | planned.keys())
    answers = client.call_many([market("admissionOf", caller) for caller in callers])
    for caller, found in zip(callers, answers, strict=True):
        if found != (wanted := planned.get(caller, Admission.NONE)):
            yield f"BilateralMarket admits {caller} to {found}, planned {int(wanted)}"


def _bounds(record: Record, contracts: Contracts, plan: Plan[Any], *, client: Client) -> Iterator[str]:
    """Bounds and settings: each view must return what the constructor was given."""
    asked = [(c.name, view, position) for c in plan.contracts for view, position in c.bounds.items()]
    answers = client.call_many([contracts[name](view) for name, view, _ in asked])
    for (name, view, position), answer in zip(asked, answers, strict=True):
        found, given = plain(answer), record["contracts"][name]["arguments"]
        for index in position:
            given = given[index]
        if found != given:
            yield f"{name}.{view} is {found}, constructed with {given}"
