"""Points and rewards as a book of lots: every reward is kept as it was granted, nothing is summed up beforehand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

UTC_OFFSET: Final = 1  # [h]
HOUR: Final = 3_600  # [s]
DAY: Final = 24 * HOUR  # [s]
CENT: Final = 10**16  # the least that enters or leaves escrow [point-wei]
LIFETIME: Final = 24  # months after the month of the reward
COMPUTE: Final = 4  # a cause with a cap of its own


@dataclass
class Lot:
    """One reward, or what is left of it."""

    member: int
    granted_at: int  # [s]
    cause: int
    granted: int  # [point-wei]
    left: int  # [point-wei]


@dataclass
class PointsModel:
    """What every account has and what every movement leads to; a movement that must fail names its error."""

    now: int  # [s]
    daily_limit: int  # [point-wei]
    member_day_cap: int  # [point-wei]
    compute_day_cap: int  # [point-wei]
    yearly_budget: int  # [point-wei]
    balances: dict[str, int]  # [point-wei]
    minted: dict[int, int] = field(default_factory=dict)  # by day of UTC [point-wei]
    frozen_until: dict[str, int] = field(default_factory=dict)  # [s]
    lots: list[Lot] = field(default_factory=list)
    stated_days: set[int] = field(default_factory=set)
    supplies: list[tuple[int, int]] = field(default_factory=list)
    """The supply after every movement into or out of escrow, with its day of UTC [point-wei]."""

    def __post_init__(self) -> None:
        self.supplies.append((0, self.supply()))

    # Points

    def mint(self, to: str, amount: int) -> str | None:
        if amount % CENT:
            return "PowerPoint_PartOfUnit"
        day = self.now // DAY
        if self.minted.get(day, 0) + amount > self.daily_limit:
            return "PowerPoint_AboveDailyLimit"
        self.minted[day] = self.minted.get(day, 0) + amount
        self.balances[to] += amount
        self.supplies.append((day, self.supply()))
        return None

    def burn(self, source: str, amount: int) -> str | None:
        if amount == 0:
            return "PowerPoint_ZeroAmount"
        if amount % CENT:
            return "PowerPoint_PartOfUnit"
        return self.move(source, None, amount)

    def closing_supply(self) -> int:
        """The supply at the end of the day before [point-wei]."""
        return [supply for day, supply in self.supplies if day < self.now // DAY][-1]

    def move(self, source: str, to: str | None, amount: int) -> str | None:
        """Transfer, or burn where there is no receiver."""
        if self.frozen(source):
            return "FreezeList_Frozen"
        if self.balances[source] < amount:
            return "ERC20InsufficientBalance"
        self.balances[source] -= amount
        if to is not None:
            self.balances[to] += amount
        else:
            self.supplies.append((self.now // DAY, self.supply()))
        return None

    def frozen(self, holder: str) -> bool:
        return self.now < self.frozen_until.get(holder, 0)

    # Rewards

    def reward(self, member: int, amount: int, cause: int) -> str | None:
        today = [lot for lot in self.lots if lot.member == member and _day(lot.granted_at) == _day(self.now)]
        granted = min(amount, self.member_day_cap - sum(lot.granted for lot in today))
        if cause == COMPUTE:
            compute = sum(lot.granted for lot in today if lot.cause == COMPUTE)
            granted = min(granted, self.compute_day_cap - compute)
        year = _local(self.now).year
        if granted > self.yearly_budget - self.granted_by_year().get(year, 0):
            return "RewardPool_AboveBudget"
        if granted > self.free_funds():
            return "RewardPool_AboveFunds"
        if granted:
            self.drop_expired(member)
            self.lots.append(Lot(member=member, granted_at=self.now, cause=cause, granted=granted, left=granted))
        return None

    def spend(self, holder: str, member: int, bill: int, credit: int) -> str | None:
        """Pay a bill with credit, oldest first, and the rest with the member's own points."""
        if self.frozen(holder):
            return "FreezeList_Frozen"
        if not 0 < credit <= bill:
            return "RewardPool_BadShare"
        if credit > self.available(member):
            return "RewardPool_AboveCredit"
        if self.balances[holder] < bill - credit:
            return "ERC20InsufficientBalance"
        if bill % CENT:
            return "PowerPoint_PartOfUnit"
        self.drop_expired(member)
        self.balances[holder] -= bill - credit
        self.balances["pool"] -= credit
        for lot in self.lots:
            if lot.member == member:
                taken = min(credit, lot.left)
                lot.left -= taken
                credit -= taken
        self.supplies.append((self.now // DAY, self.supply()))
        return None

    def release(self, to: str, amount: int) -> str | None:
        if amount > self.free_funds():
            return "RewardPool_AboveFunds"
        return self.move("pool", to, amount)

    def drop_expired(self, member: int) -> None:
        for lot in self.lots:
            if lot.member == member and self._expired(lot):
                lot.left = 0

    # What there is

    def supply(self) -> int:
        return sum(self.balances.values())

    def outstanding(self) -> int:
        return sum(lot.left for lot in self.lots)

    def free_funds(self) -> int:
        return self.balances["pool"] - self.outstanding()

    def available(self, member: int) -> int:
        """Credit that is neither expired nor younger than three days after its market day."""
        own = [lot for lot in self.lots if lot.member == member and not self._expired(lot)]
        return sum(lot.left for lot in own if _day(lot.granted_at) + 3 < _day(self.now))

    def boundaries(self) -> list[int]:
        """The times to come at which credit ripens or expires [s]."""
        kept = [lot.granted_at for lot in self.lots if lot.left]
        ripening = [(_day(time) + 4) * DAY - UTC_OFFSET * HOUR for time in kept]
        return sorted({time for time in [*ripening, *map(_expiry, kept)] if time > self.now + 1})

    def granted_by_year(self) -> dict[int, int]:
        granted: dict[int, int] = {}
        for lot in self.lots:
            year = _local(lot.granted_at).year
            granted[year] = granted.get(year, 0) + lot.granted
        return granted

    def _expired(self, lot: Lot) -> bool:
        return _month(lot.granted_at) + LIFETIME < _month(self.now)


def _local(time: int) -> datetime:
    return datetime.fromtimestamp(time + UTC_OFFSET * HOUR, tz=UTC)


def _day(time: int) -> int:
    return (time + UTC_OFFSET * HOUR) // DAY


def _month(time: int) -> int:
    return _local(time).year * 12 + _local(time).month


def _expiry(granted_at: int) -> int:
    """The local midnight that ends the lifetime's last month [s]."""
    year, month = divmod(_month(granted_at) - 1 + LIFETIME + 1, 12)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp()) - UTC_OFFSET * HOUR
