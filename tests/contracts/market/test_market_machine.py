"""Random acts on a market over several days against a model: every rule asks it first what has to come of an act.

I-04 the points at the desk are all accounts, what is paid of deferred credits, the reserve and the penalties that
nobody has claimed, to the wei; I-30 weights stay within 0 and 100 points; I-32 what is reserved are the margins of open
agreements, and none costs a party more; I-33 a day's penalties are its claimed and claimable shares and less than 1 wei
of dust per sharer and penalty; I-35 everything but that dust can be drawn out in the end.

`PROFILE=nightly pytest tests/contracts/market/test_market_machine.py` runs ten times as many examples.
"""

import random
from typing import Any, Final

from brownie import web3
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from tests.models.market import WAD, Deal, Tariffs
from tests.models.market_accounts import RESERVE, Account, AccountsModel
from tests.models.market_day import NOTHING, MarketDay, Sheet
from tests.models.market_days import HOUR, NEVER, MarketModel
from tests.support.long_runs import settings_of
from tests.support.machine import ChainMachine, address, read, selectors_of
from tests.support.random_market import generator
from tests.support.region import (
    DAY,
    FIRST_HOUR,
    FOREVER,
    MEMBER_IDS,
    NAMEPLATE,
    POINT,
    TICK,
    Region,
    actor,
    offers_of,
    pack,
)
from tests.support.short_ways import request
from tests.support.signing import DAY_SHEET, OFFER, key_of, sign

STEPS: Final = 40
TARIFFS: Final = Tariffs(4_000, 7_500, 400)
NAMES: Final = ("seller", "buyer", "prosumer", "second_seller", "second_buyer")
IDS: Final = {name: MEMBER_IDS[name] for name in NAMES}
NAME_OF: Final = {member: name for name, member in IDS.items()}
SELLERS: Final = [IDS[name] for name in ("seller", "prosumer", "second_seller")]
BUYERS: Final = [IDS[name] for name in ("buyer", "prosumer", "second_buyer")]
GRID: Final = "grid_company"
EMPTY: Final = ((0, 0, 0), (0, 0, 0))
LIMIT: Final = NAMEPLATE * 105 // 100  # of a register in an hour [Wh]

members = st.sampled_from(list(IDS.values()))
seeds = st.integers(0, 2**32)
amounts = st.sampled_from([0, 1, POINT, 30 * POINT, None, None])  # None: all there is
prices = st.sampled_from([4_000, 5_001, 6_300, 7_100])
weights = st.sampled_from([0, 1, WAD // 2, WAD, 3 * WAD // 10])
energies = st.sampled_from([1, 3, 999, 10_000, 33_333, 60_000, NAMEPLATE])


class MarketMachine(ChainMachine):
    def __init__(self, region: Region) -> None:
        super().__init__()
        self.region, self.market = region, region.market
        self.domains = {
            "sheets": region.domain(region.sheets, "Gridleaf DaySheets"),
            "offers": region.domain(region.offers, "Gridleaf OfferDesk"),
        }
        free = read(*((self.market.freeOf, member) for member in (*IDS.values(), MEMBER_IDS[GRID])))
        accounts = {RESERVE: Account()} | {
            member: Account(free=amount) for member, amount in zip(NAME_OF, free, strict=False)
        }
        [open_day] = read((self.market.openDay,))
        book = AccountsModel(accounts, booked=free[-1], open_day=open_day)
        now = int(web3.eth.get_block("latest")["timestamp"])
        self.model = MarketModel(book, now=now, tariffs=TARIFFS, nameplate=NAMEPLATE)
        self.other_points = self.held() - sum(free)
        self.nonce = 0
        self.old_matches: list[tuple[Any, ...]] = []

    # What is where

    def held(self) -> int:
        [points] = read((self.region.points.balanceOf, self.region.desk.address))
        return points

    def days(self) -> list[int]:
        """Days with agreements."""
        return sorted(number for number, day in self.model.days.items() if day.deals)

    def day_now(self) -> int:
        """The first day that is not closed, or tomorrow."""
        waiting = [number for number in self.days() if not self.model.days[number].closed_at]
        return waiting[0] if waiting else self.today() + 1

    def today(self) -> int:
        return (self.model.now // HOUR + 1) // 24

    def claimable(self) -> dict[int, int]:
        return dict(zip(IDS.values(), read(*((self.market.claimableOf, m) for m in IDS.values())), strict=True))

    def go(self, time: int) -> None:
        self.model.now = max(self.model.now, time)

    # Before the day

    @initialize(
        weights=st.lists(st.sampled_from([0, 1, WAD // 2, WAD, 3 * WAD // 10]), min_size=5, max_size=5), seed=seeds
    )
    def begin(self, weights: list[int], seed: int) -> None:
        """Weights from another market, and agreements to begin with."""
        for member, weight in zip(IDS.values(), weights, strict=True):
            self.tick()
            self.model.entered[member] = weight
            self.expect(None, self.market.enterWeight, member, weight, by="deployer")
        draw = generator(seed)
        for ahead in (1, 1, 1, 1, 2, 2, 3):
            self.agree(
                seller=draw.choice(SELLERS), buyer=draw.choice(BUYERS), ahead=ahead, first=draw.randrange(20),
                wh=draw.choice([999, 10_000]), count=draw.randint(1, 4), ticks=draw.choice([4_000, 5_001, 7_100]),
            )  # fmt: skip

    @rule(
        seller=st.sampled_from(SELLERS), buyer=st.sampled_from(BUYERS), ahead=st.sampled_from([0, 1, 1, 1, 2, 3]),
        wh=energies, first=st.integers(0, 23), count=st.sampled_from([1, 1, 2, 9, 24]), ticks=prices,
    )  # fmt: skip
    def agree(self, *, seller: int, buyer: int, ahead: int, wh: int, first: int, count: int, ticks: int) -> None:
        if seller == buyer:
            return
        self.tick()
        self.nonce += 1
        day, groups = self.today() + ahead, self.model.groups
        related = groups[seller] == groups[buyer] != 0
        deal = Deal(seller, buyer, wh, first, min(count, 24 - first), ticks, related)
        first_hour = FIRST_HOUR + (day - DAY) * 24 + first
        offers = offers_of((seller, buyer, wh, first_hour, deal.count, ticks * TICK, FOREVER, self.nonce))
        signatures = [sign(key_of(NAME_OF[offer[0]]), self.domains["offers"], OFFER, offer) for offer in offers]
        self._register((*offers, *signatures), day, deal, self.nonce)

    def _register(self, match: tuple[Any, ...], day: int, deal: Deal, nonce: int) -> None:
        error = self.model.register(day, deal, nonce)
        self.expect(error, self.region.offers.register, [match], by="stranger")
        if error is None:
            self.old_matches.append((match, day, deal, nonce))

    @rule(which=st.integers(0, 50))
    def replay(self, which: int) -> None:
        """Bring a match once more."""
        if self.old_matches:
            self.tick()
            self._register(*self.old_matches[which % len(self.old_matches)])

    @rule(member=members, ahead=st.sampled_from([0, 1, 2, 2]))
    def cancel_below(self, member: int, ahead: int) -> None:
        self.tick()
        account, first = self.model.book.accounts[member], self.nonce + ahead
        error = "OfferDesk_FirstNonceNotRaised" if first <= account.first_nonce else None
        self.expect(error, self.region.offers.cancelBelow, first, by=NAME_OF[member])
        account.first_nonce = max(account.first_nonce, first)

    @rule(member=members, group=st.sampled_from([0, 1, 1, 2]))
    def assign_group(self, member: int, group: int) -> None:
        self.tick()
        self.model.groups[member] = group
        self.expect(None, self.region.registry.assignGroup, member, group, by="operator")

    # Money

    @rule(name=st.sampled_from([*NAMES, GRID, GRID]), amount=st.sampled_from([1, POINT, 50 * POINT]))
    def deposit(self, name: str, amount: int) -> None:
        self.tick()
        self.model.book.credit(IDS.get(name), amount)
        self.expect(None, self.region.desk.deposit, MEMBER_IDS[name], amount, by="stranger")

    @rule(name=st.sampled_from([*NAMES, GRID, GRID, GRID]), amount=amounts)
    def withdraw(self, name: str, amount: int | None) -> None:
        self.tick()
        book = self.model.book
        if amount is None:
            amount = max(0, book.funds if name == GRID else book.accounts[IDS[name]].free)
        self.expect(book.withdraw(IDS.get(name), amount), self.region.desk.withdraw, amount, by=name)

    @rule(amount=st.sampled_from([0, 1, POINT, None]))
    def pay_reserve(self, amount: int | None) -> None:
        self.tick()
        wanted = self.model.book.accounts[RESERVE].free if amount is None else amount
        error = self.model.book.pay_reserve(wanted)
        self.expect(error, self.region.desk.payReserve, address("stranger"), wanted, by="deployer")

    # Sheets

    @rule(age=st.sampled_from([0, 0, 0, 1, 2, 7]), member=members, seed=seeds, step=st.sampled_from([0, 1, 1]))
    def submit(self, age: int, member: int, seed: int, step: int) -> None:
        """A first sheet, or a correction."""
        self.tick()
        day = max(DAY, self.day_now() - age)
        held = self.model.day(day).sheets.get(member)
        revision = held.revision + step if held else 0
        sheet = Sheet(revision, False, *self._registers(generator(seed), day, member))
        self._submit(day, {member: sheet})

    def _submit(self, day: int, sheets: dict[int, Sheet]) -> None:
        errors = [self.model.submit(day, member, sheet) for member, sheet in sheets.items()]
        papers = [(m, day, s.revision, pack(s.imports), pack(s.exports)) for m, s in sheets.items()]
        keys = [key_of(f"meter of {NAME_OF[member]}") for member in sheets]
        signatures = [sign(key, self.domains["sheets"], DAY_SHEET, p) for key, p in zip(keys, papers, strict=True)]
        self.expect(errors[0], self.region.sheets.submit, papers, signatures, by="stranger")

    def _registers(self, draw: random.Random, day: int, member: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Imports and exports around what a member agreed on."""
        habit = draw.choice(["true", "true", "short", "mixed", "nothing"])
        deals = self.model.day(day).deals
        registers = []
        for selling in (False, True):
            agreed = [
                sum(d.wh for d in deals if member == (d.seller if selling else d.buyer) and hour in d.window)
                for hour in range(24)
            ]
            allowed = 0 if selling and member not in SELLERS else LIMIT
            registers.append(tuple(min(allowed, _metered(draw, wh, habit)) for wh in agreed))
        return registers[0], registers[1]

    @rule(age=st.sampled_from([0, 0, 1, 2]), member=members, seed=seeds)
    def estimate(self, age: int, member: int, seed: int) -> None:
        self.tick()
        day = max(DAY, self.day_now() - age)
        imports, exports = self._registers(generator(seed), day, member)
        error = self.model.estimate(day, member, Sheet(0, True, imports, exports))
        guess = (member, day, pack(imports), pack(exports))
        self.expect(error, self.region.sheets.estimate, [guess], by="operator")

    # Time

    @rule(stage=st.sampled_from(["hour", "end", "deadline", "deadline", "silent", "silent", "final"]))
    def wait(self, stage: str) -> None:
        """Move to a stage of the first day that is not closed, or until the last closed one is final."""
        model, day = self.model, self.day_now()
        if stage == "hour":
            self.go(model.now + HOUR)
        elif stage == "final":
            closed = [number for number in self.days() if model.days[number].closed_at]
            self.go(model.final(closed[-1]) if closed else 0)
        else:
            self.go({"end": model.end_of, "deadline": model.deadline, "silent": model.silent}[stage](day))

    @rule(seed=seeds)
    def live_a_day(self, seed: int) -> None:
        """Take the first open day to its close: most members send sheets, anybody settles in any order."""
        draw, model, day = generator(seed), self.model, self.day_now()
        if day not in self.days():
            return
        self.go(model.end_of(day))
        self.tick()
        missing = [m for m in IDS.values() if m not in model.day(day).sheets and draw.random() < 0.85]
        if missing and model.now < model.deadline(day):
            self._submit(day, {m: Sheet(0, False, *self._registers(draw, day, m)) for m in missing})
        self.empty_accounts(draw)
        self.go(model.silent(day))
        residuals_first = draw.random() < 0.5
        if residuals_first:
            self.settle_residuals(age=0, chosen=set(model.day(day).sheets))
        self.settle(seed=seed, part=1.0, ahead=0)
        if not residuals_first:
            self.settle_residuals(age=0, chosen=set(model.day(day).sheets))
        self.close(seed=seed, part=1.0)

    def empty_accounts(self, draw: random.Random) -> None:
        """Now and then the grid company, or a member, has just withdrawn everything."""
        for name in (GRID, *draw.sample(NAMES, 3)):
            if draw.random() < 0.4:
                self.withdraw(name, None)

    @rule(seed=seeds)
    def correct_a_day(self, seed: int) -> None:
        """Correct sheets of a closed day, and reconcile it once they are final."""
        draw, model, day = generator(seed), self.model, self.closed_day(seed)
        self.tick()
        for member in draw.sample(list(IDS.values()), 2):
            held = model.day(day).sheets.get(member)
            sheet = Sheet(held.revision + 1 if held else 0, False, *self._registers(draw, day, member))
            self._submit(day, {member: sheet})
        self.empty_accounts(draw)
        if model.final(day) < NEVER:
            self.go(model.final(day))
            self.tick()
            self._reconcile_residuals(day, draw.sample(list(IDS.values()), 4))
            self._reconcile(day, list(range(len(model.day(day).deals))) or [0])

    # After the day

    @rule(seed=seeds, part=st.sampled_from([0.3, 0.6, 1.0, 1.0]), ahead=st.sampled_from([0, 0, 0, 0, 1, -1]))
    def settle(self, seed: int, part: float, ahead: int) -> None:
        """Settle some agreements of the first open day, twice named ones and unknown ones among them."""
        self.tick()
        day, draw = self.day_now() + ahead, generator(seed)
        count = len(self.model.day(day).deals)
        indices = draw.sample(range(count), int(count * part)) + ([count] if draw.random() < 0.1 else [])
        self._settle(day, (indices + indices[:1]) or [0])

    def _settle(self, day: int, indices: list[int]) -> None:
        error = self.model.settle(day, indices, self.claimable())
        self.expect(error, self.market.settle, day, indices, by="stranger")

    @rule(seed=seeds, part=st.sampled_from([0.5, 1.0, 1.0]))
    def close(self, seed: int, part: float) -> None:
        self.tick()
        day, draw = self.day_now(), generator(seed)
        count = len(self.model.day(day).deals)
        indices = draw.sample(range(count), int(count * part))
        self.expect(self.model.close(day, indices), self.market.close, day, indices, by="stranger")

    @rule(member=members)
    def claim(self, member: int) -> None:
        self.tick()
        error = self.model.claim(member, self.claimable()[member])
        self.expect(error, self.market.claim, member, by="stranger")

    @rule(age=st.sampled_from([0, 0, 1, 2]), chosen=st.sets(members, min_size=1))
    def settle_residuals(self, age: int, chosen: set[int]) -> None:
        if not chosen:
            return
        self.tick()
        day = max(DAY, self.day_now() - age)
        error = self.model.settle_residuals(day, sorted(chosen))
        self.expect(error, self.region.residuals.settle, day, sorted(chosen), by="stranger")

    def closed_day(self, age: int) -> int:
        closed = [number for number in self.days() if self.model.days[number].closed_at]
        return closed[-1 - age % len(closed)] if closed else DAY

    @rule(age=st.integers(0, 3), seed=seeds)
    def reconcile(self, age: int, seed: int) -> None:
        self.tick()
        day, draw = self.closed_day(age), generator(seed)
        count = len(self.model.day(day).deals)
        indices = draw.sample(range(count), draw.randint(1, count)) if count else [0]
        self._reconcile(day, indices)

    def _reconcile(self, day: int, indices: list[int]) -> None:
        deals = self.model.day(day).deals
        entries = []
        for index in indices:
            parties = (deals[index].seller, deals[index].buyer) if deals else ()
            former = [self._former(day, member) for member in parties] or [EMPTY, EMPTY]
            entries.append((index, *former))
        error = self.model.reconcile(day, indices)
        self.expect(error, self.region.reconciliation.reconcile, day, entries, by="stranger")

    def _former(self, day: int, member: int) -> tuple[Any, Any]:
        sheet = self.model.day(day).former.get(member)
        return (pack(sheet.imports), pack(sheet.exports)) if sheet else EMPTY

    @rule(age=st.integers(0, 3), chosen=st.lists(members, min_size=1, max_size=5))
    def reconcile_residuals(self, age: int, chosen: list[int]) -> None:
        self.tick()
        self._reconcile_residuals(self.closed_day(age), chosen)

    def _reconcile_residuals(self, day: int, chosen: list[int]) -> None:
        former = [self._former(day, member) for member in chosen]
        error = self.model.reconcile_residuals(day, chosen)
        self.expect(error, self.region.residuals.reconcile, day, chosen, former, by="stranger")

    @rule(member=members, ahead=st.integers(-2, 0), which=st.integers(0, 10))
    def collect(self, member: int, ahead: int, which: int) -> None:
        """Collect what somebody waits for, or what nobody does."""
        self.tick()
        book = self.model.book
        waiting = [(m, day) for day, parts in book.owed.items() for m in parts if book.collectable(m, day)]
        member, day = waiting[which % len(waiting)] if waiting and which else (member, book.open_day + ahead)
        self._collect(member, day)

    def _collect(self, member: int, day: int) -> None:
        self.expect(self.model.book.collect(member, day), self.market.collect, member, day, by="stranger")

    # Laws

    @invariant()
    def the_book_is_the_models(self) -> None:
        book = self.model.book
        views = [(self.market.freeOf, member) for member in book.accounts]
        views += [(self.market.reservedOf, member) for member in book.accounts]
        views += [(self.market.funds,), (self.market.totalDebt,), (self.market.openDay,), (self.market.deferred,)]
        found = read(*views, (self.region.deferred.totals,), (self.region.points.balanceOf, self.region.desk.address))
        signed = [word - 2**256 if word >= 2**255 else word for word in found]
        accounts = list(book.accounts.values())
        free, reserved = [account.free for account in accounts], [account.reserved for account in accounts]
        assert signed[: 2 * len(free)] == free + reserved, "I-04, I-32"
        funds, debt, open_day = signed[2 * len(free) : 2 * len(free) + 3]
        assert (funds, debt, open_day) == (book.funds, book.fronted, book.open_day), "I-04"
        owed, paid, collected, points = signed[-4:]
        assert (owed, paid, collected) == (book.all_owed, book.paid, book.all_collected), "I-04"
        unclaimed = sum(self.unclaimed(day) for day in self.model.days.values())
        booked = sum(free) + sum(reserved) + book.booked + paid - collected + unclaimed
        assert points - self.other_points == booked, "I-04"
        self.margins_are_reserved()

    def margins_are_reserved(self) -> None:
        margins = dict.fromkeys(IDS.values(), 0)
        for day in self.model.days.values():
            for index, deal in enumerate(day.deals):
                if index not in day.settled:
                    seller, buyer = deal.margins(TARIFFS)
                    margins[deal.seller] += seller
                    margins[deal.buyer] += buyer
        assert margins == {member: self.model.book.accounts[member].reserved for member in margins}, "I-32"

    @staticmethod
    def unclaimed(day: MarketDay) -> int:
        """Penalties of a day, entered or not, that are neither claimed nor the reserve's [point-wei]."""
        return sum(day.penalties[index] for index in day.waiting | day.shared) - day.claimed

    @invariant()
    def weights_are_the_models(self) -> None:
        found = read(*((self.region.reader.weightOf, member) for member in IDS.values()))
        model, last = self.model, self.model.last_day
        assert found == [
            model.days[last[member]].weight(member) if last[member] else model.entered[member] for member in last
        ], "I-30"
        assert all(0 <= weight <= WAD for weight in found), "I-30"

    # To the end

    def finish(self) -> None:
        """Settle, close, estimate and reconcile everything."""
        model = self.model
        for day in self.days():
            if not model.days[day].closed_at:
                self.go(model.silent(day))
                self.tick()
                self._settle(day, list(range(len(model.days[day].deals))))
                self.close(seed=day, part=1.0)
        for day in self.days():
            self.go(model.final(day))
        for day in self.days():
            assert model.final(day) < NEVER
            self.tick()
            assert all(model.estimate(day, member, Sheet(0, True)) is None for member in IDS.values())
            guesses = [(member, day, pack(NOTHING), pack(NOTHING)) for member in IDS.values()]
            self.expect(None, self.region.sheets.estimate, guesses, by="operator")
            self.tick()
            self._reconcile(day, list(range(len(model.days[day].deals))))
            self._reconcile_residuals(day, list(IDS.values()))
        self.the_book_is_the_models()

    def check_shares(self) -> None:
        """Everybody claims; what is left of a day's penalties is dust."""
        for member in IDS.values():
            self.claim(member)
        for day in self.model.days.values():
            largest = len(day.opening) * (1 + len(day.shared))
            assert 0 <= self.unclaimed(day) <= largest, "I-33"

    def drain(self) -> None:
        book = self.model.book
        for name, member in IDS.items():
            if book.accounts[member].free < 0:
                self.deposit(name, -book.accounts[member].free)
        if book.funds < book.all_owed - book.paid:
            self.deposit(GRID, book.all_owed - book.paid - book.funds)
        for day, parts in list(book.owed.items()):
            if day >= book.open_day:
                continue
            for member in list(parts):
                self._collect(member, day)
        for name in (*NAMES, GRID):
            self.withdraw(name, None)
        self.pay_reserve(None)
        self.the_book_is_the_models()
        waiting = book.all_owed - book.all_collected  # under a day that nobody has closed
        dust = sum(self.unclaimed(day) for day in self.model.days.values())
        assert self.held() - self.other_points == dust + waiting, "I-35"

    def teardown(self) -> None:
        try:
            self.finish()
            self.check_shares()
            self.drain()
        finally:
            request("evm_revert", self.snapshot)


def _metered(draw: random.Random, agreed: int, habit: str) -> int:
    if habit == "nothing":
        return 0
    if habit == "true":
        return agreed
    if habit == "short":
        return agreed // 2
    more = draw.choice([1, 5, 20_000])
    return draw.choice([agreed, 0, agreed + more, draw.randint(0, agreed), max(0, agreed - 1)])


def test_the_market_follows_its_model(region, project):
    region.mint(actor("stranger"), 100_000 * POINT)
    region.points.approve(region.desk, 2**256 - 1, {"from": actor("stranger")})
    request("anvil_autoImpersonateAccount", True)
    names = (
        "BilateralMarket",
        "OfferDesk",
        "DaySheets",
        "MarginDesk",
        "DeferredCredits",
        "ResidualSettlement",
        "Reconciliation",
    )
    MarketMachine.selectors = selectors_of(project, *names)
    run_state_machine_as_test(
        lambda: MarketMachine(region),
        settings=settings(
            **settings_of("market machine"),
            stateful_step_count=STEPS,
            deadline=None,
            phases=(Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=HealthCheck.all(),
        ),
    )
    request("anvil_autoImpersonateAccount", False)
