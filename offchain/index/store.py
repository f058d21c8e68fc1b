"""Where events are kept: SQLite or PostgreSQL, by the database's URL."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, create_engine, delete, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from offchain.errors import InputError
from offchain.index.records import BlockPoint, Change, FollowedChain, IndexedEvent
from offchain.index.schema import blocks, chains, changes, metadata, standing

ALLOWED = "allowed are sqlite:///FILE and postgresql://USER@HOST/NAME"
LOCK_PATIENCE = 60  # [s] a writer waits for another one of the same SQLite file


class Store:
    """The index of any number of chains. Every method is one database transaction: all of it is kept, or nothing.

    Raises:
        InputError: the URL is none, or the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        try:
            target = make_url(url)
        except SQLAlchemyError as error:
            raise InputError(f"the database's URL cannot be read; {ALLOWED}") from error
        if target.drivername == "postgresql":
            target = target.set(drivername="postgresql+psycopg")
        self.url = target.render_as_string(hide_password=True)
        options: dict[str, Any] = {}
        try:
            if target.get_backend_name() == "sqlite":
                options["timeout"] = LOCK_PATIENCE
                Path(target.database or "").parent.mkdir(parents=True, exist_ok=True)
            self._engine = create_engine(target, connect_args=options)
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise InputError(f"database {self.url} cannot be used: {_first_line(error)}; {ALLOWED}") from error
        with self._transaction() as connection:
            metadata.create_all(connection)

    def close(self) -> None:
        """Give the database's connections back."""
        self._engine.dispose()

    def open_chain(self, chain: FollowedChain) -> FollowedChain:
        """The chain as the index knows it; one that it does not know is followed from `chain.head` on.

        Raises:
            InputError: the index follows another chain of that name.
        """
        with self._transaction() as connection:
            known = connection.execute(select(chains).where(chains.c.name == chain.name)).one_or_none()
            if known is None:
                connection.execute(insert(chains).values(_chain_row(chain)))
                start = {"chain": chain.name, "number": chain.head.number, "hash": chain.head.hash}
                connection.execute(insert(blocks).values(start))
                return chain
        if (known.chain_id, known.genesis) != (chain.chain_id, chain.genesis):
            raise InputError(
                f"database {self.url} follows another {chain.name}, id {known.chain_id}, genesis {known.genesis}; "
                f"this one has id {chain.chain_id}, genesis {chain.genesis}: use another database"
            )
        return _followed(known)

    def chain(self, name: str) -> FollowedChain:
        """A chain that the index follows.

        Raises:
            InputError: it does not follow a chain of that name.
        """
        with self._transaction() as connection:
            rows = connection.execute(select(chains).order_by(chains.c.name)).all()
        for row in rows:
            if row.name == name:
                return _followed(row)
        known = ", ".join(row.name for row in rows) or "none"
        raise InputError(f"database {self.url} has no chain {name}; it has {known}; `index sync` reads a chain into it")

    def checkpoints(self, chain: str) -> list[BlockPoint]:
        """The blocks known to have been on the chain, lowest first."""
        query = select(blocks.c.number, blocks.c.hash).where(blocks.c.chain == chain).order_by(blocks.c.number)
        with self._transaction() as connection:
            return [BlockPoint(number=row.number, hash=row.hash) for row in connection.execute(query)]

    def advance(self, chain: str, events: Sequence[IndexedEvent], *, base: BlockPoint, head: BlockPoint) -> bool:
        """Add the events of the blocks after `base`, up to `head`; nothing happens unless `base` is still the head.

        Returns:
            Whether they were added; if not, another writer was faster.
        """
        with self._transaction() as connection:
            last = _move_head(connection, chain, base=base, head=head, count=len(events))
            if last is None:
                return False
            first = last - len(events) + 1
            seen = {event.block: event.block_hash for event in events} | {head.number: head.hash}
            _insert(connection, blocks, [{"chain": chain, "number": n, "hash": h} for n, h in sorted(seen.items())])
            added = [Change(cursor=c, removed=False, event=event) for c, event in enumerate(events, first)]
            _insert(connection, changes, [_change_row(chain, change) for change in added])
            _insert(connection, standing, [_standing_row(chain, change) for change in added])
        return True

    def retreat(self, chain: str, *, base: BlockPoint, ancestor: BlockPoint) -> bool:
        """Take back the events after `ancestor`, the latest first; nothing happens unless `base` is still the head.

        Returns:
            Whether they were taken back; if not, another writer was faster.
        """
        gone = (
            select(changes)
            .join(standing, (standing.c.chain == changes.c.chain) & (standing.c.cursor == changes.c.cursor))
            .where(standing.c.chain == chain, standing.c.block > ancestor.number)
            .order_by(standing.c.block.desc(), standing.c.log_index.desc())
        )
        with self._transaction() as connection:
            if _move_head(connection, chain, base=base, head=ancestor, count=0) is None:
                return False
            events = [_change(row).event for row in connection.execute(gone)]
            last = _move_head(connection, chain, base=ancestor, head=ancestor, count=len(events)) or 0
            first = last - len(events) + 1
            removals = [Change(cursor=c, removed=True, event=event) for c, event in enumerate(events, first)]
            _insert(connection, changes, [_change_row(chain, change) for change in removals])
            for table, height in ((standing, standing.c.block), (blocks, blocks.c.number)):
                connection.execute(delete(table).where(table.c.chain == chain, height > ancestor.number))
        return True

    def changes(self, chain: str, *, after: int = 0, limit: int | None = None) -> list[Change]:
        """The changes after a cursor, in the order in which they came about."""
        query = select(changes).where(changes.c.chain == chain, changes.c.cursor > after)
        return self._read(query.order_by(changes.c.cursor).limit(limit))

    def events(
        self, chain: str, *, contracts: Collection[str] | None = None, last: int | None = None
    ) -> list[IndexedEvent]:
        """The events on the chain as it is now, in its order: of some contracts only, up to a block only."""
        query = (
            select(changes)
            .join(standing, (standing.c.chain == changes.c.chain) & (standing.c.cursor == changes.c.cursor))
            .where(standing.c.chain == chain)
            .order_by(standing.c.block, standing.c.log_index)
        )
        if contracts is not None:
            query = query.where(standing.c.contract.in_(sorted(contracts)))
        if last is not None:
            query = query.where(standing.c.block <= last)
        return [change.event for change in self._read(query)]

    def _read(self, query: Select[Any]) -> list[Change]:
        with self._transaction() as connection:
            return [_change(row) for row in connection.execute(query)]

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise InputError(f"database {self.url} cannot be used: {_first_line(error)}") from error


def _move_head(connection: Connection, chain: str, *, base: BlockPoint, head: BlockPoint, count: int) -> int | None:
    """Move a chain's head and count its changes; returns the last cursor, None when `base` is not the head.

    Whoever has moved the head keeps others waiting until its transaction ends.
    """
    moved = connection.execute(
        update(chains)
        .where(chains.c.name == chain, chains.c.head == base.number, chains.c.head_hash == base.hash)
        .values(head=head.number, head_hash=head.hash, cursor=chains.c.cursor + count)
    )
    if moved.rowcount == 0:
        return None
    return int(connection.execute(select(chains.c.cursor).where(chains.c.name == chain)).scalar_one())


def _insert(connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _change_row(chain: str, change: Change) -> dict[str, Any]:
    event = change.event
    return {
        "chain": chain,
        "cursor": change.cursor,
        "removed": change.removed,
        "contract": event.contract,
        "address": event.address,
        "event": event.name,
        "values": json.dumps(event.values, separators=(",", ":")),
        "block": event.block,
        "block_hash": event.block_hash,
        "time": event.time,
        "transaction": event.transaction,
        "log_index": event.index,
    }


def _standing_row(chain: str, change: Change) -> dict[str, Any]:
    place = {"block": change.event.block, "log_index": change.event.index}
    return {"chain": chain, **place, "cursor": change.cursor, "contract": change.event.contract}


def _change(row: Row[Any]) -> Change:
    stored = row._mapping
    event = IndexedEvent(
        contract=stored["contract"],
        address=stored["address"],
        name=stored["event"],
        values=json.loads(stored["values"]),
        block=stored["block"],
        block_hash=stored["block_hash"],
        time=stored["time"],
        transaction=stored["transaction"],
        index=stored["log_index"],
    )
    return Change(cursor=stored["cursor"], removed=stored["removed"], event=event)


def _chain_row(chain: FollowedChain) -> dict[str, Any]:
    row = {"name": chain.name, "chain_id": chain.chain_id, "genesis": chain.genesis, "cursor": chain.cursor}
    row |= {"head": chain.head.number, "head_hash": chain.head.hash, "facts": json.dumps(chain.facts)}
    return row


def _followed(row: Row[Any]) -> FollowedChain:
    stored = row._mapping
    return FollowedChain(
        **{name: stored[name] for name in ("name", "chain_id", "genesis", "cursor")},
        facts=json.loads(stored["facts"]),
        head=BlockPoint(number=stored["head"], hash=stored["head_hash"]),
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
