"""What a report shows of certificates after their issuance, of quota trades and of statements.

Energy in Wh, carbon in gCO2e, money in point-wei.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SaleRow:
    """A sale of certificates against points."""

    seller: str
    buyer: str
    sold: int
    price: int
    """[point-wei/kWh]"""
    paid: int
    transaction: str


@dataclass(frozen=True, kw_only=True)
class CorrectionRow:
    """A device that had been certified for too much, and how its next issuance made up for it."""

    owner: str
    lowered: int
    withdrawn: int
    """From the owner's certificates, at once."""
    measured_next: int
    """By its final sheet of the following day."""
    withheld: int
    """Of it, not issued."""
    issued_next: int
    correction: str
    """Transaction."""
    issuance: str
    """Transaction."""

    @property
    def owed(self) -> int:
        """Left after what was withdrawn."""
        return self.lowered - self.withdrawn


@dataclass(frozen=True, kw_only=True)
class QuotaTradeRow:
    """A trade of allowances or offsets."""

    asset: str
    seller: str
    buyer: str
    amount: int
    paid: int
    transaction: str


@dataclass(frozen=True, kw_only=True)
class RewardTotals:
    """Rewards of the day for clean energy sold, bought and used."""

    agreements: int
    """Bundled ones whose certificates went to the buyers."""
    delivered: int
    """Certified energy under them [Wh]."""
    earned: int
    """By the rates, before scaling."""
    factor: int
    """That all were scaled by, because the pool had less [wad]."""
    members: int
    """Who have claimed theirs."""
    claimed: int


@dataclass(frozen=True, kw_only=True)
class StatementRow:
    """A member's statement and its figures."""

    member: int
    name: str
    file: str
    """Beside the page."""
    consumed: int
    certified: int
    """Of it, covered by retired certificates."""
    location: int
    market: int
    traced: int
    losses: int


@dataclass(frozen=True, kw_only=True)
class ClaimsReport:
    """All of it for a region."""

    sale: SaleRow
    correction: CorrectionRow
    rewards: RewardTotals
    trades: tuple[QuotaTradeRow, ...]
    cancelled: int
    """Allowances of the order's rest, returned to their owner."""
    statements: tuple[StatementRow, ...]
