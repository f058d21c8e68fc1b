"""Quotas: what is sent says what was given."""

from types import SimpleNamespace

import pytest

from offchain.quotas import calls
from offchain.quotas.records import OFFSETS, DayDraw, QuotaOrder
from tests.support.paper_client import PaperClient, key_of, sent

YEAR, DAY = 2016, 17_000
KEY = key_of("member")


@pytest.fixture
def client():
    return PaperClient("CarbonQuota", "QuotaExchange", accountOf=SimpleNamespace(free=3, reserved=4))


def test_allowances_are_granted_and_offsets_certified(client):
    transactions = [
        *calls.grant(client, {2: 10, 3: 20}, year=YEAR, key=KEY),
        *calls.certify_offsets(client, 4, amount=30, record=b"\x05" * 32, key=KEY),
    ]
    assert sent(client, transactions) == [
        ("CarbonQuota", "grant", (2, YEAR, 10), "paper member"),
        ("CarbonQuota", "grant", (3, YEAR, 20), "paper member"),
        ("CarbonQuota", "certifyOffsets", (4, 30, b"\x05" * 32), "paper member"),
    ]


def test_a_day_is_drawn_down_with_the_proof_of_every_hour(client):
    draws = [
        DayDraw(member=member, intensities=range(member, member + 24), proofs=[(bytes([hour]) * 32,) * 2] * 24)
        for member, hour in ((2, 7), (3, 8))
    ]
    assert sent(client, calls.draw_down(client, draws, day=DAY, key=KEY)) == [
        (
            "CarbonQuota",
            "drawDownDay",
            (member, DAY, tuple(range(member, member + 24)), ((bytes([hour]) * 32,) * 2,) * 24),
            "paper member",
        )
        for member, hour in ((2, 7), (3, 8))
    ]


def test_allowances_and_offsets_are_traded(client):
    exchange = client.contract("QuotaExchange").address
    orders = [
        QuotaOrder(purchase=False, asset=YEAR, amount=5, price=10**18),
        QuotaOrder(purchase=True, asset=OFFSETS, amount=6, price=10**17, expiry=99),
    ]
    transactions = [
        *calls.allow_exchange(client, key=KEY),
        *calls.deposit_points(client, 2, amount=8, key=KEY),
        *calls.place_orders(client, orders, key=KEY),
        *calls.take_order(client, 1, amount=4, limit=10**18, key=KEY),
        *calls.cancel_order(client, 2, key=KEY),
        *calls.withdraw_points(client, 7, key=KEY),
    ]
    assert [call[:3] for call in sent(client, transactions)] == [
        ("CarbonQuota", "setOperator", (exchange, True)),
        ("QuotaExchange", "deposit", (2, 8)),
        ("QuotaExchange", "place", (False, YEAR, 5, 10**18, 0)),
        ("QuotaExchange", "place", (True, OFFSETS, 6, 10**17, 99)),
        ("QuotaExchange", "take", (1, 4, 10**18)),
        ("QuotaExchange", "cancel", (2,)),
        ("QuotaExchange", "withdraw", (7,)),
    ]
    assert calls.free_points(client, [2, 3]) == [3, 3]


def test_orders_are_known_by_what_their_transactions_announce(client, monkeypatch):
    monkeypatch.setattr(client, "receipt_events", lambda receipt: receipt)
    other, *placed = (
        SimpleNamespace(name=name, values=SimpleNamespace(id=number))
        for name, number in (("OrderTaken", 4), ("OrderPlaced", 5), ("OrderPlaced", 6))
    )
    assert calls.placed_orders(client, [[other, placed[0]], [placed[1]]]) == [5, 6]
