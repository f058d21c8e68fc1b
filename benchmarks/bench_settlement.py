"""How long it takes to settle and close a market day of 10,000 agreements off chain, stage by stage.

`python benchmarks/bench_settlement.py`: 2,000 members, windows of 1 to 4 hours, one party in ten falls short. The
share of penalties stands beside the naive loop of Eq. (34) over every member and default, in the same run. Quoted, not
measured here: clearing on chain in lemlab (tum-ewk/lemlab, commit e1c7ee0, contract ClearingExAnte, measured on anvil).
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from offchain.market.credit import FIRST_WEIGHT
from offchain.market.day_close import DayClose, close_day
from offchain.market.laws import check_close, check_settlement
from offchain.market.pool import share_out
from offchain.market.reconciliation import reconcile
from offchain.market.records import Agreement
from offchain.market.settlement import settle_day
from offchain.members.records import DaySheet
from offchain.regions import load_regions
from offchain.units import PRICE_TICK

AGREEMENTS, MEMBERS = 10_000, 2_000
HOURS = range(403559, 403583)
LEMLAB = "lemlab, one clearing on chain: 502,228 gas per position at 10 positions, 851,325 at 40; 622,290 at 20"
_T = TypeVar("_T")


def draw_day(rng: random.Random) -> tuple[list[Agreement], list[DaySheet]]:
    """Half of the members sell to the other half; meters show what was agreed, or in one of ten hours less."""
    agreements = []
    for number in range(1, AGREEMENTS + 1):
        first = rng.randrange(24)
        agreements.append(
            Agreement(
                id=number,
                seller=rng.randint(1, MEMBERS // 2),
                buyer=rng.randint(MEMBERS // 2 + 1, MEMBERS),
                wh_per_hour=rng.randint(1_000, 50_000),
                first_hour=HOURS.start + first,
                hours=rng.randint(1, min(4, 24 - first)),
                price=rng.randint(4000, 7100) * PRICE_TICK,
            )
        )
    agreed = {member: [0] * 24 for member in range(1, MEMBERS + 1)}
    for agreement in agreements:
        for hour in agreement.window:
            agreed[agreement.seller][hour - HOURS.start] += agreement.wh_per_hour
            agreed[agreement.buyer][hour - HOURS.start] += agreement.wh_per_hour
    sheets = []
    for member, wh in agreed.items():
        metered = tuple(value * rng.randint(50, 99) // 100 if rng.random() < 0.1 else value for value in wh)
        nothing = (0,) * 24
        exports, imports = (metered, nothing) if member <= MEMBERS // 2 else (nothing, metered)
        sheets.append(DaySheet(member=member, import_wh=imports, export_wh=exports))
    return agreements, sheets


def naive_shares(close: DayClose, *, defaults: int) -> dict[int, int]:
    """Eq. (34) as it stands, over the first so many defaults, every share rounded down."""
    weights = dict(close.weights)
    everybody = sum(weights.values())
    shares = dict.fromkeys(weights, 0)
    for charge in [c for c in close.penalties if c.pool_entry][:defaults]:
        pair = (charge.agreement.seller, charge.agreement.buyer)
        others = everybody - sum(weights[member] for member in pair)
        for member, weight in weights.items():
            if member not in pair:
                shares[member] += charge.pool_entry * weight // others
    return shares


def timed(what: str, work: Callable[[], _T], *, times: int = AGREEMENTS) -> tuple[_T, float]:
    """Run and print."""
    started = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - started
    print(f"  {what:<44} {seconds:8.3f} s   {1e6 * seconds / times:8.1f} us each")
    return result, seconds


def main() -> int:
    """Print the times."""
    tariffs = load_regions()["rural"].tariffs
    agreements, sheets = draw_day(random.Random(2016))  # noqa: S311 - the same day every time
    opening = dict.fromkeys(range(1, MEMBERS + 1), FIRST_WEIGHT)
    print(f"a day of {AGREEMENTS} agreements among {MEMBERS} members, off chain, one process")
    settled, first = timed("settle energy", lambda: settle_day(agreements, sheets, hours=HOURS, tariffs=tariffs))
    close, second = timed("penalties, weights, shares", lambda: close_day(settled, opening, tariffs=tariffs))
    timed("laws of settlement", lambda: check_settlement(settled, sheets, tariffs=tariffs))
    timed("laws of the close", lambda: check_close(close))
    timed("reconciliation", lambda: reconcile(close, settled, tariffs=tariffs))
    print(f"  settled and closed in {first + second:.3f} s")
    defaults = sum(charge.pool_entry > 0 for charge in close.penalties)
    print(f"shares of {defaults} penalties among {len(close.weights)} members")
    weights = dict(close.weights)
    timed("rate per unit of weight", lambda: share_out(close.penalties, weights, groups={}), times=defaults)
    timed("naive loop, first 20 penalties only", lambda: naive_shares(close, defaults=20), times=20)
    print(f"{LEMLAB} (quoted; it settles a position when it clears it, we settle an agreement from sheets)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
