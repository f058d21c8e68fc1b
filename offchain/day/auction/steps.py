"""The auction between regions on the main chain: orders, two certified clearings, allocations under bond, awards.

Everything happens on the day before delivery. Units order with their own keys; the poster puts up the bonds of the
coalition tables; every other step is brought by the courier, who has no role. When the gate has closed, tables can be
challenged for half an hour, and better prices of a congested hour replace the posted ones for ten minutes.
"""

from offchain.auction import calls
from offchain.day.auction.plan import POSTER, deposits, order_key
from offchain.day.driver.main_chain import MainDay
from offchain.day.driver.mechanism import Step, on_main_chain
from offchain.day.driver.timetable import DAY, HOUR
from offchain.points import calls as points
from offchain.points.records import Deposit

GATE = 11 * HOUR
"""When orders close, on the day before delivery."""
DEPOSIT_GAS = 150_000
"""For a deposit whose allowance is sent just before it [gas]."""


def register_units(main: MainDay) -> None:
    """The operator sets the network and registers every generator and load with its node, side and size."""
    client, operator = main.client, main.role("operator")
    units = [
        calls.NewUnit(account=order_key(unit.name).address, bounds=order)
        for unit, order in zip(main.plan.units, main.plan.bounds, strict=True)
    ]
    main.journal.send(
        [
            *calls.set_network(client, main.plan.network, key=operator),
            *calls.register_units(client, units, key=operator),
        ]
    )


def fund_accounts(main: MainDay) -> None:
    """The bank mints what orders and tables can cost at most, in whole points; their accounts deposit it."""
    client, wanted = main.client, _deposits(main)
    paid_in = [
        Deposit(to=order_key(name).address, amount=amount, reference=main.reference(f"deposit of {name}"))
        for name, amount in wanted.items()
    ]
    bank, second = main.role("bank"), main.role("bank cosigner")
    main.journal.send(points.mint(client, paid_in, deadline=main.day_starts, second=second, key=bank))
    accounts = [
        (order_key(name), calls.TABLES if name == POSTER else calls.AUCTION, amount) for name, amount in wanted.items()
    ]
    main.journal.send(
        [
            transaction
            for key, place, amount in accounts
            for transaction in (
                *points.approve(client, place, amount=amount, key=key, gas=DEPOSIT_GAS),
                *calls.deposit(client, place, amount=amount, key=key, gas=DEPOSIT_GAS),
            )
        ]
    )


def place_orders(main: MainDay) -> None:
    """Every unit orders for every hour, before the gate closes."""
    keys = [order_key(unit.name) for unit in main.plan.units]
    units = calls.units(main.client)
    orders = [
        calls.UnitOrder(hour=hour.hour, unit=unit, order=order, key=key)
        for hour in main.plan.hours
        for unit, key, order in zip(units, keys, hour.market.orders, strict=True)
    ]
    main.journal.send(calls.place_orders(main.client, orders))


def clear(main: MainDay) -> None:
    """The gate has closed: the lists are fixed and the first clearings accepted, each with its certificate."""
    hours = main.plan.hours
    clearings = {hour.hour: calls.shown(hour.result.first) for hour in hours}
    main.journal.send(calls.close(main.client, {hour.hour: hour.orders for hour in hours}, key=main.courier))
    main.journal.send(calls.clear(main.client, clearings, key=main.courier))


def post_tables(main: MainDay) -> None:
    """The poster commits to the coalition tables and to the allocations, under a bond for each hour."""
    tables = {
        hour.hour: calls.PostedTable(table_hash=hour.table_hash, allocations=hour.allocations)
        for hour in main.plan.hours
    }
    main.journal.send(calls.post_tables(main.client, tables, key=order_key(POSTER)))


def clear_adjusted(main: MainDay) -> None:
    """Nobody can challenge any more: the chain computes the ladder and accepts the second clearings."""
    rows = {
        hour.hour: calls.LadderRows(
            orders=hour.orders, dispatch=calls.shown(hour.result.first).dispatch, allocations=hour.allocations
        )
        for hour in main.plan.hours
    }
    main.journal.send(calls.adjust(main.client, rows, key=main.courier))
    main.journal.send(calls.clear_adjusted(main.client, _second_clearings(main), key=main.courier))


def award(main: MainDay) -> None:
    """Prices are final: awards are paid, and the bonds go back."""
    second = _second_clearings(main)
    results = {hour.hour: (hour.orders, second[hour.hour]) for hour in main.plan.hours}
    main.journal.send(calls.award(main.client, results, key=main.courier))
    main.journal.send(calls.release_bonds(main.client, list(results), key=main.courier))


def state_escrow(main: MainDay) -> None:
    """The bank states what the escrow account of the main chain held when the day of delivery ended."""
    balance, document = sum(_deposits(main).values()), main.reference("the bank's statement of the escrow account")
    main.journal.send(points.state_escrow(main.client, balance, document=document, key=main.role("bank")))


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


def _deposits(main: MainDay) -> dict[str, int]:
    """What units and the poster deposit [point-wei]."""
    return deposits(main.plan, bond=calls.bond_of(main.client, order_key(POSTER).address))


def _second_clearings(main: MainDay) -> dict[int, calls.ShownClearing]:
    """By unix hour."""
    return {hour.hour: calls.shown(hour.result.second) for hour in main.plan.hours}
