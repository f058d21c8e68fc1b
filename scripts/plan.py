"""What a deployment consists of: roles, who may call what, and which contract points to which.

`deploy.py` carries this plan out and `check_deployment.py` reads every line of it back from the chain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

ADMIN_ROLE = 0
"""OpenZeppelin's AccessManager.ADMIN_ROLE: held by governance alone, every act of it delayed."""

GOVERNANCE_DELAY = 7 * 24 * 3600
"""Time lock on everything that governance does, parameter changes included [s]."""


class Role(IntEnum):
    """Roles by what their holder does, numbered as in contracts/members/RoleManager.sol."""

    OPERATOR = 1
    """Registers members, devices, and the auction's units and network."""
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
    FREEZE_COSIGNER = 7
    """Second person of the regulator: signs freezes, their lifting and forfeitures."""
    BANK_COSIGNER = 8
    """Second person of the bank: signs deposits."""
    UTILITY = 9
    """Signs bills that points pay."""
    REWARDER = 10
    """Pays rewards: contracts only."""
    ISSUER = 11
    """Withdraws, revokes and corrects certificates."""
    STAKE_KEEPER = 12
    """Locks certificates as stake: contracts only, none yet."""
    DELIVERER = 13
    """Hands certificates over under signed agreements: contracts only."""


CONTRACT_ROLES = (Role.REWARDER, Role.STAKE_KEEPER, Role.DELIVERER)
"""Roles that no account holds."""


class Admission(IntEnum):
    """What the market lets another contract do: IMarginAccounts.Admission."""

    NONE = 0
    DESK = 1
    """Deposit and withdraw."""
    SETTLEMENT = 2
    """Book legs."""
    OFFERS = 3
    """Enter agreements."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One chain's set of contracts."""

    functions: Mapping[tuple[str, str], Role]
    """(contract, function) -> the role that may call it. Functions not listed are open to all or, if restricted,
    governance's."""
    signers: tuple[Role, ...]
    """Roles that open no function: their holders sign what others bring."""
    links: Mapping[tuple[str, str], str]
    """(contract, view) -> the contract whose address the view returns."""
    admissions: Mapping[str, Admission] = field(default_factory=dict)
    """Contract -> what the market admits it to; no other contract is admitted."""
    contract_holders: Mapping[Role, str] = field(default_factory=dict)
    """Role -> the contract that holds it, alone."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that exist on this chain, in the order of their ids."""
        return tuple(sorted({*self.functions.values(), *self.signers}))


def _managed(*contracts: str) -> dict[tuple[str, str], str]:
    return {(contract, "authority"): "RoleManager" for contract in contracts}


_POINTS = {
    ("PowerPoint", "mint"): Role.BANK,
    ("PowerPoint", "stateEscrow"): Role.BANK,
    ("FreezeList", "freeze"): Role.REGULATOR,
    ("FreezeList", "lift"): Role.REGULATOR,
}
"""Points and freezes are the same on every chain."""

REGION = Plan(
    functions={
        **_POINTS,
        ("MemberRegistry", "register"): Role.OPERATOR,
        ("MemberRegistry", "suspend"): Role.OPERATOR,
        ("MemberRegistry", "liftSuspension"): Role.OPERATOR,
        ("MemberRegistry", "replaceMeterKey"): Role.OPERATOR,
        ("MemberRegistry", "revokeMeterKey"): Role.OPERATOR,
        ("MemberRegistry", "assignGroup"): Role.OPERATOR,
        ("DeviceRegistry", "register"): Role.OPERATOR,
        ("DeviceRegistry", "replaceMeterKey"): Role.OPERATOR,
        ("DeviceRegistry", "revokeMeterKey"): Role.OPERATOR,
        ("DeviceRegistry", "forfeitBond"): Role.REGULATOR,
        ("DaySheets", "estimate"): Role.OPERATOR,
        ("RewardPool", "openWelcome"): Role.OPERATOR,
        ("RewardPool", "reward"): Role.REWARDER,
        ("CarbonQuota", "grant"): Role.REGULATOR,
        ("CarbonQuota", "certifyOffsets"): Role.REGULATOR,
        ("GreenCertificate", "setRenewableCarriers"): Role.REGULATOR,
        ("GreenCertificate", "withdraw"): Role.ISSUER,
        ("GreenCertificate", "reissue"): Role.ISSUER,
        ("GreenCertificate", "revoke"): Role.ISSUER,
        ("GreenCertificate", "correct"): Role.ISSUER,
        ("GreenCertificate", "lock"): Role.STAKE_KEEPER,
        ("GreenCertificate", "unlock"): Role.STAKE_KEEPER,
        ("GreenCertificate", "deliver"): Role.DELIVERER,
        ("CarbonLedger", "post"): Role.CARBON_PROVIDER,
        ("BilateralMarket", "pause"): Role.GUARDIAN,
        ("BilateralMarket", "unpause"): Role.GUARDIAN,
        ("QuotaExchange", "pause"): Role.GUARDIAN,
        ("QuotaExchange", "unpause"): Role.GUARDIAN,
    },
    signers=(Role.FREEZE_COSIGNER, Role.BANK_COSIGNER, Role.UTILITY),
    links={
        **_managed(
            "FreezeList",
            "MemberRegistry",
            "PowerPoint",
            "DeviceRegistry",
            "DaySheets",
            "GreenCertificate",
            "CarbonLedger",
            "CarbonQuota",
            "QuotaExchange",
            "BilateralMarket",
            "MarginDesk",
            "RewardPool",
        ),
        ("MemberRegistry", "freezeList"): "FreezeList",
        ("PowerPoint", "freezes"): "FreezeList",
        ("DeviceRegistry", "registry"): "MemberRegistry",
        ("DeviceRegistry", "points"): "PowerPoint",
        ("DaySheets", "registry"): "MemberRegistry",
        ("DaySheets", "devices"): "DeviceRegistry",
        ("GreenCertificate", "devices"): "DeviceRegistry",
        ("GreenCertificate", "sheets"): "DaySheets",
        ("GreenCertificate", "registry"): "MemberRegistry",
        ("GreenCertificate", "freezes"): "FreezeList",
        ("CertificateSale", "certificates"): "GreenCertificate",
        ("CertificateSale", "points"): "PowerPoint",
        ("CertificateSale", "registry"): "MemberRegistry",
        ("CarbonQuota", "registry"): "MemberRegistry",
        ("CarbonQuota", "sheets"): "DaySheets",
        ("CarbonQuota", "ledger"): "CarbonLedger",
        ("CarbonQuota", "points"): "PowerPoint",
        ("CarbonQuota", "penaltyReceiver"): "RewardPool",
        ("QuotaExchange", "quota"): "CarbonQuota",
        ("QuotaExchange", "points"): "PowerPoint",
        ("BilateralMarket", "registry"): "MemberRegistry",
        ("BilateralMarket", "sheets"): "DaySheets",
        ("BilateralMarket", "deferred"): "DeferredCredits",
        ("MarginDesk", "points"): "PowerPoint",
        ("MarginDesk", "accounts"): "BilateralMarket",
        ("MarginDesk", "registry"): "MemberRegistry",
        ("MarginDesk", "freezeList"): "FreezeList",
        ("OfferDesk", "market"): "BilateralMarket",
        ("OfferDesk", "registry"): "MemberRegistry",
        ("MarketReader", "market"): "BilateralMarket",
        ("ResidualSettlement", "market"): "BilateralMarket",
        ("ResidualSettlement", "accounts"): "BilateralMarket",
        ("ResidualSettlement", "sheets"): "DaySheets",
        ("Reconciliation", "market"): "BilateralMarket",
        ("Reconciliation", "accounts"): "BilateralMarket",
        ("Reconciliation", "sheets"): "DaySheets",
        ("DaySheets", "market"): "BilateralMarket",
        ("RewardPool", "devices"): "DeviceRegistry",
        ("RewardPool", "certificates"): "GreenCertificate",
        ("RewardPool", "market"): "BilateralMarket",
        ("EnergyRewards", "agreements"): "MarketReader",
        ("EnergyRewards", "certificates"): "GreenCertificate",
        ("EnergyRewards", "sheets"): "DaySheets",
        ("EnergyRewards", "devices"): "DeviceRegistry",
        ("EnergyRewards", "registry"): "MemberRegistry",
        ("EnergyRewards", "pool"): "RewardPool",
    },
    admissions={
        "MarginDesk": Admission.DESK,
        "OfferDesk": Admission.OFFERS,
        "ResidualSettlement": Admission.SETTLEMENT,
        "Reconciliation": Admission.SETTLEMENT,
    },
    contract_holders={Role.REWARDER: "EnergyRewards", Role.DELIVERER: "EnergyRewards"},
)

MAIN = Plan(
    functions={
        **_POINTS,
        ("AnchorBoard", "registerChain"): Role.REGULATOR,
        ("AnchorBoard", "anchor"): Role.RELAYER,
        ("AuctionRegistry", "registerUnit"): Role.OPERATOR,
        ("AuctionRegistry", "retireUnit"): Role.OPERATOR,
        ("AuctionRegistry", "setNetwork"): Role.OPERATOR,
        ("Auction", "pause"): Role.GUARDIAN,
        ("Auction", "unpause"): Role.GUARDIAN,
        ("CoalitionTables", "pause"): Role.GUARDIAN,
        ("CoalitionTables", "unpause"): Role.GUARDIAN,
    },
    signers=(Role.FREEZE_COSIGNER, Role.BANK_COSIGNER, Role.UTILITY),
    links={
        **_managed("FreezeList", "PowerPoint", "AnchorBoard", "AuctionRegistry", "Auction", "CoalitionTables"),
        ("PowerPoint", "freezes"): "FreezeList",
        ("Auction", "points"): "PowerPoint",
        ("Auction", "freezeList"): "FreezeList",
        ("Auction", "registry"): "AuctionRegistry",
        ("Auction", "tables"): "CoalitionTables",
        ("CoalitionTables", "points"): "PowerPoint",
        ("CoalitionTables", "freezeList"): "FreezeList",
        ("CoalitionTables", "book"): "Auction",
    },
)
