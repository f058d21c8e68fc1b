"""Who acts on a chain and what its contracts are constructed with; on local chains with publicly known keys."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brownie import accounts, web3

from offchain.carbon.factors import EmissionFactors
from offchain.chain.keys import Key, local_key
from offchain.chain.typed_data import sign_typed
from offchain.day.world.keys import member_key, registration_of
from offchain.day.world.participants import participants
from offchain.grid.case import load_case
from offchain.market.records import Tariffs
from offchain.members.papers import REGISTRATION
from offchain.regions import Region
from scripts.plan import CONTRACT_ROLES, Role

DAY = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Holders:
    """Who acts on a chain, as addresses. A role without a holder stays empty."""

    governance: str
    """Administrator, every act delayed by `GOVERNANCE_DELAY`."""
    roles: Mapping[Role, str]


@dataclass(frozen=True, kw_only=True)
class RegionSettings:
    """What a region's contracts are constructed with."""

    utc_offset_hours: int
    tariffs: Tariffs
    grid_company: Mapping[str, Any]
    """Terms of the first member's registration, the grid company's, in the order of IMemberRegistry.Registration."""
    grid_company_signs: Callable[[Mapping[str, Any], Mapping[str, Any]], bytes]
    """Signs these terms for a contract's EIP-712 domain."""
    renewable_carriers: int
    """Bit c set: energy of carrier code c gets certificates."""
    trial: bool = False
    """Certificates are for trying things out; every id says so."""


@dataclass(frozen=True, kw_only=True)
class MainSettings:
    """What the main chain's contracts are constructed with."""

    regional_chain_ids: Sequence[int]
    """Chains whose blocks are anchored."""
    utc_offset_hours: int
    """Of the auction's market days."""
    grid_company: str
    """Account that the auction's congestion rent goes to."""


def local_holders() -> Holders:
    """The accounts that act on local chains, one per role, with publicly known keys."""
    names = {role: role.name.lower().replace("_", " ") for role in Role if role not in CONTRACT_ROLES}
    return Holders(
        governance=local_key("governance").address,
        roles={role: local_key(name).address for role, name in names.items()},
    )


def local_settings(region: Region, factors: EmissionFactors) -> RegionSettings:
    """A region's settings with the grid company's local keys."""
    grid_company = participants(load_case(region.folder), factors).grid_company
    return RegionSettings(
        utc_offset_hours=region.utc_offset_hours,
        tariffs=region.tariffs,
        grid_company=registration_of(region.name, grid_company, deadline=web3.eth.get_block("latest").timestamp + DAY),
        grid_company_signs=lambda domain, terms: sign_typed(
            member_key(region.name, grid_company.id), domain, types=REGISTRATION, message=terms
        ),
        renewable_carriers=sum(1 << carrier.code for carrier in factors.carriers.values() if carrier.renewable),
    )


def local_main_settings(regional_chain_ids: Sequence[int], *, utc_offset_hours: int) -> MainSettings:
    """The main chain's settings with the grid company's local key."""
    return MainSettings(
        regional_chain_ids=regional_chain_ids,
        utc_offset_hours=utc_offset_hours,
        grid_company=local_key("grid company").address,
    )


def local_deployer() -> Any:
    """Brownie's account of the key that deploys on local chains."""
    key: Key = local_key("deployer")
    return accounts.add(key.secret.hex())
