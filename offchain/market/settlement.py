"""Settlement of a market day's energy, in the integers that the contracts use (docs/MARKET.md).

Every agreement is settled by Xiong et al. 2023, Eqs. (26)-(31) (corrected, see docs/PAPERS.md), on each party's share
of its metered energy; what a member metered beyond its agreements it settles with the grid company. A leg is an amount
in point-wei, positive for who receives it; the legs of everything sum to zero.

Where we differ from the paper, under rulebook `market`: every hour is settled by itself, a meter is shared over several
agreements, an agreement's share is capped at what was agreed, and energy beyond it goes to the grid company even when
both parties exceed their agreement. Rulebook `paper` settles the window once, on everything metered in it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from offchain.market.records import Agreement, Tariffs
from offchain.market.rulebooks import MARKET, Rulebook
from offchain.market.validation import check_day
from offchain.members.records import DaySheet

WH_PER_KWH = 1000


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Energy [Wh] and legs [point-wei] of an agreement."""

    matched_wh: int = 0
    """Delivered and taken: paid at the agreed price."""
    surplus_wh: int = 0
    """Delivered beyond what was taken: the grid company buys it at S."""
    shortfall_wh: int = 0
    """Taken beyond what was delivered: the grid company sells it at B."""
    seller: int = 0
    buyer: int = 0
    grid: int = 0


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """How far a party stayed below what it owed, unit by unit: an hour, under rulebook `paper` the whole window."""

    unit_wh: int
    """What it owed in every unit [Wh]."""
    wh: int = 0
    """What was missing, in all [Wh]."""
    alone_wh: int = 0
    """What of that was missing in units that the other party performed [Wh]."""
    squares: int = 0
    """Sum of the squares of what was missing [Wh^2]."""
    performed_wh: int = 0
    """What it owed in the units that it performed [Wh]."""


@dataclass(frozen=True, kw_only=True)
class AgreementSettlement:
    """An agreement, what its energy came to, and how far its parties fell short."""

    agreement: Agreement
    exchange: Exchange
    seller_short: Shortfall
    buyer_short: Shortfall


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
    rulebook: Rulebook = MARKET


def amount(wh: int, price: int) -> int:
    """Price energy [Wh] at [point-wei/kWh] on the tick, in point-wei; exact."""
    return wh * price // WH_PER_KWH


def exchange(units: Sequence[tuple[int, int]], *, price: int, tariffs: Tariffs) -> Exchange:
    """Settle what was delivered and taken [Wh] in every unit of an agreement.

    Eqs. (26)-(28) where enough is delivered, Eqs. (29)-(31) where not.
    """
    matched = sum(map(min, units))
    surplus = sum(delivered for delivered, _ in units) - matched
    shortfall = sum(taken for _, taken in units) - matched
    return Exchange(
        matched_wh=matched,
        surplus_wh=surplus,
        shortfall_wh=shortfall,
        seller=amount(matched, price) + amount(surplus, tariffs.feed_in),
        buyer=-amount(matched, price + tariffs.grid_fee) - amount(shortfall, tariffs.purchase),
        grid=amount(matched, tariffs.grid_fee) + amount(shortfall, tariffs.purchase) - amount(surplus, tariffs.feed_in),
    )


def _shortfall(own: Sequence[int], others: Sequence[int], *, unit_wh: int) -> Shortfall:
    """What a party was missing in every unit, what the other party was [Wh]."""
    return Shortfall(
        unit_wh=unit_wh,
        wh=sum(own),
        alone_wh=sum(wh for wh, other in zip(own, others, strict=True) if not other),
        squares=sum(wh * wh for wh in own),
        performed_wh=unit_wh * own.count(0),
    )


_MemberHour = tuple[int, int]


@dataclass(frozen=True)
class _DayBook:
    """Metered and contracted Wh by (member, hour): `sold` stands against exports, `bought` against imports."""

    hours: range
    rulebook: Rulebook
    exports: Mapping[_MemberHour, int]
    imports: Mapping[_MemberHour, int]
    sold: dict[_MemberHour, int] = field(default_factory=lambda: defaultdict(int))
    bought: dict[_MemberHour, int] = field(default_factory=lambda: defaultdict(int))

    def share(
        self, metered: Mapping[_MemberHour, int], contracted: Mapping[_MemberHour, int], key: _MemberHour, *, wh: int
    ) -> int:
        """Of a member-hour's energy, what counts towards an agreement of `wh` [Wh]."""
        return self.rulebook.share(metered[key], wh, contracted_sum_wh=contracted[key])

    def outside(self, metered: Mapping[_MemberHour, int], contracted: Mapping[_MemberHour, int], member: int) -> int:
        """Energy of a member's day outside its agreements [Wh]."""
        keys = [(member, hour) for hour in self.hours]
        return sum(self.rulebook.outside(metered[key], contracted.get(key, 0)) for key in keys)

    def units(self, agreement: Agreement) -> list[tuple[int, int]]:
        """Delivered and taken [Wh] in every unit of an agreement."""
        seller, buyer, wh = agreement.seller, agreement.buyer, agreement.wh_per_hour
        hourly = [
            (
                self.share(self.exports, self.sold, (seller, hour), wh=wh),
                self.share(self.imports, self.bought, (buyer, hour), wh=wh),
            )
            for hour in agreement.window
        ]
        size = self.rulebook.unit_hours(agreement)
        units = [hourly[first : first + size] for first in range(0, agreement.hours, size)]
        return [(sum(delivered for delivered, _ in unit), sum(taken for _, taken in unit)) for unit in units]


def _day_book(
    agreements: Sequence[Agreement], sheets: Sequence[DaySheet], *, hours: range, rulebook: Rulebook
) -> _DayBook:
    exports = {(s.member, hour): wh for s in sheets for hour, wh in zip(hours, s.export_wh, strict=True)}
    imports = {(s.member, hour): wh for s in sheets for hour, wh in zip(hours, s.import_wh, strict=True)}
    book = _DayBook(hours, rulebook, exports, imports)
    for agreement in agreements:
        for hour in agreement.window:
            book.sold[agreement.seller, hour] += agreement.wh_per_hour
            book.bought[agreement.buyer, hour] += agreement.wh_per_hour
    return book


def _settle_agreement(agreement: Agreement, book: _DayBook, *, tariffs: Tariffs) -> AgreementSettlement:
    owed = agreement.wh_per_hour * book.rulebook.unit_hours(agreement)
    units = book.units(agreement)
    undelivered = [max(0, owed - delivered) for delivered, _ in units]
    untaken = [max(0, owed - taken) for _, taken in units]
    return AgreementSettlement(
        agreement=agreement,
        exchange=exchange(units, price=agreement.price, tariffs=tariffs),
        seller_short=_shortfall(undelivered, untaken, unit_wh=owed),
        buyer_short=_shortfall(untaken, undelivered, unit_wh=owed),
    )


def _settle_residual(member: int, book: _DayBook, *, tariffs: Tariffs) -> ResidualSettlement:
    exported = book.outside(book.exports, book.sold, member)
    imported = book.outside(book.imports, book.bought, member)
    leg = amount(exported, tariffs.feed_in) - amount(imported, tariffs.purchase)
    return ResidualSettlement(member=member, export_wh=exported, import_wh=imported, leg=leg)


def settle_day(
    agreements: Sequence[Agreement],
    sheets: Sequence[DaySheet],
    *,
    hours: range,
    tariffs: Tariffs,
    rulebook: Rulebook = MARKET,
) -> DaySettlement:
    """Settle the energy of a region's market day, inside and outside its agreements.

    Args:
        agreements: in any order; the result does not depend on it.
        sheets: one of each member that settles. The grid company's own boundary meter is not among them.
        hours: the 24 unix hours of the day, as `MarketCalendar.hours` gives them.
        tariffs: S, B and G of the day.
        rulebook: of the market; under `paper` a member has one agreement a day.

    Raises:
        InputError: an agreement, a sheet or a tariff cannot be used, or a party has no sheet.

    """
    check_day(agreements, sheets, hours=hours, tariffs=tariffs, rulebook=rulebook)
    book = _day_book(agreements, sheets, hours=hours, rulebook=rulebook)
    settled = tuple(
        _settle_agreement(a, book, tariffs=tariffs) for a in sorted(agreements, key=lambda agreement: agreement.id)
    )
    members = sorted(sheet.member for sheet in sheets)
    residuals = tuple(_settle_residual(m, book, tariffs=tariffs) for m in members)
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
        rulebook=rulebook,
    )
