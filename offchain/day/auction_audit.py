"""Read the auction of a day back from the main chain and compare every number with what was worked out off chain."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from offchain.auction.packing import pack_dispatch, pack_order, pack_prices
from offchain.chain.events import Event
from offchain.day.auction import POSTER, AuctionDay, order_key
from offchain.day.auction_plan import AuctionHour
from offchain.errors import LawViolation
from offchain.market_time import MarketCalendar, date_of_day
from offchain.merkle import keccak256, leaf_hash, merkle_tree

WORD = 1 << 256


@dataclass(frozen=True, kw_only=True)
class AuctionAudit:
    """What stands on the main chain after the auction of a day, every figure read from it."""

    first: tuple[Event, ...]
    """FirstClearing, by hour."""
    second: tuple[Event, ...]
    """SecondClearing, by hour."""
    tables: tuple[Event, ...]
    """TablePosted, by hour."""
    awarded: tuple[tuple[Event, ...], ...]
    """Awarded, by hour and order."""
    paid: tuple[Event, ...]
    """HourAwarded, by hour."""
    bonds: int
    """Released [point-wei]."""
    ladder_account: int
    """Held for the month [point-wei]."""


def audit_auction(auction: AuctionDay) -> AuctionAudit:
    """Compare what the auction's contracts announced and hold with the plan.

    Raises:
        LawViolation: anything differs; names the first difference of each kind.
    """
    hours = auction.plan.hours
    found = _found(auction)
    problems = [
        problem
        for name, rows in _planned(auction).items()
        for problem in _differences(name, found[name], rows)
    ]  # fmt: skip
    problems += _money(auction, found)
    if problems:
        raise LawViolation(f"chain {auction.client.endpoint.name} differs from the plan: {'; '.join(problems)}")
    orders = len(auction.plan.units)
    awards = found["Awarded"]
    return AuctionAudit(
        first=tuple(found["FirstClearing"]),
        second=tuple(found["SecondClearing"]),
        tables=tuple(found["TablePosted"]),
        awarded=tuple(tuple(awards[start * orders : (start + 1) * orders]) for start in range(len(hours))),
        paid=tuple(found["HourAwarded"]),
        bonds=sum(event.values.bond for event in found["BondReleased"]),
        ladder_account=_month(auction).collected,
    )


def _found(auction: AuctionDay) -> dict[str, list[Event]]:
    """The events of the day's hours by name, by hour and then position."""
    hours = {hour.hour for hour in auction.plan.hours}
    found: dict[str, list[Event]] = {name: [] for name in _planned(auction)}
    for contract in ("Auction", "CoalitionTables"):
        for event in auction.client.events(auction.contract(contract)):
            if event.name in found and event.values.hour in hours:
                found[event.name].append(event)
    return {name: sorted(events, key=lambda event: tuple(event.values[:2])[:2]) for name, events in found.items()}


def _planned(auction: AuctionDay) -> Mapping[str, list[tuple[Any, ...]]]:
    """What each event of the day must say, in the order of its interface; nothing is said of what stands behind."""
    hours = auction.plan.hours
    poster = order_key(POSTER).address
    bond = auction.deposits[POSTER] // len(hours)
    network = keccak256(auction.plan.network)
    return {
        "OrderPlaced": [row for hour in hours for row in _orders(auction, hour)],
        "OrdersClosed": [(h.hour, keccak256(h.orders), network) for h in hours],
        "FirstClearing": [(h.hour, h.result.first.emission, pack_dispatch(h.result.first.dispatch)) for h in hours],
        "TablePosted": [(h.hour, 1, poster, h.table_hash, h.allocations, bond) for h in hours],
        "QuotesAdjusted": [(h.hour, h.adjusted) for h in hours],
        "SecondClearing": [_second(hour) for hour in hours],
        "Awarded": [row for hour in hours for row in _awards(auction, hour)],
        "HourAwarded": [
            (h.hour, _root(auction, h), h.settlement.rent, h.settlement.ladder_account) for h in hours
        ],
        "BondReleased": [(h.hour, 1, poster, bond) for h in hours],
    }  # fmt: skip


def _orders(auction: AuctionDay, hour: AuctionHour) -> Iterator[tuple[Any, ...]]:
    rows = zip(auction.units, hour.market.orders, hour.locked, strict=True)
    for position, (unit, order, locked) in enumerate(rows):
        yield hour.hour, position, unit, pack_order(order), locked


def _second(hour: AuctionHour) -> tuple[Any, ...]:
    clearing = hour.result.second
    prices = pack_prices(clearing.certificate.mu, clearing.certificate.nu)
    return hour.hour, clearing.emission, pack_dispatch(clearing.dispatch), prices


def _awards(auction: AuctionDay, hour: AuctionHour) -> Iterator[tuple[Any, ...]]:
    dispatch = hour.result.second.dispatch
    rows = zip(auction.units, dispatch, hour.settlement.prices, hour.adders, hour.legs, strict=True)
    for position, row in enumerate(rows):
        yield hour.hour, position, *row


def _root(auction: AuctionDay, hour: AuctionHour) -> bytes:
    """Root of an hour's awards (docs/AUCTION.md, 'Awards'); a negative price is its two's complement."""
    leaves = [
        leaf_hash(number, position, unit, energy, price % WORD, adder)
        for number, position, unit, energy, price, adder, _ in _awards(auction, hour)
    ]
    return merkle_tree(leaves).root


def _differences(name: str, found: list[Event], planned: list[tuple[Any, ...]]) -> Iterable[str]:
    if len(found) != len(planned):
        yield f"{len(found)} events {name}, planned {len(planned)}"
        return
    for event, row in zip(found, planned, strict=True):
        values = tuple(event.values)[: len(row)]
        if values != row:
            fields = zip(event.values._fields, values, row, strict=False)
            field, value, expected = next(entry for entry in fields if entry[1] != entry[2])
            yield f"{name} of hour {row[0]} has {field} {_text(value)}, planned {_text(expected)}"
            return


def _text(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _money(auction: AuctionDay, found: Mapping[str, list[Event]]) -> Iterable[str]:
    """Legs, rent and ladder sum to zero; every account holds its deposit and its legs; the contracts hold them all."""
    client, house = auction.client, auction.contract("Auction")
    names = [unit.name for unit in auction.plan.units]
    legs = dict.fromkeys(names, 0)
    for event in found["Awarded"]:
        legs[names[event.values.position]] += event.values.leg
    rent = sum(event.values.rent for event in found["HourAwarded"])
    ladder = sum(event.values.ladder for event in found["HourAwarded"])
    rest = sum(legs.values()) + rent + ladder
    if rest:
        yield f"legs, rent and ladder of the auction sum to {rest} point-wei, not 0"
    accounts = {order_key(name).address: auction.deposits.get(name, 0) + leg for name, leg in legs.items()}
    accounts[client.call(house("gridCompany"))] = rent
    for address, planned in accounts.items():
        balance = client.call(house("balanceOf", address))
        if balance != planned:
            yield f"account {address} of the auction holds {balance} point-wei, planned {planned}"
            break
    month = _month(auction)
    energy = sum(event.values.energy for event in found["Awarded"])
    if (month.collected, month.energy) != (ladder, energy):
        yield f"the ladder account holds {tuple(month)}, the hours paid {(ladder, energy)}"
    owed = {"Auction": sum(accounts.values()) + ladder, "CoalitionTables": auction.deposits[POSTER]}
    yield from _holdings(auction, owed)


def _holdings(auction: AuctionDay, owed: Mapping[str, int]) -> Iterable[str]:
    for name, amount in owed.items():
        held = auction.client.call(auction.contract("PowerPoint")("balanceOf", auction.contract(name).address))
        if held != amount:
            yield f"{name} holds {held} point-wei, its accounts say {amount}"


def _month(auction: AuctionDay) -> Any:
    """The ladder account of the month of delivery."""
    house = auction.contract("Auction")
    calendar = MarketCalendar(auction.client.call(house("utcOffset")))
    day = date_of_day(calendar.day_of_hour(auction.plan.hours[0].hour))
    return auction.client.call(house("ladderMonth", day.year * 12 + day.month - 1))
