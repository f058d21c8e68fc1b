"""Credit weights, in the integers that the contracts use (docs/MARKET.md): 1e18 stands for 100 points.

Xiong et al. 2023, Eqs. (14)-(17) and (24), corrected, see docs/PAPERS.md, in a form that does not depend on the order
of a day's agreements: every formula uses the weight of the day's opening, and a day changes a weight once. With one
agreement this is the paper's.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offchain.market.settlement import AgreementSettlement

WAD = 10**18
FIRST_WEIGHT = WAD // 2
"""Of a member that is new to a market."""
DECAY = 951229424500714009
"""exp(-0.05) [wad], rounded down."""
DAYS_PER_DECAY = 30


@dataclass
class _Deeds:
    """A member's day [Wh]."""

    performed: int = 0
    owed: int = 0
    missing: int = 0


def weights_after(settled: Iterable[AgreementSettlement], opening: Mapping[int, int]) -> dict[int, int]:
    """Weights of a day's members after it [wad], by member, from those at its opening.

    Agreements between related parties count for nobody.
    """
    deeds: dict[int, _Deeds] = defaultdict(_Deeds)
    market = 0
    for item in settled:
        agreement = item.agreement
        for member, short in ((agreement.seller, item.seller_short), (agreement.buyer, item.buyer_short)):
            own = deeds[member]
            if not agreement.related:
                own.performed += short.performed_wh
                own.owed += agreement.wh
                own.missing += short.wh
        market += 0 if agreement.related else agreement.wh
    return {member: _after(opening[member], own, market) for member, own in sorted(deeds.items())}


def _after(weight: int, deeds: _Deeds, market: int) -> int:
    """W0 + floor((1 - W0) P / M) - ceil(W0 D / O)."""
    gain = (WAD - weight) * deeds.performed // market if deeds.performed else 0
    loss = -(-weight * deeds.missing // deeds.owed) if deeds.missing else 0
    return weight + gain - loss


def opening_weight(weight: int, *, last_day: int, day: int, first_day: int) -> int:
    """Eq. (24): the weight at the opening of a day [wad] of who had this weight after its last day.

    One decay for every 30 days that the market, whose first day is `first_day`, closed in between.
    """
    steps = (day - first_day) // DAYS_PER_DECAY - (last_day - first_day) // DAYS_PER_DECAY
    return weight * decay_index(steps) // WAD


def decay_index(steps: int) -> int:
    """What is left of 1e18 after `steps` decays, each rounded down; nothing after 780 of them."""
    index = WAD
    while steps and index:
        index = index * DECAY // WAD
        steps -= 1
    return index
