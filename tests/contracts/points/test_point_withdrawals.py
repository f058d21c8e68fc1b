import pytest
from brownie import chain

from tests.support.bank import assert_supply_is_escrow, bill_of, give, mint, reference, signed_bill
from tests.support.region import FOREVER, POINT, START, Region, actor, fields
from tests.support.reverts import reverts

DAY_SECONDS = 86_400
CENT = POINT // 100
UTILITY = 9


@pytest.fixture
def points(region):
    return region.points


# Withdrawal and bills


def test_points_go_out_against_a_withdrawal(points):
    give(points, "buyer", 5 * POINT)
    deposited, withdrawn = points.escrow()
    transaction = points.burn(2 * POINT, reference(1), {"from": actor("buyer")})
    assert points.balanceOf(actor("buyer")) == 3 * POINT
    assert fields(transaction.events["PointsBurned"]) == {
        "holder": actor("buyer").address,
        "amount": 2 * POINT,
        "withdrawalReference": "0x" + reference(1).hex(),
    }
    assert tuple(points.escrow()) == (deposited, withdrawn + 2 * POINT)
    assert_supply_is_escrow(points)


def test_a_withdrawal_reference_of_somebody_else_blocks_nobody(points):
    mint(points, (actor("stranger"), CENT, reference(1)), (actor("buyer"), POINT, reference(2)))
    points.burn(CENT, reference(9), {"from": actor("stranger")})
    points.burn(POINT, reference(9), {"from": actor("buyer")})
    assert points.balanceOf(actor("buyer")) == 0


def test_a_bill_that_the_utility_signed_is_paid_once(points):
    give(points, "buyer", 5 * POINT)
    buyer, bill = actor("buyer"), bill_of(actor("buyer"), 2 * POINT)
    deposited, withdrawn = points.escrow()
    transaction = points.payBill(bill, signed_bill(points, bill), {"from": buyer})
    assert fields(transaction.events["BillPaid"]) == {
        "billId": "0x" + bill[2].hex(),
        "utility": actor("utility").address,
        "payer": buyer.address,
        "from": buyer.address,
        "amount": 2 * POINT,
    }
    assert points.balanceOf(buyer) == 3 * POINT
    assert tuple(points.escrow()) == (deposited, withdrawn + 2 * POINT)
    assert points.billPaid(actor("utility"), bill[2])
    assert_supply_is_escrow(points)
    with reverts("PowerPoint_BillPaid", actor("utility"), bill[2]):
        points.payBill(bill, signed_bill(points, bill), {"from": buyer})
    # The same id with other terms is the same bill.
    dearer = bill_of(buyer, 3 * POINT)
    with reverts("PowerPoint_BillPaid", actor("utility"), bill[2]):
        points.payBill(dearer, signed_bill(points, dearer), {"from": buyer})


def test_somebody_else_may_pay(points):
    give(points, "stranger", POINT)
    bill = bill_of(actor("buyer"), POINT)
    transaction = points.payBill(bill, signed_bill(points, bill), {"from": actor("stranger")})
    paid = transaction.events["BillPaid"]
    assert (paid["payer"], paid["from"]) == (actor("buyer"), actor("stranger"))
    assert points.balanceOf(actor("stranger")) == 0


def test_two_utilities_count_their_bills_apart(region, points):
    region.roles.grantRole(UTILITY, actor("other_utility"), 0, {"from": region.deployer})
    give(points, "buyer", 2 * POINT)
    bill = bill_of(actor("buyer"), POINT)
    for utility in ("utility", "other_utility"):
        points.payBill(bill, signed_bill(points, bill, by=utility), {"from": actor("buyer")})
    assert points.balanceOf(actor("buyer")) == 0


@pytest.mark.parametrize("forger", ["buyer", "bank", "stranger"])
def test_only_a_utility_signs_bills(points, forger):
    give(points, "buyer", POINT)
    bill = bill_of(actor("buyer"), POINT)
    with reverts("TwoPersonRule_WrongSigner", actor(forger), UTILITY):
        points.payBill(bill, signed_bill(points, bill, by=forger), {"from": actor("buyer")})


def test_the_bill_paid_is_the_bill_signed(points):
    give(points, "buyer", 5 * POINT)
    bill = bill_of(actor("buyer"), 2 * POINT)
    utility = signed_bill(points, bill)
    for changed in (
        bill_of(actor("stranger"), 2 * POINT),
        bill_of(actor("buyer"), POINT),
        bill_of(actor("buyer"), 2 * POINT, name="another"),
        bill_of(actor("buyer"), 2 * POINT, deadline=FOREVER - 1),
    ):
        with reverts("TwoPersonRule_BadSignature", actor("utility"), bytes(points.billDigest(changed))):
            points.payBill(changed, utility, {"from": actor("buyer")})


def test_a_bill_lapses(points):
    give(points, "buyer", POINT)
    deadline = START + 10 * DAY_SECONDS
    bill = bill_of(actor("buyer"), POINT, deadline=deadline)
    Region.at(deadline + 1)
    with reverts("PowerPoint_Expired", deadline, deadline + 1):
        points.payBill(bill, signed_bill(points, bill), {"from": actor("buyer")})


def test_nobody_burns_more_than_it_has(points):
    give(points, "buyer", POINT)
    buyer, bill = actor("buyer"), bill_of(actor("buyer"), POINT + CENT)
    with reverts("ERC20InsufficientBalance", buyer, POINT, POINT + CENT):
        points.burn(POINT + CENT, reference(1), {"from": buyer})
    with reverts("ERC20InsufficientBalance", buyer, POINT, POINT + CENT):
        points.payBill(bill, signed_bill(points, bill), {"from": buyer})
    assert not points.billPaid(actor("utility"), bill[2])
    assert_supply_is_escrow(points)


@pytest.mark.parametrize("amount", [1, CENT - 1, CENT + 1, POINT + 1])
def test_no_bank_account_pays_a_part_of_a_cent(points, amount):
    give(points, "buyer", 5 * POINT)
    bill = bill_of(actor("buyer"), amount)
    for move in (
        lambda: give(points, "buyer", amount, "dust"),
        lambda: points.burn(amount, reference(1), {"from": actor("buyer")}),
        lambda: points.payBill(bill, signed_bill(points, bill), {"from": actor("buyer")}),
    ):
        with reverts("PowerPoint_PartOfUnit", amount, CENT):
            move()
    points.transfer(actor("stranger"), amount, {"from": actor("buyer")})
    assert_supply_is_escrow(points)


# Freeze


@pytest.mark.parametrize("way", ["transfer", "transferFrom", "burn", "payBill"])
def test_points_leave_a_frozen_account_by_no_way(region, points, way):
    give(points, "buyer", POINT)
    buyer, stranger, bill = actor("buyer"), actor("stranger"), bill_of(actor("buyer"), POINT)
    points.approve(stranger, POINT, {"from": buyer})
    until = chain[-1].timestamp + DAY_SECONDS
    region.freeze(buyer, until)
    move = {
        "transfer": lambda: points.transfer(stranger, POINT, {"from": buyer}),
        "transferFrom": lambda: points.transferFrom(buyer, stranger, POINT, {"from": stranger}),
        "burn": lambda: points.burn(POINT, reference(1), {"from": buyer}),
        "payBill": lambda: points.payBill(bill, signed_bill(points, bill), {"from": buyer}),
    }[way]
    Region.at(until - 1)
    with reverts("FreezeList_Frozen", buyer, until):
        move()
    assert points.balanceOf(buyer) == POINT
    Region.at(until)
    move()
    assert points.balanceOf(buyer) == 0


def test_a_frozen_account_spends_no_allowance(region, points):
    """Not even by sending the points of others to itself or to a third account."""
    give(points, "buyer", POINT)
    points.approve(actor("stranger"), POINT, {"from": actor("buyer")})
    until = chain[-1].timestamp + DAY_SECONDS
    region.freeze(actor("stranger"), until)
    for to in ("stranger", "seller"):
        with reverts("FreezeList_Frozen", actor("stranger"), until):
            points.transferFrom(actor("buyer"), actor(to), POINT, {"from": actor("stranger")})
    assert points.allowance(actor("buyer"), actor("stranger")) == POINT
    Region.at(until)
    points.transferFrom(actor("buyer"), actor("seller"), POINT, {"from": actor("stranger")})


def test_points_reach_a_frozen_account(region, points):
    give(points, "stranger", POINT, 1)
    region.freeze(actor("buyer"), chain[-1].timestamp + DAY_SECONDS)
    points.transfer(actor("buyer"), POINT, {"from": actor("stranger")})
    give(points, "buyer", POINT, 2)
    assert points.balanceOf(actor("buyer")) == 2 * POINT
