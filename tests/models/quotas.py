"""What allowances, offsets and their orders have to do, in plain integers: the model of the state machine.

Every act returns the error that must come of it, or None and the model moves.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

DAY: Final = 86_400  # [s]
OFFSETS: Final = 0
FIRST_YEAR: Final = 2100
MARKET_OFFSET: Final = 3_600  # local time is ahead of UTC [s]
TICK: Final = 10**14  # [point-wei/tCO2e]


def year_end(year: int) -> int:
    """When a year ends in local time, by Python's calendar [s]."""
    return int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()) - MARKET_OFFSET


def by_member(year: int) -> int:
    return year_end(year) + 30 * DAY


def by_anybody(year: int) -> int:
    return year_end(year) + 90 * DAY


def cost(amount: int, price: int) -> int:
    whole, rest = divmod(amount * price, 10**6)
    assert rest == 0
    return whole


@dataclass
class Year:
    granted: int = 0
    traded: int = 0
    carried: int = 0
    drawn: int = 0

    def balance(self) -> int:
        return self.granted + self.traded + self.carried - self.drawn


@dataclass
class Order:
    maker: str
    purchase: bool
    asset: int
    price: int  # [point-wei/tCO2e]
    left: int
    expiry: int


@dataclass
class QuotaModel:
    """Members are their names."""

    now: int
    rules: dict[str, int]
    emissions: dict[tuple[str, int], int]  # of a member-day that can be drawn [gCO2e]
    free: dict[str, int]  # [point-wei]
    wallets: dict[str, int]  # [point-wei]
    reserved: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    years: dict[tuple[str, int], Year] = field(default_factory=lambda: defaultdict(Year))
    offsets: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    open_year: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: FIRST_YEAR))
    penalty: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    orders: dict[int, Order] = field(default_factory=dict)
    order_count: int = 0
    granted: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    converted: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # arrived when the year was settled
    drawn_days: set[tuple[str, int]] = field(default_factory=set)
    certified: int = 0
    used_offsets: int = 0
    penalties_paid: int = 0

    def balance(self, member: str, asset: int) -> int:
        return self.offsets[member] if asset == OFFSETS else self.years[member, asset].balance()

    def custody(self, asset: int) -> int:
        return sum(order.left for order in self.orders.values() if order.asset == asset and not order.purchase)

    # Regulator

    def grant(self, member: str, year: int, amount: int) -> str | None:
        if year < self.open_year[member]:
            return "CarbonQuota_YearClosed"
        if self.granted[year] + amount > self.rules["yearlyCap"]:
            return "CarbonQuota_AboveCap"
        self.granted[year] += amount
        self.years[member, year].granted += amount
        return None

    def certify(self, member: str, amount: int) -> None:
        self.offsets[member] += amount
        self.certified += amount

    def draw(self, member: str, day: int) -> str | None:
        if (member, day) in self.drawn_days:
            return "CarbonQuota_AlreadyDrawn"
        self.drawn_days.add((member, day))
        self.years[member, self.open_year[member]].drawn += self.emissions[member, day]
        return None

    # Movement

    def _takes(self, member: str, asset: int, amount: int) -> str | None:
        if amount == 0:
            return "CarbonQuota_ZeroAmount"
        if self.penalty[member]:
            return "CarbonQuota_PenaltyDue"
        if asset != OFFSETS and asset < self.open_year[member]:
            return "CarbonQuota_YearClosed"
        return "CarbonQuota_AboveBalance" if amount > self.balance(member, asset) else None

    def _move(self, member: str, asset: int, amount: int) -> None:
        """Add what may be below zero."""
        if asset == OFFSETS:
            self.offsets[member] += amount
        elif asset >= self.open_year[member]:
            self.years[member, asset].traded += amount
        else:
            self.converted[asset] += amount
            for _ in range(asset, self.open_year[member]):
                amount = amount * self.rules["bankedShare"] // 10_000
            self.years[member, self.open_year[member]].carried += amount

    def transfer(self, source: str, to: str, asset: int, amount: int) -> str | None:
        error = self._takes(source, asset, amount)
        if error is None:
            self._move(source, asset, -amount)
            self._move(to, asset, amount)
        return error

    # End of a year

    def offset_cap(self, member: str, year: int) -> int:
        return self.years[member, year].drawn * self.rules["offsetShare"] // 10_000

    def surrender(self, member: str, year: int, offsets: int) -> str | None:
        error = self._turn(member, year, by_member(year))
        if error is None and offsets > self.offset_cap(member, year):
            error = "CarbonQuota_AboveOffsetCap"
        if error is None and offsets > self.offsets[member]:
            error = "CarbonQuota_AboveBalance"
        if error is None and self.years[member, year].balance() + offsets < 0:
            error = "CarbonQuota_Short"
        if error is None:
            self._settle(member, year, offsets)
        return error

    def close(self, member: str, year: int) -> str | None:
        error = self._turn(member, year, by_anybody(year))
        if error is None:
            missing = max(0, -self.years[member, year].balance())
            self._settle(member, year, min(missing, self.offset_cap(member, year), self.offsets[member]))
        return error

    def _turn(self, member: str, year: int, opens: int) -> str | None:
        if year < self.open_year[member]:
            return "CarbonQuota_YearClosed"
        if year > self.open_year[member]:
            return "CarbonQuota_NotNextYear"
        return "CarbonQuota_TooEarly" if self.now < opens else None

    def _settle(self, member: str, year: int, offsets: int) -> None:
        left = self.years[member, year].balance() + offsets
        self.offsets[member] -= offsets
        self.used_offsets += offsets
        self.open_year[member] = year + 1
        self.years[member, year + 1].carried += left * self.rules["bankedShare"] // 10_000 if left > 0 else left
        self.penalty[member] += max(0, -left) * self.rules["penaltyRate"]

    def pay(self, member: str, payer: str, amount: int) -> str | None:
        if amount == 0:
            return "CarbonQuota_ZeroAmount"
        if amount > self.penalty[member]:
            return "CarbonQuota_AbovePenalty"
        if amount > self.wallets[payer]:
            return "ERC20InsufficientBalance"
        self.penalty[member] -= amount
        self.wallets[payer] -= amount
        self.penalties_paid += amount
        return None

    # Exchange

    def deposit(self, member: str, amount: int) -> str | None:
        if amount > self.wallets[member]:
            return "ERC20InsufficientBalance"
        self.wallets[member] -= amount
        self.free[member] += amount
        return None

    def withdraw(self, member: str, amount: int) -> str | None:
        if amount == 0:
            return "QuotaExchange_ZeroAmount"
        if amount > self.free[member]:
            return "QuotaExchange_AboveFree"
        self.free[member] -= amount
        self.wallets[member] += amount
        return None

    def place(self, order: Order, life: int) -> str | None:
        """Life 0 asks for the default."""
        latest = self.now + 90 * DAY
        if order.asset != OFFSETS:
            latest = min(latest, by_anybody(order.asset))
        order.expiry = self.now + life if life else min(self.now + 30 * DAY, latest)
        if order.left == 0:
            return "QuotaExchange_ZeroAmount"
        if not self.now < order.expiry <= latest:
            return "QuotaExchange_BadExpiry"
        if order.purchase:
            held = cost(order.left, order.price)
            if held > self.free[order.maker]:
                return "QuotaExchange_AboveFree"
            self.free[order.maker] -= held
            self.reserved[order.maker] += held
        else:
            error = self._takes(order.maker, order.asset, order.left)
            if error is not None:
                return error
            self._move(order.maker, order.asset, -order.left)
        self.order_count += 1
        self.orders[self.order_count] = order
        return None

    def take(self, number: int, taker: str, amount: int) -> str | None:
        order = self.orders.get(number)
        if order is None:
            return "QuotaExchange_NoOrder"
        error = self._order_refuses(order, taker, amount) or self._taker_lacks(order, taker, amount)
        if error is not None:
            return error
        paid = cost(amount, order.price)
        if order.purchase:
            self.reserved[order.maker] -= paid
            self.free[taker] += paid
            self._move(taker, order.asset, -amount)
            self._move(order.maker, order.asset, amount)
        else:
            self.free[taker] -= paid
            self.free[order.maker] += paid
            self._move(taker, order.asset, amount)
        order.left -= amount
        if order.left == 0:
            del self.orders[number]
        return None

    def _order_refuses(self, order: Order, taker: str, amount: int) -> str | None:
        if self.now > order.expiry:
            return "QuotaExchange_Expired"
        if amount == 0:
            return "QuotaExchange_ZeroAmount"
        if amount > order.left:
            return "QuotaExchange_AboveOrder"
        if taker == order.maker:
            return "QuotaExchange_SelfTrade"
        settled = order.purchase and order.asset != OFFSETS and order.asset < self.open_year[order.maker]
        return "QuotaExchange_YearSettled" if settled else None

    def _taker_lacks(self, order: Order, taker: str, amount: int) -> str | None:
        if order.purchase:
            return self._takes(taker, order.asset, amount)
        return "QuotaExchange_AboveFree" if cost(amount, order.price) > self.free[taker] else None

    def cancel(self, number: int, caller: str) -> str | None:
        order = self.orders.get(number)
        if order is None:
            return "QuotaExchange_NoOrder"
        if self.now <= order.expiry and caller != order.maker:
            return "QuotaExchange_NotMaker"
        del self.orders[number]
        if order.purchase:
            self.reserved[order.maker] -= cost(order.left, order.price)
            self.free[order.maker] += cost(order.left, order.price)
        else:
            self._move(order.maker, order.asset, order.left)
        return None
