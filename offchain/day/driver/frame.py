"""What the report shows of the run itself: its regions, the chains and their contracts, gas, durations."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offchain.chain.client import Client
from offchain.day.driver.journal import Journal
from offchain.day.driver.trading_day import TradingDay
from offchain.day.world.plan import DayPlan
from offchain.drawing.formats import GAS_LIMIT
from offchain.report.records import RunFacts
from offchain.report.section import Chapter, Piece, Section, Slot

FOLDER = Path(__file__).parent
Stages = Sequence[tuple[str, float]]
"""What took how long [s]."""


@dataclass(frozen=True, kw_only=True)
class ContractRow:
    """A contract on a chain."""

    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class ChainReport:
    """A chain at the end of the run."""

    name: str
    chain_id: int
    height: int
    contracts: tuple[ContractRow, ...]


@dataclass(frozen=True, kw_only=True)
class GasRow:
    """What an operation used; one transaction may carry many items (agreements, members, hours)."""

    chain: str
    operation: str
    transactions: int
    items: int
    gas: int
    largest: int
    """Gas of the largest transaction."""


def regional_chapters(plans: Sequence[DayPlan]) -> Section:
    """A chapter for each region."""
    return chapters_of([(plan.region.name, plan.region.grid, len(plan.case.nodes)) for plan in plans])


def chapters_of(regions: Sequence[tuple[str, str, int]]) -> Section:
    """A chapter for each region, given by name, grid and number of nodes."""
    return Section(
        chapters=tuple(
            Chapter(
                name=name,
                anchor=f"region-{position}",
                link=name,
                title=name,
                note=f"{grid}, {nodes} nodes",
                css="region",
                place=100,
            )
            for position, (name, grid, nodes) in enumerate(regions, start=1)
        )
    )


def run_section(day: TradingDay, *, facts: RunFacts, stages: Stages) -> Section:
    """Contracts, gas and durations of a run."""
    journals = [*(region.journal for region in day.regions), day.main.journal]
    return shown(
        [_chain(client) for client in day.clients],
        gas=[row for journal in journals for row in _gas(journal)],
        facts=facts,
        stages=stages,
    )


def shown(chains: Sequence[ChainReport], *, gas: Sequence[GasRow], facts: RunFacts, stages: Stages) -> Section:
    """The section of a run; stages are not among the figures, since they differ from run to run."""
    run = {"run": facts, "stages": stages}
    return Section(
        chapters=(
            Chapter(name="contracts", anchor="contracts", link="Contracts", title="Contracts", place=300),
            Chapter(name="gas", anchor="gas", link="Gas", title="Gas by operation", place=320),
            Chapter(name="run", anchor="run", link="Run", title="The run", place=330),
        ),
        pieces=(
            *(_piece("contracts", Slot.CARD, chain=chain) for chain in chains),
            _piece("gas", Slot.WIDE, gas=gas, gas_limit=GAS_LIMIT),
            _piece("run", Slot.WIDE, **run),
        ),
        figures={"chains": chains, "gas": gas},
    )


def _piece(chapter: str, slot: Slot, **values: object) -> Piece:
    return Piece(chapter=chapter, slot=slot, place=10, template=FOLDER / f"{chapter}.html.j2", values=values)


def _chain(client: Client) -> ChainReport:
    return ChainReport(
        name=client.endpoint.name,
        chain_id=client.endpoint.chain_id,
        height=client.block().number,
        contracts=tuple(ContractRow(name=c.name, address=c.address) for c in client.contracts),
    )


def _gas(journal: Journal) -> tuple[GasRow, ...]:
    """What each operation used, in the order in which they came."""
    return tuple(
        GasRow(
            chain=journal.client.endpoint.name,
            operation=operation,
            transactions=cost.transactions,
            items=cost.items,
            gas=cost.gas,
            largest=cost.largest,
        )
        for operation, cost in journal.costs.items()
    )
