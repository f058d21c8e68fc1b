"""Offers and matches as CSV: days and hours in the region's local time, prices in points per kWh.

Member 7 offers 20 kWh in each of the hours from 10:00 to 14:00 at 0.55 or more, to anybody, also in parts, until 10:30
of the day before; its signature may be left out:

    member,nonce,side,counterparty,day,hour,hours,wh_per_hour,price,certificate,partial,expiry,signature
    7,0,sell,0,2016-07-20,10,4,20000,0.5500,unbundled,yes,2016-07-19T10:30:00+01:00,
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from offchain.errors import InputError
from offchain.market.offer_book import BookEntry
from offchain.market.offers import Offer, Side, offer_problems
from offchain.market.records import Tariffs
from offchain.market_time import MarketCalendar, date_of_day, day_of_date
from offchain.units import POINT, PRICE_TICK

COLUMNS = (
    "member",
    "nonce",
    "side",
    "counterparty",
    "day",
    "hour",
    "hours",
    "wh_per_hour",
    "price",
    "certificate",
    "partial",
    "expiry",
    "signature",
)
MATCH_COLUMNS = (
    "seller",
    "seller_nonce",
    "buyer",
    "buyer_nonce",
    "day",
    "hour",
    "hours",
    "wh_per_hour",
    "price",
    "certificate",
)
_CERTIFICATE = {"bundled": True, "unbundled": False}
_YES = {"yes": True, "no": False}
_T = TypeVar("_T")


def read_offers(
    text: str, name: str | Path, *, calendar: MarketCalendar, tariffs: Tariffs
) -> tuple[tuple[Offer, str], ...]:
    """Read offers and their signatures from CSV text; `name` is what messages call it.

    Raises:
        InputError: names every line that is no offer, and what it lacks.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    problems: list[str] = []
    offers = []
    try:
        if sorted(reader.fieldnames or ()) != sorted(COLUMNS):
            raise InputError(f"{name}: columns must be {', '.join(COLUMNS)}")
        for row in reader:
            try:
                offer = _offer(row, calendar)
                problems += [
                    f"line {reader.line_num}: {p}" for p in offer_problems(offer, calendar=calendar, tariffs=tariffs)
                ]
                offers.append((offer, _signature(row["signature"])))
            except ValueError as error:
                problems.append(f"line {reader.line_num}: {error}")
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}")
    if problems:
        raise InputError(f"{name}: {'; '.join(problems)}")
    return tuple(offers)


def write_offers(entries: Iterable[BookEntry], *, calendar: MarketCalendar) -> str:
    """Write offers as CSV text that `read_offers` reads back."""
    return _csv(COLUMNS, (_offer_row(entry.offer, entry.signature, calendar) for entry in entries))


def write_matches(matches: Iterable[tuple[BookEntry, BookEntry, int, int]], *, calendar: MarketCalendar) -> str:
    """Write matches (seller's and buyer's offer, Wh per hour, price) as CSV text, in the order of registration."""
    return _csv(
        MATCH_COLUMNS,
        (
            {
                "seller": sell.offer.member,
                "seller_nonce": sell.offer.nonce,
                "buyer": buy.offer.member,
                "buyer_nonce": buy.offer.nonce,
                **_window(sell.offer, calendar),
                "wh_per_hour": wh,
                "price": price_text(price),
                "certificate": _word(_CERTIFICATE, sell.offer.bundled),
            }
            for sell, buy, wh, price in matches
        ),
    )


def price_text(price: int) -> str:
    """A price [point-wei/kWh] in points per kWh, to the tick."""
    return f"{Decimal(price) / POINT:.4f}"


def parse_price(text: str) -> int:
    """Points per kWh as a price [point-wei/kWh].

    Raises:
        ValueError: no decimal number, or not on the tick.
    """
    try:
        ticks = Decimal(text) * POINT / PRICE_TICK
        if abs(ticks) < 2**24 and ticks == int(ticks):
            return int(ticks) * PRICE_TICK
    except (InvalidOperation, OverflowError):
        pass
    raise ValueError(f"price {text!r} is no multiple of 0.0001 points per kWh")


def _csv(columns: tuple[str, ...], rows: Iterable[Mapping[str, object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _offer_row(offer: Offer, signature: str, calendar: MarketCalendar) -> Mapping[str, object]:
    return {
        "member": offer.member,
        "nonce": offer.nonce,
        "side": offer.side.value,
        "counterparty": offer.counterparty,
        **_window(offer, calendar),
        "wh_per_hour": offer.wh_per_hour,
        "price": price_text(offer.price),
        "certificate": _word(_CERTIFICATE, offer.bundled),
        "partial": _word(_YES, offer.partial),
        "expiry": calendar.local_time(offer.expiry).isoformat(),
        "signature": signature,
    }


def _window(offer: Offer, calendar: MarketCalendar) -> Mapping[str, object]:
    return {
        "day": date_of_day(calendar.day_of_hour(offer.first_hour)).isoformat(),
        "hour": calendar.hour_of_day(offer.first_hour),
        "hours": offer.hours,
    }


def _word(words: Mapping[str, bool], value: bool) -> str:
    return next(word for word, meaning in words.items() if meaning is value)


def _offer(row: Mapping[str, str], calendar: MarketCalendar) -> Offer:
    """One line as an offer.

    Raises:
        ValueError: a field is missing or is not what its column holds.
    """
    if None in row or None in row.values():
        raise ValueError(f"needs {len(COLUMNS)} fields")
    hour = _field(row, "hour", int)
    if not 0 <= hour <= 23:
        raise ValueError(f"hour {hour} is not within 0 to 23")
    day = day_of_date(_field(row, "day", date.fromisoformat))
    return Offer(
        member=_field(row, "member", int),
        nonce=_field(row, "nonce", int),
        side=_field(row, "side", Side),
        counterparty=_field(row, "counterparty", int),
        wh_per_hour=_field(row, "wh_per_hour", int),
        first_hour=calendar.first_hour(day) + hour,
        hours=_field(row, "hours", int),
        price=parse_price(row["price"]),
        bundled=_field(row, "certificate", lambda word: _CERTIFICATE[word]),
        partial=_field(row, "partial", lambda word: _YES[word]),
        expiry=_field(row, "expiry", _timestamp),
    )


def _field(row: Mapping[str, str], column: str, convert: Callable[[str], _T]) -> _T:
    try:
        return convert(row[column])
    except (KeyError, ValueError) as error:
        raise ValueError(f"{column} {row[column]!r} cannot be read") from error


def _timestamp(text: str) -> int:
    """A block time [s] from ISO 8601 with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.microsecond:
        raise ValueError(text)
    return int(moment.timestamp())


def _signature(text: str) -> str:
    """Hexadecimal in lower case, without 0x."""
    return bytes.fromhex(text.removeprefix("0x")).hex()
