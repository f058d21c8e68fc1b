import pytest
from brownie import web3
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.certificates import DAY_SECONDS, EXPORTS, SELLER, certificate_id, holdings, move
from tests.support.region import FINAL, MEMBER_IDS, REASON, Region, actor, fields, only
from tests.support.reverts import reverts
from tests.support.selling import EXPIRY, IDS, OFFER, POINTS, PRICE, buy, cost, held, offer, prepare, sign_offer
from tests.support.signing import digest

HELD = certificate_id(SELLER, 9)


@pytest.fixture(autouse=True)
def prepared(region):
    prepare(region)


def test_certificates_and_points_change_hands_together(region):
    terms, picks = offer(), [(0, 20_000), (1, 30_001)]
    before = region.points.balanceOf(actor("seller"))
    transaction = buy(region, terms, *picks, limit=PRICE)
    assert transaction.return_value == cost(picks)
    assert holdings(region, "buyer") == only({8: 20_000, 9: 30_001})
    assert holdings(region, "seller") == only({0: 7, 8: 30_000, 9: 69_999, 23: 1})
    assert region.points.balanceOf(actor("buyer")) == POINTS - cost(picks)
    assert region.points.balanceOf(actor("seller")) == before + cost(picks)
    assert region.sale.soldOf(actor("seller"), 7) == 50_001
    assert fields(transaction.events["GreenAgreementSigned"]) == {
        "offer": web3.to_hex(digest(region.domain(region.sale, "Gridleaf CertificateSale"), OFFER, terms)),
        "seller": MEMBER_IDS["seller"],
        "buyer": MEMBER_IDS["buyer"],
        "ids": IDS,
        "amounts": (20_000, 30_001),
        "price": PRICE,
        "paid": cost(picks),
    }


def test_an_offer_is_taken_in_parts_and_no_further(region):
    terms = offer(wh=60_000)
    buy(region, terms, (1, 25_000))
    buy(region, terms, (0, 34_999))
    with reverts("CertificateSale_AboveOffer", 1, 2):
        buy(region, terms, (1, 2))
    buy(region, terms, (1, 1))
    with reverts("CertificateSale_AboveOffer", 0, 1):
        buy(region, terms, (1, 1))
    assert holdings(region, "buyer") == only({8: 34_999, 9: 25_001})


def test_offers_with_one_nonce_share_what_was_sold(region):
    buy(region, offer(wh=40_000), (1, 40_000))
    dearer = offer(wh=50_000, price=2 * PRICE)
    with reverts("CertificateSale_AboveOffer", 10_000, 10_001):
        buy(region, dearer, (1, 10_001))
    with reverts("CertificateSale_AboveOffer", 0, 1):
        buy(region, offer(wh=30_000), (1, 1))
    buy(region, dearer, (1, 10_000))
    buy(region, offer(nonce=8), (1, 50_000))


def test_the_nonce_is_signed(region):
    terms = offer()
    signature = sign_offer(region, terms)
    other = offer(nonce=8)
    with reverts("CertificateSale_BadSignature", actor("seller"), bytes(region.sale.digestOf(other))):
        buy(region, other, (0, 1), signature=signature)


# Limits


def test_a_buyer_pays_no_more_than_its_limit(region):
    with reverts("CertificateSale_AboveLimit", PRICE, PRICE - 1):
        buy(region, offer(), (0, 1), limit=PRICE - 1)
    buy(region, offer(), (0, 1), limit=PRICE)


def test_an_offer_and_a_purchase_end(region):
    early = offer(expiry=FINAL + 100)
    Region.at(FINAL + 100)
    buy(region, early, (0, 1))
    Region.at(FINAL + 101)
    with reverts("CertificateSale_Expired", FINAL + 100, FINAL + 101):
        buy(region, early, (0, 1))
    Region.at(FINAL + 200)
    with reverts("CertificateSale_Expired", FINAL + 199, FINAL + 200):
        buy(region, offer(), (0, 1), deadline=FINAL + 199)
    Region.at(FINAL + 201)
    buy(region, offer(), (0, 1), deadline=FINAL + 201)


def test_a_cancelled_offer_is_void(region):
    buy(region, offer(), (0, 10))
    cancelled = region.sale.cancel(7, {"from": actor("seller")})
    assert fields(cancelled.events["OfferCancelled"]) == {"seller": actor("seller").address, "nonce": 7}
    with reverts("CertificateSale_AboveOffer", 0, 1):
        buy(region, offer(), (0, 1))
    with reverts("CertificateSale_AlreadyCancelled", actor("seller"), 7):
        region.sale.cancel(7, {"from": actor("seller")})
    region.sale.cancel(8, {"from": actor("buyer")})
    buy(region, offer(nonce=8), (0, 1))


def test_an_offer_may_name_its_buyer(region):
    terms = offer(buyer=actor("second_buyer").address)
    with reverts("CertificateSale_NotBuyer", actor("second_buyer"), actor("buyer")):
        buy(region, terms, (0, 1))
    buy(region, offer(buyer=actor("buyer").address), (0, 1))


def test_nobody_buys_from_itself(region):
    with reverts("CertificateSale_SelfTrade", actor("seller")):
        buy(region, offer(), (0, 1), by="seller")


@pytest.mark.parametrize(
    ("picks", "position", "index"),
    [
        ([], 0, 0),
        ([(2, 1)], 0, 2),
        ([(1, 1), (1, 1)], 1, 1),
        ([(1, 1), (0, 1)], 1, 0),
        ([(0, 1), (1, 1), (2, 1)], 2, 2),
    ],
)
def test_a_purchase_picks_each_certificate_once(region, picks, position, index):
    with reverts("CertificateSale_BadPick", position, index, 2):
        buy(region, offer(), *picks)


def test_nothing_is_sold_for_nothing_taken(region):
    with reverts("HourlyHoldings_ZeroAmount", IDS[0]):
        buy(region, offer(), (0, 0))


# All or nothing


def test_a_buyer_without_points_gets_nothing(region):
    terms = offer(price=POINTS)
    balance = held(region, "buyer")
    with reverts("ERC20InsufficientAllowance", region.sale, POINTS, POINTS + POINTS // 1_000):
        buy(region, terms, (1, 1_001))
    region.points.approve(region.sale, 2 * POINTS, {"from": actor("buyer")})
    with reverts("ERC20InsufficientBalance", actor("buyer"), POINTS, POINTS + POINTS // 1_000):
        buy(region, terms, (1, 1_001))
    assert held(region, "buyer") == balance
    assert region.sale.soldOf(actor("seller"), 7) == 0


def test_a_seller_without_certificates_gets_nothing(region):
    move(region, "seller", "second_buyer", HELD, 99_999)
    balances = held(region, "seller"), held(region, "buyer")
    with reverts("ERC1155InsufficientBalance", actor("seller"), 1, 2, HELD):
        buy(region, offer(), (1, 2))
    region.certificates.setApprovalForAll(region.sale, False, {"from": actor("seller")})
    with reverts("ERC1155MissingApprovalForAll", region.sale, actor("seller")):
        buy(region, offer(), (1, 1))
    assert (held(region, "seller"), held(region, "buyer")) == balances


def test_revoked_certificates_are_not_sold(region):
    region.certificates.revoke(SELLER, certificate_day(region), REASON, {"from": actor("issuer")})
    with reverts("GreenCertificate_Revoked", SELLER, certificate_day(region)):
        buy(region, offer(), (1, 1))
    assert region.points.balanceOf(actor("buyer")) == POINTS


def certificate_day(region):
    _, _, hour, _, _ = region.certificates.describe(HELD)
    return (hour + 1) // 24


# Who


def test_members_trade_with_members(region):
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        buy(region, offer(), (0, 1), by="stranger")
    strange = offer(seller=actor("stranger").address)
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        buy(region, strange, (0, 1), signature=sign_offer(region, strange, by="stranger"))


@pytest.mark.parametrize("name", ["seller", "buyer"])
def test_a_suspended_member_does_not_trade(region, name):
    region.registry.suspend(MEMBER_IDS[name], 1, {"from": actor("operator")})
    with reverts("MemberRegistry_WrongStatus", MEMBER_IDS[name], 2, 1):
        buy(region, offer(), (0, 1))


@pytest.mark.parametrize("name", ["seller", "buyer"])
def test_a_frozen_account_does_not_trade(region, name):
    until = FINAL + 10 * DAY_SECONDS
    region.freeze(actor(name), until)
    with reverts("FreezeList_Frozen", actor(name), until):
        buy(region, offer(), (0, 1))


def test_a_receiver_with_a_list_lists_the_sale_once(region):
    region.certificates.restrictReceiving(True, {"from": actor("buyer")})
    with reverts("GreenCertificate_SenderNotListed", actor("buyer"), actor("seller"), region.sale):
        buy(region, offer(), (0, 1))
    region.certificates.listSenders([region.sale], True, {"from": actor("buyer")})
    buy(region, offer(), (0, 1))


# Price


@settings(max_examples=50)
@given(wh=st.integers(1, 2**40), price=st.integers(0, 10**20))
def test_a_price_is_rounded_up_once(region, wh, price):
    assert region.sale.costOf(wh, price) == -(-wh * price // 1_000)


def test_a_gift_costs_nothing(region):
    transaction = buy(region, offer(price=0), (1, 5))
    assert transaction.return_value == 0
    assert held(region, "buyer") == (POINTS, 5)


def test_the_smallest_purchase_costs_something(region):
    transaction = buy(region, offer(price=1), (1, 1))
    assert transaction.return_value == 1
    assert region.sale.soldOf(actor("seller"), 7) == 1
    assert sum(EXPORTS) - sum(holdings(region, "seller")) == 1


# Re-entry


def test_a_buyer_that_buys_again_on_receipt_gets_no_more_than_is_offered(region, harness):
    receiver = join_receiver(region, harness)
    terms = offer(wh=10)
    arguments = (terms, sign_offer(region, terms), [(1, 6)], PRICE, EXPIRY)
    again = region.sale.buy.encode_input(*arguments)
    receiver.behave(4, region.sale, again, {"from": actor("stranger")})
    receiver.execute(region.sale, again, {"from": actor("stranger")})
    assert receiver.struck()
    assert not receiver.strikeSucceeded()
    expected = web3.keccak(text="CertificateSale_AboveOffer(uint256,uint256)")[:4]
    assert bytes(receiver.strikeReturned())[:4] == expected
    assert region.certificates.balanceOf(receiver, HELD) == 6
    assert region.sale.soldOf(actor("seller"), 7) == 6


def join_receiver(region, harness):
    """A contract as a member's account, with points that the sale may take."""
    receiver = harness["CertificateReceiver"].deploy({"from": actor("deployer")})
    region.registry.proposeAccount(receiver, {"from": actor("second_buyer")})
    stranger = {"from": actor("stranger")}
    calls = (
        (region.registry, region.registry.acceptAccount.encode_input(MEMBER_IDS["second_buyer"])),
        (region.points, region.points.approve.encode_input(region.sale, POINTS)),
    )
    for target, call in calls:
        receiver.execute(target, call, stranger)
    region.mint(receiver, POINTS)
    return receiver
