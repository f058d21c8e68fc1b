"""Deploy Gridleaf's contracts: `brownie run deploy [main|main_chain] --network NETWORK`.

`deploy_region` and `deploy_main` take everything as arguments. Both end with governance as the only administrator,
behind a time lock, and the deployer without any role; `check_deployment.py` proves it. A second run on a chain that
holds the same contracts changes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brownie import accounts, network, project, web3
from eth_utils import keccak

from offchain.chain.keys import local_key
from offchain.errors import InputError
from offchain.files import write_atomically
from offchain.market.records import Tariffs
from scripts.check_deployment import check
from scripts.plan import ADMIN_ROLE, GOVERNANCE_DELAY, MAIN, REGION, Plan, Role

ROOT = Path(__file__).resolve().parent.parent
DEPLOYMENTS = ROOT / "deployments"


@dataclass(frozen=True, kw_only=True)
class Holders:
    """Who acts on a chain, as addresses."""

    governance: str
    """Administrator, every act delayed by `GOVERNANCE_DELAY`."""
    roles: Mapping[Role, str]


@dataclass(frozen=True, kw_only=True)
class RegionSettings:
    """What a region's contracts are constructed with."""

    utc_offset_hours: int
    tariffs: Tariffs
    grid_company: Mapping[str, Any]
    """Account, meter key, node, carrier and nameplate [W] of the grid company's connection to the upper grid."""
    renewable_carriers: int
    """Bit c set: energy of carrier code c gets certificates."""


class _Deployer:
    """Deploys contracts one after the other and keeps the record that goes into deployments/<chain>.json."""

    def __init__(self, sender: Any) -> None:
        self.sender = sender
        self.record: dict[str, dict[str, Any]] = {}
        self.contracts: dict[str, Any] = {}

    def deploy(self, name: str, *arguments: Any) -> Any:
        contract = _artefact(name).deploy(*arguments, {"from": self.sender})
        self.contracts[name] = contract
        self.record[name] = {
            "artefact": name,
            "address": contract.address,
            "block": contract.tx.block_number,
            "bytecodeHash": _code_hash(contract.address),
            "arguments": _plain(arguments),
        }
        return contract

    def hand_over(self, plan: Plan, holders: Holders) -> None:
        """Open each function to its role, give each role to its holder, leave governance alone as administrator."""
        manager, me = self.contracts["RoleManager"], {"from": self.sender}
        for role in plan.roles:
            opened = [key for key, opener in plan.functions.items() if opener is role]
            for name in dict.fromkeys(contract for contract, _ in opened):
                contract = self.contracts[name]
                selectors = [contract.signatures[function] for owner, function in opened if owner == name]
                manager.setTargetFunctionRole(contract, selectors, role, me)
            manager.labelRole(role, role.name, me)
            manager.grantRole(role, holders.roles[role], 0, me)
        manager.grantRole(ADMIN_ROLE, holders.governance, GOVERNANCE_DELAY, me)
        manager.renounceRole(ADMIN_ROLE, self.sender, me)


def deploy_region(
    sender: Any, *, chain: str, settings: RegionSettings, holders: Holders, folder: Path = DEPLOYMENTS
) -> dict[str, Any]:
    """Deploy a regional chain's contracts and write deployments/<chain>.json.

    Args:
        sender: Brownie account that pays; holds no role afterwards.
        chain: name of the chain.
        settings: what the contracts are constructed with.
        holders: who gets which role.
        folder: where the record is written.

    Returns:
        The record as written.

    Raises:
        InputError: the chain holds something else at the recorded addresses.
    """
    known = existing(chain, folder=folder)
    if known is not None:
        return known
    work = _Deployer(sender)
    manager = work.deploy("RoleManager", sender)
    registry = work.deploy("MemberRegistry", manager)
    grid_company = _register_grid_company(work, settings.grid_company)
    sheets = work.deploy("DaySheets", registry, settings.utc_offset_hours)
    points = work.deploy("PowerPoint", manager)
    work.deploy("GreenCertificate", manager, registry, sheets, settings.renewable_carriers)
    ledger = work.deploy("CarbonLedger", manager)
    work.deploy("CarbonQuota", manager, registry, sheets, ledger)
    tariffs = (settings.tariffs.feed_in, settings.tariffs.purchase, settings.tariffs.grid_fee)
    work.deploy("BilateralMarket", manager, points, registry, sheets, grid_company, tariffs)
    work.hand_over(REGION, holders)
    return _write(chain, work.record, holders=holders, plan=REGION, folder=folder)


def deploy_main(
    sender: Any, *, chain: str, regional_chain_ids: Sequence[int], holders: Holders, folder: Path = DEPLOYMENTS
) -> dict[str, Any]:
    """Deploy the main chain's contracts, register the regional chains and write deployments/<chain>.json.

    Arguments, result and errors as for `deploy_region`.
    """
    known = existing(chain, folder=folder)
    if known is not None:
        return known
    work = _Deployer(sender)
    manager = work.deploy("RoleManager", sender)
    work.deploy("PowerPoint", manager)
    board = work.deploy("AnchorBoard", manager)
    for chain_id in regional_chain_ids:
        board.registerChain(chain_id, {"from": sender})
    work.hand_over(MAIN, holders)
    return _write(chain, work.record, holders=holders, plan=MAIN, folder=folder)


def existing(chain: str, *, folder: Path = DEPLOYMENTS) -> dict[str, Any] | None:
    """The record of a deployment that this chain really holds; None where the chain holds nothing of it."""
    file = folder / f"{chain}.json"
    if not file.is_file():
        return None
    record: dict[str, Any] = json.loads(file.read_text())
    here = {name: _code_hash(entry["address"]) for name, entry in record["contracts"].items()}
    if all(code == _NO_CODE for code in here.values()):
        return None
    wrong = [name for name, entry in record["contracts"].items() if here[name] != entry["bytecodeHash"]]
    if wrong or record["chainId"] != web3.eth.chain_id:
        raise InputError(
            f"{file}: the connected chain {web3.eth.chain_id} holds other code at the recorded addresses of "
            f"{', '.join(wrong) or 'all contracts'} (recorded for chain {record['chainId']}); connect to the recorded "
            "chain or move the file away"
        )
    return record


def _register_grid_company(work: _Deployer, entry: Mapping[str, Any]) -> int:
    """The market is built around the grid company, so it is the first member; returns its id."""
    registry, me = work.contracts["MemberRegistry"], {"from": work.sender}
    kind_grid_company = 3
    registration = (
        entry["account"], entry["meterKey"], entry["node"], kind_grid_company, entry["carrier"], entry["nameplateW"]
    )  # fmt: skip
    registry.register([registration], me)
    return int(registry.idOf(entry["account"]))


def _write(
    chain: str, contracts: dict[str, dict[str, Any]], *, holders: Holders, plan: Plan, folder: Path
) -> dict[str, Any]:
    record = {
        "chain": chain,
        "chainId": web3.eth.chain_id,
        "genesis": web3.eth.get_block(0).hash.hex(),
        "block": web3.eth.block_number,
        "contracts": contracts,
        "roles": {"ADMIN": holders.governance, **{role.name: holders.roles[role] for role in plan.roles}},
    }
    write_atomically(folder / f"{chain}.json", json.dumps(record, indent=1) + "\n")
    return record


_NO_CODE = "0x" + keccak(b"").hex()


def _code_hash(address: str) -> str:
    return "0x" + keccak(bytes(web3.eth.get_code(address))).hex()


def _artefact(name: str) -> Any:
    (loaded,) = project.get_loaded_projects()
    return loaded[name]


def _plain(values: Sequence[Any]) -> list[Any]:
    """Constructor arguments as JSON: contracts and accounts by address, numbers that JSON would round as text."""
    return [
        _plain(v) if isinstance(v, tuple) else getattr(v, "address", str(v) if isinstance(v, int) else v)
        for v in values
    ]
