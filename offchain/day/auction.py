"""The auction between regions on the main chain: orders, two certified clearings, allocations under bond, awards.

Everything happens on the day before delivery. Units order with their own keys; the poster puts up the bonds of the
coalition tables; every other step is brought by the courier, who has no role.
"""

from dataclasses import asdict

from offchain.auction.clearing import Clearing
from offchain.chain.keys import Key, local_key
from offchain.day.auction_plan import AuctionHour, AuctionPlan, shown
from offchain.day.driver.chain_day import ChainDay, Own, Sent, struct
from offchain.day.driver.journal import Journal
from offchain.market_time import SECONDS_PER_HOUR
from offchain.merkle import keccak256
from offchain.units import POINT

POSTER = "poster"
"""Who posts coalition tables on local chains."""
ORDER_GAS = 250_000
"""For an order; the first one of an hour takes 159,000 [gas]."""
DEPOSIT_GAS = 150_000
"""For a deposit whose allowance is sent just before it [gas]."""


class AuctionDay(ChainDay):
    """The main chain and its auction on one trading day."""

    def __init__(self, plan: AuctionPlan, journal: Journal) -> None:
        super().__init__(journal)
        self.plan = plan
        self.units: tuple[int, ...] = ()
        """Ids of the units, in the plan's order."""
        self.deposits: dict[str, int] = {}
        """Name of a unit or of the poster -> what it has deposited [point-wei]."""

    @property
    def day_starts(self) -> int:
        """Local midnight of the day of delivery [s]."""
        return self.plan.hours[0].hour * SECONDS_PER_HOUR

    def reference(self, what: str) -> bytes:
        """A document's hash, different for every day and text."""
        return keccak256(f"auction of {self.day_starts}: {what}".encode())

    def send_hours(self, contract: str, function: str, *arguments: tuple[object, ...], key: Key) -> None:
        """Send one transaction an hour; `arguments` are those of each hour, the unix hour comes first."""
        rows = zip((hour.hour for hour in self.plan.hours), *arguments, strict=True)
        calls: list[Sent] = [(contract, function, row, 1) for row in rows]
        self.send(calls, key)


def order_key(name: str) -> Key:
    """The key that places a unit's orders, and that of the poster, on local chains."""
    return local_key(f"auction: {name}")


def register_units(auction: AuctionDay) -> None:
    """The operator sets the network and registers every generator and load with its node, side and size."""
    calls: list[Sent] = [("AuctionRegistry", "setNetwork", (auction.plan.network,), 1)]
    for unit, order in zip(auction.plan.units, auction.plan.bounds, strict=True):
        entry = struct(
            account=order_key(unit.name).address,
            capacity=order.upper,
            minimum=order.lower,
            node=order.node,
            load=order.is_load,
            intensity=order.intensity,
        )
        calls.append(("AuctionRegistry", "registerUnit", (entry,), 1))
    receipts = auction.send(calls, auction.role("operator"))
    auction.units = tuple(int(event.values.unit) for event in auction.events(receipts, "UnitRegistered"))


def fund_accounts(auction: AuctionDay) -> None:
    """The bank mints what orders and tables can cost at most, in whole points; their accounts deposit it."""
    bond = auction.client.call(auction.contract("CoalitionTables")("bondOf", order_key(POSTER).address))
    names = [unit.name for unit in auction.plan.units]
    wanted = dict(zip(names, auction.plan.deposits, strict=True)) | {POSTER: bond * len(auction.plan.hours)}
    auction.deposits = {name: -(-most // POINT) * POINT for name, most in wanted.items() if most}
    auction.mint(
        [
            struct(to=order_key(name).address, amount=amount, bankReference=auction.reference(f"deposit of {name}"))
            for name, amount in auction.deposits.items()
        ],
        deadline=auction.day_starts,
    )
    calls: list[Own] = []
    for name, amount in auction.deposits.items():
        key, place = order_key(name), "CoalitionTables" if name == POSTER else "Auction"
        calls.append((key, "PowerPoint", "approve", (auction.contract(place).address, amount), DEPOSIT_GAS))
        calls.append((key, place, "deposit", (key.address, amount), DEPOSIT_GAS))
    auction.send_each(calls)


def state_escrow(auction: AuctionDay) -> None:
    """The bank states what the escrow account of the main chain held when the day of delivery ended."""
    auction.state_escrow(
        sum(auction.deposits.values()), auction.reference("the bank's statement of the escrow account")
    )


def place_orders(auction: AuctionDay) -> None:
    """Every unit orders for every hour, before the gate closes."""
    calls: list[Own] = []
    for hour in auction.plan.hours:
        for unit, name, order in zip(
            auction.units, (unit.name for unit in auction.plan.units), hour.market.orders, strict=True
        ):
            arguments = (hour.hour, unit, order.price, order.lower, order.upper)
            calls.append((order_key(name), "Auction", "placeOrder", arguments, ORDER_GAS))
    auction.send_each(calls)


def clear(auction: AuctionDay) -> None:
    """The gate has closed: the lists are fixed and the first clearings accepted, each with its certificate."""
    hours = auction.plan.hours
    auction.send_hours("Auction", "close", _rows(hours, "orders"), key=auction.courier)
    auction.send_hours("Auction", "clear", _shown([hour.result.first for hour in hours]), key=auction.courier)


def post_tables(auction: AuctionDay) -> None:
    """The poster commits to the coalition tables and to the allocations, under a bond for each hour."""
    hours = auction.plan.hours
    tables = _rows(hours, "table_hash"), _rows(hours, "allocations")
    auction.send_hours("CoalitionTables", "postTable", *tables, key=order_key(POSTER))


def clear_adjusted(auction: AuctionDay) -> None:
    """Nobody can challenge any more: the chain computes the ladder and accepts the second clearings."""
    hours = auction.plan.hours
    first = tuple(shown(hour.result.first).dispatch for hour in hours)
    rows = _rows(hours, "orders"), first, _rows(hours, "allocations")
    auction.send_hours("Auction", "adjust", *rows, key=auction.courier)
    auction.send_hours("Auction", "clearAdjusted", _shown([hour.result.second for hour in hours]), key=auction.courier)


def award(auction: AuctionDay) -> None:
    """Prices are final: awards are paid, and the bonds go back."""
    hours = auction.plan.hours
    results = _shown([hour.result.second for hour in hours])
    auction.send_hours("Auction", "award", _rows(hours, "orders"), results, key=auction.courier)
    auction.send_hours("CoalitionTables", "releaseBond", key=auction.courier)


def _rows(hours: tuple[AuctionHour, ...], name: str) -> tuple[bytes, ...]:
    return tuple(getattr(hour, name) for hour in hours)


def _shown(clearings: list[Clearing]) -> tuple[object, ...]:
    return tuple(asdict(shown(clearing)) for clearing in clearings)
