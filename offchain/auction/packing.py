"""The bytes of an auction hour as the contract reads them; docs/AUCTION.md has the layout."""

from collections.abc import Sequence

from offchain.auction.orders import CHAIN, Market, Network, Order
from offchain.errors import InputError

ORDER_BYTES = 16
POWER_BYTES = 5
FACTOR_BYTES = 4
PRICE_BYTES = 3
DUAL_BYTES = 12
SHARE_BYTES = 6
LOAD_FLAG = 0x80


def pack_order(order: Order) -> bytes:
    """Record of one order, 16 bytes."""
    return (
        bytes([order.node | (LOAD_FLAG if order.is_load else 0)])
        + order.price.to_bytes(PRICE_BYTES, "big", signed=True)
        + order.intensity.to_bytes(2, "big")
        + order.lower.to_bytes(POWER_BYTES, "big")
        + order.upper.to_bytes(POWER_BYTES, "big")
    )


def pack_orders(market: Market) -> bytes:
    """Row of records, 16 bytes an order.

    Raises:
        InputError: the market is not at chain resolution.
    """
    if market.resolution != CHAIN:
        raise InputError("only a market at chain resolution has records")
    return b"".join(pack_order(order) for order in market.orders)


def unpack_orders(records: bytes, network: Network) -> Market:
    """The market of a row of records.

    Raises:
        InputError: the row is not a whole number of records, or an order breaks a rule.
    """
    if len(records) % ORDER_BYTES:
        raise InputError(f"orders: {len(records)} bytes are not a multiple of {ORDER_BYTES}")
    rows = [records[start : start + ORDER_BYTES] for start in range(0, len(records), ORDER_BYTES)]
    orders = tuple(
        Order(
            node=row[0] & ~LOAD_FLAG,
            is_load=bool(row[0] & LOAD_FLAG),
            price=int.from_bytes(row[1:4], "big", signed=True),
            intensity=int.from_bytes(row[4:6], "big"),
            lower=int.from_bytes(row[6:11], "big"),
            upper=int.from_bytes(row[11:16], "big"),
        )
        for row in rows
    )
    return Market(network=network, orders=orders)


def pack_network(network: Network) -> bytes:
    """Numbers of nodes and lines, then of each line its limit and its factors."""
    rows = [
        limit.to_bytes(POWER_BYTES, "big") + b"".join(f.to_bytes(FACTOR_BYTES, "big", signed=True) for f in row)
        for limit, row in zip(network.limits, network.factors, strict=True)
    ]
    return bytes([network.nodes, len(rows)]) + b"".join(rows)


def pack_dispatch(dispatch: Sequence[int]) -> bytes:
    """Row of powers [W], 5 bytes an order."""
    return b"".join(power.to_bytes(POWER_BYTES, "big") for power in dispatch)


def pack_prices(mu: int, nu: Sequence[int]) -> bytes:
    """Energy price and line prices [point-wei/kWh], 12 bytes each."""
    return b"".join(price.to_bytes(DUAL_BYTES, "big", signed=True) for price in (mu, *nu))


def pack_shares(shares: Sequence[int]) -> bytes:
    """Row of allocations [gCO2e], 6 bytes an order."""
    return b"".join(share.to_bytes(SHARE_BYTES, "big", signed=True) for share in shares)
