"""The closed days of a market, settled once more from the events: weights, penalties and who shares them.

A day is settled on the agreements that were registered for it and on the sheets that were there when it closed: none
changes between the first settlement of a day and its close (docs/MARKET.md, *Silence and times*). What comes out must
be what the market announced at the close.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from offchain.errors import LawViolation
from offchain.index.records import IndexedEvent
from offchain.market.credit import FIRST_WEIGHT, opening_weight
from offchain.market.day_close import DayClose, close_day
from offchain.market.history.agreements import agreement_of, day_of
from offchain.market.history.terms import MarketTerms
from offchain.market.records import Agreement
from offchain.market.settlement import settle_day
from offchain.market.silence import with_silent
from offchain.market_time import MarketCalendar, date_of_day
from offchain.members.history.sheets import sheets_of
from offchain.members.records import DaySheet

CONTRACTS = frozenset({"BilateralMarket", "DaySheets", "MemberRegistry"})
"""Whose events say how a day ended."""


@dataclass(frozen=True, kw_only=True)
class ClosedDay:
    """A market day with agreements, closed."""

    day: int
    close: DayClose
    credit: Mapping[int, int]
    """By member, of all that ever settled or came with a weight: after the day [wad], decays up to it included."""
    event: IndexedEvent
    """That closed it."""


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """A member's weight [wad] after the last day on which it settled; no day before the first one."""

    weight: int = FIRST_WEIGHT
    day: int | None = None

    def on(self, day: int, *, first_day: int) -> int:
        """The weight with which a member opens a day [wad]."""
        if self.day is None:
            return self.weight
        return opening_weight(self.weight, last_day=self.day, day=day, first_day=first_day)


class _Market:
    """What the events so far say; days that are closed are forgotten but for the weights."""

    def __init__(self, terms: MarketTerms) -> None:
        self.terms = terms
        self.calendar = MarketCalendar(terms.utc_offset_hours)
        self._first_day: int | None = None
        self._standings: dict[int, _Standing] = {}
        self._agreements: dict[int, list[Agreement]] = defaultdict(list)
        self._sheets: dict[int, list[IndexedEvent]] = defaultdict(list)
        self._groups: dict[int, int] = {}
        """By member, as the registry has them."""
        self._noted_groups: dict[int, int] = {}
        """As the market noted them when the member last made an agreement."""
        self._fixed_groups: dict[int, dict[int, int]] = defaultdict(dict)
        """By day: as noted at the member's first settlement of the day."""
        self.handlers: Mapping[tuple[str, str], Callable[[IndexedEvent], None]] = {
            ("BilateralMarket", "AuthorityUpdated"): self._begin,
            ("BilateralMarket", "WeightEntered"): self._enter_weight,
            ("BilateralMarket", "AgreementRegistered"): self._register,
            ("BilateralMarket", "AgreementSettled"): self._settle,
            ("BilateralMarket", "AgreementDefaulted"): self._settle,
            ("DaySheets", "SheetAccepted"): self._measure,
            ("DaySheets", "SheetEstimated"): self._measure,
            ("DaySheets", "SheetCorrected"): self._measure,
            ("MemberRegistry", "MemberRegistered"): self._join,
            ("MemberRegistry", "GroupAssigned"): self._assign_group,
        }

    # Before a day closes

    def _begin(self, event: IndexedEvent) -> None:
        """The first event of a market comes from its creation, on its first day."""
        if self._first_day is None:
            self._first_day = self.calendar.day_of(event.time)

    def _enter_weight(self, event: IndexedEvent) -> None:
        self._standings[event.values["member"]] = _Standing(weight=event.values["weight"])

    def _register(self, event: IndexedEvent) -> None:
        agreement = agreement_of(event.values, utc_offset_hours=self.terms.utc_offset_hours)
        self._agreements[day_of(agreement.id)].append(agreement)
        for member in (agreement.seller, agreement.buyer):
            self._noted_groups[member] = self._groups.get(member, 0)

    def _settle(self, event: IndexedEvent) -> None:
        fixed = self._fixed_groups[day_of(event.values["id"])]
        for member in (event.values["seller"], event.values["buyer"]):
            fixed.setdefault(member, self._noted_groups.get(member, 0))

    def _measure(self, event: IndexedEvent) -> None:
        self._sheets[event.values["day"]].append(event)

    def _join(self, event: IndexedEvent) -> None:
        self._groups[event.values["id"]] = event.values["group"]

    def _assign_group(self, event: IndexedEvent) -> None:
        self._groups[event.values["id"]] = event.values["newGroup"]

    # Close

    def close(self, event: IndexedEvent) -> ClosedDay:
        """Settle and close a day by the events so far.

        Raises:
            LawViolation: weights or penalty shares are not what the market announced.
        """
        day = event.values["day"]
        if self._first_day is None:
            raise LawViolation("the market closes days and was never created; events are missing")
        close = self._replay(day, self._first_day)
        ours = {"weights": sum(weight for _, weight in close.weights), "rate": close.pool.rate}
        if wrong := [
            f"{name} {ours[name]}, {event.values[name]} on chain" for name in ours if ours[name] != event.values[name]
        ]:
            raise LawViolation(f"I-14: day {date_of_day(day)} closes by the events with {'; '.join(wrong)}")
        self._standings |= {member: _Standing(weight=weight, day=day) for member, weight in close.weights}
        credit = {m: standing.on(day, first_day=self._first_day) for m, standing in self._standings.items()}
        return ClosedDay(day=day, close=close, credit=credit, event=event)

    def _replay(self, day: int, first_day: int) -> DayClose:
        agreements = self._agreements.pop(day, [])
        parties = sorted({party for deal in agreements for party in (deal.seller, deal.buyer)})
        found = sheets_of(self._sheets.pop(day, []))
        sheets = [
            DaySheet(member=m, import_wh=found[m, day].present.import_wh, export_wh=found[m, day].present.export_wh)
            for m in parties
            if (m, day) in found
        ]
        settlement = settle_day(
            agreements,
            with_silent(agreements, sheets),
            hours=self.calendar.hours(day),
            tariffs=self.terms.tariffs,
            rulebook=self.terms.rulebook,
        )
        opening = {m: self._standings.get(m, _Standing()).on(day, first_day=first_day) for m in parties}
        return close_day(settlement, opening, tariffs=self.terms.tariffs, groups=self._fixed_groups.pop(day, {}))


def closed_days(events: Iterable[IndexedEvent], *, terms: MarketTerms) -> Iterator[ClosedDay]:
    """The days with agreements that were closed, in their order; the others close by themselves.

    Args:
        events: all of the contracts in `CONTRACTS`, in the order of the chain.
        terms: what the market was made with.

    Raises:
        LawViolation: I-14: a day ended with other weights or penalty shares than its events add up to.
    """
    market = _Market(terms)
    for event in events:
        place = event.contract, event.name
        if place == ("BilateralMarket", "DayClosed"):
            yield market.close(event)
        elif place in market.handlers:
            market.handlers[place](event)
