"""Two offers make an agreement: what crosses, what is refused, what is left of an offer."""

import pytest
from brownie import ZERO_ADDRESS

from tests.support.region import (
    DAY,
    FEED_IN,
    FIRST_HOUR,
    FOREVER,
    GATE,
    GRID_FEE,
    MEMBER_IDS,
    NAMEPLATE,
    POINT,
    PURCHASE,
    TICK,
    Kind,
    Region,
    actor,
    agreement,
    fields,
    offers_of,
    only,
    pack,
    plain,
    registration,
)
from tests.support.reverts import reverts

SELLER, BUYER, SECOND_BUYER, PROSUMER = (MEMBER_IDS[name] for name in ("seller", "buyer", "second_buyer", "prosumer"))
NAMES = {index: name for name, index in MEMBER_IDS.items()}
FIELDS = (
    "member", "selling", "counterparty", "whPerHour", "firstHour", "hourCount", "price", "bundled", "partialFill",
    "expiry", "nonce",
)  # fmt: skip
STRANGER = {"from": actor("stranger")}


def offer(selling, **changes):
    """10 kWh an hour for the two hours from 08:00 at 0.63 point/kWh, to anybody, whole, but for the changes."""
    terms = {
        "member": SELLER if selling else BUYER,
        "selling": selling,
        "counterparty": 0,
        "whPerHour": 10_000,
        "firstHour": FIRST_HOUR + 8,
        "hourCount": 2,
        "price": 6_300 * TICK,
        "bundled": False,
        "partialFill": False,
        "expiry": FOREVER,
        "nonce": 1,
    }
    assert tuple(terms) == FIELDS
    assert changes.keys() <= terms.keys()
    return tuple((terms | changes).values())


def match(region, sale, purchase, *, signers=()):
    """Register what two offers make, signed by their members unless others are named."""
    by_seller, by_buyer = signers or (NAMES.get(sale[0], "stranger"), NAMES.get(purchase[0], "stranger"))
    entry = (sale, purchase, region.sign_offer(sale, by_seller), region.sign_offer(purchase, by_buyer))
    return region.offers.register([entry], STRANGER)


# What two offers make


def test_offers_that_cross_make_an_agreement(region):
    sale = offer(True, price=6_001 * TICK, bundled=True)
    purchase = offer(False, price=6_500 * TICK, bundled=True, nonce=9)
    transaction = match(region, sale, purchase)
    event = fields(transaction.events["AgreementRegistered"])
    word = event.pop("agreement")
    assert event == {"id": DAY << 32, "seller": SELLER, "buyer": BUYER, "saleNonce": 1, "purchaseNonce": 9}
    # Halfway between the limits, rounded down to the tick.
    assert plain(region.reader.agreementOf(DAY, 0)) == (SELLER, BUYER, 10_000, 6_250, 8, 2, True, False, 0)
    assert region.market.agreementWordOf(DAY, 0) == word
    assert plain(region.market.dayOf(DAY)) == (0, 20_000, 1, 1, 0, 0)
    region.assert_book_balances()


# By hand, 20 kWh at 0.625: the seller's loss is 0.75 - 0.04 - 0.625 = 0.085 a kWh, the buyer's 0.625 - 0.40 = 0.225;
# thrice that is 5.1 and 13.5 points; the buyer may also have to pay 20 x 0.75 = 15.
def test_both_reserve_what_the_agreement_can_cost_them(region):
    quote = plain(region.reader.quoteOf(10_000, 2, 6_250 * TICK))
    cents = [amount * 10 // POINT for amount in quote]
    assert cents == [8, 51, 135, 51, 150]
    match(region, offer(True, price=6_000 * TICK), offer(False, price=6_500 * TICK))
    assert region.market.reservedOf(SELLER) == 51 * POINT // 10
    assert region.market.reservedOf(BUYER) == 15 * POINT
    assert region.market.freeOf(SELLER) == 1_000 * POINT - 51 * POINT // 10
    assert region.market.freeOf(BUYER) == 985 * POINT


def test_a_high_price_reserves_the_largest_penalty(region):
    """At 0.71 the buyer's threefold loss, 3 x 0.31 x 20 = 18.6, is above 15."""
    match(region, *(offer(side, price=PURCHASE - GRID_FEE) for side in (True, False)))
    assert region.market.reservedOf(BUYER) == 186 * POINT // 10
    assert region.market.reservedOf(SELLER) == 0


def test_contracted_sums_add_up_hour_by_hour(region):
    region.register(
        agreement(),
        agreement(salt=2, firstHour=FIRST_HOUR + 9, hourCount=1, whPerHour=5),
        agreement(salt=3, seller=PROSUMER, firstHour=FIRST_HOUR, hourCount=24, whPerHour=7),
        agreement(salt=4, buyer=PROSUMER, firstHour=FIRST_HOUR + 23, hourCount=1, whPerHour=9),
    )
    sums = region.market.contractedOf
    assert plain(sums(SELLER, DAY, True)) == pack(only({8: 10_000, 9: 10_005, 23: 9}))
    assert plain(sums(BUYER, DAY, False)) == pack([wh + 7 for wh in only({8: 10_000, 9: 10_005})])
    assert plain(sums(PROSUMER, DAY, True)) == pack([7] * 24)
    assert plain(sums(PROSUMER, DAY, False)) == pack(only({23: 9}))
    assert plain(sums(SELLER, DAY, False)) == plain(sums(SELLER, DAY + 1, True)) == (0, 0, 0)


def test_agreements_between_related_parties_do_not_count(region):
    for name in ("seller", "buyer"):
        region.registry.assignGroup(MEMBER_IDS[name], 7, {"from": actor("operator")})
    region.register(agreement(), agreement(salt=2, buyer=SECOND_BUYER))
    assert [region.reader.agreementOf(DAY, index)["related"] for index in (0, 1)] == [True, False]
    assert region.market.dayOf(DAY)["contractedWh"] == 20_000


# What is left of an offer


def test_a_partial_offer_is_filled_in_parts(region):
    sale = offer(True, partialFill=True)
    match(region, sale, offer(False, whPerHour=4_000))
    assert region.offers.filledOf(SELLER, 1) == 4_000
    match(region, sale, offer(False, member=SECOND_BUYER, whPerHour=9_000, partialFill=True))
    assert [region.reader.agreementOf(DAY, index)["whPerHour"] for index in (0, 1)] == [4_000, 6_000]
    assert (region.offers.filledOf(SELLER, 1), region.offers.filledOf(SECOND_BUYER, 1)) == (10_000, 6_000)
    with reverts("OfferDesk_NonceUsed", SELLER, 1):
        match(region, sale, offer(False, nonce=2))


def test_a_whole_offer_is_filled_whole(region):
    with reverts("OfferDesk_NotWhole", SELLER, 9_999, 10_000):
        match(region, offer(True), offer(False, whPerHour=9_999))
    with reverts("OfferDesk_NotWhole", BUYER, 10_000, 10_001):
        match(region, offer(True, partialFill=True), offer(False, whPerHour=10_001))


def test_an_offer_is_filled_once(region):
    match(region, offer(True), offer(False))
    for sale, purchase, member in (
        (offer(True), offer(False, nonce=2), SELLER),
        (offer(True, nonce=2), offer(False), BUYER),
    ):
        with reverts("OfferDesk_NonceUsed", member, 1):
            match(region, sale, purchase)
    match(region, offer(True, nonce=2), offer(False, nonce=2))


def test_offers_with_one_nonce_count_as_one(region):
    """The smaller one is used up by the larger one, the larger one has the rest left."""
    match(region, offer(True, partialFill=True), offer(False, whPerHour=6_000))
    with reverts("OfferDesk_NonceUsed", SELLER, 1):
        match(region, offer(True, whPerHour=6_000, partialFill=True), offer(False, nonce=2, whPerHour=1_000))
    match(region, offer(True, whPerHour=7_000, partialFill=True), offer(False, nonce=2, whPerHour=1_000))


def test_a_cancelled_offer_is_void(region):
    transaction = region.offers.cancel(1, {"from": actor("seller")})
    assert fields(transaction.events["OfferCancelled"]) == {"member": SELLER, "nonce": 1}
    with reverts("OfferDesk_NonceUsed", SELLER, 1):
        match(region, offer(True), offer(False))
    match(region, offer(True, nonce=2), offer(False))


def test_what_is_left_of_an_offer_can_be_cancelled(region):
    sale = offer(True, partialFill=True)
    match(region, sale, offer(False, whPerHour=4_000))
    region.offers.cancel(1, {"from": actor("seller")})
    with reverts("OfferDesk_NonceUsed", SELLER, 1):
        match(region, sale, offer(False, whPerHour=1_000, nonce=2))


def test_all_offers_below_a_nonce_are_cancelled_at_once(region):
    transaction = region.offers.cancelBelow(5, {"from": actor("buyer")})
    assert fields(transaction.events["OffersCancelledBelow"]) == {"member": BUYER, "firstNonce": 5}
    with reverts("BilateralMarket_NonceVoid", BUYER, 4):
        match(region, offer(True), offer(False, nonce=4))
    match(region, offer(True), offer(False, nonce=5))
    for lower in (5, 4):
        with reverts("OfferDesk_FirstNonceNotRaised", BUYER, 5):
            region.offers.cancelBelow(lower, {"from": actor("buyer")})


def test_only_members_cancel_their_own(region):
    with reverts("MemberRegistry_UnknownAccount", actor("stranger")):
        region.offers.cancel(1, STRANGER)
    region.offers.cancel(1, {"from": actor("second_seller")})
    match(region, offer(True), offer(False))


# What does not cross


@pytest.mark.parametrize("changes", [{"firstHour": FIRST_HOUR + 9}, {"hourCount": 1}, {"bundled": True}])
def test_windows_and_certificates_are_the_same(region, changes):
    with reverts("OfferDesk_TermsDiffer", SELLER, BUYER):
        match(region, offer(True), offer(False, **changes))


def test_prices_cross(region):
    with reverts("OfferDesk_PricesDoNotCross", 6_301 * TICK, 6_300 * TICK):
        match(region, offer(True, price=6_301 * TICK), offer(False))


def test_an_offer_may_name_its_counterparty(region):
    for sale, purchase, named in (
        (offer(True, counterparty=SECOND_BUYER), offer(False), (SELLER, SECOND_BUYER, BUYER)),
        (offer(True), offer(False, counterparty=PROSUMER), (BUYER, PROSUMER, SELLER)),
    ):
        with reverts("OfferDesk_NotCounterparty", *named):
            match(region, sale, purchase)
    match(region, offer(True, counterparty=BUYER), offer(False, counterparty=SELLER))


def test_a_sale_meets_a_purchase_of_somebody_else(region):
    sale, purchase = offer(True, member=PROSUMER), offer(False, member=PROSUMER)
    with reverts("OfferDesk_SelfTrade", PROSUMER):
        match(region, sale, purchase)
    for first, second in ((purchase, purchase), (sale, sale), (purchase, sale)):
        with reverts("OfferDesk_WrongSides", PROSUMER, PROSUMER):
            match(region, first, second)


# Prices, windows, times


@pytest.mark.parametrize("price", [FEED_IN, PURCHASE - GRID_FEE])
def test_prices_reach_their_bounds(region, price):
    match(region, offer(True, price=price), offer(False, price=price))


@pytest.mark.parametrize("price", [0, FEED_IN - TICK, PURCHASE - GRID_FEE + TICK, PURCHASE])
def test_prices_stay_in_their_bounds(region, price):
    for sale, purchase in ((FEED_IN, price), (price, PURCHASE - GRID_FEE)):
        if sale <= purchase:
            with reverts("OfferDesk_PriceOutOfBounds", price, FEED_IN, PURCHASE - GRID_FEE):
                match(region, offer(True, price=sale), offer(False, price=purchase))
    with reverts("MarketReader_PriceOutOfBounds", price, FEED_IN, PURCHASE - GRID_FEE):
        region.reader.quoteOf(1, 1, price)


def test_prices_are_on_the_tick(region):
    with reverts("Settlement_PriceOffTick", FEED_IN + 1, TICK):
        match(region, offer(True, price=FEED_IN + 1), offer(False))


def test_the_gate_closes_at_eleven_on_the_day_before(region):
    assert region.offers.gateClosure(DAY) == GATE == (FIRST_HOUR - 24 + 11) * 3_600
    Region.at(GATE - 1)
    match(region, offer(True), offer(False))
    Region.at(GATE)
    with reverts("OfferDesk_GateClosed", DAY, GATE, GATE):
        match(region, offer(True, nonce=2), offer(False, nonce=2))
    tomorrow = {"firstHour": FIRST_HOUR + 24, "nonce": 3}
    match(region, offer(True, **tomorrow), offer(False, **tomorrow))


@pytest.mark.parametrize(("first", "count"), [(0, 25), (8, 17), (23, 2), (8, 0), (8, 255)])
def test_the_window_stays_within_one_market_day(region, first, count):
    window = {"firstHour": FIRST_HOUR + first, "hourCount": count, "whPerHour": 1}
    with reverts("OfferDesk_WindowNotInDay", FIRST_HOUR + first, count):
        match(region, offer(True, **window), offer(False, **window))


@pytest.mark.parametrize(("first", "count"), [(0, 24), (23, 1), (0, 1), (8, 16)])
def test_the_window_may_fill_the_day(region, first, count):
    window = {"firstHour": FIRST_HOUR + first, "hourCount": count, "whPerHour": 1}
    match(region, offer(True, **window), offer(False, **window))


def test_offers_expire(region):
    expiry = GATE - 7_200
    Region.at(expiry + 1)
    with reverts("OfferDesk_Expired", SELLER, expiry, expiry + 1):
        match(region, offer(True, expiry=expiry), offer(False))
    Region.at(expiry + 2)
    with reverts("OfferDesk_Expired", BUYER, expiry, expiry + 2):
        match(region, offer(True), offer(False, expiry=expiry))


def test_an_offer_delivers_something(region):
    with reverts("OfferDesk_ZeroEnergy", SELLER):
        match(region, offer(True, whPerHour=0), offer(False, partialFill=True))


# Parties


def test_parties_trade_what_their_kind_can(region):
    grid, generator = MEMBER_IDS["grid_company"], MEMBER_IDS["second_seller"]
    wrong = [
        ({"member": BUYER}, {"member": PROSUMER}, BUYER, Kind.CONSUMER),
        ({}, {"member": generator}, generator, Kind.GENERATOR),
        ({"member": grid}, {}, grid, Kind.GRID_COMPANY),
        ({}, {"member": grid}, grid, Kind.GRID_COMPANY),
    ]
    for sale, purchase, member, kind in wrong:
        with reverts("OfferDesk_WrongKind", member, int(kind)):
            match(region, offer(True, **sale), offer(False, **purchase))


def test_members_without_a_meter_do_not_trade(region):
    operator = registration("caretaker", kind=int(Kind.OPERATOR), meterKey=ZERO_ADDRESS, importW=0, exportW=0)
    number = int(region.join(operator, signers=["caretaker"]).return_value)
    with reverts("OfferDesk_WrongKind", number, int(Kind.OPERATOR)):
        match(region, offer(True, member=number), offer(False))


@pytest.mark.parametrize("name", ["seller", "buyer"])
def test_members_that_are_suspended_or_have_left_do_not_agree(region, name):
    number, operator = MEMBER_IDS[name], {"from": actor("operator")}
    region.registry.suspend(number, 1, operator)
    with reverts("MemberRegistry_WrongStatus", number, 2, 1):
        match(region, offer(True), offer(False))
    region.registry.liftSuspension(number, 1, operator)
    match(region, offer(True), offer(False))
    region.registry.exit({"from": actor(name)})
    with reverts("MemberRegistry_WrongStatus", number, 3, 1):
        match(region, offer(True, nonce=2), offer(False, nonce=2))


def test_a_member_signs_with_its_present_account(region):
    region.registry.proposeAccount(actor("new_account"), {"from": actor("seller")})
    region.registry.acceptAccount(SELLER, {"from": actor("new_account")})
    with reverts("OfferDesk_BadSignature", SELLER, bytes(region.offers.digestOf(offer(True)))):
        match(region, offer(True), offer(False))
    match(region, offer(True), offer(False), signers=("new_account", "buyer"))


def test_unknown_parties_are_refused(region):
    with reverts("MemberRegistry_UnknownMember", 99):
        match(region, offer(True, member=99), offer(False))


def test_each_side_has_its_own_capacity(region):
    terms = registration("lopsided", kind=int(Kind.PROSUMER), importW=700, exportW=300)
    number = int(region.join(terms, signers=["lopsided"]).return_value)
    region.mint(actor("stranger"), 2 * POINT)
    region.points.approve(region.desk, 2 * POINT, STRANGER)
    region.desk.deposit(number, 2 * POINT, STRANGER)
    for selling, limit in ((True, 300), (False, 700)):
        for wh in (limit + 1, limit):
            own = {"whPerHour": wh, "hourCount": 1, "nonce": limit}
            sale, purchase = offer(True, **own), offer(False, **own)
            if selling:
                sale, signers = offer(True, member=number, **own), ("lopsided", "buyer")
            else:
                purchase, signers = offer(False, member=number, **own), ("seller", "lopsided")
            if wh > limit:
                with reverts("BilateralMarket_AboveNameplate", number, 8, limit + 1, limit):
                    match(region, sale, purchase, signers=signers)
            else:
                match(region, sale, purchase, signers=signers)


@pytest.mark.parametrize(
    ("second", "member"),
    [({"buyer": SECOND_BUYER}, SELLER), ({"seller": MEMBER_IDS["second_seller"]}, BUYER)],
)
def test_contracted_sums_stay_within_the_nameplate(region, second, member):
    region.register(agreement(whPerHour=NAMEPLATE - 10))
    with reverts("BilateralMarket_AboveNameplate", member, 9, NAMEPLATE + 1, NAMEPLATE):
        region.register(agreement(**second, salt=2, whPerHour=11, firstHour=FIRST_HOUR + 9))
    region.register(agreement(**second, salt=2, whPerHour=10, firstHour=FIRST_HOUR + 9))
    region.register(agreement(**second, salt=3, whPerHour=NAMEPLATE, firstHour=FIRST_HOUR + 11))


@pytest.mark.parametrize(("name", "margin"), [("seller", 48 * POINT // 10), ("buyer", 15 * POINT)])
def test_the_margin_is_needed_to_the_wei(region, name, margin):
    region.desk.withdraw(1_000 * POINT - margin + 1, {"from": actor(name)})
    with reverts("BilateralMarket_MarginTooSmall", MEMBER_IDS[name], margin - 1, margin):
        region.register(agreement())
    region.fund(name, 1)
    region.register(agreement())
    assert region.market.freeOf(MEMBER_IDS[name]) == 0


# Batches


def test_a_batch_is_registered_whole_or_not_at_all(region):
    before = region.balances()
    with reverts("OfferDesk_PriceOutOfBounds", 0, FEED_IN, PURCHASE - GRID_FEE):
        region.register(agreement(), agreement(salt=2, price=0))
    assert region.reader.agreementOf(DAY, 0)[0] == 0
    assert region.market.reservedOf(BUYER) == 0
    assert region.balances() == before


def test_batches_have_a_cap(region):
    cap = region.offers.REGISTER_CAP()
    entry = (*offers_of(agreement()), b"", b"")
    for size in (0, cap + 1):
        with reverts("OfferDesk_BatchSize", size, cap):
            region.offers.register([entry] * size, STRANGER)


def test_tariffs_leave_room_for_a_price(region, project):
    assert plain(region.market.tariffs()) == (FEED_IN, PURCHASE, GRID_FEE)
    by = {"from": region.deployer}

    def deploy(*tariffs):
        setup = (region.sheets, MEMBER_IDS["grid_company"], 0, tariffs, 0)
        return project.BilateralMarket.deploy(region.roles, setup, by)

    deploy(PURCHASE - GRID_FEE, PURCHASE, GRID_FEE)
    closed = (PURCHASE - GRID_FEE + TICK, PURCHASE, GRID_FEE)
    with reverts("BilateralMarket_NoPriceRoom", *closed):
        deploy(*closed)
    with reverts("Settlement_PriceOffTick", FEED_IN + 1, TICK):
        deploy(FEED_IN + 1, PURCHASE, GRID_FEE)
