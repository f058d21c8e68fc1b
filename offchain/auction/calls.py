"""What is sent to the contracts of the auction: units, deposits, orders, clearings, coalition tables, awards."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from offchain.auction.clearing import Clearing
from offchain.auction.orders import Order
from offchain.auction.packing import pack_dispatch, pack_network, pack_orders, pack_prices
from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction

AUCTION, REGISTRY, TABLES = "Auction", "AuctionRegistry", "CoalitionTables"
ORDER_GAS = 250_000
"""For an order; the first one of an hour takes 159,000, which no estimate of the others can know [gas]."""


@dataclass(frozen=True, kw_only=True)
class NewUnit:
    """A generator or a load as the operator registers it."""

    account: str
    """Places its orders, pays and is paid."""
    bounds: Order
    """Node, side and intensity, and the largest amounts of an order [W]."""

    @property
    def entry(self) -> Mapping[str, Any]:
        """As IAuctionRegistry.Unit."""
        return {
            "account": self.account,
            "capacity": self.bounds.upper,
            "minimum": self.bounds.lower,
            "node": self.bounds.node,
            "load": self.bounds.is_load,
            "intensity": self.bounds.intensity,
        }


@dataclass(frozen=True, kw_only=True)
class UnitOrder:
    """An order of a unit for an hour."""

    hour: int
    """Unix hour of delivery."""
    unit: int
    """Its number on chain."""
    order: Order
    key: Key
    """Of the unit's account."""


@dataclass(frozen=True, kw_only=True)
class PostedTable:
    """What the poster of a coalition table commits to."""

    table_hash: bytes
    allocations: bytes
    """The row of Owen values [gCO2e]."""


@dataclass(frozen=True, kw_only=True)
class LadderRows:
    """What the chain computes the ladder from."""

    orders: bytes
    """The row of orders as they were placed."""
    dispatch: bytes
    """Of the first clearing."""
    allocations: bytes
    """The row of Owen values [gCO2e]."""


@dataclass(frozen=True, kw_only=True)
class ShownClearing:
    """A clearing as the contract reads it."""

    orders: bytes
    network: bytes
    dispatch: bytes
    prices: bytes


def shown(clearing: Clearing) -> ShownClearing:
    """Pack a clearing with its certificate."""
    certificate, market = clearing.certificate, clearing.market
    return ShownClearing(
        orders=pack_orders(market),
        network=pack_network(market.network),
        dispatch=pack_dispatch(clearing.dispatch),
        prices=pack_prices(certificate.mu, certificate.nu),
    )


def set_network(client: Client, network: bytes, *, key: Key) -> list[Transaction]:
    """Set the network of all hours to come; `key` is the operator's."""
    return [Transaction(client.contract(REGISTRY)("setNetwork", network), key)]


def register_units(client: Client, units: Sequence[NewUnit], *, key: Key) -> list[Transaction]:
    """Register units, one in a transaction; `key` is the operator's."""
    registry = client.contract(REGISTRY)
    return [Transaction(registry("registerUnit", unit.entry), key) for unit in units]


def units(client: Client) -> list[int]:
    """Numbers of the units, in the order of their registration.

    Raises:
        ChainError: the chain does not answer.
    """
    return [event.values.unit for event in client.events(client.contract(REGISTRY), "UnitRegistered")]


def bond_of(client: Client, poster: str) -> int:
    """What an account must put up for a coalition table [point-wei].

    Raises:
        ChainError: the chain does not answer.
    """
    return int(client.call(client.contract(TABLES)("bondOf", poster)))


def deposit(client: Client, place: str, *, amount: int, key: Key, gas: int | None = None) -> list[Transaction]:
    """Pay points of the key's account into its account at `AUCTION` or `TABLES` [point-wei].

    The place has an allowance; `gas` must be given when that is sent with it [gas].
    """
    return [Transaction(client.contract(place)("deposit", key.address, amount), key, gas=gas)]


def place_orders(client: Client, orders: Sequence[UnitOrder]) -> list[Transaction]:
    """Place orders before their gate closes, one in a transaction, each with its own key."""
    auction = client.contract(AUCTION)
    return [
        Transaction(
            auction("placeOrder", placed.hour, placed.unit, placed.order.price, placed.order.lower, placed.order.upper),
            placed.key,
            gas=ORDER_GAS,
        )
        for placed in orders
    ]


def close(client: Client, orders: Mapping[int, bytes], *, key: Key) -> list[Transaction]:
    """Fix the lists of orders after gate closure, by unix hour, one in a transaction. Anybody may."""
    auction = client.contract(AUCTION)
    return [Transaction(auction("close", hour, row), key) for hour, row in orders.items()]


def clear(client: Client, clearings: Mapping[int, ShownClearing], *, key: Key) -> list[Transaction]:
    """Have first clearings accepted, by unix hour, one in a transaction. Anybody may."""
    auction = client.contract(AUCTION)
    return [Transaction(auction("clear", hour, asdict(clearing)), key) for hour, clearing in clearings.items()]


def post_tables(client: Client, tables: Mapping[int, PostedTable], *, key: Key) -> list[Transaction]:
    """Commit to coalition tables and allocations, by unix hour, one in a transaction, under the key's bond."""
    contract = client.contract(TABLES)
    return [
        Transaction(contract("postTable", hour, table.table_hash, table.allocations), key)
        for hour, table in tables.items()
    ]


def adjust(client: Client, rows: Mapping[int, LadderRows], *, key: Key) -> list[Transaction]:
    """Have the ladder computed, by unix hour, one in a transaction. Anybody may."""
    auction = client.contract(AUCTION)
    return [
        Transaction(auction("adjust", hour, row.orders, row.dispatch, row.allocations), key)
        for hour, row in rows.items()
    ]


def clear_adjusted(client: Client, clearings: Mapping[int, ShownClearing], *, key: Key) -> list[Transaction]:
    """Have second clearings accepted, on the adjusted quotes, by unix hour, one in a transaction. Anybody may."""
    auction = client.contract(AUCTION)
    return [Transaction(auction("clearAdjusted", hour, asdict(clearing)), key) for hour, clearing in clearings.items()]


def award(client: Client, results: Mapping[int, tuple[bytes, ShownClearing]], *, key: Key) -> list[Transaction]:
    """Pay the awards of hours, one in a transaction. Anybody may.

    `results` by unix hour: the row of orders as they were placed, and the second clearing.
    """
    auction = client.contract(AUCTION)
    return [
        Transaction(auction("award", hour, orders, asdict(result)), key) for hour, (orders, result) in results.items()
    ]


def release_bonds(client: Client, hours: Sequence[int], *, key: Key) -> list[Transaction]:
    """Give the bonds of coalition tables back, one unix hour in a transaction. Anybody may."""
    contract = client.contract(TABLES)
    return [Transaction(contract("releaseBond", hour), key) for hour in hours]
