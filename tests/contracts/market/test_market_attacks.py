"""Attacks on the market by name: what was tried, and what it brings."""

from dataclasses import replace

import pytest
from brownie import web3
from eth_abi import encode
from eth_utils.crypto import keccak

from deployment.roles import Admission
from tests.contracts.market.test_market_close import join_group, one_hour, other_pair
from tests.contracts.market.test_offers import match, offer
from tests.contracts.market.test_settlement import deliver
from tests.support.deploying import deploy_market
from tests.support.region import (
    DAY,
    DAY_END,
    DEADLINE,
    FINAL,
    FIRST_HOUR,
    MEMBER_IDS,
    POINT,
    SILENT,
    TICK,
    Region,
    actor,
    agreement,
    fields,
    only,
    pack,
)
from tests.support.reverts import reverts

SELLER, BUYER, SECOND_SELLER, SECOND_BUYER = (
    MEMBER_IDS[name] for name in ("seller", "buyer", "second_seller", "second_buyer")
)
STRANGER = {"from": actor("stranger")}
KEPT = {8: 10_000}
LATER = FIRST_HOUR + 5 * 24 + 8
"""An hour whose gate is open when DAY is settled."""
CENT = 10**16


@pytest.fixture
def wallet(region, harness):
    """The seller's account by now: a contract that strikes when the market asks for its signature."""
    deployed = harness["StrikingWallet"].deploy(actor("stranger"), STRANGER)
    region.registry.proposeAccount(deployed, {"from": actor("seller")})
    deployed.execute(region.registry, region.registry.acceptAccount.encode_input(SELLER), STRANGER)
    return deployed


def entry(region, sale, purchase, *, signer="buyer"):
    """A match whose sale a contract answers for."""
    return sale, purchase, b"", region.sign_offer(purchase, signer)


def later(selling, **changes):
    return offer(selling, firstHour=LATER, hourCount=1, whPerHour=1_000, **changes)


# Re-entry


def strikes(region):
    """What the wallet does while the market asks for its signature, each of which it can do at any other time."""
    second = entry(region, later(True, nonce=7), later(False, nonce=7, member=SECOND_BUYER), signer="second_buyer")
    return {
        "registers": (region.offers, region.offers.register.encode_input([second])),
        "withdraws": (region.desk, region.desk.withdraw.encode_input(POINT)),
        "settles": (region.market, region.market.settle.encode_input(DAY, [0])),
        "cancels": (region.offers, region.offers.cancel.encode_input(8)),
    }


@pytest.mark.parametrize("strike", ["registers", "withdraws", "settles", "cancels"])
def test_a_wallet_that_is_asked_for_its_signature_can_change_nothing(region, wallet, strike):
    wallet.prepare(wallet, wallet.owner.encode_input(), True, STRANGER)
    region.offers.register([entry(region, offer(True), offer(False))], STRANGER)
    deliver(region, seller=({}, {8: 10_000, 9: 10_000}), buyer=({8: 10_000, 9: 10_000}, {}))
    target, call = strikes(region)[strike]
    asked = entry(region, later(True, nonce=2), later(False, nonce=2))
    wallet.prepare(target, call, True, STRANGER)
    with reverts("OfferDesk_BadSignature", SELLER, bytes(region.offers.digestOf(asked[0]))):
        region.offers.register([asked], STRANGER)
    wallet.prepare(target, call, False, STRANGER)
    before, book = region.balances(), region.points.balanceOf(region.desk)
    region.offers.register([asked], STRANGER)
    assert (region.balances(), region.points.balanceOf(region.desk)) == (before, book)
    assert tuple(region.market.stateOf(DAY, 0)) == (False, False)
    assert (region.offers.filledOf(SELLER, 7), region.offers.filledOf(SELLER, 8)) == (0, 0)
    wallet.prepare(wallet, wallet.owner.encode_input(), True, STRANGER)
    wallet.execute(target, call, STRANGER)


# Griefing by gas


def test_a_wallet_that_burns_gas_stops_only_what_it_should_sign(region, wallet):
    wallet.prepare(wallet, wallet.owner.encode_input(), True, STRANGER)
    own, honest = entry(region, offer(True), offer(False)), region.match(other_pair())
    wallet.burn(True, STRANGER)
    with reverts("OfferDesk_BadSignature", SELLER, bytes(region.offers.digestOf(own[0]))):
        region.offers.register([honest, own], STRANGER)
    region.offers.register([honest], STRANGER)
    wallet.burn(False, STRANGER)
    region.offers.register([own], STRANGER)
    assert region.market.dayOf(DAY)["agreements"] == 2


def test_nobody_asks_a_wallet_after_it_has_signed(region, wallet):
    """Settlement, close, claim, reconciliation: none of them calls an account."""
    wallet.prepare(wallet, wallet.owner.encode_input(), True, STRANGER)
    region.offers.register([entry(region, offer(True), offer(False)), region.match(other_pair())], STRANGER)
    wallet.burn(True, STRANGER)
    deliver(region, buyer=({8: 10_000, 9: 10_000}, {}), second_seller=({}, KEPT), second_buyer=(KEPT, {}))
    Region.go(SILENT)
    region.settle(0, 1)
    region.settle_residual(BUYER)
    region.close(0)
    region.market.claim(SECOND_BUYER, STRANGER)
    region.submit(region.sheet("seller", exports=only({8: 10_000, 9: 10_000})))
    Region.go(FINAL)
    empty = ((0, 0, 0), (0, 0, 0))
    region.reconciliation.reconcile(DAY, [(0, empty, empty)], STRANGER)
    region.residuals.reconcile(DAY, [SELLER], [empty], STRANGER)
    assert region.market.reservedOf(SELLER) == 0
    region.assert_book_balances(region.market.claimableOf(SECOND_SELLER), dust=2)


# Griefing by silence


def test_silence_holds_neither_a_day_nor_a_margin(region):
    """Both parties of an agreement fall silent for good, and the operator too: the next day settles as ever."""
    tomorrow = {"firstHour": FIRST_HOUR + 32}
    region.register(one_hour(), other_pair(**tomorrow))
    Region.go(DAY_END + 86_400)
    region.submit(
        region.sheet("second_seller", exports=only(KEPT), day=DAY + 1),
        region.sheet("second_buyer", imports=only(KEPT), day=DAY + 1),
    )
    Region.go(DEADLINE + 86_400)
    with reverts("BilateralMarket_NotOpenDay", DAY + 1, DAY):
        region.settle(0, day=DAY + 1)
    region.settle(0)
    region.close(0)
    region.settle(0, day=DAY + 1)
    region.close(day=DAY + 1)
    assert [region.market.reservedOf(member) for member in (SELLER, BUYER)] == [0, 0]
    assert region.market.openDay() == DAY + 2


def test_a_silent_consumer_cannot_be_done_with_its_day_before_the_estimate(region):
    """At the feed-in price silence costs a buyer nothing: without its sheet the energy must stay to be billed."""
    region.register(one_hour(price=4_000 * TICK))
    deliver(region, seller=({}, KEPT))
    Region.go(SILENT)
    region.settle(0)
    region.close()
    taken = ({8: 10_000, 20: 2_000}, {})
    Region.go(FINAL)
    empty = ((0, 0, 0), (0, 0, 0))
    by_itself = {"from": actor("buyer")}
    before = region.balances()
    for _ in range(2):
        region.reconciliation.reconcile(DAY, [(0, empty, empty)], by_itself)
        region.residuals.reconcile(DAY, [BUYER], [empty], by_itself)
    assert not region.reconciliation.reconciled(DAY, 0)
    assert tuple(region.residuals.stateOf(BUYER, DAY)) == (False, False)
    assert region.balances() == before
    Region.go(FINAL + 86_400)
    region.sheets.estimate([(BUYER, DAY, pack(only(taken[0])), pack(only({})))], {"from": actor("operator")})
    region.reconciliation.reconcile(DAY, [(0, empty, empty)], by_itself)
    region.residuals.reconcile(DAY, [BUYER], [empty], by_itself)
    # 10 kWh at 0.44 and 2 kWh at 0.75; the seller has had its 0.40 a kWh from the grid company.
    assert region.balances()["buyer"] == before["buyer"] - (440 + 150) * CENT
    assert region.balances()["seller"] == before["seller"]
    region.assert_book_balances()


# Replay


def test_offers_are_of_one_market(region, project):
    """The same parties, their offers taken to a second market of the region."""
    taken = region.match(agreement())
    region.offers.register([taken], STRANGER)
    other = replace(region)
    deploy_market(other)
    for name in ("seller", "buyer"):
        other.fund(name, 100 * POINT)
    with reverts("OfferDesk_BadSignature", SELLER, bytes(other.offers.digestOf(taken[0]))):
        other.offers.register([taken], STRANGER)
    other.register(agreement())


@pytest.mark.parametrize("partial", [False, True])
def test_a_match_twice_in_one_batch_is_no_match(region, partial):
    sale = offer(True, partialFill=partial, whPerHour=20_000 if partial else 10_000)
    purchase = offer(False)
    twice = [(sale, purchase, region.sign_offer(sale, "seller"), region.sign_offer(purchase, "buyer"))] * 2
    with reverts("OfferDesk_NonceUsed", BUYER if partial else SELLER, 1):
        region.offers.register(twice, STRANGER)
    assert region.market.dayOf(DAY)["agreements"] == 0
    region.offers.register(twice[:1], STRANGER)


# Front-running


def test_who_overtakes_a_partial_fill_takes_nothing_from_the_other(region):
    """10 kWh are for sale, the buyer's 8 kWh are on their way, the second buyer takes 5 first."""
    sale, purchase = offer(True, partialFill=True), offer(False, whPerHour=8_000)
    free = region.market.freeOf(BUYER)
    match(region, sale, offer(False, member=SECOND_BUYER, whPerHour=5_000))
    with reverts("OfferDesk_NotWhole", BUYER, 5_000, 8_000):
        match(region, sale, purchase)
    assert (region.offers.filledOf(BUYER, 1), region.market.freeOf(BUYER)) == (0, free)
    match(region, offer(True, member=SECOND_SELLER, whPerHour=8_000), purchase)


def test_who_diverts_an_offer_stays_within_its_limit(region):
    """A dearer sale takes the cheaper one's place: a buyer pays no more than it signed; who names, not even that."""
    dear = offer(True, member=SECOND_SELLER, price=6_500 * TICK)
    named = offer(False, price=6_500 * TICK, counterparty=SELLER, nonce=2)
    with reverts("OfferDesk_NotCounterparty", BUYER, SELLER, SECOND_SELLER):
        match(region, dear, named)
    match(region, dear, offer(False, price=6_500 * TICK))
    assert region.reader.agreementOf(DAY, 0)["ticks"] == 6_500


def test_who_is_overtaken_in_a_claim_has_its_share(region):
    region.register(one_hour(), other_pair())
    deliver(region, seller=({}, {}), buyer=(KEPT, {}), second_seller=({}, KEPT), second_buyer=(KEPT, {}))
    region.settle(0, 1)
    region.close(0)
    share, free = region.market.claimableOf(SECOND_BUYER), region.market.freeOf(SECOND_BUYER)
    region.market.claim(SECOND_BUYER, STRANGER)
    with reverts("BilateralMarket_NothingToClaim", SECOND_BUYER):
        region.market.claim(SECOND_BUYER, {"from": actor("second_buyer")})
    assert region.market.freeOf(SECOND_BUYER) == free + share > free


# Related parties and other names


def owners_day(region, *, group):
    """One owner's seller breaks its word to the buyer; another two members of his traded 1 Wh to share that day."""
    if group:
        join_group(region, 7, "seller", "second_seller", "prosumer")
    sham = one_hour(seller=SECOND_SELLER, buyer=MEMBER_IDS["prosumer"], whPerHour=1, salt=2, price=4_000 * TICK)
    honest = one_hour(seller=MEMBER_IDS["prosumer"], buyer=SECOND_BUYER, salt=3)
    region.register(one_hour(), sham, honest)
    before = region.balances()
    deliver(
        region, seller=({}, {}), buyer=(KEPT, {}), second_seller=({}, {8: 1}), prosumer=({8: 1}, KEPT),
        second_buyer=(KEPT, {}),
    )  # fmt: skip
    defaulted = region.settle(0, 1, 2).events["AgreementDefaulted"]
    region.close(0)
    shares = {name: region.market.claimableOf(MEMBER_IDS[name]) for name in MEMBER_IDS}
    gains = {name: balance - before[name] for name, balance in region.balances().items()}
    return fields(defaulted), shares, gains


def test_an_owners_other_members_do_not_share_its_penalty(region):
    defaulted, shares, _ = owners_day(region, group=True)
    assert [shares[name] for name in ("seller", "buyer", "second_seller", "prosumer")] == [0] * 4
    assert 0 <= defaulted["sellerCharge"][1] - shares["second_buyer"] <= 1


def test_under_other_names_a_default_still_costs(region):
    """Whose other names are not known gets part of its penalty back, never more than it pays."""
    defaulted, shares, gains = owners_day(region, group=False)
    back = shares["second_seller"] + shares["prosumer"]
    assert 0 < back < defaulted["sellerCharge"][1]
    assert gains["seller"] + back < 0


# Around the offer desk


def entered(region):
    """An agreement that neither party has signed, packed as the market takes it, and a party without limits."""
    word = SELLER | BUYER << 32 | 1_000 << 64 | 6_300 << 96 | 8 << 120 | 1 << 128
    party = (2**32 - 1) << 32
    return region.market.enter.encode_input(DAY, word, party, party)


@pytest.mark.parametrize("door", ["stranger", "contract", "MarginDesk", "ResidualSettlement", "Reconciliation"])
def test_nobody_but_the_offer_desk_enters_agreements(region, wallet, door):
    """Neither an account nor a contract of its own, nor those that the market admits to something else."""
    senders = {
        "stranger": actor("stranger"),
        "contract": wallet,
        "MarginDesk": region.desk,
        "ResidualSettlement": region.residuals,
        "Reconciliation": region.reconciliation,
    }
    assert refusal_of(region.market, entered(region), sender=senders[door]) == refused(senders[door])


def test_nobody_but_the_offer_desk_voids_offers(region, wallet):
    for sender in (actor("seller"), wallet, region.desk):
        call = region.market.raiseFirstNonce.encode_input(BUYER, 9)
        assert refusal_of(region.market, call, sender=sender) == refused(sender)
    assert region.market.firstNonceOf(BUYER) == 0


def test_the_offer_desk_itself_enters_what_is_signed(region):
    assert refusal_of(region.market, entered(region), sender=region.offers) is None
    region.register(agreement())


def test_an_offer_desk_that_is_no_longer_admitted_registers_nothing(region):
    taken = region.match(agreement())
    region.market.admit(region.offers, 0, {"from": region.deployer})
    with reverts("MarginAccounts_NotAdmitted", region.offers, Admission.OFFERS):
        region.offers.register([taken], STRANGER)
    with reverts("MarginAccounts_NotAdmitted", region.offers, Admission.OFFERS):
        region.offers.cancelBelow(5, {"from": actor("buyer")})
    assert region.offers.filledOf(SELLER, 1) == 0


def test_a_paused_market_takes_no_offers_and_lets_them_be_cancelled(region):
    taken = region.match(agreement())
    region.market.pause({"from": actor("guardian")})
    with reverts("EnforcedPause"):
        region.offers.register([taken], STRANGER)
    region.offers.cancelBelow(5, {"from": actor("buyer")})
    region.market.unpause({"from": actor("guardian")})
    with reverts("BilateralMarket_NonceVoid", BUYER, 1):
        region.offers.register([taken], STRANGER)


def refusal_of(contract, call, *, sender):
    """The bytes with which a call by this address reverts; None if it does not."""
    asked = {"from": sender.address, "to": contract.address, "data": call}
    answer = web3.provider.make_request("eth_call", [asked, "latest"])
    return answer["error"]["data"] if "error" in answer else None


def refused(sender):
    arguments = encode(["address", "uint8"], [sender.address, Admission.OFFERS])
    return "0x" + (keccak(text="MarginAccounts_NotAdmitted(address,uint8)")[:4] + arguments).hex()
