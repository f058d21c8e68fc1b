"""The auction between regions on the main chain: orders, two certified clearings, allocations under bond, awards.

Everything happens on the day before delivery. Units order with their own keys; the poster puts up the bonds of the
coalition tables; every other step is brought by the courier, who has no role. When the gate has closed, tables can be
challenged for half an hour, and better prices of a congested hour replace the posted ones for ten minutes.
"""

from dataclasses import asdict

from offchain.auction.clearing import Clearing
from offchain.chain.keys import Key
from offchain.day.auction.plan import POSTER, AuctionHour, deposits, order_key, shown
from offchain.day.driver.chain_day import Own, Sent, struct
from offchain.day.driver.main_chain import MainDay
from offchain.day.driver.mechanism import Step, on_main_chain
from offchain.day.driver.timetable import DAY, HOUR

GATE = 11 * HOUR
"""When orders close, on the day before delivery."""
ORDER_GAS = 250_000
"""For an order; the first one of an hour takes 159,000 [gas]."""
DEPOSIT_GAS = 150_000
"""For a deposit whose allowance is sent just before it [gas]."""


def register_units(main: MainDay) -> None:
    """The operator sets the network and registers every generator and load with its node, side and size."""
    calls: list[Sent] = [("AuctionRegistry", "setNetwork", (main.plan.network,), 1)]
    for unit, order in zip(main.plan.units, main.plan.bounds, strict=True):
        entry = struct(
            account=order_key(unit.name).address,
            capacity=order.upper,
            minimum=order.lower,
            node=order.node,
            load=order.is_load,
            intensity=order.intensity,
        )
        calls.append(("AuctionRegistry", "registerUnit", (entry,), 1))
    main.send(calls, main.role("operator"))


def fund_accounts(main: MainDay) -> None:
    """The bank mints what orders and tables can cost at most, in whole points; their accounts deposit it."""
    wanted = _deposits(main)
    main.mint(
        [
            struct(to=order_key(name).address, amount=amount, bankReference=main.reference(f"deposit of {name}"))
            for name, amount in wanted.items()
        ],
        deadline=main.day_starts,
    )
    calls: list[Own] = []
    for name, amount in wanted.items():
        key, place = order_key(name), "CoalitionTables" if name == POSTER else "Auction"
        calls.append((key, "PowerPoint", "approve", (main.contract(place).address, amount), DEPOSIT_GAS))
        calls.append((key, place, "deposit", (key.address, amount), DEPOSIT_GAS))
    main.send_each(calls)


def place_orders(main: MainDay) -> None:
    """Every unit orders for every hour, before the gate closes."""
    units, calls = units_of(main), list[Own]()
    for hour in main.plan.hours:
        for unit, name, order in zip(units, (unit.name for unit in main.plan.units), hour.market.orders, strict=True):
            arguments = (hour.hour, unit, order.price, order.lower, order.upper)
            calls.append((order_key(name), "Auction", "placeOrder", arguments, ORDER_GAS))
    main.send_each(calls)


def clear(main: MainDay) -> None:
    """The gate has closed: the lists are fixed and the first clearings accepted, each with its certificate."""
    hours = main.plan.hours
    _send_hours(main, "Auction", "close", _rows(hours, "orders"), key=main.courier)
    _send_hours(main, "Auction", "clear", _shown([hour.result.first for hour in hours]), key=main.courier)


def post_tables(main: MainDay) -> None:
    """The poster commits to the coalition tables and to the allocations, under a bond for each hour."""
    hours = main.plan.hours
    tables = _rows(hours, "table_hash"), _rows(hours, "allocations")
    _send_hours(main, "CoalitionTables", "postTable", *tables, key=order_key(POSTER))


def clear_adjusted(main: MainDay) -> None:
    """Nobody can challenge any more: the chain computes the ladder and accepts the second clearings."""
    hours = main.plan.hours
    first = tuple(shown(hour.result.first).dispatch for hour in hours)
    rows = _rows(hours, "orders"), first, _rows(hours, "allocations")
    _send_hours(main, "Auction", "adjust", *rows, key=main.courier)
    _send_hours(main, "Auction", "clearAdjusted", _shown([hour.result.second for hour in hours]), key=main.courier)


def award(main: MainDay) -> None:
    """Prices are final: awards are paid, and the bonds go back."""
    hours = main.plan.hours
    results = _shown([hour.result.second for hour in hours])
    _send_hours(main, "Auction", "award", _rows(hours, "orders"), results, key=main.courier)
    _send_hours(main, "CoalitionTables", "releaseBond", key=main.courier)


def state_escrow(main: MainDay) -> None:
    """The bank states what the escrow account of the main chain held when the day of delivery ended."""
    main.state_escrow(sum(_deposits(main).values()), main.reference("the bank's statement of the escrow account"))


STEPS = (
    Step(name="auction: register units", at=-DAY + HOUR, act=on_main_chain(register_units)),
    Step(name="auction: fund accounts", at=-DAY + HOUR, act=on_main_chain(fund_accounts)),
    Step(name="auction: place orders", at=-DAY + 10 * HOUR, act=on_main_chain(place_orders)),
    Step(name="auction: clear", at=-DAY + GATE, act=on_main_chain(clear)),
    Step(
        name="auction: post coalition tables",
        at=-DAY + GATE,
        after=("auction: clear",),
        act=on_main_chain(post_tables),
    ),
    Step(name="auction: adjust and clear again", at=-DAY + GATE + HOUR, act=on_main_chain(clear_adjusted)),
    Step(name="auction: award", at=-DAY + GATE + 2 * HOUR, act=on_main_chain(award)),
    Step(name="auction: state escrow", at=DAY + 6 * HOUR, act=on_main_chain(state_escrow)),
)


def units_of(main: MainDay) -> tuple[int, ...]:
    """Ids of the units, in the plan's order, which is that of their registration."""
    events = main.client.events(main.contract("AuctionRegistry"), "UnitRegistered")
    return tuple(int(event.values.unit) for event in events)


def _deposits(main: MainDay) -> dict[str, int]:
    """What units and the poster deposit [point-wei]."""
    return deposits(main.plan, bond=_bond(main))


def _bond(main: MainDay) -> int:
    """The poster's bond of an hour [point-wei]."""
    return int(main.client.call(main.contract("CoalitionTables")("bondOf", order_key(POSTER).address)))


def _send_hours(main: MainDay, contract: str, function: str, *arguments: tuple[object, ...], key: Key) -> None:
    """Send one transaction an hour; `arguments` are those of each hour, the unix hour comes first."""
    rows = zip((hour.hour for hour in main.plan.hours), *arguments, strict=True)
    calls: list[Sent] = [(contract, function, row, 1) for row in rows]
    main.send(calls, key)


def _rows(hours: tuple[AuctionHour, ...], name: str) -> tuple[bytes, ...]:
    return tuple(getattr(hour, name) for hour in hours)


def _shown(clearings: list[Clearing]) -> tuple[object, ...]:
    return tuple(asdict(shown(clearing)) for clearing in clearings)
