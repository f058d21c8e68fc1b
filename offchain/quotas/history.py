"""Carbon allowances by member and compliance year, rebuilt from the events of CarbonQuota."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from offchain.index.records import IndexedEvent, Plain
from offchain.quotas.records import OFFSETS

CONTRACT = "CarbonQuota"


@dataclass(kw_only=True)
class AllowanceYear:
    """A member's year, as ICarbonQuota.Year [gCO2e]."""

    granted: int = 0
    traded: int = 0
    """Received less sent."""
    carried: int = 0
    """Left over from the year before, or missing in it."""
    drawn: int = 0
    settled: bool = False

    @property
    def balance(self) -> int:
        """A_ce of Xiong et al. 2023, Eq. (22), as CarbonQuota.balanceOf."""
        return self.granted + self.traded + self.carried - self.drawn


AllowanceYears = Mapping[tuple[int, int], AllowanceYear]
"""By member and year, where anything happened."""


class _Book:
    def __init__(self) -> None:
        self.years: dict[tuple[int, int], AllowanceYear] = defaultdict(AllowanceYear)
        self._open: dict[int, int] = {}
        """By member that has settled a year: the one after the last of them."""
        self.handlers: Mapping[str, Callable[[Mapping[str, Plain]], None]] = {
            "AllowanceGranted": self._grant,
            "AssetTransferred": self._transfer,
            "AssetPulled": lambda values: self._move(values["member"], values, sign=-1),
            "AssetPushed": lambda values: self._move(values["member"], values, sign=1),
            "LateAllowanceBanked": self._bank_late,
            "DayDrawnDown": self._draw,
            "YearSettled": self._settle,
        }

    def _grant(self, values: Mapping[str, Plain]) -> None:
        self.years[values["member"], values["year"]].granted += values["amount"]

    def _transfer(self, values: Mapping[str, Plain]) -> None:
        self._move(values["from"], values, sign=-1)
        self._move(values["to"], values, sign=1)

    def _move(self, member: int, values: Mapping[str, Plain], *, sign: int) -> None:
        """What reaches a settled year is banked, which an event of its own says; nothing leaves one."""
        if values["asset"] == OFFSETS:
            return
        year = self.years[member, values["asset"]]
        if not year.settled:
            year.traded += sign * values["amount"]

    def _bank_late(self, values: Mapping[str, Plain]) -> None:
        self.years[values["member"], self._open[values["member"]]].carried += values["banked"]

    def _draw(self, values: Mapping[str, Plain]) -> None:
        self.years[values["member"], values["year"]].drawn += values["amount"]

    def _settle(self, values: Mapping[str, Plain]) -> None:
        member, year, ended = values["member"], values["year"], values["settlement"]
        self.years[member, year].settled = True
        self._open[member] = year + 1
        self.years[member, year + 1].carried += ended["banked"] - ended["missing"]


def allowances_of(events: Iterable[IndexedEvent]) -> AllowanceYears | None:
    """Every year of every member after the given events, in the order of the chain; None without the contract."""
    book, known = _Book(), False
    for event in events:
        if event.contract != CONTRACT:
            continue
        known = True
        if event.name in book.handlers:
            book.handlers[event.name](event.values)
    return dict(book.years) if known else None


def drawn_days(events: Iterable[IndexedEvent], member: int) -> dict[int, IndexedEvent]:
    """The events that drew a member's allowances down, by market day."""
    return {
        event.values["day"]: event
        for event in events
        if event.contract == CONTRACT and event.name == "DayDrawnDown" and event.values["member"] == member
    }
