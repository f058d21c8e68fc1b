"""Random grants, draw-downs, trades and settlements against a model.

I-40 granted + traded + carried - drawn = balance, of every member and year; I-41 traded amounts, custody and what was
banked late sum to zero in every year, offsets to what was certified less what was used; I-42 the exchange holds the
free and reserved points of all, to the wei, and what its sales offer; I-43 grants of a year stay within its cap; I-44
every order ends, and then the exchange drains to zero.
"""

from typing import Any, ClassVar

import pytest
from brownie import web3
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from offchain.merkle import carbon_leaf, merkle_tree
from tests.models.quotas import DAY, FIRST_YEAR, OFFSETS, TICK, Order, QuotaModel, by_anybody, by_member
from tests.support.allowances import QUOTA, certify, grant
from tests.support.long_runs import settings_of
from tests.support.machine import ChainMachine, read, selectors_of
from tests.support.region import DAY as MARKET_DAY
from tests.support.region import MEMBER_IDS, POINT, START, Region, actor, node_of, only
from tests.support.short_ways import request

MEMBERS = ("buyer", "prosumer", "second_buyer")
RULES = QUOTA | {"yearlyCap": 3_000, "offsetShare": 1_000}
FUNDS = POINT
DAYS = tuple(range(MARKET_DAY, MARKET_DAY + 4))
YEARS = tuple(range(FIRST_YEAR, FIRST_YEAR + 6))
IMPORT_WH = {"buyer": 2_000, "prosumer": 3_001, "second_buyer": 999}
INTENSITY = 700_001  # [mgCO2e/kWh]
PRICE = 92 * POINT  # [point-wei/tCO2e]
GRANTED, CERTIFIED = 700, 300  # to every member beforehand [gCO2e]

members, days = st.sampled_from(MEMBERS), st.sampled_from(DAYS)
amounts = st.integers(1, 1_500)
shares = st.sampled_from([1, 2, 3, 2, 3, 0])  # of what there is: all, half, a third, or one more than all
ahead = st.sampled_from([0, 0, 0, 1])  # years after the member's open one
assets = st.sampled_from([None, None, OFFSETS])  # None: allowances


def share_of(amount: int, share: int) -> int:
    return max(0, amount) // share if share else max(0, amount) + 1


class QuotaMachine(ChainMachine):
    proofs: ClassVar[dict[tuple[str, int], list[bytes]]]

    def __init__(self, region: Any) -> None:
        super().__init__()
        self.region, self.quota, self.exchange = region, region.quota, region.exchange
        self.model = QuotaModel(
            now=web3.eth.get_block("latest")["timestamp"],
            rules=RULES,
            emissions={(name, day): -(-IMPORT_WH[name] * INTENSITY // 10**6) for name in MEMBERS for day in DAYS},
            free=dict.fromkeys(MEMBERS, FUNDS),
            wallets=dict.fromkeys((*MEMBERS, "stranger"), FUNDS),
        )
        for name in MEMBERS:  # as the test below has done
            self.model.grant(name, FIRST_YEAR, GRANTED)
            self.model.certify(name, CERTIFIED)
        self.records = len(MEMBERS)
        [self.receiver_had] = read((region.points.balanceOf, self.quota.penaltyReceiver()))

    def asset_of(self, name: str, asset: int | None, later: int) -> int:
        return self.model.open_year[name] + later if asset is None else asset

    @rule(time=st.sampled_from([DAY, DAY, DAY, 29 * DAY]))
    def wait(self, time: int) -> None:
        self.model.now += time

    @rule(name=members, anybody=st.booleans(), early=st.booleans())
    def reach_boundary(self, name: str, anybody: bool, early: bool) -> None:
        """A year is settled at its second, not at the one before."""
        year = self.model.open_year[name]
        time = (by_anybody(year) if anybody else by_member(year)) - early - 1
        if year in YEARS[:-2]:
            self.model.now = max(self.model.now, time)

    @rule(name=members, later=st.sampled_from([0, 0, 1, -1]), amount=amounts)
    def grant(self, name: str, later: int, amount: int) -> None:
        self.tick()
        year = self.model.open_year[name] + later
        error = self.model.grant(name, year, amount)
        self.expect(error, self.quota.grant, MEMBER_IDS[name], year, amount, by="regulator")

    @rule(name=members, amount=amounts)
    def certify(self, name: str, amount: int) -> None:
        self.tick()
        self.records += 1
        self.model.certify(name, amount)
        record = self.records.to_bytes(32, "big")
        self.expect(None, self.quota.certifyOffsets, MEMBER_IDS[name], amount, record, by="regulator")

    @rule(name=members, day=days)
    def draw(self, name: str, day: int) -> None:
        self.tick()
        error = self.model.draw(name, day)
        proofs = [self.proofs[name, day]] + [[]] * 23
        self.expect(error, self.quota.drawDownDay, MEMBER_IDS[name], day, [INTENSITY] * 24, proofs, by="stranger")

    @rule(source=members, to=members, asset=assets, later=st.sampled_from([0, 0, 1, -1]), share=shares)
    def transfer(self, source: str, to: str, asset: int | None, later: int, share: int) -> None:
        self.tick()
        moved = self.asset_of(source, asset, later)
        amount = share_of(self.model.balance(source, moved), share)
        error = self.model.transfer(source, to, moved, amount)
        self.expect(error, self.quota.transfer, MEMBER_IDS[to], moved, amount, by=source)

    @rule(name=members, later=st.sampled_from([0, 0, 0, 1, -1]), share=shares)
    def surrender(self, name: str, later: int, share: int) -> None:
        self.tick()
        year = max(FIRST_YEAR, self.model.open_year[name] + later)
        usable = min(self.model.offset_cap(name, year), self.model.offsets[name])
        offsets = share_of(usable, share)
        error = self.model.surrender(name, year, offsets)
        self.expect(error, self.quota.surrender, year, offsets, by=name)

    @rule(name=members, later=st.sampled_from([0, 0, 0, 1, -1]))
    def close(self, name: str, later: int) -> None:
        self.tick()
        year = max(FIRST_YEAR, self.model.open_year[name] + later)
        error = self.model.close(name, year)
        self.expect(error, self.quota.close, MEMBER_IDS[name], year, by="stranger")

    @rule(name=members, day=days)
    def neglect(self, name: str, day: int) -> None:
        """A member lets a year go by, with something drawn or not."""
        self.draw(name, day)
        self.reach_boundary(name, anybody=True, early=False)
        self.close(name, 0)

    @precondition(lambda self: any(self.model.penalty.values()))
    @rule(pick=st.integers(0, 99), payer=st.sampled_from([*MEMBERS, "stranger"]), share=shares)
    def pay_penalty(self, pick: int, payer: str, share: int) -> None:
        self.tick()
        owing = [name for name in MEMBERS if self.model.penalty[name]]
        name = owing[pick % len(owing)]
        amount = share_of(self.model.penalty[name], share)
        error = self.model.pay(name, payer, amount)
        self.expect(error, self.quota.payPenalty, MEMBER_IDS[name], amount, by=payer)

    @rule(name=members, share=shares)
    def deposit(self, name: str, share: int) -> None:
        self.tick()
        amount = share_of(self.model.wallets[name], share) or 1
        error = self.model.deposit(name, amount)
        self.expect(error, self.exchange.deposit, MEMBER_IDS[name], amount, by=name)

    @rule(name=members, share=shares)
    def withdraw(self, name: str, share: int) -> None:
        self.tick()
        amount = share_of(self.model.free[name], share)
        error = self.model.withdraw(name, amount)
        self.expect(error, self.exchange.withdraw, amount, by=name)

    @rule(
        name=members,
        asset=assets,
        later=ahead,
        share=shares,
        price=st.sampled_from([PRICE, TICK, 3 * PRICE]),
        life=st.sampled_from([0, 0, 0, DAY, 90 * DAY, 90 * DAY + 1]),
    )
    def offer(self, name: str, *, asset: int | None, later: int, share: int, price: int, life: int) -> None:
        self.place(Order(name, False, self.asset_of(name, asset, later), price, 0, 0), share, life)

    @rule(
        name=members,
        asset=assets,
        later=ahead,
        amount=amounts,
        price=st.sampled_from([PRICE, TICK, 3 * PRICE]),
        life=st.sampled_from([0, 0, DAY]),
    )
    def bid(self, name: str, *, asset: int | None, later: int, amount: int, price: int, life: int) -> None:
        self.place(Order(name, True, self.asset_of(name, asset, later), price, amount, 0), 1, life)

    def place(self, order: Order, share: int, life: int) -> None:
        self.tick()
        if not order.purchase:
            order.left = share_of(self.model.balance(order.maker, order.asset), share)
        asked = self.model.now + life if life else 0
        terms = (order.purchase, order.asset, order.left, order.price, asked)
        error = self.model.place(order, life)
        self.expect(error, self.exchange.place, *terms, by=order.maker)

    @rule(maker=members, taker=members, asset=assets, amount=amounts, share=shares)
    def trade(self, maker: str, taker: str, *, asset: int | None, amount: int, share: int) -> None:
        """A purchase that is taken, in part or in whole, if the taker has so much."""
        number = self.model.order_count + 1
        self.bid(maker, asset=asset, later=0, amount=amount, price=PRICE, life=0)
        if number in self.model.orders:
            self.take_part(number, taker, share)

    @precondition(lambda self: self.model.orders)
    @rule(pick=st.integers(0, 99), name=members, share=shares)
    def take(self, pick: int, name: str, share: int) -> None:
        self.take_part(sorted(self.model.orders)[pick % len(self.model.orders)], name, share)

    def take_part(self, number: int, name: str, share: int) -> None:
        self.tick()
        order = self.model.orders[number]
        amount = share_of(order.left, share)
        limit = order.price
        error = self.model.take(number, name, amount)
        self.expect(error, self.exchange.take, number, amount, limit, by=name)

    @rule(number=st.integers(1, 12), name=st.sampled_from([*MEMBERS, "second_seller"]))
    def cancel(self, number: int, name: str) -> None:
        self.tick()
        error = self.model.cancel(number, name)
        self.expect(error, self.exchange.cancel, number, by=name)

    @invariant()
    def books_agree(self) -> None:
        calls = [(self.quota.statusOf, MEMBER_IDS[name], year) for name in MEMBERS for year in YEARS]
        found = [value - 2**256 if value >> 255 else value for value in read(*calls)]
        expected: list[int] = []
        for name in MEMBERS:
            for year in YEARS:
                kept = self.model.years[name, year]
                status = 2 if year < self.model.open_year[name] else int(kept.balance() < 0)
                expected += [status, kept.granted, kept.traded, kept.carried, kept.drawn]
        assert found == expected, "I-40"
        self.sums_hold(found)

    def sums_hold(self, found: list[int]) -> None:
        """Over all members, from what the contracts say."""
        ids = [MEMBER_IDS[name] for name in MEMBERS]
        custody = read(*((self.quota.custodyOf, self.exchange.address, asset) for asset in (OFFSETS, *YEARS)))
        offsets = read(*((self.quota.balanceOf, member, OFFSETS) for member in ids))
        accounts = read(*((self.exchange.accountOf, member) for member in ids))
        granted = read(*((self.quota.grantedIn, year) for year in YEARS))
        due = read(*((self.quota.penaltyOf, member) for member in ids))
        held, received = read(
            (self.region.points.balanceOf, self.exchange.address),
            (self.region.points.balanceOf, self.quota.penaltyReceiver()),
        )
        for place, year in enumerate(YEARS):
            traded = sum(found[member * len(YEARS) * 5 + place * 5 + 2] for member in range(len(MEMBERS)))
            assert traded + custody[1 + place] + self.model.converted[year] == 0, "I-41"
            assert granted[place] == self.model.granted[year] <= RULES["yearlyCap"], "I-43"
        assert sum(offsets) + custody[0] == self.model.certified - self.model.used_offsets, "I-41"
        assert offsets == [self.model.offsets[name] for name in MEMBERS], "I-41"
        assert custody == [self.model.custody(asset) for asset in (OFFSETS, *YEARS)], "I-42"
        assert accounts == [side[name] for name in MEMBERS for side in (self.model.free, self.model.reserved)], "I-42"
        assert held == sum(accounts), "I-42"
        assert due == [self.model.penalty[name] for name in MEMBERS]
        assert received - self.receiver_had == self.model.penalties_paid

    def teardown(self) -> None:
        """Once all orders are over, anybody ends them; then every member takes its points."""
        self.model.now += 91 * DAY
        for number in sorted(self.model.orders):
            self.tick()
            self.expect(self.model.cancel(number, "stranger"), self.exchange.cancel, number, by="stranger")
        for name in MEMBERS:
            if self.model.free[name]:
                self.withdraw(name, 1)
        self.books_agree()
        held, *custody = read(
            (self.region.points.balanceOf, self.exchange.address),
            *((self.quota.custodyOf, self.exchange.address, asset) for asset in (OFFSETS, *YEARS)),
        )
        assert [held, *custody] == [0] * (2 + len(YEARS)), "I-44"
        request("evm_revert", self.snapshot)


def measured_days(region: Any) -> dict[tuple[str, int], list[bytes]]:
    """Final sheets with one hour of import and final roots of that hour; returns each member-day's proof."""
    Region.go(START + (DAYS[-1] - MARKET_DAY + 2) * DAY)
    proofs = {}
    for day in DAYS:
        hour = day * 24 - 1
        leaves = [carbon_leaf(hour, node_of(name), INTENSITY) for name in MEMBERS]
        tree = merkle_tree(leaves)
        region.ledger.post(hour, [tree.root], {"from": actor("carbon_provider")})
        region.submit(*(region.sheet(name, imports=only({0: IMPORT_WH[name]}), day=day) for name in MEMBERS))
        proofs |= {(name, day): list(tree.proof(place)) for place, name in enumerate(MEMBERS)}
    Region.go(START + (DAYS[-1] - MARKET_DAY + 9) * DAY)
    return proofs


@pytest.fixture
def selectors(project):
    return selectors_of(project, "CarbonQuota", "QuotaExchange", "PowerPoint")


def test_quotas_and_orders_follow_the_model(region, selectors):
    region.quota.setParameters(tuple(RULES.values()), {"from": region.deployer})
    for name in (*MEMBERS, "stranger"):
        holder = {"from": actor(name)}
        had = region.points.balanceOf(actor(name))
        region.mint(actor(name), FUNDS + (FUNDS if name in MEMBERS else 0) - had)
        region.points.approve(region.quota, 2**256 - 1, holder)
        if name in MEMBERS:
            region.points.approve(region.exchange, 2**256 - 1, holder)
            region.quota.setOperator(region.exchange, True, holder)
            region.exchange.deposit(MEMBER_IDS[name], FUNDS, holder)
            grant(region, GRANTED, name=name)
            certify(region, CERTIFIED, name=name, record=(MEMBERS.index(name) + 1).to_bytes(32, "big"))
    QuotaMachine.proofs = measured_days(region)
    QuotaMachine.selectors = selectors
    request("anvil_autoImpersonateAccount", True)
    run_state_machine_as_test(
        lambda: QuotaMachine(region),
        settings=settings(
            **settings_of("quota machine"),
            stateful_step_count=40,
            deadline=None,
            phases=(Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=HealthCheck.all(),
        ),
    )
    request("anvil_autoImpersonateAccount", False)
