"""The auction: what is sent says what was given, one transaction an hour, a unit or an order."""

from types import SimpleNamespace

import pytest

from offchain.auction import calls
from offchain.auction.calls import LadderRows, NewUnit, PostedTable, ShownClearing, UnitOrder, shown
from offchain.auction.clearing import clear
from offchain.auction.packing import pack_dispatch, pack_network, pack_orders, pack_prices
from tests.offchain.auction.auction_cases import generator, load, one_bus
from tests.support.paper_client import PaperClient, key_of, sent

KEY = key_of("courier")
HOURS = (400_000, 400_001)
SHOWN = ShownClearing(orders=b"orders", network=b"network", dispatch=b"dispatch", prices=b"prices")
SHOWN_ROW = (b"orders", b"network", b"dispatch", b"prices")


@pytest.fixture
def client():
    return PaperClient("Auction", "AuctionRegistry", "CoalitionTables", bondOf=12)


def hourly(client, transactions):
    """Contract, function and the arguments after the hour, which must come in their order and by one key."""
    found = sent(client, transactions)
    assert [(call[2][0], call[3]) for call in found] == [(hour, "paper courier") for hour in HOURS]
    ((contract, function),) = {call[:2] for call in found}
    return contract, function, [call[2][1:] for call in found]


def test_units_are_registered_with_what_their_orders_may_not_exceed(client):
    units = [
        NewUnit(account=key_of("plant").address, bounds=generator(3, 9_000, lower=100, intensity=800)),
        NewUnit(account=key_of("feeder").address, bounds=load(7, 5_000)),
    ]
    transactions = [
        *calls.set_network(client, b"network", key=KEY),
        *calls.register_units(client, units, key=KEY),
    ]
    client.answers["UnitRegistered"] = [SimpleNamespace(unit=number, capacity=9_000) for number in (1, 2)]
    assert calls.units(client) == [1, 2]
    assert sent(client, transactions) == [
        ("AuctionRegistry", "setNetwork", (b"network",), "paper courier"),
        ("AuctionRegistry", "registerUnit", ((key_of("plant").address, 9_000, 100, 0, False, 800),), "paper courier"),
        ("AuctionRegistry", "registerUnit", ((key_of("feeder").address, 5_000, 0, 0, True, 0),), "paper courier"),
    ]


def test_points_are_deposited_at_the_auction_or_for_tables(client):
    places = (calls.AUCTION, calls.TABLES)
    transactions = [t for place in places for t in calls.deposit(client, place, amount=5, key=KEY, gas=150_000)]
    assert {transaction.gas for transaction in transactions} == {150_000}
    assert sent(client, transactions) == [
        ("Auction", "deposit", (KEY.address, 5), "paper courier"),
        ("CoalitionTables", "deposit", (KEY.address, 5), "paper courier"),
    ]
    assert calls.bond_of(client, KEY.address) == 12


def test_every_order_is_placed_with_its_own_key_and_given_gas(client):
    placed = [
        UnitOrder(hour=HOURS[0], unit=1, order=generator(-3, 9_000, lower=100), key=key_of("plant")),
        UnitOrder(hour=HOURS[1], unit=2, order=load(7, 5_000), key=key_of("feeder")),
    ]
    transactions = calls.place_orders(client, placed)
    assert {transaction.gas for transaction in transactions} == {calls.ORDER_GAS}
    assert sent(client, transactions) == [
        ("Auction", "placeOrder", (HOURS[0], 1, -3, 100, 9_000), "paper plant"),
        ("Auction", "placeOrder", (HOURS[1], 2, 7, 0, 5_000), "paper feeder"),
    ]


def test_hours_go_from_orders_to_awards(client):
    rows = {hour: bytes([place]) for place, hour in enumerate(HOURS)}
    cleared = dict.fromkeys(HOURS, SHOWN)
    tables = {hour: PostedTable(table_hash=row * 32, allocations=b"shares") for hour, row in rows.items()}
    ladder = {hour: LadderRows(orders=row, dispatch=b"dispatch", allocations=b"shares") for hour, row in rows.items()}
    results = {hour: (row, SHOWN) for hour, row in rows.items()}
    each = list(rows.values())
    acts = [
        (calls.close(client, rows, key=KEY), ("Auction", "close", [(row,) for row in each])),
        (calls.clear(client, cleared, key=KEY), ("Auction", "clear", [(SHOWN_ROW,)] * 2)),
        (
            calls.post_tables(client, tables, key=KEY),
            ("CoalitionTables", "postTable", [(row * 32, b"shares") for row in each]),
        ),
        (calls.adjust(client, ladder, key=KEY), ("Auction", "adjust", [(row, b"dispatch", b"shares") for row in each])),
        (calls.clear_adjusted(client, cleared, key=KEY), ("Auction", "clearAdjusted", [(SHOWN_ROW,)] * 2)),
        (calls.award(client, results, key=KEY), ("Auction", "award", [(row, SHOWN_ROW) for row in each])),
        (calls.release_bonds(client, HOURS, key=KEY), ("CoalitionTables", "releaseBond", [()] * 2)),
    ]
    for transactions, expected in acts:
        assert hourly(client, transactions) == expected


def test_a_clearing_is_shown_with_its_certificate():
    market = one_bus(generator(3, 9_000), load(7, 5_000))
    clearing = clear(market)
    certificate = clearing.certificate
    assert shown(clearing) == ShownClearing(
        orders=pack_orders(market),
        network=pack_network(market.network),
        dispatch=pack_dispatch((5_000, 5_000)),
        prices=pack_prices(certificate.mu, certificate.nu),
    )
