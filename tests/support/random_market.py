"""Random market days, the same for the same generator, and what they come to: contracts and Python must settle alike.

Several agreements per member, prosumers, deliveries of nothing, of everything and beyond, both parties in default,
related parties, amounts from 1 Wh to the largest that an hour holds, weights at their bounds, silent members, estimates
and corrected sheets.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from offchain.market.day_close import DayClose, close_day
from offchain.market.reconciliation import Reconciliation, reconcile
from offchain.market.records import Agreement, Tariffs
from offchain.market.rulebooks import MARKET, PAPER, Rulebook
from offchain.market.settlement import DaySettlement, settle_day
from offchain.market.silence import with_silent
from offchain.members.records import DaySheet
from offchain.units import PRICE_TICK

POINT = 10**18
WAD = 10**18
TARIFFS = Tariffs(feed_in=40 * POINT // 100, purchase=75 * POINT // 100, grid_fee=4 * POINT // 100)
LARGEST_WH = 4_000_000_000
"""Of all agreements of a member in an hour [Wh]."""
MOST_AGREEMENTS = 10


@dataclass(frozen=True, kw_only=True)
class RandomDay:
    """A market day with everything that settlement reads."""

    hours: range
    agreements: tuple[Agreement, ...]
    sheets: dict[int, DaySheet]
    """Accepted by the deadline, or the operator's estimate; a member without one is silent."""
    estimated: frozenset[int]
    final: dict[int, DaySheet]
    """What is accepted in the end, where it differs: corrections, and what silent members bring after all."""
    weights: dict[int, int]
    """Credit weight at the opening, W/100 [wad]."""
    groups: dict[int, int]
    """Owner group of those who have one."""

    @property
    def members(self) -> tuple[int, ...]:
        """Everybody, by id."""
        return tuple(sorted(self.weights))


def closed(day: RandomDay, rulebook: Rulebook) -> DayClose:
    """What a day comes to on its first sheets."""
    return close_day(_settled(day, day.sheets, rulebook), day.weights, tariffs=TARIFFS, groups=day.groups)


def corrected(day: RandomDay, rulebook: Rulebook) -> Reconciliation:
    """What its final sheets change; who was silent has its energy outside agreements settled for the first time."""
    final = _settled(day, {**day.sheets, **day.final}, rulebook)
    silent = day.weights.keys() - day.sheets.keys()
    absent = silent - day.final.keys()
    return reconcile(closed(day, rulebook), final, tariffs=TARIFFS, unsettled=silent, absent=absent)


def _settled(day: RandomDay, sheets: dict[int, DaySheet], rulebook: Rulebook) -> DaySettlement:
    complete = with_silent(day.agreements, tuple(sheets.values()))
    return settle_day(day.agreements, complete, hours=day.hours, tariffs=TARIFFS, rulebook=rulebook)


def generator(seed: int) -> random.Random:
    """A source of days, always the same for a seed."""
    return random.Random(seed)  # noqa: S311 - test data, no secret


def random_day(
    rng: random.Random,
    *,
    rulebook: Rulebook = MARKET,
    first_hour: int = 403559,
    first_member: int = 2,
    largest_wh: int = LARGEST_WH,
) -> RandomDay:
    """Draw a day of up to nine members numbered from `first_member`, as a rulebook takes it.

    Nobody agrees on more than `largest_wh` in an hour, nor measures more than 5 Wh above what it agreed on.
    """
    members = list(range(first_member, first_member + rng.randint(2, 9)))
    hours = range(first_hour, first_hour + 24)
    groups = {member: rng.randint(1, 2) for member in members if rng.random() < 0.3}
    agreements = _agreements(rng, members, hours, groups=groups, drawing=DRAWINGS[rulebook.name], largest_wh=largest_wh)
    sheets = {member: _sheet(rng, member, agreements, hours) for member in members}
    silent = {member for member in members if rng.random() < 0.08}
    late = {m: _sheet(rng, m, agreements, hours) for m in members if rng.random() < (0.6 if m in silent else 0.2)}
    return RandomDay(
        hours=hours,
        agreements=agreements,
        sheets={m: sheet for m, sheet in sheets.items() if m not in silent},
        estimated=frozenset(m for m in members if m not in silent and rng.random() < 0.1),
        final=late,
        weights={m: _weight(rng) for m in members},
        groups=groups,
    )


def _weight(rng: random.Random) -> int:
    return rng.choice((0, WAD, WAD // 2, 1, WAD - 1, rng.randint(0, WAD), rng.randint(0, WAD // 1000)))


def _any_two(rng: random.Random, members: list[int], free: list[int]) -> list[int]:
    return rng.sample(members, 2)


def _two_without_agreement(rng: random.Random, members: list[int], free: list[int]) -> list[int]:
    return [free.pop(), free.pop()] if len(free) >= 2 else []


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How the agreements of a day are drawn."""

    most_agreements: int
    """Of a member."""
    parties: Callable[[random.Random, list[int], list[int]], list[int]]
    """Of the next agreement, seller first, from all members and those who are free; nobody if there are too few."""


DRAWINGS = {
    MARKET.name: Drawing(most_agreements=MOST_AGREEMENTS, parties=_any_two),
    PAPER.name: Drawing(most_agreements=1, parties=_two_without_agreement),
}


def _agreements(
    rng: random.Random, members: list[int], hours: range, *, groups: dict[int, int], drawing: Drawing, largest_wh: int
) -> tuple[Agreement, ...]:
    scale = rng.choice((1, 7, 1_000, 350_000, largest_wh // drawing.most_agreements))
    free = list(members)
    rng.shuffle(free)
    agreements = []
    for number in range(1, rng.randint(1, MOST_AGREEMENTS) + 1):
        parties = drawing.parties(rng, members, free)
        if not parties:
            break
        seller, buyer = parties
        first = rng.randrange(24)
        agreements.append(
            Agreement(
                id=number,
                seller=seller,
                buyer=buyer,
                wh_per_hour=_amount(rng, scale),
                first_hour=hours.start + first,
                hours=rng.choice((1, rng.randint(1, 24 - first))),
                price=_price(rng),
                bundled=rng.random() < 0.5,
                related=seller in groups and groups[seller] == groups.get(buyer),
            )
        )
    return tuple(agreements)


def _amount(rng: random.Random, scale: int) -> int:
    return rng.choice((1, scale, rng.randint(1, scale)))


def _price(rng: random.Random) -> int:
    lowest, highest = TARIFFS.feed_in, TARIFFS.highest_price
    return rng.choice((lowest, highest, rng.randrange(lowest, highest + 1, PRICE_TICK)))


def _sheet(rng: random.Random, member: int, agreements: tuple[Agreement, ...], hours: range) -> DaySheet:
    """Deliveries around what was agreed; some members are true to it in every hour."""
    habit = rng.choice(("true", "nothing", "mixed", "mixed"))
    sold = [sum(a.wh_per_hour for a in agreements if a.seller == member and hour in a.window) for hour in hours]
    bought = [sum(a.wh_per_hour for a in agreements if a.buyer == member and hour in a.window) for hour in hours]
    return DaySheet(
        member=member,
        import_wh=tuple(_metered(rng, wh, habit) for wh in bought),
        export_wh=tuple(_metered(rng, wh, habit) for wh in sold),
    )


def _metered(rng: random.Random, agreed: int, habit: str) -> int:
    if habit == "nothing":
        return 0
    if habit == "true":
        return agreed
    return rng.choice((agreed, 0, agreed + rng.randint(0, 5), rng.randint(0, agreed), max(0, agreed - 1)))
