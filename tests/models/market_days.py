"""Market days as lists of what happened: every act returns the error that it has to meet."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

from tests.models.market import FIRST_WEIGHT, WAD, Deal, Outcome, Tariffs, contracted, outcome, residual
from tests.models.market_accounts import RESERVE, AccountsModel
from tests.models.market_day import MarketDay, Sheet

HOUR, DAY_SECONDS = 3_600, 86_400  # [s]
OFFSET: Final = 1  # [h]
NEVER: Final = 2**256 - 1  # [s]
DECAY: Final = Fraction(951229424500714009, WAD)
LEAST_WEIGHTS: Final = WAD // 1_000  # a tenth of a point

SheetOf = Callable[[int, int], Sheet]
"""Of a day and a member."""


class MarketModel:
    """The whole market; `now` is the time of the next movement [s]."""

    def __init__(self, accounts: AccountsModel, *, now: int, tariffs: Tariffs, nameplate: int) -> None:
        self.book, self.now, self.tariffs, self.nameplate = accounts, now, tariffs, nameplate
        self.first_day = accounts.open_day
        self.members = [member for member in accounts.accounts if member != RESERVE]
        self.groups = dict.fromkeys(self.members, 0)
        self.days: dict[int, MarketDay] = {}
        self.last_day = dict.fromkeys(self.members, 0)
        self.entered = dict.fromkeys(self.members, FIRST_WEIGHT)
        self.nonces: set[tuple[int, int]] = set()

    # Times

    def day(self, number: int) -> MarketDay:
        return self.days.setdefault(number, MarketDay())

    @staticmethod
    def end_of(day: int) -> int:
        return (day + 1) * DAY_SECONDS - OFFSET * HOUR

    def deadline(self, day: int) -> int:
        return self.end_of(day) + 12 * HOUR

    def silent(self, day: int) -> int:
        return self.deadline(day) + 6 * HOUR

    def closed(self, day: int) -> int:
        """When a day was closed: at its end when nobody agreed on it; 0 while it waits [s]."""
        return self.day(day).closed_at if self.day(day).deals else self.end_of(day)

    def final(self, day: int) -> int:
        closed = self.closed(day)
        return max(self.end_of(day) + 7 * DAY_SECONDS, closed + DAY_SECONDS) if closed else NEVER

    # Sheets

    def submit(self, day: int, member: int, sheet: Sheet) -> str | None:
        if self.now < self.end_of(day):
            return "DaySheets_DayNotOver"
        late = self.now >= self.deadline(day)
        if late and self.now >= self.final(day):
            return "DaySheets_WindowClosed"
        if late and not self.closed(day):
            return "DaySheets_InSettlement"
        held = self.day(day).sheets.get(member)
        if sheet == held:
            return None
        if held and not (held.revision < sheet.revision or (held.estimated and held.revision == sheet.revision)):
            return "DaySheets_RevisionRefused"
        self._put(day, member, sheet, late=late)
        return None

    def estimate(self, day: int, member: int, sheet: Sheet) -> str | None:
        if self.now < self.deadline(day):
            return "DaySheets_DeadlineNotOver"
        if not self.closed(day) and self.now >= self.silent(day):
            return "DaySheets_InSettlement"
        if member not in self.day(day).sheets:
            self._put(day, member, sheet, late=bool(self.closed(day)))
        return None

    def _put(self, day: int, member: int, sheet: Sheet, *, late: bool) -> None:
        book = self.day(day)
        if late:
            book.former.setdefault(member, book.sheets.get(member, Sheet(0, estimated=False)))
        book.sheets[member] = sheet

    def present(self, day: int, member: int) -> Sheet:
        return self.day(day).sheets.get(member, Sheet(0, estimated=False))

    def settled_on(self, day: int, member: int) -> Sheet:
        return self.day(day).former.get(member, self.present(day, member))

    # Agreements

    def register(self, day: int, deal: Deal, nonce: int) -> str | None:
        """Register what two offers with the same nonce make."""
        if self.now >= self.end_of(day - 1) - 13 * HOUR:
            return "OfferDesk_GateClosed"
        parties = (deal.seller, deal.buyer)
        if any((member, nonce) in self.nonces for member in parties):
            return "OfferDesk_NonceUsed"
        if self.book.funds < 0:
            return "BilateralMarket_GridAccountLow"
        margins = deal.margins(self.tariffs)
        errors = [self._party_error(*party, nonce) for party in zip(parties, margins, strict=True)]
        deals = self._deals(day)
        sums = [
            contracted(deals, member, hour, selling=member == deal.seller) for member in parties for hour in deal.window
        ]
        if max(sums) + deal.wh > self.nameplate:
            errors.append("BilateralMarket_AboveNameplate")
        if found := [error for error in errors if error]:
            return found[0]
        for member, margin in zip(parties, margins, strict=True):
            account = self.book.accounts[member]
            account.free, account.reserved = account.free - margin, account.reserved + margin
            account.group = self.groups[member]
            self.nonces.add((member, nonce))
        self.day(day).deals.append(deal)
        return None

    def _party_error(self, member: int, margin: int, nonce: int) -> str | None:
        account = self.book.accounts[member]
        if nonce < account.first_nonce:
            return "BilateralMarket_NonceVoid"
        if account.free < 0:
            return "BilateralMarket_Indebted"
        return "BilateralMarket_MarginTooSmall" if account.free < margin else None

    def _deals(self, day: int) -> list[Deal]:
        return self.day(day).deals

    # Settlement

    def settle(self, day: int, indices: Sequence[int], harvested: dict[int, int]) -> str | None:
        """Settle agreements; what a member's shares of its last day come to is handed in and checked [point-wei]."""
        if self.now < self.deadline(day):
            return "BilateralMarket_TooEarly"
        if day < self.book.open_day:
            return None
        if any(self._deals(earlier) for earlier in range(self.book.open_day, day)):
            return "BilateralMarket_NotOpenDay"
        book = self.day(day)
        todo = [index for index in dict.fromkeys(indices) if book.deals and index not in book.settled]
        for index in todo:
            if index >= len(book.deals):
                return "BilateralMarket_UnknownAgreement"
            parties = book.deals[index].seller, book.deals[index].buyer
            if self.now < self.silent(day) and not book.sheets.keys() >= set(parties):
                return "BilateralMarket_SheetMissing"
        self.book.open_day = day
        for index in todo:
            self._settle(day, index, harvested)
        self.book.pay_owed()
        return None

    def _settle(self, day: int, index: int, harvested: dict[int, int]) -> None:
        book, deal = self.day(day), self._deals(day)[index]
        shares = [self._open(day, member, harvested) for member in (deal.seller, deal.buyer)]
        found = self._outcome(day, index, self.settled_on)
        book.settled[index] = found
        penalties = found.penalties(deal, self.tariffs, (book.opening[deal.seller], book.opening[deal.buyer]))
        if sum(penalties):
            book.penalties[index] = sum(penalties)
            book.waiting.add(index)
        self.book.booked += found.paid - found.received
        legs, margins = found.legs(deal, self.tariffs), deal.margins(self.tariffs)
        entries = [*zip((deal.seller, deal.buyer), legs, margins, shares, penalties, strict=True)]
        assert all(own - leg <= margin for _, leg, margin, _, own in entries), "I-32"
        for member, leg, margin, share, own in entries if legs[0] < 0 else entries[::-1]:
            self.book.book(member, leg, margin=margin, shares=share, penalty=own)

    def _outcome(self, day: int, index: int, sheet_of: SheetOf) -> Outcome:
        deals = self._deals(day)
        deal = deals[index]
        exports, imports = sheet_of(day, deal.seller).exports, sheet_of(day, deal.buyer).imports
        return outcome(deal, deals, exports, imports, self.tariffs)

    def _open(self, day: int, member: int, harvested: dict[int, int]) -> int:
        """Open a member's day: its weight decayed, its shares of the last one harvested."""
        book, last = self.day(day), self.last_day[member]
        if last == day:
            return 0
        book.opening[member] = self._decayed(last, day, member) if last else self.entered[member]
        book.groups[member] = self.book.accounts[member].group
        self.last_day[member] = day
        return self._take_share(last, member, harvested[member]) if last else 0

    def _decayed(self, last: int, day: int, member: int) -> int:
        """A member's weight after its last day, at the opening of another one [wad]."""
        index = WAD
        for _ in range((last - self.first_day) // 30, (day - self.first_day) // 30):
            index = int(index * DECAY)
        return self.days[last].weight(member) * index // WAD

    # Close and shares

    def close(self, day: int, indices: Sequence[int]) -> str | None:
        if day != self.book.open_day:
            return "BilateralMarket_NotOpenDay"
        book = self.day(day)
        if not book.deals or len(book.settled) < len(book.deals):
            return "BilateralMarket_AgreementsOpen"
        for index in sorted(book.waiting.intersection(indices)):
            book.waiting.remove(index)
            if sum(book.sharers(index).values()) < LEAST_WEIGHTS:
                self.book.accounts[RESERVE].free += book.penalties[index]
            else:
                book.shared.add(index)
        if not book.waiting:
            book.closed_at = self.now
            self.book.open_day = day + 1
        return None

    def share(self, member: int) -> Fraction:
        """What a member can claim, before rounding [point-wei]."""
        last = self.last_day[member]
        if not last or not self.days[last].closed_at or self.book.accounts[member].claimed == last:
            return Fraction(0)
        return self.days[last].share(member)

    def _take_share(self, day: int, member: int, amount: int) -> int:
        account, exact = self.book.accounts[member], self.days[day].share(member)
        if account.claimed == day:
            assert amount == 0, "I-33"
            return 0
        assert 0 <= exact - amount < 2, "I-33"
        self.days[day].claimed += amount
        return amount

    def claim(self, member: int, amount: int) -> str | None:
        if self.share(member) < 1 and amount == 0:
            return "BilateralMarket_NothingToClaim"
        day = self.last_day[member]
        self.book.credit(member, self._take_share(day, member, amount))
        self.book.accounts[member].claimed = day
        return None

    # Energy outside agreements, reconciliation

    def settle_residuals(self, day: int, members: Sequence[int]) -> str | None:
        if self.now < self.deadline(day):
            return "ResidualSettlement_TooEarly"
        book = self.day(day)
        todo = [member for member in dict.fromkeys(members) if member not in book.residuals]
        for member in todo:
            if member not in book.sheets:
                return "ResidualSettlement_NoSheet"
            if member in book.former:
                return "ResidualSettlement_Corrected"
        self.book.book_all([(member, self._residual(day, member, self.present)) for member in todo])
        book.residuals.update(todo)
        return None

    def _residual(self, day: int, member: int, sheet_of: SheetOf) -> int:
        sheet = sheet_of(day, member)
        return residual(member, self._deals(day), sheet.exports, sheet.imports, self.tariffs)

    def reconcile_residuals(self, day: int, members: Sequence[int]) -> str | None:
        if self.now < self.final(day):
            return "ResidualSettlement_TooEarly"
        book, legs = self.day(day), []
        for member in dict.fromkeys(members):
            if member not in book.residuals_final and member in book.sheets:
                before = self._residual(day, member, self.settled_on) if member in book.residuals else 0
                legs.append((member, self._residual(day, member, self.present) - before))
                book.residuals_final.add(member)
                book.residuals.add(member)
        self.book.book_all(legs)
        return None

    def reconcile(self, day: int, indices: Sequence[int]) -> str | None:
        if self.now < self.final(day):
            return "ResidualSettlement_TooEarly"
        book, legs, to_reserve = self.day(day), [], 0
        if any(index not in book.settled for index in indices):
            return "Reconciliation_NotSettled"
        for index in dict.fromkeys(indices):
            deal = book.deals[index]
            if index in book.final or not book.sheets.keys() >= {deal.seller, deal.buyer}:
                continue
            old, new = (self._outcome(day, index, sheet_of) for sheet_of in (self.settled_on, self.present))
            early, found = (case.penalties(deal, self.tariffs, (FIRST_WEIGHT,) * 2) for case in (old, new))
            late = [max(0, b - a) for a, b in zip(early, found, strict=True)]
            first, last = old.legs(deal, self.tariffs), new.legs(deal, self.tariffs)
            differences = [b - a - own for a, b, own in zip(first, last, late, strict=True)]
            legs += [(deal.seller, differences[0]), (deal.buyer, differences[1])]
            to_reserve += sum(late)
            book.final.add(index)
        self.book.book_all(legs, to_reserve)
        return None
