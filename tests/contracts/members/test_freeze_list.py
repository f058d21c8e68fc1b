"""Two persons freeze an account for a time; a freeze binds its account and nobody else's settlement."""

import pytest
from brownie import web3

from tests.support.region import (
    DAY_END,
    FOREVER,
    MEMBER_IDS,
    POINT,
    REASON,
    START,
    Region,
    actor,
    agreement,
    fields,
    only,
)
from tests.support.reverts import reverts
from tests.support.signing import FREEZE, LIFT, digest, domain_of, key_of, malleated, sign

NAME = "Gridleaf FreezeList"
LONGEST = 30 * 86_400  # [s]
UNTIL = START + LONGEST  # before the block that freezes, so within the cap [s]
FREEZE_COSIGNER = 7
REGULATOR = 3
BUYER, SELLER = MEMBER_IDS["buyer"], MEMBER_IDS["seller"]


def terms_of(region, account, *, until=UNTIL, nonce=None, deadline=FOREVER):
    return account.address, until, REASON, region.freezes.nonceOf(account) if nonce is None else nonce, deadline


def freeze_with(region, account, signature, *, signer="freeze_cosigner", until=UNTIL, deadline=FOREVER, by="regulator"):
    second = (actor(signer), signature)
    return region.freezes.freeze(account, until, REASON, deadline, second, {"from": actor(by)})


def cosign(region, terms, *, key="freeze_cosigner", types=FREEZE):
    return sign(key_of(key), region.domain(region.freezes, NAME), types, terms)


def test_an_account_is_frozen_by_two(region):
    buyer = actor("buyer")
    transaction = region.freeze(buyer, UNTIL)
    assert fields(transaction.events["AccountFrozen"]) == {
        "account": buyer.address,
        "until": UNTIL,
        "reason": "0x" + REASON.hex(),
        "regulator": actor("regulator").address,
        "coSigner": actor("freeze_cosigner").address,
    }
    assert region.freezes.frozenUntil(buyer) == UNTIL
    assert region.freezes.nonceOf(buyer) == 1
    with reverts("FreezeList_Frozen", buyer, UNTIL):
        region.freezes.requireNotFrozen(buyer)
    region.freezes.requireNotFrozen(actor("seller"))


def test_a_freeze_ends_by_itself(region):
    region.freeze(actor("buyer"), UNTIL)
    Region.at(UNTIL - 1)
    with reverts("FreezeList_Frozen", actor("buyer"), UNTIL):
        region.desk.withdraw(1, {"from": actor("buyer")})
    Region.at(UNTIL)
    region.desk.withdraw(1, {"from": actor("buyer")})
    assert region.points.balanceOf(actor("buyer")) == 1


def test_a_freeze_is_lifted_by_two(region):
    buyer = actor("buyer")
    region.freeze(buyer, UNTIL)
    transaction = region.lift(buyer)
    assert fields(transaction.events["FreezeLifted"]) == {
        "account": buyer.address,
        "reason": "0x" + REASON.hex(),
        "regulator": actor("regulator").address,
        "coSigner": actor("freeze_cosigner").address,
    }
    region.freezes.requireNotFrozen(buyer)
    assert (region.freezes.frozenUntil(buyer), region.freezes.nonceOf(buyer)) == (0, 2)
    with reverts("FreezeList_NotFrozen", buyer):
        region.lift(buyer)


def test_the_end_of_a_freeze_can_be_moved(region):
    region.freeze(actor("buyer"), UNTIL)
    region.freeze(actor("buyer"), UNTIL - 5)
    assert region.freezes.frozenUntil(actor("buyer")) == UNTIL - 5


def test_a_freeze_is_at_most_thirty_days(region):
    now = START + 10**6
    for until in (now + LONGEST + 1, now, now - 1, 0):
        Region.at(now)
        with reverts("FreezeList_BadEnd", until, now, LONGEST):
            region.freeze(actor("buyer"), until)
        now += 1
    Region.at(now)
    region.freeze(actor("buyer"), now + LONGEST)


def test_digests_are_those_of_eip_712(region):
    buyer = actor("buyer")
    domain = region.domain(region.freezes, NAME)
    region.freeze(buyer, UNTIL)
    frozen = (buyer.address, UNTIL, REASON, 1, 77)
    assert bytes(region.freezes.freezeDigest(buyer, UNTIL, REASON, 77)) == digest(domain, FREEZE, frozen)
    lifted = (buyer.address, REASON, 1, 77)
    assert bytes(region.freezes.liftDigest(buyer, REASON, 77)) == digest(domain, LIFT, lifted)


def test_the_second_person_signs_this_act_only(region):
    buyer = actor("buyer")
    here = region.domain(region.freezes, NAME)
    good = terms_of(region, buyer)
    abroad = domain_of(NAME, region.freezes.address, chain_id=web3.eth.chain_id + 1)
    elsewhere = domain_of(NAME, region.registry.address, chain_id=web3.eth.chain_id)
    signed = cosign(region, good)
    bad = [
        sign(key_of("freeze_cosigner"), abroad, FREEZE, good),
        sign(key_of("freeze_cosigner"), elsewhere, FREEZE, good),
        cosign(region, good, key="stranger"),
        cosign(region, (good[0], REASON, *good[3:]), types=LIFT),
        cosign(region, terms_of(region, actor("seller"))),
        cosign(region, terms_of(region, buyer, until=UNTIL - 1)),
        cosign(region, terms_of(region, buyer, nonce=1)),
        cosign(region, terms_of(region, buyer, deadline=FOREVER - 1)),
        malleated(signed),
        signed[:64],
        b"",
    ]
    for signature in bad:
        with reverts("TwoPersonRule_BadSignature", actor("freeze_cosigner"), digest(here, FREEZE, good)):
            freeze_with(region, buyer, signature)
    freeze_with(region, buyer, signed)


def test_a_signature_freezes_once(region):
    buyer = actor("buyer")
    signed = cosign(region, terms_of(region, buyer))
    freeze_with(region, buyer, signed)
    region.lift(buyer)
    expected = digest(region.domain(region.freezes, NAME), FREEZE, terms_of(region, buyer))
    with reverts("TwoPersonRule_BadSignature", actor("freeze_cosigner"), expected):
        freeze_with(region, buyer, signed)


def test_a_signature_lapses(region):
    deadline = START + 10**6
    buyer = actor("buyer")
    signed = cosign(region, terms_of(region, buyer, deadline=deadline))
    Region.at(deadline + 1)
    with reverts("FreezeList_Expired", deadline, deadline + 1):
        freeze_with(region, buyer, signed, deadline=deadline)


@pytest.mark.parametrize("name", ["stranger", "operator", "freeze_cosigner", "buyer"])
def test_the_first_person_is_the_regulator(region, name):
    signed = cosign(region, terms_of(region, actor("buyer")))
    with reverts("AccessManagedUnauthorized", actor(name)):
        freeze_with(region, actor("buyer"), signed, by=name)
    second = (actor("freeze_cosigner"), signed)
    with reverts("AccessManagedUnauthorized", actor(name)):
        region.freezes.lift(actor("buyer"), REASON, FOREVER, second, {"from": actor(name)})


@pytest.mark.parametrize("name", ["stranger", "regulator", "bank_cosigner"])
def test_the_second_person_holds_its_own_role(region, name):
    signed = cosign(region, terms_of(region, actor("buyer")), key=name)
    with reverts("TwoPersonRule_WrongSigner", actor(name), FREEZE_COSIGNER):
        freeze_with(region, actor("buyer"), signed, signer=name)


def test_nobody_is_both_persons(region):
    buyer, by = actor("buyer"), {"from": region.deployer}
    region.roles.grantRole(FREEZE_COSIGNER, actor("regulator"), 0, by)
    for signer, double in (("regulator", "regulator"), ("freeze_cosigner", "regulator")):
        signed = cosign(region, terms_of(region, buyer), key=signer)
        with reverts("TwoPersonRule_SamePerson", actor(double), REGULATOR, FREEZE_COSIGNER):
            freeze_with(region, buyer, signed, signer=signer)
    region.roles.revokeRole(FREEZE_COSIGNER, actor("regulator"), by)
    region.roles.grantRole(REGULATOR, actor("freeze_cosigner"), 0, by)
    with reverts("TwoPersonRule_SamePerson", actor("freeze_cosigner"), REGULATOR, FREEZE_COSIGNER):
        freeze_with(region, buyer, cosign(region, terms_of(region, buyer)))


def test_an_act_states_its_reason(region):
    buyer, nothing = actor("buyer"), bytes(32)
    second = (actor("freeze_cosigner"), b"")
    with reverts("FreezeList_NoReason", buyer):
        region.freezes.freeze(buyer, UNTIL, nothing, FOREVER, second, {"from": actor("regulator")})
    region.freeze(buyer, UNTIL)
    with reverts("FreezeList_NoReason", buyer):
        region.freezes.lift(buyer, nothing, FOREVER, second, {"from": actor("regulator")})


# What a freeze stops, and what it does not


def test_a_frozen_account_neither_withdraws_nor_agrees(region):
    region.freeze(actor("buyer"), UNTIL)
    with reverts("FreezeList_Frozen", actor("buyer"), UNTIL):
        region.desk.withdraw(1, {"from": actor("buyer")})
    with reverts("FreezeList_Frozen", actor("buyer"), UNTIL):
        region.register(agreement())
    region.lift(actor("buyer"))
    region.register(agreement())
    region.freeze(actor("seller"), UNTIL)
    with reverts("FreezeList_Frozen", actor("seller"), UNTIL):
        region.register(agreement(salt=2))


def test_what_a_frozen_member_agreed_is_settled(region):
    [number] = region.register(agreement())
    region.freeze(actor("seller"), UNTIL)
    region.freeze(actor("buyer"), UNTIL)
    Region.go(DAY_END)
    region.submit(
        region.sheet("seller", exports=only({8: 10_000, 9: 10_000})),
        region.sheet("buyer", imports=only({8: 10_000, 9: 10_000, 20: 1_000})),
    )
    region.settle(number)
    region.settle_residual(SELLER, BUYER)
    assert region.market.freeOf(SELLER) == 1_000 * POINT + 126 * POINT // 10  # 20 x 0.63
    assert region.market.freeOf(BUYER) == 1_000 * POINT - (134 + 7) * POINT // 10 - POINT // 20  # 20 x 0.67 + 0.75


def test_a_frozen_account_receives(region):
    region.freeze(actor("buyer"), UNTIL)
    region.mint(actor("buyer"), POINT)
    region.mint(actor("stranger"), 2 * POINT)
    region.points.transfer(actor("buyer"), POINT, {"from": actor("stranger")})
    region.points.approve(region.desk, POINT, {"from": actor("stranger")})
    region.desk.deposit(BUYER, POINT, {"from": actor("stranger")})
    assert region.points.balanceOf(actor("buyer")) == 2 * POINT
    assert region.market.freeOf(BUYER) == 1_001 * POINT
    with reverts("FreezeList_Frozen", actor("buyer"), UNTIL):
        region.points.transfer(actor("stranger"), 1, {"from": actor("buyer")})
