"""Run one trading day on local chains: `make day`, or `python scripts/day.py --help`.

Starts a main chain and one chain per region, deploys everything, runs the day from the day before to nine days after,
audits what the chains hold against what the day should have come to, and writes one page about it.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deployment.local import deploy_local
from deployment.parameters import AUCTION_LADDER, AUCTION_LIMITS
from offchain.auction.case_file import read_case
from offchain.carbon.factors import load_factors
from offchain.chain.clock import SimulatedClock
from offchain.chain.deployment import open_client
from offchain.chain.endpoints import Endpoint
from offchain.chain.keys import local_key
from offchain.chain.local import FIRST_PORT, MAIN, fund, local_chains, plans
from offchain.day.auction import POSTER, AuctionDay, order_key
from offchain.day.auction_audit import audit_auction
from offchain.day.auction_plan import AuctionPlan, plan_auction
from offchain.day.auction_summary import auction_report
from offchain.day.audit import audit_anchors, audit_region
from offchain.day.claims_audit import audit_claims
from offchain.day.driver.journal import Journal
from offchain.day.driver.region import RegionDay
from offchain.day.outcome import day_outcome
from offchain.day.schedule import DAY, run_day
from offchain.day.statements import write_statements
from offchain.day.summary import chain_report, gas_rows, region_report
from offchain.day.world.keys import member_key
from offchain.day.world.plan import DayPlan, plan_day
from offchain.errors import GridleafError, InputError
from offchain.files import PROJECT, write_atomically
from offchain.index.store import Store
from offchain.market_time import SECONDS_PER_HOUR
from offchain.regions import Region, load_regions
from offchain.report.export import as_json
from offchain.report.page import write_report
from offchain.report.records import AnchorRow, DayReport, RunFacts

AUCTION = PROJECT / "data" / "auction" / "five_regions.json"
FACTORS = PROJECT / "data" / "factors" / "emission_factors.toml"
DEFAULT_DATE = "2016-07-20"
ALL = "all"
ROLES = ("deployer", "operator", "bank", "regulator", "issuer", "carbon provider", "relayer", "courier")


def run(
    names: Sequence[str], *, day: date, seed: int, first_port: int, chains_folder: Path, page: Path, console: Console
) -> DayReport:
    """Run a trading day and write its page.

    Args:
        names: the regions that take part.
        day: local date of delivery.
        seed: of the agreements.
        first_port: of the main chain; the regional chains follow.
        chains_folder: where chains keep their logs.
        page: the HTML file to write; the same figures go into day.json beside it.
        console: where progress is shown.

    Raises:
        InputError: a region, date, file or port cannot be used.
        LawViolation: power, carbon or money does not balance, or a chain differs from the plan.
        ChainError: a chain failed.
    """
    factors = load_factors(FACTORS)
    regions = _regions(names)
    started = perf_counter()
    days = [plan_day(region, factors=factors, day=day, seed=seed) for region in regions]
    stages = [("power flow, carbon trace, settlement off chain", perf_counter() - started)]
    started = perf_counter()
    auction = plan_auction(read_case(AUCTION), days[0].hours, rule=AUCTION_LADDER, limits=AUCTION_LIMITS)
    stages.append(("auction off chain", perf_counter() - started))
    midnight = days[0].hours.start * SECONDS_PER_HOUR
    chains = [plan for plan in plans(tuple(load_regions()), first_port=first_port) if plan.name in (MAIN, *names)]
    with local_chains(chains, genesis_time=midnight - DAY, folder=chains_folder) as endpoints:
        started = perf_counter()
        _fund(endpoints, days, auction)
        with console.status("compiling and deploying"):
            _deploy(endpoints, regions)
        stages.append(("deployment", perf_counter() - started))
        clients = {endpoint.name: open_client(endpoint, project=PROJECT) for endpoint in endpoints}
        with _progress(console) as show:
            main = AuctionDay(auction, Journal(clients[MAIN], _labelled(show, MAIN)))
            taking_part = [
                RegionDay(plan, clients[plan.region.name], progress=_labelled(show, plan.region.name)) for plan in days
            ]
            clock = SimulatedClock(list(clients.values()))
            stages += run_day(taking_part, main, clock=clock, midnight=midnight).items()
        started = perf_counter()
        audits = [audit_region(region) for region in taking_part]
        awards = audit_auction(main)
        store = _store(chains_folder)
        claims = [audit_claims(region, write_statements(region, store, page)) for region in taking_part]
        store.close()
        anchors = [(r.client.endpoint.name, audit_anchors(main.client, r.client)) for r in taking_part]
        outcome = day_outcome(taking_part, main)
        stages.append(("audit, statements", perf_counter() - started))
        report = DayReport(
            run=RunFacts(date=day, seed=seed, utc_offset_hours=regions[0].utc_offset_hours, stages=tuple(stages)),
            regions=tuple(region_report(r, a, c) for r, a, c in zip(taking_part, audits, claims, strict=True)),
            auction=auction_report(main, awards),
            chains=tuple(chain_report(client) for client in clients.values()),
            anchors=tuple(
                AnchorRow(chain=name, height=event.values.height, block_hash=f"0x{event.values.blockHash.hex()}")
                for name, events in anchors
                for event in events
            ),
            gas=tuple(
                row for journal in (*(r.journal for r in taking_part), main.journal) for row in gas_rows(journal)
            ),
        )
    write_report(report, page)
    write_atomically(page.with_name("day.json"), as_json(report))
    write_atomically(page.with_name("outcome.json"), outcome)
    return report


def _store(folder: Path) -> Store:
    """An index of this run's chains, in place of the last run's."""
    file = folder / "day.db"
    file.unlink(missing_ok=True)
    return Store(f"sqlite:///{file}")


def _regions(names: Sequence[str]) -> list[Region]:
    known = load_regions()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"region {', '.join(unknown)} is unknown; allowed are {', '.join((ALL, *known))}")
    return [known[name] for name in names]


def _fund(endpoints: Sequence[Endpoint], days: Sequence[DayPlan], auction: AuctionPlan) -> None:
    """Coins for transactions: on local chains everybody who sends one gets them."""
    roles = [local_key(name).address for name in ROLES]
    members = {
        plan.region.name: [member_key(plan.region.name, m.id).address for m in plan.members.everybody] for plan in days
    }
    members[MAIN] = [order_key(name).address for name in (POSTER, *(unit.name for unit in auction.units))]
    for endpoint in endpoints:
        fund(endpoint, [*roles, *members.get(endpoint.name, [])])


def _deploy(endpoints: Sequence[Endpoint], regions: Sequence[Region]) -> None:
    """Compile through Brownie what has changed, and deploy on every chain."""
    from scripts.brownie_network import project  # noqa: PLC0415 -- loads Brownie; not needed for bad input

    with project():
        deploy_local(endpoints, regions, factors=load_factors(FACTORS))


@contextmanager
def _progress(console: Console) -> Iterator[Any]:
    """A bar per chain and operation."""
    columns = (
        TextColumn("{task.fields[chain]:>6}  {task.description:36}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    tasks: dict[tuple[str, str], Any] = {}
    with Progress(*columns, console=console) as bars:

        def show(chain: str, operation: str, done: int, total: int) -> None:
            if (chain, operation) not in tasks:
                tasks[chain, operation] = bars.add_task(operation, chain=chain, total=0)
            task = tasks[chain, operation]
            already = 0 if bars.tasks[task].finished else bars.tasks[task].completed
            bars.update(task, total=total, completed=max(done, already) if done < total else total)

        yield show


def _labelled(show: Any, chain: str) -> Any:
    return lambda operation, done, total: show(chain, operation, done, total)


def command(  # noqa: PLR0917 -- one parameter per option
    region: Annotated[str, typer.Option(help="A region of data/regions.toml, or all.")] = ALL,
    day: Annotated[str, typer.Option("--date", help="Local date of delivery, YYYY-MM-DD.")] = DEFAULT_DATE,
    seed: Annotated[int, typer.Option(help="Of the agreements.", min=0)] = 1,
    first_port: Annotated[int, typer.Option(help="Port of the main chain; the regions' follow.")] = FIRST_PORT,
    chains_folder: Annotated[Path, typer.Option(help="Where chains keep their logs.")] = PROJECT / "chains",
    page: Annotated[Path, typer.Option(help="The report.")] = PROJECT / "reports" / "day" / "index.html",
) -> None:
    """Run one trading day on local chains."""
    console = Console(file=sys.stdout)
    try:
        names = list(load_regions()) if region == ALL else [region]
        started = perf_counter()
        run(
            names,
            day=_date(day),
            seed=seed,
            first_port=first_port,
            chains_folder=chains_folder,
            page=page,
            console=console,
        )
    except GridleafError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        raise typer.Exit(error.exit_status) from error
    seconds = f"{perf_counter() - started:.0f} s"
    console.print(f"every law holds, every figure was audited on chain; {seconds}", highlight=False)
    console.print(f"report: {page}", highlight=False, soft_wrap=True)


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise InputError(f"date {text} is not a date; allowed is YYYY-MM-DD") from error


def main() -> None:
    """For `brownie run day`: everything at its default."""
    command()


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    app()
