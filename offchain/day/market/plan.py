"""What a region's bilateral market comes to: margins before the day, settlement, close and reconciliation after it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from offchain.day.world.readings import Readings
from offchain.market.accounts import Accounts
from offchain.market.credit import FIRST_WEIGHT
from offchain.market.day_close import DayClose, close_day
from offchain.market.laws import check_close, check_reconciliation, check_settlement
from offchain.market.penalties import margins
from offchain.market.reconciliation import Reconciliation, reconcile
from offchain.market.records import Agreement, Tariffs
from offchain.market.rulebooks import MARKET
from offchain.market.settlement import DaySettlement, amount, settle_day
from offchain.units import POINT

DEPOSIT_PERCENT = 130
"""What a consumer deposits beside its margin, in percent of what it expects to buy from the grid company."""


@dataclass(frozen=True, kw_only=True)
class MarketPlan:
    """A region's market day; everybody is new to the market and opens it with weight 50."""

    agreements: tuple[Agreement, ...]
    settlement: DaySettlement
    """On the first sheets."""
    close: DayClose
    reconciliation: Reconciliation
    """On the final sheets."""
    deposits: Mapping[int, int]
    """What each member puts into its margin account before the day; the debtor only its margin [point-wei]."""
    debtor: int
    """The consumer that puts in least beside what the day costs it: the day leaves it with a debt."""

    def accounts(self, grid_company: int) -> Accounts:
        """Everybody's account once the day is reconciled and all shares are claimed."""
        members = {member: value for member, value in self.deposits.items() if member != grid_company}
        first = Accounts(due=members, booked=self.deposits[grid_company])
        closed = first.add(self.close.balances, grid=self.settlement.grid).add(self.close.pool.shares)
        return closed.add(self.reconciliation.balances, grid=self.reconciliation.grid)


def plan_market(
    agreements: tuple[Agreement, ...],
    sheets: Readings,
    *,
    hours: range,
    tariffs: Tariffs,
    expected_wh: Mapping[int, int],
    grid_deposit: int,
) -> MarketPlan:
    """Work out a market day.

    Args:
        agreements: made on the day before.
        sheets: what the meters say.
        hours: the unix hours of the day.
        tariffs: of the region.
        expected_wh: what each consumer expected to consume [Wh].
        grid_deposit: what the grid company, member 1, puts into its account [point-wei].

    Raises:
        LawViolation: money or energy does not balance.
    """
    first, final = (
        settle_day(agreements, day[1:], hours=hours, tariffs=tariffs) for day in (sheets.first, sheets.final)
    )
    check_settlement(first, sheets.first[1:], tariffs=tariffs)
    parties = {party for agreement in agreements for party in (agreement.seller, agreement.buyer)}
    close = close_day(first, dict.fromkeys(parties, FIRST_WEIGHT), tariffs=tariffs)
    check_close(close)
    changes = reconcile(close, final, tariffs=tariffs, unsettled={sheets.late})
    check_reconciliation(changes)

    reserved = _margins(agreements, tariffs)
    debtor = _debtor(close, reserved, candidates={a.buyer for a in agreements} - set(sheets.changed))
    deposits = reserved | _besides(agreements, expected_wh, reserved=reserved, tariffs=tariffs)
    deposits[debtor] = reserved[debtor]
    deposits[sheets.first[0].member] = grid_deposit
    return MarketPlan(
        agreements=agreements,
        settlement=first,
        close=close,
        reconciliation=changes,
        deposits={member: _whole_points(value) for member, value in sorted(deposits.items())},
        debtor=debtor,
    )


def _margins(agreements: Sequence[Agreement], tariffs: Tariffs) -> dict[int, int]:
    """What each party reserves [point-wei]."""
    reserved: dict[int, int] = defaultdict(int)
    for agreement in agreements:
        needed = margins(agreement.wh, agreement.price, tariffs=tariffs, rulebook=MARKET)
        reserved[agreement.seller] += needed.seller
        reserved[agreement.buyer] += needed.buyer
    return dict(reserved)


def _besides(
    agreements: Sequence[Agreement], expected_wh: Mapping[int, int], *, reserved: Mapping[int, int], tariffs: Tariffs
) -> dict[int, int]:
    """Each consumer's margin and what it expects to buy from the grid company beside its agreements [point-wei]."""
    outside = dict(expected_wh)
    for agreement in agreements:
        outside[agreement.buyer] -= agreement.wh
    return {
        member: reserved.get(member, 0) + amount(max(0, wh), tariffs.purchase) * DEPOSIT_PERCENT // 100
        for member, wh in outside.items()
    }


def _debtor(close: DayClose, reserved: Mapping[int, int], *, candidates: set[int]) -> int:
    """Whom the day costs most beyond its margin."""
    costs = {member: -balance - reserved[member] for member, balance in close.balances if member in candidates}
    return max(costs, key=lambda member: (costs[member], -member))


def _whole_points(value: int) -> int:
    return -(-value // POINT) * POINT


def place_of(agreement: int) -> int:
    """The part of an agreement's id on chain that counts within its day."""
    return agreement & 0xFFFF_FFFF
