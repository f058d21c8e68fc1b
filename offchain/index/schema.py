"""The tables of an index; one database can hold several chains."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

HASH = String(66)
ADDRESS = String(42)

metadata = MetaData()


def _chain() -> Column[str]:
    return Column("chain", ForeignKey("chains.name"), primary_key=True)


chains = Table(
    "chains",
    metadata,
    Column("name", String, primary_key=True),
    Column("chain_id", BigInteger, nullable=False),
    Column("genesis", HASH, nullable=False),
    Column("facts", Text, nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("head_hash", HASH, nullable=False),
    Column("cursor", BigInteger, nullable=False),
)
"""`facts` is JSON.
Moving the head is what makes a writer the only one: the update names the head that it started from."""

blocks = Table(
    "blocks",
    metadata,
    _chain(),
    Column("number", BigInteger, primary_key=True),
    Column("hash", HASH, nullable=False),
)
"""The checkpoints: every head so far and every block with an event, as long as they are on the chain."""

changes = Table(
    "changes",
    metadata,
    _chain(),
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    Column("removed", Boolean, nullable=False),
    Column("contract", String, nullable=False),
    Column("address", ADDRESS, nullable=False),
    Column("event", String, nullable=False),
    Column("values", Text, nullable=False),
    Column("block", BigInteger, nullable=False),
    Column("block_hash", HASH, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("transaction", HASH, nullable=False),
    Column("log_index", Integer, nullable=False),
)
"""Only ever appended to. `values` is JSON."""

standing = Table(
    "standing",
    metadata,
    _chain(),
    Column("block", BigInteger, primary_key=True),
    Column("log_index", Integer, primary_key=True),
    Column("cursor", BigInteger, nullable=False),
    Column("contract", String, nullable=False),
    Index("standing_contract", "chain", "contract"),
)
"""The events on the chain as it is now, each by the change that brought it."""
