"""`python -m offchain index`: read a chain into a database, and export what it holds."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import typer

from offchain.chain.local import FIRST_PORT
from offchain.commands.connect import ChainName, Config, FirstPort, Project, connect
from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.index.export import Format, Row, change_row, written
from offchain.index.records import FollowedChain, IndexedEvent
from offchain.index.store import Store
from offchain.index.sync import sync
from offchain.market.history.check import check_market
from offchain.market.history.events import margins_of
from offchain.market.history.margins import CONTRACTS as MARKET
from offchain.market.history.margins import margin_rows
from offchain.market.history.terms import MarketTerms, market_facts, terms_of
from offchain.market.history.weights import CONTRACTS as WEIGHED
from offchain.market.history.weights import weight_rows, weights_after
from offchain.market_time import date_of_day, day_of_date
from offchain.members.history.devices import device_rows, devices_of
from offchain.members.history.members import freezes_of, member_rows, members_of
from offchain.members.history.sheets import sheet_rows, sheets_of
from offchain.points.history import points_of, points_rows, supply_row
from offchain.rewards.history.credit import credit_of, credit_rows
from offchain.rewards.history.welcomes import welcome_rows, welcomes_of

FOLLOW_PAUSE = 1.0  # [s] between two looks at a chain
DATABASE = f"sqlite:///{PROJECT / 'chains' / 'index.db'}"

app = typer.Typer(help="Read a chain's events into a database, and export what they say.", no_args_is_help=True)

Database = Annotated[
    str, typer.Option(help="URL, sqlite:///FILE or postgresql://USER@HOST/NAME.", envvar="GRIDLEAF_DATABASE")
]
Form = Annotated[Format, typer.Option("--format", help="Of the export.")]
Block = Annotated[int | None, typer.Option(help="As of this block; else as of the last one that was read.")]


@app.command("sync")
def read(  # noqa: PLR0917 -- one parameter per option
    chain: ChainName,
    database: Database = DATABASE,
    config: Config = None,
    first_port: FirstPort = FIRST_PORT,
    project: Project = PROJECT,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Read what a chain has announced since the last time, reorganisations included."""
    client = connect(chain, config=config, first_port=first_port, project=project)
    store = Store(database)
    while True:
        synced = sync(client, store, facts=market_facts)
        if synced.changes or not follow:
            typer.echo(f"{chain}: block {synced.head.number}, {synced.changes} changes, cursor {synced.cursor}")
        if not follow:
            return
        try:
            time.sleep(FOLLOW_PAUSE)
        except KeyboardInterrupt:
            return


@app.command()
def events(
    chain: ChainName,
    database: Database = DATABASE,
    after: Annotated[int, typer.Option(help="Only changes after this cursor.", min=0)] = 0,
    limit: Annotated[int | None, typer.Option(help="At most this many.", min=1)] = None,
    form: Form = Format.CSV,
) -> None:
    """Export every change: events that came, and events that a reorganisation took back."""
    store = Store(database)
    store.chain(chain)
    _write([change_row(change) for change in store.changes(chain, after=after, limit=limit)], form)


@app.command()
def check(  # noqa: PLR0917 -- one parameter per option
    chain: ChainName,
    database: Database = DATABASE,
    block: Block = None,
    config: Config = None,
    first_port: FirstPort = FIRST_PORT,
    project: Project = PROJECT,
) -> None:
    """Compare the market's accounts, rebuilt from the events, with what its contracts answer."""
    store = Store(database)
    asked = Asked(chain=store.chain(chain), block=block)
    terms, at = asked.terms, asked.last
    client = connect(chain, config=config, first_port=first_port, project=project)
    found = store.events(chain, contracts=MARKET | {"PowerPoint"}, last=at)
    answers = check_market(found, client, terms=terms, block=at)
    typer.echo(f"{chain}: block {at}, {answers} answers of the market's contracts are what the events add up to")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an export is of."""

    chain: FollowedChain
    block: int | None
    """As of this block; else as of the last one that was read."""
    day: int | None = None
    """Number of a market day, where an export is of one."""

    @property
    def terms(self) -> MarketTerms:
        """What the chain's market was made with.

        Raises:
            InputError: the chain has no market.
        """
        terms = terms_of(self.chain)
        if terms is None:
            raise InputError(f"chain {self.chain.name} has no market")
        return terms

    @property
    def last(self) -> int:
        """Height of the block."""
        return self.chain.head.number if self.block is None else self.block


@dataclass(frozen=True)
class Export:
    """A table that the events of some contracts add up to."""

    name: str
    contracts: Collection[str]
    """Whose events it needs."""
    rows: Callable[[Sequence[IndexedEvent], Asked], list[Row]]
    what: str
    """What the command says of itself."""
    command: Callable[["Export"], Callable[..., None]]
    """Makes the command, with its options."""

    def write(self, store: Store, asked: Asked, form: Format) -> None:
        """Write the rows of what was asked."""
        _write(self.rows(store.events(asked.chain.name, contracts=self.contracts, last=asked.last), asked), form)


def _of_now(export: Export) -> Callable[..., None]:
    def command(chain: ChainName, database: Database = DATABASE, block: Block = None, form: Form = Format.CSV) -> None:
        store = Store(database)
        export.write(store, Asked(chain=store.chain(chain), block=block), form)

    return command


def _of_a_day(export: Export) -> Callable[..., None]:
    def command(
        chain: ChainName,
        database: Database = DATABASE,
        day: Annotated[
            str | None, typer.Option(help="Date or number of a closed market day; else the last one.")
        ] = None,
        block: Annotated[int | None, typer.Option(help="As of this block; else as of the day's close.")] = None,
        form: Form = Format.CSV,
    ) -> None:
        store = Store(database)
        number = None if day is None else _day(day)
        export.write(store, Asked(chain=store.chain(chain), block=block, day=number), form)

    return command


def _points(found: Sequence[IndexedEvent], _: Asked) -> list[Row]:
    served = {service.account: member.id for member in members_of(found).values() for service in member.accounts}
    return points_rows(points_of(found), served)


def _weights(found: Sequence[IndexedEvent], asked: Asked) -> list[Row]:
    return weight_rows(weights_after(found, terms=asked.terms, day=asked.day, block=asked.block))


EXPORTS = (
    Export(
        "members",
        {"MemberRegistry", "FreezeList"},
        lambda found, _: member_rows(members_of(found), freezes_of(found)),
        "Export the members, with their former accounts and freezes.",
        _of_now,
    ),
    Export(
        "devices",
        {"DeviceRegistry"},
        lambda found, _: device_rows(devices_of(found)),
        "Export the production devices and their bonds.",
        _of_now,
    ),
    Export(
        "sheets",
        {"DaySheets"},
        lambda found, _: sheet_rows(sheets_of(found)),
        "Export the day sheets, every revision with its signed differences.",
        _of_now,
    ),
    Export("points", {"PowerPoint", "MemberRegistry"}, _points, "Export who holds points.", _of_now),
    Export(
        "supply",
        {"PowerPoint"},
        lambda found, asked: [supply_row(points_of(found), asked.last)],
        "Export deposits, withdrawals and supply, which must agree.",
        _of_now,
    ),
    Export(
        "margins",
        MARKET,
        lambda found, asked: margin_rows(margins_of(found, terms=asked.terms)),
        "Export who has what at the market's desk: margin accounts, penalties not shared yet, the reserve.",
        _of_now,
    ),
    Export(
        "weights",
        WEIGHED,
        _weights,
        "Export the weight of every member after a market day, component by component.",
        _of_a_day,
    ),
    Export(
        "credit",
        {"RewardPool"},
        lambda found, _: credit_rows(credit_of(found)),
        "Export the rewards that are not used up.",
        _of_now,
    ),
    Export(
        "welcomes",
        {"RewardPool"},
        lambda found, _: welcome_rows(welcomes_of(found)),
        "Export the welcome grants.",
        _of_now,
    ),
)

for entry in EXPORTS:
    app.command(entry.name, help=entry.what)(entry.command(entry))


def _day(text: str) -> int:
    """A market day by its number or its local date."""
    try:
        day = int(text) if text.isdecimal() else day_of_date(date.fromisoformat(text))
        date_of_day(day)
    except (ValueError, OverflowError) as error:
        raise InputError(f"day {text} is neither a date, YYYY-MM-DD, nor a number of days since 1970") from error
    return day


def _write(rows: Sequence[Row], form: Format) -> None:
    typer.echo(written(rows, form), nl=False)
