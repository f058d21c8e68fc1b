"""Roles by what their holder does, and what the market admits contracts to."""

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
