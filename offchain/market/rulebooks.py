"""By which rules a market settles; one rulebook per market, for good.

`market`: meters shared over several agreements, every hour judged, penalties proportional and bounded. `paper`: the
corrected paper to the letter (Xiong et al. 2023, see docs/PAPERS.md), one agreement per member and day, judged once
over its window.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from offchain.errors import InputError
from offchain.market.records import Agreement

WAD = 10**18


class Share(Protocol):
    """Of a member-hour's energy, what counts towards one of its agreements [Wh]."""

    def __call__(self, metered_wh: int, contracted_wh: int, *, contracted_sum_wh: int) -> int:
        """`contracted_wh` of this agreement, `contracted_sum_wh` of all of the member in the hour."""


@dataclass(frozen=True, kw_only=True)
class Rulebook:
    """A row of `RULEBOOKS`."""

    name: str
    number: int
    """In IBilateralMarket.Rulebook."""
    day_problems: Callable[[Sequence[Agreement]], list[str]]
    """What it does not take of a day's agreements."""
    share: Share
    outside: Callable[[int, int], int]
    """Of a member-hour's metered energy, what is outside agreements, by how much is contracted in it [Wh]."""
    unit_hours: Callable[[Agreement], int]
    """How many hours of an agreement are judged together; a divisor of all its hours."""
    penalty_factor: int
    """Penalty per loss at full weight and full shortfall."""
    least_weight: int
    """A penalty is never below that of this weight [wad]."""

    def __str__(self) -> str:
        return self.name


def share(metered_wh: int, contracted_wh: int, *, contracted_sum_wh: int) -> int:
    """Return the Wh of a member-hour that count towards one agreement, rounded down, at most what was agreed.

    In proportion to the agreed amounts; energy enough for all of them leaves none short.
    """
    return min(contracted_wh, metered_wh * contracted_wh // contracted_sum_wh)


def _everything(metered_wh: int, contracted_wh: int, *, contracted_sum_wh: int) -> int:
    return metered_wh


def _beyond(metered_wh: int, contracted_wh: int) -> int:
    return max(0, metered_wh - contracted_wh)


def _without_agreement(metered_wh: int, contracted_wh: int) -> int:
    return 0 if contracted_wh else metered_wh


def _any_number(_: Sequence[Agreement]) -> list[str]:
    return []


def _one_of_each(agreements: Sequence[Agreement]) -> list[str]:
    made = Counter(party for agreement in agreements for party in (agreement.seller, agreement.buyer))
    return [f"member {m} has {n} agreements, one is allowed" for m, n in sorted(made.items()) if n > 1]


def _single_hours(_: Agreement) -> int:
    return 1


def _whole_window(agreement: Agreement) -> int:
    return agreement.hours


MARKET = Rulebook(
    name="market",
    number=0,
    day_problems=_any_number,
    share=share,
    outside=_beyond,
    unit_hours=_single_hours,
    penalty_factor=2,
    least_weight=WAD // 2,
)
PAPER = Rulebook(
    name="paper",
    number=1,
    day_problems=_one_of_each,
    share=_everything,
    outside=_without_agreement,
    unit_hours=_whole_window,
    penalty_factor=100,  # the weight counts in points
    least_weight=0,
)
RULEBOOKS = {rulebook.name: rulebook for rulebook in (MARKET, PAPER)}


def rulebook_of(number: int) -> Rulebook:
    """The rulebook that a contract names by its number.

    Raises:
        InputError: there is none.
    """
    for rulebook in RULEBOOKS.values():
        if rulebook.number == number:
            return rulebook
    raise InputError(f"rulebook {number} is unknown; they are {', '.join(RULEBOOKS)}")
