"""What is sent to the contracts of quotas: allowances granted and drawn down, offsets certified, both traded."""

from collections.abc import Mapping, Sequence

from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.receipts import Receipt
from offchain.chain.sender import Transaction
from offchain.quotas.records import DayDraw, QuotaOrder

QUOTA, EXCHANGE = "CarbonQuota", "QuotaExchange"


def grant(client: Client, amounts: Mapping[int, int], *, year: int, key: Key) -> list[Transaction]:
    """Grant members a year's allowances [gCO2e], one member in a transaction; `key` is the regulator's."""
    quota = client.contract(QUOTA)
    return [Transaction(quota("grant", member, year, amount), key) for member, amount in amounts.items()]


def draw_down(client: Client, draws: Sequence[DayDraw], *, day: int, key: Key) -> list[Transaction]:
    """Draw allowances down by a market day's traced emissions, one member in a transaction. Anybody may."""
    quota = client.contract(QUOTA)
    return [
        Transaction(
            quota("drawDownDay", draw.member, day, list(draw.intensities), [list(proof) for proof in draw.proofs]), key
        )
        for draw in draws
    ]


def certify_offsets(client: Client, member: int, *, amount: int, record: bytes, key: Key) -> list[Transaction]:
    """Credit a member with certified offsets [gCO2e] of a registry's record; `key` is the regulator's."""
    return [Transaction(client.contract(QUOTA)("certifyOffsets", member, amount, record), key)]


def allow_exchange(client: Client, *, key: Key) -> list[Transaction]:
    """Let the exchange move allowances and offsets of the key's member."""
    exchange = client.contract(EXCHANGE).address
    return [Transaction(client.contract(QUOTA)("setOperator", exchange, True), key)]


def deposit_points(client: Client, member: int, *, amount: int, key: Key) -> list[Transaction]:
    """Pay points into a member's account at the exchange [point-wei], which has an allowance of the payer's."""
    return [Transaction(client.contract(EXCHANGE)("deposit", member, amount), key)]


def free_points(client: Client, members: Sequence[int]) -> list[int]:
    """What members may withdraw from the exchange [point-wei], in their order.

    Raises:
        ChainError: the chain does not answer.
    """
    exchange = client.contract(EXCHANGE)
    return [int(answer.free) for answer in client.call_many([exchange("accountOf", member) for member in members])]


def withdraw_points(client: Client, amount: int, *, key: Key) -> list[Transaction]:
    """Pay free points of the key's member out of the exchange [point-wei]."""
    return [Transaction(client.contract(EXCHANGE)("withdraw", amount), key)]


def place_orders(client: Client, orders: Sequence[QuotaOrder], *, key: Key) -> list[Transaction]:
    """Place orders of the key's member, one in a transaction."""
    exchange = client.contract(EXCHANGE)
    return [
        Transaction(exchange("place", order.purchase, order.asset, order.amount, order.price, order.expiry), key)
        for order in orders
    ]


def placed_orders(client: Client, receipts: Sequence[Receipt]) -> list[int]:
    """Numbers of the orders that were placed in some transactions, in their order."""
    events = [event for receipt in receipts for event in client.receipt_events(receipt)]
    return [event.values.id for event in events if event.name == "OrderPlaced"]


def take_order(client: Client, order: int, *, amount: int, limit: int, key: Key) -> list[Transaction]:
    """Take an order by its number, or a part of it [gCO2e].

    `limit` is the most that the key's member gives, the least that it takes [point-wei/tCO2e].
    """
    return [Transaction(client.contract(EXCHANGE)("take", order, amount, limit), key)]


def cancel_order(client: Client, order: int, *, key: Key) -> list[Transaction]:
    """End an order by its number and give back what is left of it."""
    return [Transaction(client.contract(EXCHANGE)("cancel", order), key)]
