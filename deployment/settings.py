"""Who acts on a chain and what its contracts are constructed with; on local chains with publicly known keys."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deployment.parameters import (
    AUCTION_LADDER,
    AUCTION_LIMITS,
    DAILY_MINT_LIMIT,
    DEMAND_DEPOSIT,
    DEVICE_BOND,
    GRID_FLOOR,
    QUOTA,
    REWARDS,
    RULEBOOK,
    TABLE_BOND,
)
from deployment.roles import CONTRACT_ROLES, Role
from offchain.auction.ladder import LadderRule
from offchain.auction.settlement import PriceLimits
from offchain.carbon.factors import EmissionFactors
from offchain.chain.keys import local_key
from offchain.chain.typed_data import Domain
from offchain.day.world.keys import member_key, registration_of
from offchain.day.world.participants import participants
from offchain.grid.case import load_case
from offchain.market.records import Tariffs
from offchain.market.rulebooks import Rulebook
from offchain.members.papers import REGISTRATION
from offchain.regions import Region

DAY = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Holders:
    """Who acts on a chain, as addresses. A role without a holder stays empty."""

    governance: str
    """Administrator, every act delayed by `GOVERNANCE_DELAY`."""
    roles: Mapping[Role, str]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the contracts of every chain are constructed with."""

    utc_offset_hours: int
    """Of the market days."""
    daily_mint_limit: int = DAILY_MINT_LIMIT
    """[point-wei]"""


@dataclass(frozen=True, kw_only=True)
class RegionSettings(Settings):
    """What a region's contracts are constructed with."""

    tariffs: Tariffs
    grid_company: Mapping[str, Any]
    """Terms of the first member's registration, the grid company's, in the order of IMemberRegistry.Registration."""
    grid_company_signs: Callable[[Domain, Mapping[str, Any]], bytes]
    """Signs these terms for a contract's EIP-712 domain."""
    renewable_carriers: int
    """Bit c set: energy of carrier code c gets certificates."""
    trial: bool = False
    """Certificates are for trying things out; every id says so."""
    device_bond: int = DEVICE_BOND
    """[point-wei]"""
    grid_floor: int = GRID_FLOOR
    """[point-wei]"""
    rulebook: Rulebook = RULEBOOK
    rewards: Mapping[str, int] = field(default_factory=lambda: REWARDS)
    """In the order of IRewardPool.Parameters."""
    quota: Mapping[str, int] = field(default_factory=lambda: QUOTA)
    """In the order of ICarbonQuota.Parameters."""


@dataclass(frozen=True, kw_only=True)
class MainSettings(Settings):
    """What the main chain's contracts are constructed with."""

    regional_chain_ids: Sequence[int]
    """Chains whose blocks are anchored."""
    grid_company: str
    """Account that the auction's congestion rent goes to."""
    ladder: LadderRule = AUCTION_LADDER
    limits: PriceLimits = AUCTION_LIMITS
    table_bond: int = TABLE_BOND
    """[point-wei]"""
    demand_deposit: int = DEMAND_DEPOSIT
    """[point-wei]"""


def local_holders() -> Holders:
    """The accounts that act on local chains, one per role, with publicly known keys."""
    names = {role: role.name.lower().replace("_", " ") for role in Role if role not in CONTRACT_ROLES}
    return Holders(
        governance=local_key("governance").address,
        roles={role: local_key(name).address for role, name in names.items()},
    )


def local_settings(region: Region, factors: EmissionFactors, *, now: int) -> RegionSettings:
    """A region's settings with the grid company's local keys; `now` [s] is the chain's time."""
    grid_company = participants(load_case(region.folder), factors).grid_company
    key = member_key(region.name, grid_company.id)
    return RegionSettings(
        utc_offset_hours=region.utc_offset_hours,
        tariffs=region.tariffs,
        grid_company=registration_of(region.name, grid_company, deadline=now + DAY).terms,
        grid_company_signs=lambda domain, terms: domain.sign(key, REGISTRATION, terms),
        renewable_carriers=sum(1 << carrier.code for carrier in factors.carriers.values() if carrier.renewable),
    )


def local_main_settings(regional_chain_ids: Sequence[int], *, utc_offset_hours: int) -> MainSettings:
    """The main chain's settings with the grid company's local key."""
    return MainSettings(
        regional_chain_ids=regional_chain_ids,
        utc_offset_hours=utc_offset_hours,
        grid_company=local_key("grid company").address,
    )
