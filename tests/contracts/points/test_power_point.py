from types import SimpleNamespace

import pytest
from brownie import ZERO_ADDRESS, chain, web3

from tests.support.bank import (
    assert_supply_is_escrow,
    bill_of,
    confirmed,
    give,
    mint,
    point_domain,
    reference,
    signed_bill,
)
from tests.support.region import FOREVER, POINT, START, Region, actor, fields
from tests.support.reverts import reverts
from tests.support.signing import PERMIT, digest, key_of, sign, signer_of
from tests.support.state_proof import proven_slot

DAILY_LIMIT = 1_000_000 * POINT
DAY_SECONDS = 86_400
CENT = POINT // 100
DOCUMENT = reference("the bank's document")
ZERO = b"\0" * 32
ESCROW_SLOT = 13
BANK, BANK_COSIGNER = 2, 8


@pytest.fixture
def points(region):
    return region.points


def today():
    return chain[-1].timestamp // DAY_SECONDS


# Deposit


def test_a_statement_of_two_deposits_is_minted(points):
    deposited, withdrawn = points.escrow()
    minted = points.mintedOn(today())
    transaction = mint(points, (actor("buyer"), 5 * POINT, reference(1)), (actor("stranger"), 3 * POINT, reference(2)))
    assert (points.balanceOf(actor("buyer")), points.balanceOf(actor("stranger"))) == (5 * POINT, 3 * POINT)
    first, second = transaction.events["PointsMinted"]
    assert fields(first) == {
        "to": actor("buyer").address,
        "amount": 5 * POINT,
        "bankReference": "0x" + reference(1).hex(),
    }
    assert (second["to"], second["amount"]) == (actor("stranger"), 3 * POINT)
    assert tuple(points.escrow()) == (deposited + 8 * POINT, withdrawn)
    assert points.mintedOn(today()) == minted + 8 * POINT
    assert points.referenceUsed(reference(1))
    assert points.referenceUsed(reference(2))
    assert_supply_is_escrow(points)


@pytest.mark.parametrize("caller", ["stranger", "operator", "bank_cosigner", "utility"])
def test_only_the_bank_mints(points, caller):
    with reverts("AccessManagedUnauthorized", actor(caller)):
        mint(points, (actor("buyer"), POINT, reference(1)), bank=caller)


@pytest.mark.parametrize("second", ["stranger", "bank", "freeze_cosigner"])
def test_only_the_second_person_of_the_bank_confirms(points, second):
    paper = confirmed(points, [(actor("buyer"), POINT, reference(1))], by=second)
    with reverts("TwoPersonRule_WrongSigner", actor(second), BANK_COSIGNER):
        points.mint(*paper, {"from": actor("bank")})


@pytest.mark.parametrize(
    ("role", "greedy"),
    [pytest.param(BANK_COSIGNER, "bank", id="caller"), pytest.param(BANK, "bank_cosigner", id="signer")],
)
def test_nobody_is_both_persons(region, points, role, greedy):
    paper = confirmed(points, [(actor("buyer"), POINT, reference(1))])
    region.roles.grantRole(role, actor(greedy), 0, {"from": region.deployer})
    with reverts("TwoPersonRule_SamePerson", actor(greedy), BANK, BANK_COSIGNER):
        points.mint(*paper, {"from": actor("bank")})


def test_nobody_hides_behind_the_access_manager(region, points):
    """Who holds both roles would pass for the manager, which holds none."""
    region.roles.grantRole(BANK_COSIGNER, actor("bank"), 0, {"from": region.deployer})
    data = points.mint.encode_input(*confirmed(points, [(actor("buyer"), POINT, reference(1))]))
    with reverts("TwoPersonRule_ThroughManager", region.roles):
        region.roles.execute(points, data, {"from": actor("bank")})


def test_the_statement_minted_is_the_statement_signed(points):
    statement, (second, signature) = confirmed(points, [(actor("buyer"), POINT, reference(1))])
    for changed in (
        ([(actor("stranger"), POINT, reference(1))], FOREVER),
        ([(actor("buyer"), POINT + CENT, reference(1))], FOREVER),
        ([(actor("buyer"), POINT, reference(2))], FOREVER),
        ([*statement[0], *statement[0]], FOREVER),
        (statement[0], FOREVER - 1),
    ):
        with reverts("TwoPersonRule_BadSignature", second, bytes(points.statementDigest(changed))):
            points.mint(changed, (second, signature), {"from": actor("bank")})


def test_a_statement_lapses(points):
    deadline = START + 10 * DAY_SECONDS
    paper = confirmed(points, [(actor("buyer"), POINT, reference(1))], deadline=deadline)
    Region.at(deadline + 1)
    with reverts("PowerPoint_Expired", deadline, deadline + 1):
        points.mint(*paper, {"from": actor("bank")})


def test_a_statement_counts_at_its_last_second(points):
    deadline = START + 10 * DAY_SECONDS
    paper = confirmed(points, [(actor("buyer"), POINT, reference(1))], deadline=deadline)
    Region.at(deadline)
    points.mint(*paper, {"from": actor("bank")})
    assert points.balanceOf(actor("buyer")) == POINT


def test_a_bank_reference_backs_one_mint(points):
    give(points, "buyer", POINT, "the same")
    with reverts("PowerPoint_ReferenceUsed", reference("the same")):
        give(points, "stranger", 2 * POINT, "the same")
    with reverts("PowerPoint_ReferenceUsed", reference(7)):
        mint(points, (actor("buyer"), CENT, reference(7)), (actor("stranger"), CENT, reference(7)))


def test_a_statement_has_one_to_a_hundred_deposits(points):
    with reverts("PowerPoint_BatchSize", 0, 100):
        mint(points)
    deposits = [(actor("buyer"), CENT, reference(number)) for number in range(101)]
    with reverts("PowerPoint_BatchSize", 101, 100):
        mint(points, *deposits)
    mint(points, *deposits[:100])
    assert points.balanceOf(actor("buyer")) == POINT


def test_a_day_has_a_limit_and_the_next_one_its_own(points):
    Region.go((today() + 1) * DAY_SECONDS)
    day = today()
    give(points, "buyer", DAILY_LIMIT - CENT, 1)
    with reverts("PowerPoint_AboveDailyLimit", day, DAILY_LIMIT + CENT, DAILY_LIMIT):
        give(points, "buyer", 2 * CENT, 2)
    give(points, "buyer", CENT, 3)
    Region.at((day + 1) * DAY_SECONDS - 1)
    with reverts("PowerPoint_AboveDailyLimit", day, DAILY_LIMIT + CENT, DAILY_LIMIT):
        give(points, "buyer", CENT, 4)
    Region.at((day + 1) * DAY_SECONDS)
    give(points, "buyer", CENT, 5)
    assert (points.mintedOn(day), points.mintedOn(day + 1)) == (DAILY_LIMIT, CENT)


def test_only_governance_moves_the_limit(region, points):
    for caller in ("stranger", "bank", "bank_cosigner"):
        with reverts("AccessManagedUnauthorized", actor(caller)):
            points.setDailyMintLimit(1, {"from": actor(caller)})
    transaction = points.setDailyMintLimit(7 * CENT, {"from": region.deployer})
    assert fields(transaction.events["DailyMintLimitSet"]) == {"limit": 7 * CENT}
    Region.go((today() + 1) * DAY_SECONDS)
    with reverts("PowerPoint_AboveDailyLimit", today(), 8 * CENT, 7 * CENT):
        give(points, "buyer", 8 * CENT)


def test_nothing_moves_without_an_amount_and_a_reference(points):
    buyer = actor("buyer")
    with reverts("PowerPoint_ZeroAmount"):
        give(points, "buyer", 0)
    with reverts("PowerPoint_ZeroReference"):
        mint(points, (buyer, CENT, ZERO))
    with reverts("PowerPoint_ZeroAmount"):
        points.burn(0, reference(1), {"from": buyer})
    with reverts("PowerPoint_ZeroReference"):
        points.burn(CENT, ZERO, {"from": buyer})
    for bill, error in (
        (bill_of(buyer, 0), "PowerPoint_ZeroAmount"),
        ((buyer.address, CENT, ZERO, FOREVER), "PowerPoint_ZeroReference"),
    ):
        with reverts(error):
            points.payBill(bill, signed_bill(points, bill), {"from": buyer})


def test_nobody_mints_to_nobody(points):
    with reverts("ERC20InvalidReceiver", ZERO_ADDRESS):
        mint(points, (ZERO_ADDRESS, CENT, reference(1)))


def test_deposits_of_the_largest_sum_are_counted(region, points):
    points.setDailyMintLimit(2**256 - 1, {"from": region.deployer})
    largest = (2**112 - 1) // CENT * CENT
    give(points, "buyer", largest - points.escrow()[0], 1)
    with reverts("SafeCastOverflowedUintDowncast", 112, largest + CENT):
        give(points, "buyer", CENT, 2)
    assert_supply_is_escrow(points)


# Escrow statement


def test_the_bank_states_the_escrow_of_a_day_once(points):
    give(points, "buyer", 5 * POINT)
    supply, day = points.totalSupply(), today()
    Region.go((day + 1) * DAY_SECONDS)
    assert points.closingSupply() == supply
    transaction = points.stateEscrow(supply, DOCUMENT, {"from": actor("bank")})
    assert fields(transaction.events["EscrowStated"]) == {
        "day": day,
        "documentHash": "0x" + DOCUMENT.hex(),
        "balance": supply,
    }
    assert tuple(points.statementOf(day)) == ("0x" + DOCUMENT.hex(), supply, transaction.block_number)
    with reverts("PowerPoint_StatementPosted", day):
        points.stateEscrow(supply, reference("another"), {"from": actor("bank")})
    Region.at((day + 2) * DAY_SECONDS)
    points.stateEscrow(supply, DOCUMENT, {"from": actor("bank")})


def test_no_movement_in_front_of_a_statement_blocks_it(points):
    """Whoever sees the statement coming can burn a cent before it."""
    give(points, "buyer", 5 * POINT)
    supply, day = points.totalSupply(), today()
    Region.go((day + 1) * DAY_SECONDS)
    for step in range(2):
        points.burn(CENT, reference(step), {"from": actor("buyer")})
        give(points, "buyer", POINT, f"of today {step}")
    assert points.totalSupply() != supply == points.closingSupply()
    points.stateEscrow(supply, DOCUMENT, {"from": actor("bank")})
    supply = points.totalSupply()
    Region.go((day + 4) * DAY_SECONDS - 1)
    assert points.closingSupply() == supply
    Region.at((day + 4) * DAY_SECONDS)
    points.burn(CENT, reference("after three days"), {"from": actor("buyer")})
    points.stateEscrow(supply, DOCUMENT, {"from": actor("bank")})
    assert points.statementOf(day + 3)["balance"] == supply


def test_a_statement_that_differs_from_the_supply_is_refused(points):
    give(points, "buyer", 5 * POINT)
    closed = points.closingSupply()
    with reverts("PowerPoint_StatementDiffers", points.totalSupply(), closed):
        points.stateEscrow(points.totalSupply(), DOCUMENT, {"from": actor("bank")})
    Region.go((today() + 1) * DAY_SECONDS)
    supply = points.totalSupply()
    for balance in (supply - 1, supply + 1):
        with reverts("PowerPoint_StatementDiffers", balance, supply):
            points.stateEscrow(balance, DOCUMENT, {"from": actor("bank")})
    with reverts("PowerPoint_ZeroReference"):
        points.stateEscrow(supply, ZERO, {"from": actor("bank")})
    for caller in ("stranger", "bank_cosigner"):
        with reverts("AccessManagedUnauthorized", actor(caller)):
            points.stateEscrow(supply, DOCUMENT, {"from": actor(caller)})


def test_supply_is_escrow_is_proven_at_every_past_block(points):
    """From the headers alone: both sums of the escrow account are one storage slot below a block's state root."""
    history = []
    for step in range(4):
        give(points, "buyer", (step + 2) * POINT, step)
        points.burn(POINT, reference(step), {"from": actor("buyer")})
        history.append((web3.eth.block_number, tuple(points.escrow()), points.totalSupply()))
    for block, escrow, supply in history:
        slot = proven_slot(points.address, ESCROW_SLOT, block)
        deposited, withdrawn = slot % 2**112, (slot >> 112) % 2**112
        assert (deposited, withdrawn) == escrow
        assert deposited - withdrawn == supply


# Token


def test_a_transfer_to_a_known_holder_costs_at_most_42_000_gas(points):
    mint(points, (actor("buyer"), 5 * POINT, reference(1)), (actor("stranger"), POINT, reference(2)))
    transaction = points.transfer(actor("stranger"), 1_234_567_890_123_456_789, {"from": actor("buyer")})
    assert transaction.gas_used <= 42_000, transaction.gas_used


def test_a_permit_is_used_once_and_expires(points):
    give(points, "buyer", POINT)
    deadline = START + 10 * DAY_SECONDS
    owner, spender = actor("buyer"), actor("stranger")
    domain = point_domain(points)

    def permit(nonce):
        message = (owner.address, spender.address, POINT, nonce, deadline)
        signature = sign(key_of("buyer"), domain, PERMIT, message)
        return SimpleNamespace(
            call=(owner, spender, POINT, deadline, signature[64], signature[:32], signature[32:64]),
            signature=signature,
        )

    first = permit(0)
    points.permit(*first.call, {"from": spender})
    assert points.allowance(owner, spender) == POINT
    # The next permit has nonce 1: for it the signature points to somebody else.
    next_digest = digest(domain, PERMIT, (owner.address, spender.address, POINT, 1, deadline))
    with reverts("ERC2612InvalidSigner", signer_of(next_digest, first.signature), owner):
        points.permit(*first.call, {"from": spender})
    late = permit(1)
    Region.at(deadline + 1)
    with reverts("ERC2612ExpiredSignature", deadline):
        points.permit(*late.call, {"from": spender})
