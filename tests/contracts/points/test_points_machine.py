"""Random movements of points and rewards against a model of lots.

I-05 supply = deposited - withdrawn = all balances; I-15 the pool covers all credit; I-16 a year's rewards stay within
its budget; I-17 nothing leaves a frozen account; I-18 everything can be drained to zero.
"""

from functools import cache
from typing import Any, ClassVar

import pytest
from brownie import web3
from eth_utils import keccak
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.models.points import CENT, DAY, HOUR, PointsModel
from tests.support.bank import bill_of, confirmed, reference, signed_bill
from tests.support.long_runs import settings_of
from tests.support.region import FOREVER, MEMBER_IDS, POINT, REASON, START, Region, actor
from tests.support.rewards import REWARDS
from tests.support.short_ways import request
from tests.support.signing import FREEZE, key_of, sign

MEMBERS = ("seller", "buyer", "prosumer")
HOLDERS = (*MEMBERS, "stranger")
LIMITS = {"memberDayCap": 6 * POINT, "computeDayCap": 2 * POINT, "yearlyBudget": 20 * POINT}
DAILY_MINT_LIMIT = 12 * POINT
GAS = 5_000_000
DOCUMENT = reference("the bank's document")

holders, members = st.sampled_from(HOLDERS), st.sampled_from(MEMBERS)
amounts = st.integers(1, 8 * POINT) | st.sampled_from([1, POINT, 5 * POINT])
deposits = st.integers(1, 800).map(lambda cents: cents * CENT) | st.sampled_from([1, CENT + 1, POINT, 5 * POINT])
dusts = st.sampled_from([0, 0, 0, 1])  # what no bank account can hold
shares = st.sampled_from([1, 2, 3, 0])  # of what there is: all, half, a third, or one wei more than all
waits = st.sampled_from([HOUR, DAY, 4 * DAY, 4 * DAY, 31 * DAY, 120 * DAY, 400 * DAY])


def read(*calls: tuple[Any, ...]) -> list[int]:
    """The words that views return, all at once: Brownie's own calls would take most of the time."""
    asked = [{"to": view._address, "data": view.encode_input(*arguments)} for view, *arguments in calls]
    answers = web3.provider.make_batch_request([("eth_call", [call, "latest"]) for call in asked])
    words = [bytes.fromhex(answer["result"][2:]) for answer in answers]
    return [int.from_bytes(text[place : place + 32], "big") for text in words for place in range(0, len(text), 32)]


def share_of(amount: int, share: int) -> int:
    return amount // share if share else amount + 1


def cents_of(amount: int, share: int) -> int:
    """A share in whole cents; the one above all that there is by a cent."""
    return amount // share // CENT * CENT if share else amount // CENT * CENT + CENT


@cache
def address(name: str) -> str:
    return actor(name).address


class PointsMachine(RuleBasedStateMachine):
    """Every rule asks the model first what has to come of it."""

    selectors: ClassVar[dict[str, str]]  # of every error by its name

    def __init__(self, region: Any, pool: Any) -> None:
        super().__init__()
        self.region, self.points, self.pool = region, region.points, pool
        self.snapshot = request("evm_snapshot")
        self.movements = 0
        self.freezes: dict[str, int] = {}
        now = web3.eth.get_block("latest")["timestamp"]
        names = (*HOLDERS, "pool")
        supply, minted, *balances = read(
            (self.points.totalSupply,),
            (self.points.mintedOn, now // DAY),
            *((self.points.balanceOf, self.account(name)) for name in names),
        )
        self.outside = supply - sum(balances)
        self.model = PointsModel(
            now=now,
            daily_limit=DAILY_MINT_LIMIT,
            member_day_cap=LIMITS["memberDayCap"],
            compute_day_cap=LIMITS["computeDayCap"],
            yearly_budget=LIMITS["yearlyBudget"],
            balances=dict(zip(names, balances, strict=True)),
            minted={now // DAY: minted},
        )

    def account(self, name: str) -> str:
        return self.pool.address if name == "pool" else address(name)

    def next_name(self) -> str:
        self.movements += 1
        return f"movement {self.movements}"

    def expect(self, error: str | None, call: Any, *arguments: Any, by: str) -> None:
        """Send a transaction, which fails with this error, or succeeds where there is none."""
        data = call.encode_input(*arguments)
        transaction = {"from": address(by), "to": call._address, "data": data, "gas": hex(GAS), "gasPrice": "0x0"}
        if error is not None:
            time = {"time": hex(self.model.now)}
            answer = web3.provider.make_request("eth_call", [transaction, "latest", {}, time])
            assert str(answer["error"]["data"]).startswith("0x" + self.selectors[error]), (error, answer)
            return
        request("evm_setNextBlockTimestamp", self.model.now)
        receipt = request("eth_sendTransactionSync", transaction)
        assert int(receipt["status"], 16) == 1, (call, arguments)

    def tick(self) -> None:
        """Every movement has a second of its own."""
        self.model.now += 1

    @rule(time=waits)
    def wait(self, time: int) -> None:
        self.model.now += time

    @precondition(lambda self: self.model.boundaries())
    @rule(pick=st.integers(0, 99), early=st.booleans())
    def reach_boundary(self, pick: int, early: bool) -> None:
        """Credit ripens and expires at its second, not at the one before."""
        times = self.model.boundaries()
        self.model.now = times[pick % len(times)] - early
        request("evm_mine", self.model.now)
        self.check_accounts()

    @rule(to=holders, amount=deposits)
    def mint(self, to: str, amount: int) -> None:
        self.tick()
        paper = confirmed(self.points, [(actor(to), amount, reference(self.next_name()))])
        statement, (signer, signature) = paper
        error = self.model.mint(to, amount)
        self.expect(error, self.points.mint, statement, (signer.address, signature), by="bank")

    @rule(source=holders, to=st.sampled_from((*HOLDERS, "pool")), share=shares)
    def transfer(self, source: str, to: str, share: int) -> None:
        self.tick()
        amount = share_of(self.model.balances[source], share)
        error = self.model.move(source, to, amount)
        self.expect(error, self.points.transfer, self.account(to), amount, by=source)

    @rule(holder=holders, share=shares, dust=dusts)
    def burn(self, holder: str, share: int, dust: int = 0) -> None:
        self.tick()
        amount = cents_of(self.model.balances[holder], share) + dust
        error = self.model.burn(holder, amount)
        self.expect(error, self.points.burn, amount, reference("withdrawal"), by=holder)

    @rule(holder=holders, share=shares, dust=dusts)
    def pay_bill(self, holder: str, share: int, dust: int) -> None:
        self.tick()
        amount = (cents_of(self.model.balances[holder], share) or CENT) + dust
        bill = bill_of(actor(holder), amount, name=self.next_name())
        (utility, signature) = signed_bill(self.points, bill)
        error = self.model.burn(holder, amount)
        self.expect(error, self.points.payBill, bill, (utility.address, signature), by=holder)

    @rule(holder=members, amount=amounts, cause=st.integers(1, 5))
    def reward(self, holder: str, amount: int, cause: int) -> None:
        self.tick()
        member = MEMBER_IDS[holder]
        error = self.model.reward(member, amount, cause)
        self.expect(error, self.pool.reward, member, amount, cause, by="rewarder")

    @rule(holder=members, share=shares, rest=st.sampled_from([0, 0, CENT, POINT]), dust=dusts)
    def spend(self, holder: str, share: int, rest: int, dust: int) -> None:
        """Pay bills of whole cents, most of them: what the credit leaves of a cent is paid with points."""
        self.tick()
        credit = share_of(self.model.available(MEMBER_IDS[holder]), share)
        self.pay_with_credit(holder, rest + -credit % CENT + dust, credit=credit)

    def pay_with_credit(self, holder: str, rest: int, *, credit: int) -> None:
        bill = bill_of(actor(holder), credit + rest, name=self.next_name())
        (utility, signature) = signed_bill(self.points, bill)
        error = self.model.spend(holder, MEMBER_IDS[holder], credit + rest, credit)
        self.expect(error, self.pool.payBill, bill, (utility.address, signature), credit, by=holder)

    @rule(holder=members)
    def expire(self, holder: str) -> None:
        self.tick()
        self.model.drop_expired(MEMBER_IDS[holder])
        self.expect(None, self.pool.expire, MEMBER_IDS[holder], by="stranger")

    @rule(holder=holders, days=st.integers(1, 30))
    def freeze(self, holder: str, days: int) -> None:
        self.tick()
        until = self.model.now + days * DAY
        self.model.frozen_until[holder] = until
        freezes, nonce = self.region.freezes, self.freezes.get(holder, 0)
        self.freezes[holder] = nonce + 1
        terms = (address(holder), until, REASON, nonce, FOREVER)
        signature = sign(key_of("freeze_cosigner"), self.region.domain(freezes, "Gridleaf FreezeList"), FREEZE, terms)
        second = (address("freeze_cosigner"), signature)
        self.expect(None, freezes.freeze, terms[0], until, REASON, FOREVER, second, by="regulator")

    @rule(share=st.sampled_from([8, 8, 0]))
    def release(self, share: int) -> None:
        self.tick()
        amount = share_of(self.model.free_funds(), share)
        error = self.model.release("stranger", amount)
        self.expect(error, self.pool.release, self.account("stranger"), amount, by="deployer")

    @rule(shift=st.sampled_from([0, 0, 1]))
    def state_escrow(self, shift: int) -> None:
        self.tick()
        day = self.model.now // DAY - 1
        error = "PowerPoint_StatementDiffers" if shift else None
        if not shift and day in self.model.stated_days:
            error = "PowerPoint_StatementPosted"
        self.model.stated_days |= set() if error else {day}
        balance = self.model.closing_supply() + self.outside + shift
        self.expect(error, self.points.stateEscrow, balance, DOCUMENT, by="bank")

    @invariant()
    def books_agree(self) -> None:
        supply, deposited, withdrawn, outstanding = read(
            (self.points.totalSupply,), (self.points.escrow,), (self.pool.outstanding,)
        )
        assert supply == deposited - withdrawn == self.model.supply() + self.outside, "I-05"
        assert outstanding == self.model.outstanding(), "I-15"
        assert self.model.free_funds() >= 0, "I-15"

    def check_accounts(self) -> None:
        balances = self.model.balances
        granted = self.model.granted_by_year()
        found = read(
            *((self.points.balanceOf, self.account(name)) for name in balances),
            *((self.pool.availableOf, MEMBER_IDS[name]) for name in MEMBERS),
            *((self.pool.grantedIn, year) for year in granted),
        )
        available = [self.model.available(MEMBER_IDS[name]) for name in MEMBERS]
        assert found == [*balances.values(), *available, *granted.values()], "I-05, I-15, I-16"
        assert all(amount <= LIMITS["yearlyBudget"] for amount in granted.values()), "I-16"

    def drain(self) -> None:
        """Once freezes are over and credit is mature, all of it leaves: credit by bills, points by withdrawals."""
        self.model.now += 31 * DAY
        for name in MEMBERS:
            self.tick()
            available = self.model.available(MEMBER_IDS[name])
            if available:
                self.mint(name, CENT)  # for what the credit leaves of one
                self.tick()
                self.pay_with_credit(name, -available % CENT, credit=available)
            self.expire(name)
        self.release(1)
        for name in MEMBERS:
            self.transfer(name, "stranger", 1)
        if self.model.balances["stranger"]:
            self.burn("stranger", 1)
        left = read((self.pool.outstanding,), (self.points.balanceOf, self.pool.address), (self.points.totalSupply,))
        assert left == [0, 0, self.outside], "I-18"

    def teardown(self) -> None:
        self.tick()
        request("evm_mine", self.model.now)
        self.check_accounts()
        self.drain()
        self.books_agree()
        request("evm_revert", self.snapshot)


@pytest.fixture
def selectors(project):
    errors = [entry for name in ("PowerPoint", "RewardPool", "FreezeList") for entry in project[name].abi]
    return {
        entry["name"]: keccak(text=f"{entry['name']}({','.join(field['type'] for field in entry['inputs'])})")[:4].hex()
        for entry in errors
        if entry["type"] == "error"
    }


def test_points_and_rewards_follow_the_model(region, pool, selectors):
    parameters = tuple((REWARDS | LIMITS).values())
    by = {"from": region.deployer}
    pool.setParameters(parameters, by)
    for name in HOLDERS:
        region.mint(actor(name), 10 * POINT)
        region.points.approve(pool, 2**256 - 1, {"from": actor(name)})
    region.mint(pool, 40 * POINT)
    region.points.setDailyMintLimit(DAILY_MINT_LIMIT, by)
    Region.go(START + 2 * DAY)
    request("anvil_autoImpersonateAccount", True)
    PointsMachine.selectors = selectors
    run_state_machine_as_test(
        lambda: PointsMachine(region, pool),
        settings=settings(
            **settings_of("points machine"),
            stateful_step_count=30,
            deadline=None,
            phases=(Phase.reuse, Phase.generate, Phase.shrink),
            suppress_health_check=HealthCheck.all(),
        ),
    )
    request("anvil_autoImpersonateAccount", False)
