"""Settlement of a market day, in the integers that the contracts use.

Every agreement is settled hour by hour by Xiong et al. 2023, Eqs. (26)-(31) (corrected, see docs/PAPERS.md), on each
party's share of its metered energy; what a member metered beyond its agreements it settles with the grid company. A
leg is an amount in point-wei, positive for who receives it; the legs of everything sum to zero.

Where we differ from the paper: a meter is shared over several agreements, an agreement's share is capped at what was
agreed, and energy beyond it goes to the grid company even when both parties exceed their agreement.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from offchain.market.records import Agreement, DaySheet, Tariffs
from offchain.market.validation import check_day

WH_PER_KWH = 1000


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Energy [Wh] and legs [point-wei] of an agreement over one hour, or over several when added."""

    matched_wh: int = 0
    """Delivered and taken: paid at the agreed price."""
    surplus_wh: int = 0
    """Delivered beyond what was taken: the grid company buys it at S."""
    shortfall_wh: int = 0
    """Taken beyond what was delivered: the grid company sells it at B."""
    seller: int = 0
    buyer: int = 0
    grid: int = 0

    def __add__(self, other: "Exchange") -> "Exchange":
        return Exchange(
            matched_wh=self.matched_wh + other.matched_wh,
            surplus_wh=self.surplus_wh + other.surplus_wh,
            shortfall_wh=self.shortfall_wh + other.shortfall_wh,
            seller=self.seller + other.seller,
            buyer=self.buyer + other.buyer,
            grid=self.grid + other.grid,
        )


@dataclass(frozen=True, kw_only=True)
class AgreementSettlement:
    """An agreement, and what its hours came to."""

    agreement: Agreement
    exchange: Exchange


@dataclass(frozen=True, kw_only=True)
class ResidualSettlement:
    """A member's energy [Wh] of the day outside its agreements, and its leg [point-wei]; the grid has the opposite."""

    member: int
    export_wh: int
    import_wh: int
    leg: int


@dataclass(frozen=True, kw_only=True)
class DaySettlement:
    """Everything a market day came to; agreements by id, residuals and balances by member."""

    agreements: tuple[AgreementSettlement, ...]
    residuals: tuple[ResidualSettlement, ...]
    balances: tuple[tuple[int, int], ...]
    """Member and the sum of its legs [point-wei]."""
    grid: int
    """Sum of the grid company's legs [point-wei]."""
    export_dust_wh: int
    """Exported energy that the rounding of shares leaves on nobody's bill: it is the grid company's [Wh]."""
    import_dust_wh: int
    """The same of imported energy [Wh]."""


def amount(wh: int, price: int) -> int:
    """Price energy [Wh] at [point-wei/kWh] on the tick, in point-wei; exact."""
    return wh * price // WH_PER_KWH


def margin(agreement: Agreement, *, tariffs: Tariffs) -> int:
    """Return the most that the buyer of an agreement can come to pay [point-wei]: all taken, nothing delivered."""
    return amount(agreement.wh_per_hour * agreement.hours, tariffs.purchase)


def share(metered_wh: int, contracted_wh: int, *, contracted_sum_wh: int) -> int:
    """Return the Wh of a member-hour that count towards one agreement, rounded down, at most what was agreed.

    In proportion to the agreed amounts; energy enough for all of them leaves none short.
    """
    return min(contracted_wh, metered_wh * contracted_wh // contracted_sum_wh)


def exchange(delivered_wh: int, taken_wh: int, *, price: int, tariffs: Tariffs) -> Exchange:
    """Settle one agreement over one hour: Eqs. (26)-(28) where enough is delivered, Eqs. (29)-(31) where not."""
    matched = min(delivered_wh, taken_wh)
    surplus = delivered_wh - matched
    shortfall = taken_wh - matched
    return Exchange(
        matched_wh=matched,
        surplus_wh=surplus,
        shortfall_wh=shortfall,
        seller=amount(matched, price) + amount(surplus, tariffs.feed_in),
        buyer=-amount(matched, price + tariffs.grid_fee) - amount(shortfall, tariffs.purchase),
        grid=amount(matched, tariffs.grid_fee) + amount(shortfall, tariffs.purchase) - amount(surplus, tariffs.feed_in),
    )


@dataclass(frozen=True)
class _DayBook:
    """Metered and contracted Wh by (member, hour): `sold` stands against exports, `bought` against imports."""

    exports: Mapping[tuple[int, int], int]
    imports: Mapping[tuple[int, int], int]
    sold: Mapping[tuple[int, int], int]
    bought: Mapping[tuple[int, int], int]


def _day_book(agreements: Sequence[Agreement], sheets: Sequence[DaySheet], *, hours: range) -> _DayBook:
    sold: dict[tuple[int, int], int] = defaultdict(int)
    bought: dict[tuple[int, int], int] = defaultdict(int)
    for agreement in agreements:
        for hour in agreement.window:
            sold[agreement.seller, hour] += agreement.wh_per_hour
            bought[agreement.buyer, hour] += agreement.wh_per_hour
    exports = {(s.member, hour): wh for s in sheets for hour, wh in zip(hours, s.export_wh, strict=True)}
    imports = {(s.member, hour): wh for s in sheets for hour, wh in zip(hours, s.import_wh, strict=True)}
    return _DayBook(exports, imports, sold, bought)


def _settle_agreement(agreement: Agreement, book: _DayBook, *, tariffs: Tariffs) -> AgreementSettlement:
    total = Exchange()
    for hour in agreement.window:
        seller, buyer = (agreement.seller, hour), (agreement.buyer, hour)
        delivered = share(book.exports[seller], agreement.wh_per_hour, contracted_sum_wh=book.sold[seller])
        taken = share(book.imports[buyer], agreement.wh_per_hour, contracted_sum_wh=book.bought[buyer])
        total += exchange(delivered, taken, price=agreement.price, tariffs=tariffs)
    return AgreementSettlement(agreement=agreement, exchange=total)


def _settle_residual(member: int, book: _DayBook, *, hours: range, tariffs: Tariffs) -> ResidualSettlement:
    exported = sum(max(0, book.exports[member, hour] - book.sold.get((member, hour), 0)) for hour in hours)
    imported = sum(max(0, book.imports[member, hour] - book.bought.get((member, hour), 0)) for hour in hours)
    leg = amount(exported, tariffs.feed_in) - amount(imported, tariffs.purchase)
    return ResidualSettlement(member=member, export_wh=exported, import_wh=imported, leg=leg)


def settle_day(
    agreements: Sequence[Agreement], sheets: Sequence[DaySheet], *, hours: range, tariffs: Tariffs
) -> DaySettlement:
    """Settle the agreements and the remaining energy of a region's market day.

    Args:
        agreements: in any order; the result does not depend on it.
        sheets: one of each member that settles. The grid company's own boundary meter is not among them.
        hours: the 24 unix hours of the day, as `MarketCalendar.hours` gives them.
        tariffs: S, B and G of the day.

    Raises:
        InputError: an agreement, a sheet or a tariff cannot be used, or a party has no sheet.

    """
    check_day(agreements, sheets, hours=hours, tariffs=tariffs)
    book = _day_book(agreements, sheets, hours=hours)
    settled = tuple(
        _settle_agreement(a, book, tariffs=tariffs) for a in sorted(agreements, key=lambda agreement: agreement.id)
    )
    members = sorted(sheet.member for sheet in sheets)
    residuals = tuple(_settle_residual(m, book, hours=hours, tariffs=tariffs) for m in members)
    balances = {residual.member: residual.leg for residual in residuals}
    for item in settled:
        balances[item.agreement.seller] += item.exchange.seller
        balances[item.agreement.buyer] += item.exchange.buyer
    delivered = sum(item.exchange.matched_wh + item.exchange.surplus_wh for item in settled)
    taken = sum(item.exchange.matched_wh + item.exchange.shortfall_wh for item in settled)
    return DaySettlement(
        agreements=settled,
        residuals=residuals,
        balances=tuple(balances.items()),
        grid=sum(item.exchange.grid for item in settled) - sum(residual.leg for residual in residuals),
        export_dust_wh=sum(book.exports.values()) - delivered - sum(r.export_wh for r in residuals),
        import_dust_wh=sum(book.imports.values()) - taken - sum(r.import_wh for r in residuals),
    )
