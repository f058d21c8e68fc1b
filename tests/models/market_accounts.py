"""The accounts of a market: who has, owes and waits for what. The reserve is account 0; the grid company has none."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

RESERVE: Final = 0


@dataclass
class Account:
    free: int = 0  # below zero: its debt [point-wei]
    reserved: int = 0  # [point-wei]
    group: int = 0  # at its last agreement
    first_nonce: int = 0
    claimed: int = 0  # the day whose shares were claimed


@dataclass
class AccountsModel:
    accounts: dict[int, Account]
    booked: int  # what the grid company's legs add up to [point-wei]
    open_day: int
    owed: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    """What the grid company could not pay, by open day and member, in the order of days [point-wei]."""
    paid: int = 0  # of that, so far [point-wei]
    collected: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    """By member and day [point-wei]."""

    @property
    def fronted(self) -> int:
        return sum(max(0, -account.free) for account in self.accounts.values())

    @property
    def funds(self) -> int:
        return self.booked - self.fronted

    @property
    def all_owed(self) -> int:
        return sum(sum(parts.values()) for parts in self.owed.values())

    @property
    def all_collected(self) -> int:
        return sum(self.collected.values())

    def book(self, member: int, leg: int, *, margin: int = 0, shares: int = 0, penalty: int = 0) -> None:
        """Book a leg whose opposite the grid company's account has had; what that cannot cover is owed.

        A penalty is paid whatever is owed: the pool has it at once.
        """
        account = self.accounts[member]
        account.reserved -= margin
        account.free += margin + shares + leg - penalty
        if leg > 0 and account.free > 0 and self.funds < 0:
            owed = min(-self.funds, leg, account.free)
            account.free -= owed
            self.booked += owed
            self.owed[self.open_day][member] += owed

    def book_all(self, legs: list[tuple[int, int]], to_reserve: int = 0) -> None:
        """Book legs of members, who pays first; the grid company has their opposite."""
        self.booked -= sum(leg for _, leg in legs) + to_reserve
        reserve = (RESERVE, to_reserve)  # after who pays, before who receives
        for member, leg in (*(x for x in legs if x[1] < 0), reserve, *(x for x in legs if x[1] > 0)):
            self.book(member, leg)
        self.pay_owed()

    def pay_owed(self) -> None:
        """Pay what is owed out of funds."""
        amount = max(0, min(self.funds, self.all_owed - self.paid))
        self.paid += amount
        self.booked -= amount

    def credit(self, member: int | None, amount: int) -> None:
        if member is None:
            self.booked += amount
        else:
            self.accounts[member].free += amount
        self.pay_owed()

    def withdraw(self, member: int | None, amount: int) -> str | None:
        free = self.funds if member is None else self.accounts[member].free
        if amount == 0:
            return "MarginDesk_ZeroAmount"
        if amount > free:
            return "MarginAccounts_AboveFree"
        if member is None:
            self.booked -= amount
        else:
            self.accounts[member].free -= amount
        return None

    def pay_reserve(self, amount: int) -> str | None:
        if amount == 0:
            return "MarginDesk_ZeroAmount"
        if amount > self.accounts[RESERVE].free + min(0, self.funds):
            return "MarginDesk_ReserveNeeded"
        self.accounts[RESERVE].free -= amount
        return None

    def collectable(self, member: int, day: int) -> int:
        """Paid of what a member is owed under a day and not collected: days in their order, members in proportion."""
        left = self.paid
        for earlier, parts in self.owed.items():
            total = sum(parts.values())
            if earlier == day:
                return parts.get(member, 0) * min(left, total) // total - self.collected[member, day]
            left = max(0, left - total)
        return 0

    def collect(self, member: int, day: int) -> str | None:
        if day >= self.open_day:
            return "DeferredCredits_DayNotClosed"
        amount = self.collectable(member, day)
        if amount == 0:
            return "DeferredCredits_NothingToCollect"
        self.collected[member, day] += amount
        self.credit(member, amount)
        return None
