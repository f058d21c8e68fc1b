"""The offer book: every offer that was handed in and what became of it, in a database (SQLite, others by URL).

An offer is known by its member and nonce. Its place in the queue is the order in which offers were handed in. Who opens
a book has it alone until it is closed, so that no offer is matched twice; another one waits, and then gives up.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Self

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    event,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from offchain.errors import InputError
from offchain.market.matching import Match, StandingOffer
from offchain.market.offers import Offer, Side, gate_closure
from offchain.market_time import MarketCalendar
from offchain.units import PRICE_TICK

_metadata = MetaData()
_offers = Table(
    "offers",
    _metadata,
    Column("place", Integer, primary_key=True, autoincrement=True),
    Column("member", BigInteger, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("side", String(4), nullable=False),
    Column("counterparty", BigInteger, nullable=False),
    Column("wh_per_hour", BigInteger, nullable=False),
    Column("first_hour", BigInteger, nullable=False),
    Column("hours", Integer, nullable=False),
    Column("price_ticks", BigInteger, nullable=False),
    Column("bundled", Boolean, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("expiry", BigInteger, nullable=False),
    Column("signature", String, nullable=False),
    Column("matched_wh", BigInteger, nullable=False, default=0),
    Column("cancelled", Boolean, nullable=False, default=False),
    UniqueConstraint("member", "nonce"),
)
_matches = Table(
    "matches",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("sell", ForeignKey("offers.place"), nullable=False),
    Column("buy", ForeignKey("offers.place"), nullable=False),
    Column("wh_per_hour", BigInteger, nullable=False),
    Column("price_ticks", BigInteger, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class BookEntry:
    """An offer in the book."""

    place: int
    offer: Offer
    signature: str
    """Of its maker over it (EIP-712), hexadecimal; empty where it was handed in unsigned."""
    matched_wh: int
    """[Wh/h]"""
    cancelled: bool

    @property
    def left_wh(self) -> int:
        """What can still be matched [Wh/h]."""
        return 0 if self.cancelled else self.offer.wh_per_hour - self.matched_wh

    def state(self, now: int, calendar: MarketCalendar) -> str:
        """What can be done with it at a block time [s]."""
        if self.cancelled:
            return "cancelled"
        if self.left_wh == 0:
            return "matched"
        over = now > self.offer.expiry or now >= gate_closure(self.offer, calendar)
        return "expired" if over else "open"


class OfferBook:
    """A book in a database that is open for the length of a `with` block, one transaction each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, url: str) -> Iterator[Self]:
        """Open the book at a database URL, making it first where there is none.

        Everything done to it is kept when the block ends, nothing when it raises.

        Raises:
            InputError: there is no such database, it is none, or somebody else has it open.
        """
        try:
            engine = _engine(url)
        except (ArgumentError, ImportError) as error:
            raise InputError(f"offer book {url}: {error}") from error
        try:
            with engine.begin() as connection:
                _metadata.create_all(connection)
                yield cls(connection)
        except DatabaseError as error:
            raise InputError(f"offer book {url}: {error.orig}") from error
        finally:
            engine.dispose()

    def add(self, offers: Iterable[tuple[Offer, str]]) -> int:
        """Take offers with their signatures into the book, in their order; returns how many were new.

        What is in the book already is passed over.

        Raises:
            InputError: a member has another offer of the same nonce in the book; names every such offer.
        """
        known = {(entry.offer.member, entry.offer.nonce): entry for entry in self.entries()}
        new, problems = 0, []
        for offer, signature in offers:
            entry = known.get((offer.member, offer.nonce))
            if entry is None:
                place = self._insert(offer, signature)
                entry = BookEntry(place=place, offer=offer, signature=signature, matched_wh=0, cancelled=False)
                known[offer.member, offer.nonce] = entry
                new += 1
            elif (entry.offer, entry.signature) != (offer, signature):
                problems.append(f"{offer.name} is in the book with other terms")
        if problems:
            raise InputError("offers: " + "; ".join(problems))
        return new

    def entries(self) -> tuple[BookEntry, ...]:
        """Every offer, in order of place."""
        return tuple(_entry(row) for row in self._connection.execute(select(_offers).order_by(_offers.c.place)))

    def standing(self, now: int, calendar: MarketCalendar) -> tuple[StandingOffer, ...]:
        """What can be matched at a block time [s]."""
        return tuple(
            StandingOffer(place=entry.place, offer=entry.offer, left_wh=entry.left_wh)
            for entry in self.entries()
            if entry.state(now, calendar) == "open"
        )

    def cancel(self, member: int, nonce: int) -> None:
        """Cancel one offer; what it is matched to already stays.

        Raises:
            InputError: it is not in the book.
        """
        rows = (_offers.c.member == member) & (_offers.c.nonce == nonce)
        if self._connection.execute(update(_offers).where(rows).values(cancelled=True)).rowcount == 0:
            raise InputError(f"offer {nonce} of member {member} is not in the book")

    def cancel_below(self, member: int, nonce: int) -> int:
        """Cancel every offer of a member with a lower nonce; returns how many were not cancelled before."""
        rows = (_offers.c.member == member) & (_offers.c.nonce < nonce) & ~_offers.c.cancelled
        return int(self._connection.execute(update(_offers).where(rows).values(cancelled=True)).rowcount)

    def record(self, matches: Sequence[Match]) -> None:
        """Keep matches, and take their amounts off the offers."""
        for match in matches:
            for side in (match.sell, match.buy):
                amount = _offers.c.matched_wh + match.wh_per_hour
                self._connection.execute(update(_offers).where(_offers.c.place == side.place).values(matched_wh=amount))
            self._connection.execute(
                _matches.insert().values(
                    sell=match.sell.place,
                    buy=match.buy.place,
                    wh_per_hour=match.wh_per_hour,
                    price_ticks=match.price // PRICE_TICK,
                )
            )

    def matches(self) -> tuple[tuple[BookEntry, BookEntry, int, int], ...]:
        """Seller's and buyer's offer, Wh per hour and price [point-wei/kWh] of every match, in order."""
        by_place = {entry.place: entry for entry in self.entries()}
        rows = self._connection.execute(select(_matches).order_by(_matches.c.id))
        return tuple((by_place[r.sell], by_place[r.buy], r.wh_per_hour, r.price_ticks * PRICE_TICK) for r in rows)

    def _insert(self, offer: Offer, signature: str) -> int:
        values = asdict(offer)
        values |= {"price_ticks": values.pop("price") // PRICE_TICK, "signature": signature}
        key = self._connection.execute(_offers.insert().values(values)).inserted_primary_key
        if key is None:
            raise InputError(f"{offer.name} was not taken into the book")
        return int(key[0])


def _engine(url: str) -> Engine:
    """Every transaction has the whole book: SQLite would lock it only at the first write."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, isolation_level="SERIALIZABLE")
    engine = create_engine(url)
    event.listen(engine, "connect", _begin_by_hand)
    event.listen(engine, "begin", _begin)
    return engine


def _begin_by_hand(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _entry(row: Row[tuple[object, ...]]) -> BookEntry:
    return BookEntry(
        place=row.place,
        offer=Offer(
            member=row.member,
            nonce=row.nonce,
            side=Side(row.side),
            counterparty=row.counterparty,
            wh_per_hour=row.wh_per_hour,
            first_hour=row.first_hour,
            hours=row.hours,
            price=row.price_ticks * PRICE_TICK,
            bundled=row.bundled,
            partial=row.partial,
            expiry=row.expiry,
        ),
        signature=row.signature,
        matched_wh=row.matched_wh,
        cancelled=row.cancelled,
    )
