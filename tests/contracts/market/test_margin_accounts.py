import pytest
from brownie import web3

from tests.support.region import (
    FEED_IN,
    GRID_FEE,
    MEMBER_IDS,
    POINT,
    PURCHASE,
    START,
    actor,
    agreement,
    fields,
    registration,
)
from tests.support.reverts import reverts

BUYER = MEMBER_IDS["buyer"]
DEADLINE = START + 10**6


def deposit(region, amount, *, member=BUYER, by="buyer"):
    return region.desk.deposit(member, amount, {"from": actor(by)})


def withdraw(region, amount, *, by="buyer"):
    return region.desk.withdraw(amount, {"from": actor(by)})


def test_deposits_are_booked_and_paid(region):
    before = region.balances()
    region.mint(actor("stranger"), 5 * POINT)
    region.points.approve(region.desk, 5 * POINT, {"from": actor("stranger")})
    transaction = deposit(region, 5 * POINT, by="stranger")
    assert fields(transaction.events["Deposited"]) == {
        "member": BUYER,
        "from": actor("stranger").address,
        "amount": 5 * POINT,
    }
    assert region.balances() == before | {"buyer": before["buyer"] + 5 * POINT}
    assert region.points.balanceOf(actor("stranger")) == 0
    region.assert_book_balances()


def test_withdrawals_are_booked_and_paid(region):
    before = region.balances()
    transaction = withdraw(region, 400 * POINT)
    assert fields(transaction.events["Withdrawn"]) == {
        "member": BUYER,
        "to": actor("buyer").address,
        "amount": 400 * POINT,
    }
    assert region.balances() == before | {"buyer": before["buyer"] - 400 * POINT}
    assert region.points.balanceOf(actor("buyer")) == 400 * POINT
    region.assert_book_balances()


def test_only_what_is_free_is_withdrawn(region):
    [_] = region.register(agreement())  # reserves 20 kWh x 0.75 = 15 points
    assert region.market.reservedOf(BUYER) == 15 * POINT
    with reverts("MarginAccounts_AboveFree", BUYER, 985 * POINT, 985 * POINT + 1):
        withdraw(region, 985 * POINT + 1)
    withdraw(region, 985 * POINT)
    assert region.market.freeOf(BUYER) == 0
    region.assert_book_balances()


def test_the_account_is_the_callers_own(region):
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        withdraw(region, 1, by="stranger")
    with reverts("MarginAccounts_AboveFree", MEMBER_IDS["seller"], 1_000 * POINT, 1_000 * POINT + 1):
        withdraw(region, 1_000 * POINT + 1, by="seller")


def test_zero_amounts_and_unknown_members_are_refused(region):
    with reverts("MarginDesk_ZeroAmount"):
        deposit(region, 0)
    with reverts("MarginDesk_ZeroAmount"):
        withdraw(region, 0)
    with reverts("MemberRegistry_UnknownMember", 99):
        deposit(region, 1, member=99)


def test_a_deposit_without_points_or_allowance_changes_nothing(region):
    before = region.balances()
    with reverts("ERC20InsufficientAllowance", region.desk, 0, POINT):
        deposit(region, POINT)
    region.points.approve(region.desk, POINT, {"from": actor("buyer")})
    with reverts("ERC20InsufficientBalance", actor("buyer"), 0, POINT):
        deposit(region, POINT)
    assert region.balances() == before


def test_a_permit_replaces_the_approval(region):
    region.mint(actor("buyer"), POINT)
    permit = region.sign_permit("buyer", POINT, deadline=DEADLINE)
    region.desk.depositWithPermit(BUYER, POINT, DEADLINE, *permit, {"from": actor("buyer")})
    assert region.market.freeOf(BUYER) == 1_001 * POINT
    region.assert_book_balances()


def test_a_front_run_permit_does_not_block_the_deposit(region):
    region.mint(actor("buyer"), POINT)
    permit = region.sign_permit("buyer", POINT, deadline=DEADLINE)
    region.points.permit(actor("buyer"), region.desk, POINT, DEADLINE, *permit, {"from": actor("stranger")})
    region.desk.depositWithPermit(BUYER, POINT, DEADLINE, *permit, {"from": actor("buyer")})
    assert region.market.freeOf(BUYER) == 1_001 * POINT


def test_a_permit_of_somebody_else_opens_nothing(region):
    region.mint(actor("buyer"), POINT)
    permit = region.sign_permit("buyer", POINT, deadline=DEADLINE)
    with reverts("ERC20InsufficientAllowance", region.desk, 0, POINT):
        region.desk.depositWithPermit(MEMBER_IDS["seller"], POINT, DEADLINE, *permit, {"from": actor("stranger")})
    assert region.points.balanceOf(actor("buyer")) == POINT


def test_points_sent_without_a_deposit_are_nobodys(region):
    before = region.balances()
    region.mint(actor("stranger"), POINT)
    region.points.transfer(region.desk, POINT, {"from": actor("stranger")})
    assert region.balances() == before


def test_a_pause_stops_entry_and_never_exit(region):
    region.market.pause({"from": actor("guardian")})
    permit = region.sign_permit("buyer", POINT, deadline=DEADLINE)
    entries = (
        lambda: deposit(region, POINT),
        lambda: region.desk.depositWithPermit(BUYER, POINT, DEADLINE, *permit, {"from": actor("buyer")}),
        lambda: region.register(agreement()),
    )
    for entry in entries:
        with reverts("EnforcedPause"):
            entry()
    withdraw(region, 1_000 * POINT)
    assert region.points.balanceOf(actor("buyer")) == 1_000 * POINT
    region.market.unpause({"from": actor("guardian")})
    region.points.approve(region.desk, POINT, {"from": actor("buyer")})
    deposit(region, POINT)


@pytest.mark.parametrize("function", ["pause", "unpause"])
def test_only_the_guardian_pauses(region, function):
    for name in ("stranger", "operator"):
        with reverts("AccessManagedUnauthorized", actor(name)):
            getattr(region.market, function)({"from": actor(name)})


@pytest.mark.parametrize("member", [MEMBER_IDS["seller"], BUYER])
def test_the_grid_account_belongs_to_a_grid_company(region, project, member):
    setup = (region.sheets, member, 0, (FEED_IN, PURCHASE, GRID_FEE), 0)
    with reverts("MarginAccounts_NotGridCompany", member):
        project.BilateralMarket.deploy(region.roles, setup, {"from": region.deployer})


def test_a_token_that_re_enters_is_paid_once(region, project, harness):
    """The token is a member of its own market: while it is paid it withdraws again."""
    by = {"from": region.deployer}
    token = harness["StrikingPoints"].deploy({"from": actor("stranger")})
    setup = (region.sheets, MEMBER_IDS["grid_company"], 0, (FEED_IN, PURCHASE, GRID_FEE), 0)
    market = project.BilateralMarket.deploy(region.roles, setup, by)
    desk = project.MarginDesk.deploy(region.roles, token, market, region.registry, by)
    market.admit(desk, 1, by)
    own = int(region.join(registration("token", account=token.address), signers=["stranger"]).return_value)
    for account in (own, BUYER):
        token.callMarket(desk, desk.deposit.encode_input(account, 10 * POINT), {"from": actor("stranger")})
    token.arm(desk, desk.withdraw.encode_input(10 * POINT), {"from": actor("stranger")})
    token.callMarket(desk, desk.withdraw.encode_input(10 * POINT), {"from": actor("stranger")})
    assert token.struckBack()
    assert not token.strikeSucceeded()
    assert bytes(token.strikeReturned())[:4] == web3.keccak(text="MarginAccounts_AboveFree(uint32,int256,uint256)")[:4]
    assert token.balanceOf(desk) == 10 * POINT
    assert market.freeOf(BUYER) == 10 * POINT


def test_accounts_keep_room_for_what_settlement_adds(region):
    """What is reserved counts."""
    most = 120 * 10**6 * POINT
    region.points.setDailyMintLimit(2 * most, {"from": region.deployer})
    region.register(agreement())
    region.fund("buyer", most - 1_000 * POINT)
    with reverts("MarginDesk_TooMuch", BUYER, most + 1, most):
        region.fund("buyer", 1)
