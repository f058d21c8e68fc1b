"""`python -m offchain settle` and `python -m offchain offers`: a day and an offer book without a chain."""

from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from offchain.errors import InputError
from offchain.files import write_atomically
from offchain.market.matching import match_offers
from offchain.market.offer_book import OfferBook
from offchain.market.offer_files import read_offers, write_matches, write_offers
from offchain.market.offers import Offer
from offchain.market.paper import settle_paper_day
from offchain.market.paper_files import paper_day_json, read_paper_day
from offchain.market.quote import Quote, quote
from offchain.market.rulebooks import MARKET, RULEBOOKS
from offchain.market_time import MarketCalendar
from offchain.regions import Region, load_regions
from offchain.units import POINT

BOOK = "sqlite:///offers.db"

offers = typer.Typer(help="Keep a book of offers and match them.", no_args_is_help=True)

DayFile = Annotated[Path, typer.Argument(metavar="FILE", help="JSON with params and nodes, one contract per node.")]
OfferFile = Annotated[Path, typer.Argument(metavar="FILE", help="CSV with one offer per line.")]
RegionName = Annotated[str, typer.Option("--region", help="Whose tariffs and local time apply.")]
BookUrl = Annotated[str, typer.Option("--book", help="Database URL of the book.")]
Moment = Annotated[str, typer.Option("--at", help="Block time, ISO 8601 with offset.")]


def settle(file: DayFile) -> None:
    """Settle a day of one-contract trades under rulebook `paper`: JSON in, JSON on stdout, nothing rounded."""
    typer.echo(paper_day_json(settle_paper_day(*read_paper_day(file))))


@offers.command("import")
def import_offers(file: OfferFile, region: RegionName, book: BookUrl = BOOK) -> None:
    """Take the offers of a file into the book; what is in it already is passed over."""
    found = _read(file, _region(region))
    with OfferBook.open(book) as opened:
        new = opened.add(found)
    typer.echo(f"{new} new of {len(found)} offers")


@offers.command("list")
def list_offers(region: RegionName, at: Moment, book: BookUrl = BOOK) -> None:
    """Print every offer with its state."""
    calendar, now = _calendar(_region(region)), _moment(at)
    with OfferBook.open(book) as opened:
        for entry in opened.entries():
            state, left = entry.state(now, calendar), entry.left_wh
            typer.echo(f"{_words(entry.offer, calendar)}: {state}, {left} of {entry.offer.wh_per_hour} Wh/h left")


@offers.command()
def cancel(
    member: Annotated[int, typer.Option(help="Whose offers.")],
    nonce: Annotated[int | None, typer.Option(help="The offer with this nonce.")] = None,
    below: Annotated[int | None, typer.Option(help="Every offer with a lower nonce.")] = None,
    book: BookUrl = BOOK,
) -> None:
    """Cancel one offer of a member in the book, or all below a nonce.

    What was signed can be registered until it is cancelled on chain as well.
    """
    if (nonce is None) == (below is None):
        raise InputError("give either --nonce or --below")
    with OfferBook.open(book) as opened:
        if nonce is not None:
            opened.cancel(member, nonce)
            typer.echo(f"offer {nonce} of member {member} cancelled")
        if below is not None:
            typer.echo(f"{opened.cancel_below(member, below)} offers of member {member} cancelled")


@offers.command()
def match(region: RegionName, at: Moment, book: BookUrl = BOOK) -> None:
    """Match the open offers, keep the matches in the book, and print them as CSV in the order of registration."""
    calendar = _calendar(_region(region))
    with OfferBook.open(book) as opened:
        known = len(opened.matches())
        opened.record(match_offers(opened.standing(_moment(at), calendar)))
        typer.echo(write_matches(opened.matches()[known:], calendar=calendar), nl=False)


@offers.command()
def export(
    region: RegionName,
    matches: Annotated[bool, typer.Option("--matches", help="The matches instead of the offers.")] = False,
    out: Annotated[Path | None, typer.Option(help="File to write; else stdout.")] = None,
    book: BookUrl = BOOK,
) -> None:
    """Write the offers of the book, or its matches, as CSV."""
    calendar = _calendar(_region(region))
    with OfferBook.open(book) as opened:
        if matches:
            text = write_matches(opened.matches(), calendar=calendar)
        else:
            text = write_offers(opened.entries(), calendar=calendar)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_atomically(out, text)


@offers.command("quote")
def quote_offers(
    file: OfferFile,
    region: RegionName,
    rulebook: Annotated[str, typer.Option(help=f"Of the market: {', '.join(RULEBOOKS)}.")] = MARKET.name,
) -> None:
    """Print what each offer of a file can cost its maker, in points: read it before signing."""
    if rulebook not in RULEBOOKS:
        raise InputError(f"rulebook {rulebook} is unknown: {', '.join(RULEBOOKS)}")
    area = _region(region)
    for offer, _ in _read(file, area):
        found = quote(offer, tariffs=area.tariffs, rulebook=RULEBOOKS[rulebook])
        amounts = (f"{field.name.replace('_', ' ')} {_points(found, field.name)}" for field in fields(Quote))
        typer.echo(f"{_words(offer, _calendar(area))}: {', '.join(amounts)}")


def _read(file: Path, region: Region) -> tuple[tuple[Offer, str], ...]:
    """Read the offers of a file.

    Raises:
        InputError: it cannot be read, or a line is no offer.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error
    return read_offers(text, file, calendar=_calendar(region), tariffs=region.tariffs)


def _region(name: str) -> Region:
    regions = load_regions()
    if name not in regions:
        raise InputError(f"region {name!r} is unknown: allowed are {', '.join(regions)}")
    return regions[name]


def _calendar(region: Region) -> MarketCalendar:
    return MarketCalendar(region.utc_offset_hours)


def _moment(text: str) -> int:
    """A block time [s]."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"time {text!r} is not ISO 8601") from error
    if moment.tzinfo is None:
        raise InputError(f"time {text!r} has no UTC offset")
    return int(moment.timestamp())


def _words(offer: Offer, calendar: MarketCalendar) -> str:
    start = calendar.local_time(offer.first_hour * 3600)
    price = Decimal(offer.price) / POINT
    return f"{offer.name}, {offer.side} {start:%Y-%m-%d %H:%M}, {offer.hours} h, {price:f} points/kWh"


def _points(found: Quote, name: str) -> str:
    return f"{Decimal(getattr(found, name)) / POINT:f}"
