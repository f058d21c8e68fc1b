"""What a deployment consists of: roles, who may call what, and which contract points to which.

`deploy.py` carries this plan out and `check_deployment.py` reads every line of it back from the chain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

ADMIN_ROLE = 0
"""OpenZeppelin's AccessManager.ADMIN_ROLE: held by governance alone, every act of it delayed."""

GOVERNANCE_DELAY = 7 * 24 * 3600
"""Time lock on everything that governance does, parameter changes included [s]."""


class Role(IntEnum):
    """Roles by what their holder does, numbered as in contracts/members/RoleManager.sol."""

    OPERATOR = 1
    """Registers members."""
    BANK = 2
    """Mints points against deposits into escrow."""
    REGULATOR = 3
    """Grants allowances, says which carriers are renewable and which regional chains exist."""
    CARBON_PROVIDER = 4
    """Posts the roots of the traced carbon intensities."""
    GUARDIAN = 5
    """Pauses entry; exit is never paused."""
    RELAYER = 6
    """Anchors regional blocks on the main chain."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One chain's set of contracts."""

    functions: Mapping[tuple[str, str], Role]
    """(contract, function) -> the role that may call it. Functions not listed are open to all or, if restricted,
    governance's."""
    links: Mapping[tuple[str, str], str]
    """(contract, view) -> the contract whose address the view returns."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that exist on this chain, in the order of their ids."""
        return tuple(sorted(set(self.functions.values())))


def _managed(*contracts: str) -> dict[tuple[str, str], str]:
    return {(contract, "authority"): "RoleManager" for contract in contracts}


REGION = Plan(
    functions={
        ("MemberRegistry", "register"): Role.OPERATOR,
        ("PowerPoint", "mint"): Role.BANK,
        ("CarbonQuota", "grant"): Role.REGULATOR,
        ("CarbonQuota", "surrender"): Role.REGULATOR,
        ("GreenCertificate", "setRenewableCarriers"): Role.REGULATOR,
        ("CarbonLedger", "post"): Role.CARBON_PROVIDER,
        ("BilateralMarket", "pause"): Role.GUARDIAN,
        ("BilateralMarket", "unpause"): Role.GUARDIAN,
    },
    links={
        **_managed(
            "MemberRegistry", "PowerPoint", "CarbonQuota", "GreenCertificate", "CarbonLedger", "BilateralMarket"
        ),
        ("DaySheets", "registry"): "MemberRegistry",
        ("GreenCertificate", "registry"): "MemberRegistry",
        ("GreenCertificate", "sheets"): "DaySheets",
        ("CarbonQuota", "registry"): "MemberRegistry",
        ("CarbonQuota", "sheets"): "DaySheets",
        ("CarbonQuota", "ledger"): "CarbonLedger",
        ("BilateralMarket", "registry"): "MemberRegistry",
        ("BilateralMarket", "sheets"): "DaySheets",
        ("BilateralMarket", "points"): "PowerPoint",
    },
)

MAIN = Plan(
    functions={
        ("PowerPoint", "mint"): Role.BANK,
        ("AnchorBoard", "registerChain"): Role.REGULATOR,
        ("AnchorBoard", "anchor"): Role.RELAYER,
    },
    links=_managed("PowerPoint", "AnchorBoard"),
)
