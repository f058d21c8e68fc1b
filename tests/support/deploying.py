"""A region's contracts as tests deploy them: by the plan, with actors in the roles and parameters of their own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from brownie.project import get_loaded_projects

from deployment.deploy import construct, give_roles
from deployment.parts import ContractPlan, Part, Plan, Site
from deployment.plan.anchoring import ANCHORING
from deployment.plan.carbon import CARBON
from deployment.plan.certificates import CERTIFICATES
from deployment.plan.market import MARKET, admit
from deployment.plan.members import ACCESS, DEVICES, MEMBERS
from deployment.plan.points import POINTS
from deployment.plan.quotas import QUOTAS
from deployment.roles import Role
from deployment.settings import MainSettings, RegionSettings, Settings
from offchain.chain.abi import Contract
from offchain.market import rulebooks
from offchain.market.records import Tariffs
from offchain.market.rulebooks import Rulebook
from scripts.brownie_deployer import BrownieDeployer
from tests.support.allowances import QUOTA
from tests.support.region import (
    BOND,
    FEED_IN,
    GRID_FEE,
    HYDRO,
    POINT,
    PURCHASE,
    UTC_OFFSET,
    Region,
    actor,
    node_of,
    registration,
)
from tests.support.region import (
    MEMBERS as PEOPLE,
)
from tests.support.rewards import REWARDS
from tests.support.signing import REGISTRATION, key_of, sign

DAILY_MINT_LIMIT: Final = 10**6 * POINT
SUBJECTS: Final = (ACCESS, MEMBERS, POINTS, DEVICES, CERTIFICATES, CARBON, MARKET, QUOTAS)
NAMES: Final = {
    "RoleManager": "roles",
    "FreezeList": "freezes",
    "MemberRegistry": "registry",
    "DeviceRegistry": "devices",
    "DaySheets": "sheets",
    "PowerPoint": "points",
    "GreenCertificate": "certificates",
    "CertificateSale": "sale",
    "CarbonLedger": "ledger",
    "CarbonQuota": "quota",
    "QuotaExchange": "exchange",
    "BilateralMarket": "market",
    "MarginDesk": "desk",
    "OfferDesk": "offers",
    "MarketReader": "reader",
    "ResidualSettlement": "residuals",
    "Reconciliation": "reconciliation",
    "AnchorBoard": "anchors",
}
"""Contracts by the names that a region has for them."""


def settings_of(*, rulebook: Rulebook = rulebooks.MARKET, grid_floor: int = 0) -> RegionSettings:
    """What the contracts of a region are constructed with in tests."""
    name, kind, import_w, export_w = PEOPLE[0]
    terms = registration(name, node=node_of(name), kind=int(kind), importW=import_w, exportW=export_w)
    names = (field["name"] for field in REGISTRATION["Registration"])
    return RegionSettings(
        utc_offset_hours=UTC_OFFSET,
        daily_mint_limit=DAILY_MINT_LIMIT,
        device_bond=BOND,
        tariffs=Tariffs(feed_in=FEED_IN, purchase=PURCHASE, grid_fee=GRID_FEE),
        grid_company=dict(zip(names, terms, strict=True)),
        grid_company_signs=lambda domain, _: sign(key_of(name), dict(domain.fields), REGISTRATION, terms),
        renewable_carriers=1 << HYDRO,
        grid_floor=grid_floor,
        rulebook=rulebook,
        rewards=REWARDS,
        quota=QUOTA,
    )


def deploy_region(deployer: Any) -> Region:
    """Every contract of a region but the rewards, and the anchors; penalties go to an actor."""
    sender = BrownieDeployer(deployer)
    standing = {"RewardPool": Contract("RewardPool", actor("penalty_receiver").address)}
    regional = construct(SUBJECTS, sender, settings=settings_of(), standing=standing)
    terms = MainSettings(utc_offset_hours=UTC_OFFSET, regional_chain_ids=(), grid_company=deployer.address)
    site = construct([ANCHORING], sender, settings=terms, standing=regional.contracts)
    give_roles(Plan(parts=(*SUBJECTS, ANCHORING)), sender, site=site, holders=actors())
    return Region(**_named(regional), **_named(site), deployer=deployer, site=site)


def deploy_into(
    region: Region, *parts: Part, settings: Settings, standing: Mapping[str, Contract] | None = None
) -> Site:
    """Deploy what some subjects bring beside a region's contracts, and open it to the actors.

    `standing` takes the place of what the region has.
    """
    deployer = BrownieDeployer(region.deployer)
    site = construct(parts, deployer, settings=settings, standing=region.site.contracts | dict(standing or {}))
    give_roles(Plan(parts=parts), deployer, site=site, holders=actors())
    return site


def deploy_market(region: Region, *, rulebook: Rulebook = rulebooks.MARKET, grid_floor: int = 0) -> None:
    """Give a region another market: the sheets stay attached to the first one."""
    settings = settings_of(rulebook=rulebook, grid_floor=grid_floor)
    region.site = deploy_into(region, replace(MARKET, acts=(admit,)), settings=settings)
    for name, contract in _named(region.site).items():
        setattr(region, name, contract)


def some_of(part: Part, *names: str) -> Part:
    """Some of a subject's contracts."""
    chosen: tuple[ContractPlan, ...] = tuple(contract for contract in part.contracts if contract.name in names)
    assert len(chosen) == len(names), names
    return replace(part, contracts=chosen)


def actors() -> dict[Role, str]:
    """Every role is held by the actor of the same name."""
    return {role: actor(role.name.lower()).address for role in Role}


def handle(site: Site, name: str) -> Any:
    """Brownie's handle of a contract."""
    [project] = get_loaded_projects()
    return project[name].at(site.contracts[name].address)


def _named(site: Site) -> dict[str, Any]:
    """What was deployed, by the names that a region has for it."""
    return {NAMES[name]: handle(site, name) for name in site.entries if name in NAMES}
