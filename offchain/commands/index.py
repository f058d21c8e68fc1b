"""`python -m offchain index`: read a chain into a database, and export what it holds."""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Annotated

import typer

from offchain.chain.local import FIRST_PORT
from offchain.commands.connect import ChainName, Config, FirstPort, Project, connect
from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.index.export import Format, Row, change_row, written
from offchain.index.records import IndexedEvent
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
def members(chain: ChainName, database: Database = DATABASE, block: Block = None, form: Form = Format.CSV) -> None:
    """Export the members, with their former accounts and freezes."""
    contracts = {"MemberRegistry", "FreezeList"}
    _export(chain, database, block, form, contracts, lambda found: member_rows(members_of(found), freezes_of(found)))


@app.command()
def devices(chain: ChainName, database: Database = DATABASE, block: Block = None, form: Form = Format.CSV) -> None:
    """Export the production devices and their bonds."""
    _export(chain, database, block, form, {"DeviceRegistry"}, lambda found: device_rows(devices_of(found)))


@app.command()
def sheets(chain: ChainName, database: Database = DATABASE, block: Block = None, form: Form = Format.CSV) -> None:
    """Export the day sheets, every revision with its signed differences."""
    _export(chain, database, block, form, {"DaySheets"}, lambda found: sheet_rows(sheets_of(found)))


@app.command()
def points(chain: ChainName, database: Database = DATABASE, block: Block = None, form: Form = Format.CSV) -> None:
    """Export who holds points."""
    _export(chain, database, block, form, {"PowerPoint", "MemberRegistry"}, _points)


@app.command()
def supply(chain: ChainName, database: Database = DATABASE, block: Block = None, form: Form = Format.CSV) -> None:
    """Export deposits, withdrawals and supply, which must agree."""
    last = Store(database).chain(chain).head.number if block is None else block
    _export(chain, database, last, form, {"PowerPoint"}, lambda found: [supply_row(points_of(found), last)])


@app.command()
def margins(chain: ChainName, database: Database = DATABASE, block: Block = None, form: Form = Format.CSV) -> None:
    """Export who has what at the market's desk: margin accounts, penalties not shared yet, the reserve."""
    terms = _market_terms(Store(database), chain)
    _export(chain, database, block, form, MARKET, lambda found: margin_rows(margins_of(found, terms=terms)))


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
    terms = _market_terms(store, chain)
    at = store.chain(chain).head.number if block is None else block
    client = connect(chain, config=config, first_port=first_port, project=project)
    found = store.events(chain, contracts=MARKET | {"PowerPoint"}, last=at)
    answers = check_market(found, client, terms=terms, block=at)
    typer.echo(f"{chain}: block {at}, {answers} answers of the market's contracts are what the events add up to")


@app.command()
def weights(
    chain: ChainName,
    database: Database = DATABASE,
    day: Annotated[str | None, typer.Option(help="Date or number of a closed market day; else the last one.")] = None,
    block: Annotated[int | None, typer.Option(help="As of this block; else as of the day's close.")] = None,
    form: Form = Format.CSV,
) -> None:
    """Export the weight of every member after a market day, component by component."""
    terms = _market_terms(Store(database), chain)
    number = None if day is None else _day(day)
    _export(
        chain,
        database,
        block,
        form,
        WEIGHED,
        lambda found: weight_rows(weights_after(found, terms=terms, day=number, block=block)),
    )


@app.command()
def credit(chain: ChainName, database: Database = DATABASE, block: Block = None, form: Form = Format.CSV) -> None:
    """Export the rewards that are not used up."""
    _export(chain, database, block, form, {"RewardPool"}, lambda found: credit_rows(credit_of(found)))


@app.command()
def welcomes(chain: ChainName, database: Database = DATABASE, block: Block = None, form: Form = Format.CSV) -> None:
    """Export the welcome grants."""
    _export(chain, database, block, form, {"RewardPool"}, lambda found: welcome_rows(welcomes_of(found)))


def _export(  # noqa: PLR0917 -- the options of a command, as they come
    chain: str,
    database: str,
    block: int | None,
    form: Format,
    contracts: Collection[str],
    rows: Callable[[Sequence[IndexedEvent]], list[Row]],
) -> None:
    """Write the rows that the events of some contracts add up to."""
    store = Store(database)
    store.chain(chain)
    _write(rows(store.events(chain, contracts=contracts, last=block)), form)


def _market_terms(store: Store, chain: str) -> MarketTerms:
    terms = terms_of(store.chain(chain))
    if terms is None:
        raise InputError(f"chain {chain} has no market")
    return terms


def _day(text: str) -> int:
    """A market day by its number or its local date."""
    try:
        day = int(text) if text.isdecimal() else day_of_date(date.fromisoformat(text))
        date_of_day(day)
    except (ValueError, OverflowError) as error:
        raise InputError(f"day {text} is neither a date, YYYY-MM-DD, nor a number of days since 1970") from error
    return day


def _points(found: Sequence[IndexedEvent]) -> list[Row]:
    served = {service.account: member.id for member in members_of(found).values() for service in member.accounts}
    return points_rows(points_of(found), served)


def _write(rows: Sequence[Row], form: Format) -> None:
    typer.echo(written(rows, form), nl=False)
