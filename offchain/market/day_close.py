"""The close of a market day: penalties of its defaults, weights after it, and who shares the penalties.

A day closes once all its agreements are settled. Nothing here depends on the order in which they were.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from offchain.errors import InputError
from offchain.market.credit import WAD, weights_after
from offchain.market.penalties import Penalties, penalties
from offchain.market.pool import PoolDay, share_out
from offchain.market.records import Tariffs
from offchain.market.settlement import DaySettlement


@dataclass(frozen=True, kw_only=True)
class DayClose:
    """A settled day with everything that follows from it."""

    settlement: DaySettlement
    penalties: tuple[Penalties, ...]
    """By agreement id."""
    opening: tuple[tuple[int, int], ...]
    """Member and weight at the opening of the day [wad]."""
    weights: tuple[tuple[int, int], ...]
    """Member and weight after the day [wad], of the members that settled an agreement of it."""
    pool: PoolDay
    balances: tuple[tuple[int, int], ...]
    """Member and the sum of its legs for energy, compensation and penalties, without shares [point-wei]."""


def close_day(
    settlement: DaySettlement,
    opening: Mapping[int, int],
    *,
    tariffs: Tariffs,
    groups: Mapping[int, int] | None = None,
) -> DayClose:
    """Close a settled day.

    Args:
        settlement: of the day's energy.
        opening: weight of every party at the opening of the day [wad].
        tariffs: S, B and G of the day.
        groups: owner group of the members that have one.

    Raises:
        InputError: a party has no weight within 0 to 1e18; names all.

    """
    parties = {p for item in settlement.agreements for p in (item.agreement.seller, item.agreement.buyer)}
    if problems := [f"member {m}: {opening.get(m)}" for m in sorted(parties) if not 0 <= opening.get(m, -1) <= WAD]:
        raise InputError(f"opening weights must be within 0 and {WAD}: {', '.join(problems)}")
    charged = tuple(
        penalties(item, opening, tariffs=tariffs, rulebook=settlement.rulebook) for item in settlement.agreements
    )
    after = weights_after(settlement.agreements, opening)
    balances: dict[int, int] = defaultdict(int, settlement.balances)
    for charge in charged:
        balances[charge.agreement.seller] += charge.seller_leg
        balances[charge.agreement.buyer] += charge.buyer_leg
    return DayClose(
        settlement=settlement,
        penalties=charged,
        opening=tuple((member, opening[member]) for member in sorted(parties)),
        weights=tuple(after.items()),
        pool=share_out(charged, after, groups=groups or {}),
        balances=tuple(balances.items()),
    )
