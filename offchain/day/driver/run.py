"""A run of one trading day on local chains, from the plan to the page.

Starts a main chain and one chain per region, has everything deployed, runs the day from the day before to eleven days
after, audits what the chains hold against what the day should have come to, and writes one page about it.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from rich.console import Console

from offchain.auction.case_file import read_case
from offchain.auction.ladder import LadderRule
from offchain.auction.settlement import PriceLimits
from offchain.carbon.factors import FACTOR_TABLE, load_factors
from offchain.chain.build import Build
from offchain.chain.clock import SimulatedClock
from offchain.chain.deployment import open_client
from offchain.chain.endpoints import Endpoint
from offchain.chain.local import MAIN, check_ports, local_chains, plans
from offchain.day.auction.plan import plan_auction
from offchain.day.driver.course import run_course
from offchain.day.driver.frame import regional_chapters, run_section
from offchain.day.driver.funding import fund_everybody
from offchain.day.driver.gathering import gather
from offchain.day.driver.main_chain import MainDay
from offchain.day.driver.mechanism import Mechanism
from offchain.day.driver.progress import progress_bars
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, timetable
from offchain.day.driver.trading_day import TradingDay
from offchain.day.outcome import day_outcome
from offchain.day.world.plan import plan_day
from offchain.day.world.world import World
from offchain.errors import InputError
from offchain.files import PROJECT, write_atomically
from offchain.index.store import Store
from offchain.market_time import SECONDS_PER_HOUR
from offchain.regions import Region, load_regions
from offchain.report.page import write_report
from offchain.report.records import DayReport, RunFacts

AUCTION = PROJECT / "data" / "auction" / "five_regions.json"
ALL = "all"


class Deploy(Protocol):
    """Deploys what was compiled."""

    def __call__(self, endpoints: Sequence[Endpoint], regions: Sequence[Region], *, build: Build, folder: Path) -> None:
        """Deploy everything on these chains, for these regions; the records go into the folder."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Which day is run, and where."""

    regions: Sequence[str]
    """That take part, by name; or all."""
    day: date
    """Local date of delivery."""
    seed: int
    """Of the agreements."""
    first_port: int
    """Of the main chain; the regional chains follow."""
    chains_folder: Path
    """Where chains keep their logs."""
    deployments: Path
    """Where it is recorded what stands on them."""
    page: Path
    """The HTML file to write; the same figures go into day.json beside it."""
    ladder: LadderRule
    """Of the auction."""
    limits: PriceLimits
    """Of the auction's prices."""


class Stopwatch:
    """How long the stages of a run took."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, float]] = []

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Note how long this takes [s]."""
        started = perf_counter()
        yield
        self.stages.append((stage, perf_counter() - started))


def run(
    setting: Setting,
    *,
    mechanisms: Sequence[Mechanism[Any]],
    compiled: Callable[[], Build],
    deploy: Deploy,
    console: Console,
) -> DayReport:
    """Run a trading day and write its page.

    Args:
        setting: which day, and where.
        mechanisms: what happens on it.
        compiled: gives the contracts as compiled; called while the day is worked out.
        deploy: deploys them.
        console: where progress is shown.

    Raises:
        InputError: a region, date, file or port cannot be used.
        LawViolation: power, carbon or money does not balance, or a chain differs from the plan.
        ChainError: a chain failed.
    """
    watch, regions, steps = Stopwatch(), _regions(setting.regions), timetable(mechanisms)
    names = {MAIN, *(region.name for region in regions)}
    chains = [plan for plan in plans(tuple(load_regions()), first_port=setting.first_port) if plan.name in names]
    check_ports(chains)
    with console.status("working the day out, compiling"), ThreadPoolExecutor(max_workers=1) as beside:
        compiling = beside.submit(compiled)
        world = _world(setting, regions, watch=watch)
    build = compiling.result()
    midnight = world.regions[0].hours.start * SECONDS_PER_HOUR
    with local_chains(chains, genesis_time=midnight - DAY, folder=setting.chains_folder) as endpoints:
        with watch.measure("deployment"):
            fund_everybody(endpoints, world, mechanisms=mechanisms)
            with console.status("deploying"):
                deploy(endpoints, regions, build=build, folder=setting.deployments)
        with progress_bars(console) as bars:
            clients = {
                endpoint.name: open_client(endpoint, deployments=setting.deployments, build=build)
                for endpoint in endpoints
            }
            day = TradingDay(
                regions=tuple(
                    RegionDay(plan, clients[plan.region.name], progress=bars.of(plan.region.name))
                    for plan in world.regions
                ),
                main=MainDay(world.auction, clients[MAIN], progress=bars.of(MAIN)),
            )
            clock = SimulatedClock(list(clients.values()))
            watch.stages += run_course(day, steps, clock=clock, midnight=midnight).items()
        return _report(setting, day, mechanisms=mechanisms, watch=watch)


def _regions(names: Sequence[str]) -> list[Region]:
    known = load_regions()
    if list(names) == [ALL]:
        return list(known.values())
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"region {', '.join(unknown)} is unknown; allowed are {', '.join((ALL, *known))}")
    return [known[name] for name in names]


def _world(setting: Setting, regions: Sequence[Region], *, watch: Stopwatch) -> World:
    factors = load_factors(FACTOR_TABLE)
    with watch.measure("power flow, carbon trace, settlement off chain"):
        plans_ = tuple(plan_day(region, factors=factors, day=setting.day, seed=setting.seed) for region in regions)
    with watch.measure("auction off chain"):
        auction = plan_auction(
            read_case(AUCTION),
            plans_[0].hours,
            utc_offset_hours=regions[0].utc_offset_hours,
            rule=setting.ladder,
            limits=setting.limits,
        )
    return World(regions=plans_, auction=auction)


def _report(setting: Setting, day: TradingDay, *, mechanisms: Sequence[Mechanism[Any]], watch: Stopwatch) -> DayReport:
    """Audit the chains, and write the page, its figures and the outcome of the day."""
    with watch.measure("audit, statements"):
        store = _store(setting.chains_folder)
        evidence = gather(day, store, mechanisms=mechanisms)
        store.close()
        findings = [mechanism.audit(evidence) for mechanism in mechanisms]
        sections = [m.section(evidence, found) for m, found in zip(mechanisms, findings, strict=True)]
        outcome = day_outcome(day.regions, day.main)
    offset = day.main.plan.utc_offset_hours
    facts = RunFacts(date=setting.day, seed=setting.seed, utc_offset_hours=offset)
    report = DayReport(
        run=facts,
        regions=tuple(plan.region.name for plan in day.world.regions),
        chains=len(day.clients),
        sections=(
            regional_chapters(day.world.regions),
            *sections,
            run_section(day, facts=facts, stages=watch.stages),
        ),
    )
    write_report(report, setting.page)
    write_atomically(setting.page.with_name("outcome.json"), outcome)
    return report


def _store(folder: Path) -> Store:
    """An index of this run's chains, in place of the last run's."""
    file = folder / "day.db"
    file.unlink(missing_ok=True)
    return Store(f"sqlite:///{file}")
