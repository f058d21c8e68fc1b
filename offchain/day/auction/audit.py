"""The auction of a day as the main chain has it: every number compared with what was worked out off chain."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from offchain.auction.packing import pack_dispatch, pack_order, pack_prices
from offchain.chain.keys import local_key
from offchain.day.auction.plan import GRID_COMPANY, POSTER, AuctionHour, AuctionPlan, deposits, order_key
from offchain.day.driver.audit import refuse
from offchain.day.driver.evidence import ChainEvidence, Evidence, Question
from offchain.index.records import IndexedEvent
from offchain.merkle import keccak256, leaf_hash, merkle_tree
from offchain.points.history import points_of

WORD = 1 << 256


@dataclass(frozen=True, kw_only=True)
class AuctionFindings:
    """What stands on the main chain after the auction of a day, every figure read from it."""

    first: tuple[IndexedEvent, ...]
    """FirstClearing, by hour."""
    second: tuple[IndexedEvent, ...]
    """SecondClearing, by hour."""
    tables: tuple[IndexedEvent, ...]
    """TablePosted, by hour."""
    awarded: tuple[tuple[IndexedEvent, ...], ...]
    """Awarded, by hour and order."""
    paid: tuple[IndexedEvent, ...]
    """HourAwarded, by hour."""
    bonds: int
    """Released [point-wei]."""
    ladder_account: int
    """Held for the month [point-wei]."""
    deposited: int
    """By units [point-wei]."""


def queries(evidence: Evidence) -> Iterable[Question]:
    """Every account, the month's ladder account, and the bond that a table needs."""
    chain, plan = evidence.main.name, evidence.world.auction
    yield Question(chain, "CoalitionTables", "bondOf", (order_key(POSTER).address,))
    yield Question(chain, "Auction", "gridCompany")
    yield Question(chain, "Auction", "ladderMonth", (plan.month,))
    for account in (*(order_key(unit.name).address for unit in plan.units), local_key(GRID_COMPANY).address):
        yield Question(chain, "Auction", "balanceOf", (account,))
    for name in ("Auction", "CoalitionTables"):
        yield Question(chain, "PowerPoint", "balanceOf", (evidence.main.addresses[name],))


def audit_auction(evidence: Evidence) -> AuctionFindings:
    """Compare what the auction's contracts announced and hold with the plan.

    Raises:
        LawViolation: anything differs; names the first difference of each kind.
    """
    plan, chain = evidence.world.auction, evidence.main
    planned, deposited = _planned(plan, chain), _deposits(plan, chain)
    found = _found(plan, chain, names=planned)
    problems = [
        problem
        for name, rows in planned.items()
        for problem in _differences(name, found[name], rows)
    ]  # fmt: skip
    refuse(chain.name, [*problems, *_money(plan, chain, found=found)])
    orders, awards = len(plan.units), found["Awarded"]
    return AuctionFindings(
        first=tuple(found["FirstClearing"]),
        second=tuple(found["SecondClearing"]),
        tables=tuple(found["TablePosted"]),
        awarded=tuple(tuple(awards[start * orders : (start + 1) * orders]) for start in range(len(plan.hours))),
        paid=tuple(found["HourAwarded"]),
        bonds=sum(event.values["bond"] for event in found["BondReleased"]),
        ladder_account=chain.answer("Auction", "ladderMonth", plan.month).collected,
        deposited=sum(held for name, held in deposited.items() if name != POSTER),
    )


def _deposits(plan: AuctionPlan, chain: ChainEvidence) -> dict[str, int]:
    """What units and the poster should have deposited [point-wei]."""
    return deposits(plan, bond=chain.answer("CoalitionTables", "bondOf", order_key(POSTER).address))


def _units(plan: AuctionPlan, chain: ChainEvidence) -> tuple[int, ...]:
    """Ids of the units, in the plan's order, which is that of their registration."""
    units = tuple(event.values["unit"] for event in chain.of("AuctionRegistry", "UnitRegistered"))
    if len(units) != len(plan.units):
        refuse(chain.name, [f"{len(units)} units are registered, planned {len(plan.units)}"])
    return units


def _found(plan: AuctionPlan, chain: ChainEvidence, *, names: Iterable[str]) -> dict[str, list[IndexedEvent]]:
    """The events of the day's hours by name, by hour and then position."""
    hours = {hour.hour for hour in plan.hours}
    found: dict[str, list[IndexedEvent]] = {name: [] for name in names}
    for contract in ("Auction", "CoalitionTables"):
        for event in chain.of(contract, *found):
            if event.values["hour"] in hours:
                found[event.name].append(event)
    return {name: sorted(events, key=_place) for name, events in found.items()}


def _place(event: IndexedEvent) -> tuple[int, int]:
    """Hour, then the position of an order."""
    return event.values["hour"], event.values.get("position", 0)


def _planned(plan: AuctionPlan, chain: ChainEvidence) -> Mapping[str, list[tuple[Any, ...]]]:
    """What each event of the day must say, in the order of its interface; nothing is said of what stands behind."""
    hours, units = plan.hours, _units(plan, chain)
    poster = order_key(POSTER).address
    bond = _deposits(plan, chain)[POSTER] // len(hours)
    network = keccak256(plan.network)
    return {
        "OrderPlaced": [row for hour in hours for row in _orders(hour, units)],
        "OrdersClosed": [(h.hour, keccak256(h.orders), network) for h in hours],
        "FirstClearing": [(h.hour, h.result.first.emission, pack_dispatch(h.result.first.dispatch)) for h in hours],
        "TablePosted": [(h.hour, 1, poster, h.table_hash, h.allocations, bond) for h in hours],
        "QuotesAdjusted": [(h.hour, h.adjusted) for h in hours],
        "SecondClearing": [_second(hour) for hour in hours],
        "Awarded": [row for hour in hours for row in _awards(hour, units)],
        "HourAwarded": [
            (h.hour, _root(h, units), h.settlement.rent, h.settlement.ladder_account) for h in hours
        ],
        "BondReleased": [(h.hour, 1, poster, bond) for h in hours],
    }  # fmt: skip


def _orders(hour: AuctionHour, units: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    rows = zip(units, hour.market.orders, hour.locked, strict=True)
    for position, (unit, order, locked) in enumerate(rows):
        yield hour.hour, position, unit, pack_order(order), locked


def _second(hour: AuctionHour) -> tuple[Any, ...]:
    clearing = hour.result.second
    prices = pack_prices(clearing.certificate.mu, clearing.certificate.nu)
    return hour.hour, clearing.emission, pack_dispatch(clearing.dispatch), prices


def _awards(hour: AuctionHour, units: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    dispatch = hour.result.second.dispatch
    rows = zip(units, dispatch, hour.settlement.prices, hour.adders, hour.legs, strict=True)
    for position, row in enumerate(rows):
        yield hour.hour, position, *row


def _root(hour: AuctionHour, units: tuple[int, ...]) -> bytes:
    """Root of an hour's awards (docs/AUCTION.md, 'Awards'); a negative price is its two's complement."""
    leaves = [
        leaf_hash(number, position, unit, energy, price % WORD, adder)
        for number, position, unit, energy, price, adder, _ in _awards(hour, units)
    ]
    return merkle_tree(leaves).root


def _differences(name: str, found: list[IndexedEvent], planned: list[tuple[Any, ...]]) -> Iterable[str]:
    if len(found) != len(planned):
        yield f"{len(found)} events {name}, planned {len(planned)}"
        return
    for event, row in zip(found, planned, strict=True):
        fields = zip(event.values.items(), map(_text, row), strict=False)
        for (field, value), expected in fields:
            if _text(value) != expected:
                yield f"{name} of hour {row[0]} has {field} {value}, planned {expected}"
                return


def _text(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _money(plan: AuctionPlan, chain: ChainEvidence, *, found: Mapping[str, list[IndexedEvent]]) -> Iterable[str]:
    """Legs, rent and ladder sum to zero; every account holds its deposit and its legs; the contracts hold them all."""
    deposited, names = _deposits(plan, chain), [unit.name for unit in plan.units]
    legs = dict.fromkeys(names, 0)
    for event in found["Awarded"]:
        legs[names[event.values["position"]]] += event.values["leg"]
    rent, ladder = (sum(event.values[name] for event in found["HourAwarded"]) for name in ("rent", "ladder"))
    rest = sum(legs.values()) + rent + ladder
    if rest:
        yield f"legs, rent and ladder of the auction sum to {rest} point-wei, not 0"
    accounts = {order_key(name).address: deposited.get(name, 0) + leg for name, leg in legs.items()}
    grid_company = local_key(GRID_COMPANY).address
    accounts[grid_company] = rent
    if chain.answer("Auction", "gridCompany") != grid_company:
        yield f"rent of the auction goes to {chain.answer('Auction', 'gridCompany')}, planned {grid_company}"
    for address, planned in accounts.items():
        balance = chain.answer("Auction", "balanceOf", address)
        if balance != planned:
            yield f"account {address} of the auction holds {balance} point-wei, planned {planned}"
            break
    month = chain.answer("Auction", "ladderMonth", plan.month)
    energy = sum(event.values["energy"] for event in found["Awarded"])
    if (month.collected, month.energy) != (ladder, energy):
        yield f"the ladder account holds {tuple(month)}, the hours paid {(ladder, energy)}"
    yield from _holdings(chain, {"Auction": sum(accounts.values()) + ladder, "CoalitionTables": deposited[POSTER]})


def _holdings(chain: ChainEvidence, owed: Mapping[str, int]) -> Iterable[str]:
    """What the contracts hold is what their accounts say, by their answers and by all transfers."""
    by_transfers = points_of(chain.events).balances
    for name, amount in owed.items():
        address = chain.addresses[name]
        for held in (chain.answer("PowerPoint", "balanceOf", address), by_transfers.get(address, 0)):
            if held != amount:
                yield f"{name} holds {held} point-wei, its accounts say {amount}"
                break
