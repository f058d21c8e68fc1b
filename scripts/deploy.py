"""Deploy Gridleaf's contracts: `brownie run deploy [main|main_chain] --network NETWORK`.

`deploy_region` and `deploy_main` take everything as arguments. Both end with governance as the only administrator,
behind a time lock, and the deployer without any role; `check_deployment.py` proves it. A second run on a chain that
holds the same contracts changes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from brownie import accounts, network, project, web3
from eth_utils.crypto import keccak

from offchain.carbon.factors import load_factors
from offchain.errors import InputError
from offchain.files import PROJECT, write_atomically
from offchain.regions import load_regions
from scripts.check_deployment import check
from scripts.parameters import (
    AUCTION_LADDER,
    AUCTION_LIMITS,
    AUCTION_RULE,
    DAILY_MINT_LIMIT,
    DEMAND_DEPOSIT,
    DEVICE_BOND,
    GRID_FLOOR,
    QUOTA,
    REWARDS,
    RULEBOOK,
    TABLE_BOND,
)
from scripts.plan import ADMIN_ROLE, GOVERNANCE_DELAY, MAIN, REGION, Plan, Role
from scripts.settings import (
    Holders,
    MainSettings,
    RegionSettings,
    local_holders,
    local_main_settings,
    local_settings,
)

DEPLOYMENTS = PROJECT / "deployments"
CERTIFICATE_URI = ""
"""Certificates describe themselves by their ids; there is no metadata elsewhere."""
FACTORS = PROJECT / "data" / "factors" / "emission_factors.toml"


class _Deployer:
    """Deploys contracts one after the other and keeps the record that goes into deployments/<chain>.json."""

    def __init__(self, sender: Any) -> None:
        self.sender = sender
        self.record: dict[str, dict[str, Any]] = {}
        self.contracts: dict[str, Any] = {}

    def deploy(self, name: str, *arguments: Any) -> Any:
        contract = _artefact(name).deploy(*arguments, {"from": self.sender})
        return self._keep(name, contract, block=contract.tx.block_number, arguments=arguments)

    def adopt(self, name: str, address: str, *arguments: Any) -> Any:
        """Keep a contract that the last one has deployed with these arguments."""
        block = next(reversed(self.record.values()))["block"]
        return self._keep(name, _artefact(name).at(address), block=block, arguments=arguments)

    def _keep(self, name: str, contract: Any, *, block: int, arguments: Sequence[Any]) -> Any:
        self.contracts[name] = contract
        self.record[name] = {
            "artefact": name,
            "address": contract.address,
            "block": block,
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
            for holder in held_by(role, plan, holders, self.contracts):
                manager.grantRole(role, holder, 0, me)
        manager.grantRole(ADMIN_ROLE, holders.governance, GOVERNANCE_DELAY, me)
        manager.renounceRole(ADMIN_ROLE, self.sender, me)


def held_by(role: Role, plan: Plan, holders: Holders, contracts: Mapping[str, Any]) -> list[str]:
    """Whom a role is given to: a contract by the plan, else an account, or nobody."""
    if role in plan.contract_holders:
        return [contracts[plan.contract_holders[role]].address]
    return [holders.roles[role]] if role in holders.roles else []


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
    freezes = work.deploy("FreezeList", manager)
    registry = work.deploy("MemberRegistry", manager, freezes, settings.utc_offset_hours)
    grid_company = _register_grid_company(work, settings)
    points = work.deploy("PowerPoint", manager, freezes, DAILY_MINT_LIMIT)
    devices = work.deploy("DeviceRegistry", manager, registry, points, settings.utc_offset_hours, DEVICE_BOND)
    sheets = work.deploy("DaySheets", manager, devices)
    certificates = work.deploy(
        "GreenCertificate", manager, sheets, settings.renewable_carriers, settings.trial, CERTIFICATE_URI
    )
    work.deploy("CertificateSale", certificates, points, registry)
    ledger = work.deploy("CarbonLedger", manager)
    tariffs = (settings.tariffs.feed_in, settings.tariffs.purchase, settings.tariffs.grid_fee)
    market = _deploy_market(work, grid_company, tariffs)
    rewards = work.deploy("RewardPool", manager, devices, certificates, market, tuple(REWARDS.values()))
    work.deploy("EnergyRewards", work.contracts["MarketReader"], certificates, rewards)
    quota = work.deploy("CarbonQuota", manager, sheets, ledger, points, rewards, tuple(QUOTA.values()))
    work.deploy("QuotaExchange", manager, quota)
    return _finish(work, chain, holders=holders, plan=REGION, folder=folder)


def _deploy_market(work: _Deployer, grid_company: int, tariffs: tuple[int, int, int]) -> Any:
    """The market, what it admits to its accounts, and the sheets that wait for its settlement."""
    manager, points, registry, sheets = (
        work.contracts[name] for name in ("RoleManager", "PowerPoint", "MemberRegistry", "DaySheets")
    )
    me = {"from": work.sender}
    market = work.deploy("BilateralMarket", manager, (sheets, grid_company, GRID_FLOOR, tariffs, RULEBOOK))
    work.adopt("DeferredCredits", market.deferred())
    work.deploy("MarginDesk", manager, points, market, registry)
    work.deploy("OfferDesk", market, registry)
    work.deploy("MarketReader", market)
    work.deploy("ResidualSettlement", market, sheets)
    work.deploy("Reconciliation", market, sheets)
    for name, admission in REGION.admissions.items():
        market.admit(work.contracts[name], admission, me)
    sheets.attachMarket(market, me)
    return market


def deploy_main(
    sender: Any, *, chain: str, settings: MainSettings, holders: Holders, folder: Path = DEPLOYMENTS
) -> dict[str, Any]:
    """Deploy the main chain's contracts, register the regional chains and write deployments/<chain>.json.

    Arguments, result and errors as for `deploy_region`.
    """
    known = existing(chain, folder=folder)
    if known is not None:
        return known
    work = _Deployer(sender)
    manager = work.deploy("RoleManager", sender)
    freezes = work.deploy("FreezeList", manager)
    points = work.deploy("PowerPoint", manager, freezes, DAILY_MINT_LIMIT)
    board = work.deploy("AnchorBoard", manager)
    for chain_id in settings.regional_chain_ids:
        board.registerChain(chain_id, {"from": sender})
    registry = work.deploy("AuctionRegistry", manager)
    ladder = (AUCTION_RULE, AUCTION_LADDER.below, AUCTION_LADDER.above)
    limits, bonds = (AUCTION_LIMITS.floor, AUCTION_LIMITS.ceiling), (TABLE_BOND, DEMAND_DEPOSIT)
    terms = (settings.utc_offset_hours, *ladder, limits, *bonds, settings.grid_company)
    auction = work.deploy("Auction", manager, points, freezes, registry, terms)
    work.adopt("CoalitionTables", auction.tables(), manager, points, freezes, auction, *bonds)
    return _finish(work, chain, holders=holders, plan=MAIN, folder=folder)


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


def main(region: str = "rural") -> None:
    """Deploy a region's contracts on a local network, for trying things out."""
    settings = local_settings(load_regions()[region], load_factors(FACTORS))
    record = deploy_region(accounts[0], chain=network.show_active(), settings=settings, holders=local_holders())
    _show(record)


def main_chain(*regional_chain_ids: str) -> None:
    """Deploy the main chain's contracts on a local network; regional chains are named by their chain ids."""
    offset = next(iter(load_regions().values())).utc_offset_hours
    settings = local_main_settings([int(number) for number in regional_chain_ids], utc_offset_hours=offset)
    record = deploy_main(accounts[0], chain=network.show_active(), settings=settings, holders=local_holders())
    _show(record)


def _show(record: Mapping[str, Any]) -> None:
    for name, entry in record["contracts"].items():
        print(f"{name:18} {entry['address']}")
    print(f"checked: every role, function, link and bound is as planned; the deployer {record['deployer']} has no role")


def _register_grid_company(work: _Deployer, settings: RegionSettings) -> int:
    """The market is built around the grid company, so it is the first member; returns its id."""
    registry, terms = work.contracts["MemberRegistry"], settings.grid_company
    acceptance = settings.grid_company_signs(domain_of(registry), terms)
    registry.register([tuple(terms.values())], [acceptance], {"from": work.sender})
    return int(registry.idOf(terms["account"]))


def domain_of(contract: Any) -> dict[str, Any]:
    """A contract's EIP-712 domain, as it states it itself (ERC-5267)."""
    _, name, version, chain_id, address, _, _ = contract.eip712Domain()
    return {"name": name, "version": version, "chainId": int(chain_id), "verifyingContract": address}


def _finish(work: _Deployer, chain: str, *, holders: Holders, plan: Plan, folder: Path) -> dict[str, Any]:
    """Hand over, prove it, and only then write the record."""
    work.hand_over(plan, holders)
    held = {role.name: holder for role in plan.roles for holder in held_by(role, plan, holders, work.contracts)}
    record = {
        "chain": chain,
        "chainId": web3.eth.chain_id,
        "genesis": web3.to_hex(web3.eth.get_block(0).hash),
        "block": web3.eth.block_number,
        "deployer": work.sender.address,
        "contracts": work.record,
        "roles": {"ADMIN": holders.governance, **held},
    }
    check(record, plan=plan, deployer=work.sender.address)
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
