"""What a subject brings to a trading day: its steps, its audit, its section of the report.

A step acts on the whole trading day, that is on the regional chains and on the main chain; most act on every regional
chain in the same way (`in_every_region`) or on the main chain alone (`on_main_chain`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from offchain.day.driver.evidence import Evidence, Query
from offchain.day.driver.main_chain import MainDay
from offchain.day.driver.region import RegionDay
from offchain.day.driver.trading_day import TradingDay
from offchain.day.world.world import World
from offchain.report.section import Section

Findings = TypeVar("Findings")
"""What a mechanism's audit has found, for its section."""
Act: TypeAlias = Callable[[TradingDay], None]


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that happens on the chains."""

    name: str
    """The mechanism's name, a colon, what is done; no two steps share one."""
    at: int
    """Block time from local midnight of the day of delivery [s]."""
    act: Act
    after: tuple[str, ...] = ()
    """Names of steps that come first at the same time."""


def no_queries(_: Evidence) -> Iterable[Query]:
    """For a mechanism whose events say everything."""
    return ()


def nobody_else(_: World) -> Mapping[str, Sequence[str]]:
    """For a mechanism in which only roles send."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Mechanism(Generic[Findings]):
    """A subject's part of the trading day."""

    name: str
    steps: tuple[Step, ...]
    audit: Callable[[Evidence], Findings]
    """Compares the events and answers of the chains with the plan; raises LawViolation where they differ."""
    section: Callable[[Evidence, Findings], Section]
    queries: Callable[[Evidence], Iterable[Query]] = no_queries
    """What the chains are asked once, at the end: what no event says. The evidence has no answers yet."""
    closing: Act | None = None
    """What it does at the end of every time at which anything happens."""
    roles: tuple[str, ...] = ()
    """Whose holders send transactions, on any chain; local chains give them coins."""
    senders: Callable[[World], Mapping[str, Sequence[str]]] = nobody_else
    """Other accounts that send, by the name of their chain."""


def in_every_region(act: Callable[[RegionDay], None]) -> Act:
    """The same on every regional chain, one after the other."""

    def everywhere(day: TradingDay) -> None:
        for region in day.regions:
            act(region)

    return everywhere


def on_main_chain(act: Callable[[MainDay], None]) -> Act:
    """On the main chain alone."""
    return lambda day: act(day.main)
