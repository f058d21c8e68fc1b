"""What a report shows of quotas. Carbon in gCO2e, money in point-wei."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class QuotaTotals:
    """Carbon allowances of the members [gCO2e] for the year of the day."""

    year: int
    members: int
    granted: int
    drawn: int
    short: int
    """Members whose consumption has used more than was granted."""


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
class QuotaReport:
    """A region's allowances after the day."""

    totals: QuotaTotals
    trades: tuple[QuotaTradeRow, ...]
    cancelled: int
    """Allowances of the order's rest, returned to their owner."""
