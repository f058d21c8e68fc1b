"""What a report shows of a region's bilateral market. Energy in Wh, money in point-wei, weights in wad (1e18 = 100)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class MoneyRow:
    """What a group of members received, below zero paid [point-wei]."""

    group: str
    members: int
    agreements: int
    outside: int
    """Energy outside agreements, settled with the grid company."""
    defaults: int = 0
    """Compensation, and penalties paid into the pool."""
    shares: int = 0
    """Of the penalty pool."""
    corrections: int = 0
    """What the final sheets changed."""

    @property
    def total(self) -> int:
        """All together."""
        return self.agreements + self.outside + self.defaults + self.shares + self.corrections


@dataclass(frozen=True, kw_only=True)
class AgreementRow:
    """An agreement and what came of it; hours are local hours of the day."""

    id: int
    seller: str
    buyer: str
    first_hour: int
    hours: int
    wh_per_hour: int
    price: int
    """[point-wei/kWh]"""
    matched: int
    surplus: int
    shortfall: int


@dataclass(frozen=True, kw_only=True)
class DefaultRow:
    """A party that did not keep an agreement."""

    agreement: int
    party: str
    missing: int
    """Not delivered, or not taken [Wh]."""
    compensation: int
    """To the other party [point-wei]."""
    penalty: int
    """Into the day's pool [point-wei]."""


@dataclass(frozen=True, kw_only=True)
class CreditRow:
    """A member that had agreements: its weight before and after the day, and its share of the penalties."""

    member: str
    opening: int
    weight: int
    share: int
    """[point-wei]"""


@dataclass(frozen=True, kw_only=True)
class DebtRow:
    """A member that owes the market; the grid company fronts it [point-wei]."""

    member: str
    debt: int


@dataclass(frozen=True, kw_only=True)
class DefaultReport:
    """Who broke its word, what it cost, and who received it."""

    defaults: tuple[DefaultRow, ...]
    """In the order of agreements."""
    credit: tuple[CreditRow, ...]
    """Who received most first."""
    debts: tuple[DebtRow, ...]
    reserve: int
    """Penalties that nobody may share, with those of defaults first seen at reconciliation [point-wei]."""
    dust: int
    """What rounding the shares leaves at the desk [point-wei]."""
    estimated: str
    """The member whose silent meter the operator estimated."""
    late: str
    """The member that was settled on zeros, since nobody brought its sheet in time."""
    corrected: int
    """Agreements that the final sheets changed."""

    @property
    def compensation(self) -> int:
        """Paid to those who kept their word [point-wei]."""
        return sum(row.compensation for row in self.defaults)

    @property
    def penalties(self) -> int:
        """Paid into the pool [point-wei]."""
        return sum(row.penalty for row in self.defaults)

    @property
    def shared(self) -> int:
        """Paid out of the pool [point-wei]."""
        return sum(row.share for row in self.credit)


@dataclass(frozen=True, kw_only=True)
class MarketReport:
    """A region's market."""

    money: tuple[MoneyRow, ...]
    agreements: tuple[AgreementRow, ...]
    defaults: DefaultReport
    imported: int
    """By members over the day, under agreements or not."""

    @property
    def money_total(self) -> int:
        """Sum of all legs [point-wei]: zero, or the settlement is wrong."""
        return sum(row.total for row in self.money)

    @property
    def matched(self) -> int:
        """Delivered and taken under agreements."""
        return sum(row.matched for row in self.agreements)
