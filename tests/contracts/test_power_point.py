from brownie import ZERO_ADDRESS
from region import POINT, START, Region, actor, fields
from reverts import reverts
from signing import PERMIT, digest, signer_of

REFERENCE = "0x" + "ab" * 32
ZERO_REFERENCE = "0x" + "00" * 32


def mint(region, to, amount, reference=REFERENCE, *, by="bank"):
    return region.points.mint(actor(to), amount, reference, {"from": actor(by)})


def assert_supply_is_escrow(region):
    deposited, withdrawn = region.points.escrow()
    assert region.points.totalSupply() == deposited - withdrawn


def test_points_come_in_against_a_bank_reference(region):
    deposited, withdrawn = region.points.escrow()
    transaction = mint(region, "buyer", 5 * POINT)
    assert region.points.balanceOf(actor("buyer")) == 5 * POINT
    assert fields(transaction.events["PointsMinted"]) == {
        "to": actor("buyer").address,
        "amount": 5 * POINT,
        "bankReference": REFERENCE,
    }
    assert tuple(region.points.escrow()) == (deposited + 5 * POINT, withdrawn)
    assert region.points.referenceUsed(REFERENCE)
    assert_supply_is_escrow(region)


def test_points_go_out_against_a_withdrawal(region):
    mint(region, "buyer", 5 * POINT)
    deposited, withdrawn = region.points.escrow()
    transaction = region.points.burn(2 * POINT, REFERENCE, {"from": actor("buyer")})
    assert region.points.balanceOf(actor("buyer")) == 3 * POINT
    assert fields(transaction.events["PointsBurned"]) == {
        "holder": actor("buyer").address,
        "amount": 2 * POINT,
        "withdrawalReference": REFERENCE,
    }
    assert tuple(region.points.escrow()) == (deposited, withdrawn + 2 * POINT)
    assert_supply_is_escrow(region)


def test_only_the_bank_mints(region):
    for stranger in ("stranger", "operator", "regulator"):
        with reverts("AccessManagedUnauthorized", actor(stranger)):
            mint(region, "stranger", POINT, by=stranger)


def test_a_bank_reference_backs_one_mint(region):
    mint(region, "buyer", POINT)
    with reverts("PowerPoint_ReferenceUsed", bytes.fromhex(REFERENCE[2:])):
        mint(region, "second_buyer", 2 * POINT)


def test_a_withdrawal_reference_of_somebody_else_blocks_nobody(region):
    mint(region, "stranger", 1)
    mint(region, "buyer", POINT, "0x" + "cd" * 32)
    region.points.burn(1, REFERENCE, {"from": actor("stranger")})
    region.points.burn(POINT, REFERENCE, {"from": actor("buyer")})
    assert region.points.balanceOf(actor("buyer")) == 0


def test_nothing_is_neither_minted_nor_burned(region):
    with reverts("PowerPoint_ZeroAmount"):
        mint(region, "buyer", 0)
    with reverts("PowerPoint_ZeroAmount"):
        region.points.burn(0, REFERENCE, {"from": actor("buyer")})


def test_every_movement_names_its_reference(region):
    with reverts("PowerPoint_ZeroReference"):
        mint(region, "buyer", 1, ZERO_REFERENCE)
    with reverts("PowerPoint_ZeroReference"):
        region.points.burn(1, ZERO_REFERENCE, {"from": actor("buyer")})


def test_nobody_burns_more_than_it_has(region):
    mint(region, "buyer", POINT)
    with reverts("ERC20InsufficientBalance", actor("buyer"), POINT, POINT + 1):
        region.points.burn(POINT + 1, REFERENCE, {"from": actor("buyer")})
    assert_supply_is_escrow(region)


def test_nobody_mints_to_nobody(region):
    with reverts("ERC20InvalidReceiver", ZERO_ADDRESS):
        region.points.mint(ZERO_ADDRESS, 1, REFERENCE, {"from": actor("bank")})


def test_a_deposit_of_the_largest_size_is_counted(region):
    room = 2**128 - 1 - region.points.escrow()[0]
    mint(region, "buyer", room)
    with reverts("SafeCastOverflowedUintDowncast", 128, 2**128):
        mint(region, "buyer", 2**128, "0x" + "cd" * 32)
    assert_supply_is_escrow(region)


def test_a_permit_is_used_once_and_expires(region):
    mint(region, "buyer", POINT)
    deadline = START + 100_000
    buyer = actor("buyer")
    v, r, s = region.sign_permit("buyer", POINT, deadline=deadline)
    permit = (buyer, region.market, POINT, deadline, v, r, s)
    region.points.permit(*permit, {"from": actor("stranger")})
    assert region.points.allowance(buyer, region.market) == POINT
    # The next permit has nonce 1: for it the signature points to somebody else.
    message = (buyer.address, region.market.address, POINT, 1, deadline)
    domain = region.domain(region.points, "Gridleaf Power Point")
    pointed_to = signer_of(digest(domain, PERMIT, message), r + s + bytes([v]))
    with reverts("ERC2612InvalidSigner", pointed_to, buyer):
        region.points.permit(*permit, {"from": actor("stranger")})
    late = (buyer, region.market, POINT, deadline, *region.sign_permit("buyer", POINT, deadline=deadline))
    Region.at(deadline + 1)
    with reverts("ERC2612ExpiredSignature", deadline):
        region.points.permit(*late, {"from": actor("stranger")})
