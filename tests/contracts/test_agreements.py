import pytest
from brownie import ZERO_ADDRESS, web3
from region import (
    DAY,
    FEED_IN,
    FIRST_HOUR,
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
    only,
    pack,
    plain,
    registration,
)
from reverts import reverts
from signing import AGREEMENT, digest, domain_of, key_of, malleated, sign

SELLER, BUYER, PROSUMER = (MEMBER_IDS[name] for name in ("seller", "buyer", "prosumer"))
NAME = "Gridleaf BilateralMarket"


def register_with(region, terms, by_seller, by_buyer):
    return region.market.register([terms], [by_seller], [by_buyer], {"from": actor("stranger")})


def identify(region, terms):
    return int.from_bytes(digest(region.domain(region.market, NAME), AGREEMENT, terms), "big")


def test_an_agreement_of_both_is_kept_and_reserves_margin(region):
    terms = agreement()
    by_seller, by_buyer = region.sign_agreement(terms, "seller"), region.sign_agreement(terms, "buyer")
    transaction = register_with(region, terms, by_seller, by_buyer)
    number = identify(region, terms)
    assert region.market.idOf(terms) == number
    margin = 15 * POINT  # 2 h x 10 kWh x 0.75
    assert region.market.marginOf(10_000, 2) == margin
    assert fields(transaction.events["AgreementRegistered"]) == {
        "id": number,
        "seller": SELLER,
        "buyer": BUYER,
        "whPerHour": 10_000,
        "firstHour": FIRST_HOUR + 8,
        "hourCount": 2,
        "price": 6_300 * TICK,
        "reserved": margin,
    }
    assert plain(region.market.agreementOf(number)) == (SELLER, BUYER, 10_000, FIRST_HOUR + 8, 2, 6_300, False)
    assert region.market.freeOf(BUYER) == 1_000 * POINT - margin
    assert region.market.reservedOf(BUYER) == margin
    assert region.market.reservedOf(SELLER) == 0
    region.assert_book_balances()


def test_contracted_sums_add_up_hour_by_hour(region):
    region.register(
        agreement(),
        agreement(salt=2, firstHour=FIRST_HOUR + 9, hourCount=1, whPerHour=5),
        agreement(salt=3, seller=PROSUMER, firstHour=FIRST_HOUR, hourCount=24, whPerHour=7),
        agreement(salt=4, buyer=PROSUMER, firstHour=FIRST_HOUR + 23, hourCount=1, whPerHour=9),
    )
    nothing = (0, 0, 0)
    sold = only({8: 10_000, 9: 10_005, 23: 9})
    bought = [wh + 7 for wh in only({8: 10_000, 9: 10_005})]
    assert plain(region.market.contractedOf(SELLER, DAY)) == (pack(sold), nothing)
    assert plain(region.market.contractedOf(BUYER, DAY)) == (nothing, pack(bought))
    assert plain(region.market.contractedOf(PROSUMER, DAY)) == (pack([7] * 24), pack(only({23: 9})))
    assert plain(region.market.contractedOf(SELLER, DAY + 1)) == (nothing, nothing)


def test_an_agreement_is_registered_once(region):
    terms = agreement()
    [number] = region.register(terms)
    with reverts("BilateralMarket_AgreementUsed", number):
        region.register(terms)
    region.register(agreement(salt=2))
    twice = agreement(salt=3)
    with reverts("BilateralMarket_AgreementUsed", identify(region, twice)):
        region.register(twice, twice)


@pytest.mark.parametrize("price", [FEED_IN, PURCHASE - GRID_FEE])
def test_prices_reach_their_bounds(region, price):
    region.register(agreement(price=price))


@pytest.mark.parametrize("price", [0, FEED_IN - TICK, PURCHASE - GRID_FEE + TICK, PURCHASE])
def test_prices_stay_in_their_bounds(region, price):
    with reverts("BilateralMarket_PriceOutOfBounds", price, FEED_IN, PURCHASE - GRID_FEE):
        region.register(agreement(price=price))


def test_prices_are_on_the_tick(region):
    for price in (FEED_IN + 1, 6_300 * TICK - 1):
        with reverts("Settlement_PriceOffTick", price, TICK):
            region.register(agreement(price=price))


def test_the_window_lies_ahead(region):
    start = FIRST_HOUR * 3_600
    terms = agreement(firstHour=FIRST_HOUR, expiry=2**64 - 1)
    Region.at(start)
    with reverts("BilateralMarket_WindowPast", FIRST_HOUR, start):
        region.register(terms)
    with reverts("BilateralMarket_WindowPast", 0, start + 60):
        Region.at(start + 60)
        region.register(agreement(firstHour=0, expiry=2**64 - 1))


def test_a_window_may_start_in_a_second(region):
    Region.at(FIRST_HOUR * 3_600 - 1)
    region.register(agreement(firstHour=FIRST_HOUR, expiry=2**64 - 1))


@pytest.mark.parametrize(("first", "count"), [(0, 25), (8, 17), (23, 2), (8, 0), (8, 255), (-1, 2)])
def test_the_window_stays_within_one_market_day(region, first, count):
    with reverts("BilateralMarket_WindowNotInDay", FIRST_HOUR + first, count):
        region.register(agreement(firstHour=FIRST_HOUR + first, hourCount=count, expiry=2**64 - 1))


@pytest.mark.parametrize(("first", "count"), [(0, 24), (23, 1), (0, 1), (8, 16)])
def test_the_window_may_fill_the_day(region, first, count):
    region.register(agreement(firstHour=FIRST_HOUR + first, hourCount=count, whPerHour=1))


def test_signatures_expire(region):
    expiry = FIRST_HOUR * 3_600 - 7_200
    Region.at(expiry + 1)
    with reverts("BilateralMarket_Expired", expiry, expiry + 1):
        region.register(agreement(expiry=expiry))


def test_an_agreement_delivers_something_to_somebody_else(region):
    with reverts("BilateralMarket_ZeroEnergy"):
        region.register(agreement(whPerHour=0))
    with reverts("BilateralMarket_SelfTrade", PROSUMER):
        region.register(agreement(seller=PROSUMER, buyer=PROSUMER))


def test_parties_trade_what_their_kind_can(region):
    grid = MEMBER_IDS["grid_company"]
    wrong = [
        ({"seller": BUYER, "buyer": PROSUMER}, BUYER, Kind.CONSUMER),
        ({"buyer": MEMBER_IDS["second_seller"]}, MEMBER_IDS["second_seller"], Kind.GENERATOR),
        ({"seller": grid}, grid, Kind.GRID_COMPANY),
        ({"buyer": grid}, grid, Kind.GRID_COMPANY),
    ]
    for changes, member, kind in wrong:
        with reverts("BilateralMarket_WrongKind", member, int(kind)):
            region.register(agreement(**changes))


def test_members_without_a_meter_do_not_trade(region):
    operator = registration("caretaker", kind=int(Kind.OPERATOR), meterKey=ZERO_ADDRESS, importW=0, exportW=0)
    number = int(region.join(operator, signers=["caretaker"]).return_value)
    for side in ("seller", "buyer"):
        terms = agreement(**{side: number})
        with reverts("BilateralMarket_WrongKind", number, int(Kind.OPERATOR)):
            register_with(region, terms, region.sign_agreement(terms, "seller"), region.sign_agreement(terms, "buyer"))


@pytest.mark.parametrize("name", ["seller", "buyer"])
def test_members_that_are_suspended_or_have_left_do_not_agree(region, name):
    number, operator = MEMBER_IDS[name], {"from": actor("operator")}
    region.registry.suspend(number, 1, operator)
    with reverts("MemberRegistry_WrongStatus", number, 2, 1):
        region.register(agreement())
    region.registry.liftSuspension(number, 1, operator)
    region.register(agreement())
    region.registry.exit({"from": actor(name)})
    with reverts("MemberRegistry_WrongStatus", number, 3, 1):
        region.register(agreement(salt=2))


def test_a_member_signs_with_its_present_account(region):
    region.registry.proposeAccount(actor("new_account"), {"from": actor("seller")})
    region.registry.acceptAccount(SELLER, {"from": actor("new_account")})
    terms = agreement()
    by_buyer = region.sign_agreement(terms, "buyer")
    with reverts("BilateralMarket_BadSignature", SELLER, identify(region, terms)):
        register_with(region, terms, region.sign_agreement(terms, "seller"), by_buyer)
    register_with(region, terms, region.sign_agreement(terms, "new_account"), by_buyer)


def test_each_side_has_its_own_capacity(region):
    terms = registration("lopsided", kind=int(Kind.PROSUMER), importW=700, exportW=300)
    number = int(region.join(terms, signers=["lopsided"]).return_value)
    for changes, by_seller, by_buyer, limit in (
        ({"seller": number}, "lopsided", "buyer", 300),
        ({"buyer": number}, "seller", "lopsided", 700),
    ):
        region.mint(actor("stranger"), POINT)
        region.points.approve(region.market, POINT, {"from": actor("stranger")})
        region.market.deposit(number, POINT, {"from": actor("stranger")})
        above = agreement(**changes, whPerHour=limit + 1, hourCount=1)
        with reverts("BilateralMarket_AboveNameplate", number, FIRST_HOUR + 8, limit + 1, limit):
            register_with(
                region, above, region.sign_agreement(above, by_seller), region.sign_agreement(above, by_buyer)
            )
        fitting = agreement(**changes, whPerHour=limit, hourCount=1)
        register_with(
            region, fitting, region.sign_agreement(fitting, by_seller), region.sign_agreement(fitting, by_buyer)
        )


def test_unknown_parties_are_refused(region):
    terms = agreement(seller=99)
    with reverts("MemberRegistry_UnknownMember", 99):
        register_with(region, terms, region.sign_agreement(terms, "seller"), region.sign_agreement(terms, "buyer"))


def test_the_buyer_brings_its_largest_payment(region):
    # 24 h x 55 kWh x 0.75 = 990 points; then 10 points are left, and 14 kWh need 10.5
    region.register(agreement(firstHour=FIRST_HOUR, hourCount=24, whPerHour=55_000))
    with reverts("BilateralMarket_MarginTooSmall", BUYER, 10 * POINT, 105 * 10**17):
        region.register(agreement(salt=2, hourCount=1, whPerHour=14_000))
    region.register(agreement(salt=3, hourCount=1, whPerHour=13_333))


def test_the_margin_is_needed_to_the_wei(region):
    region.market.withdraw(985 * POINT + 1, {"from": actor("buyer")})
    with reverts("BilateralMarket_MarginTooSmall", BUYER, 15 * POINT - 1, 15 * POINT):
        region.register(agreement())
    region.fund("buyer", 1)
    region.register(agreement())
    assert region.market.freeOf(BUYER) == 0


@pytest.mark.parametrize(
    ("first", "second", "member"),
    [
        ({}, {"salt": 2, "buyer": MEMBER_IDS["second_buyer"]}, SELLER),
        ({}, {"salt": 2, "seller": MEMBER_IDS["second_seller"]}, BUYER),
    ],
)
def test_contracted_sums_stay_within_the_nameplate(region, first, second, member):
    region.register(agreement(**first, whPerHour=NAMEPLATE - 10))
    with reverts("BilateralMarket_AboveNameplate", member, FIRST_HOUR + 9, NAMEPLATE + 1, NAMEPLATE):
        region.register(agreement(**second, whPerHour=11, firstHour=FIRST_HOUR + 9))
    region.register(agreement(**second, whPerHour=10, firstHour=FIRST_HOUR + 9))
    region.register(agreement(**second, whPerHour=NAMEPLATE, firstHour=FIRST_HOUR + 11))


def test_both_sign(region):
    terms = agreement()
    number = identify(region, terms)
    by_seller, by_buyer = region.sign_agreement(terms, "seller"), region.sign_agreement(terms, "buyer")
    forged = region.sign_agreement(terms, "stranger")
    for bad in (forged, by_buyer, malleated(by_seller), by_seller[:64], b"", bytes(65)):
        with reverts("BilateralMarket_BadSignature", SELLER, number):
            register_with(region, terms, bad, by_buyer)
    for bad in (forged, by_seller, malleated(by_buyer), by_buyer[:64], b"", bytes(65)):
        with reverts("BilateralMarket_BadSignature", BUYER, number):
            register_with(region, terms, by_seller, bad)


def test_a_signature_serves_one_agreement_of_one_market_on_one_chain(region):
    terms = agreement()
    number = identify(region, terms)
    by_buyer = region.sign_agreement(terms, "buyer")
    chain_id = web3.eth.chain_id
    domains = [
        domain_of(NAME, region.market.address, chain_id=chain_id + 1),
        domain_of(NAME, region.sheets.address, chain_id=chain_id),
        domain_of("Gridleaf DaySheets", region.market.address, chain_id=chain_id),
    ]
    foreign = [sign(key_of("seller"), domain, AGREEMENT, terms) for domain in domains]
    changes = (
        {"salt": 2},
        {"firstHour": FIRST_HOUR + 32},
        {"whPerHour": 10_001},
        {"hourCount": 3},
        {"price": 6_301 * TICK},
        {"buyer": MEMBER_IDS["second_buyer"]},
        {"seller": PROSUMER},
        {"expiry": 2**64 - 1},
    )
    foreign += [region.sign_agreement(agreement(**change), "seller") for change in changes]
    for signature in foreign:
        with reverts("BilateralMarket_BadSignature", SELLER, number):
            register_with(region, terms, signature, by_buyer)


def test_a_contract_signs_by_erc_1271(region, harness):
    wallet = harness["ContractWallet"].deploy(actor("stranger"), {"from": actor("stranger")})
    joined = region.join(registration("newcomer", account=wallet.address), signers=["stranger"])
    member = int(joined.return_value)
    terms = agreement(seller=member)
    by_buyer = region.sign_agreement(terms, "buyer")
    with reverts("BilateralMarket_BadSignature", member, identify(region, terms)):
        register_with(region, terms, region.sign_agreement(terms, "seller"), by_buyer)
    register_with(region, terms, region.sign_agreement(terms, "stranger"), by_buyer)
    assert region.market.agreementOf(identify(region, terms))[0] == member


def test_a_batch_is_registered_whole_or_not_at_all(region):
    before = region.balances()
    good, bad = agreement(), agreement(salt=2, price=0)
    with reverts("BilateralMarket_PriceOutOfBounds", 0, FEED_IN, PURCHASE - GRID_FEE):
        region.register(good, bad)
    assert region.market.agreementOf(identify(region, good))[0] == 0
    assert region.market.reservedOf(BUYER) == 0
    assert region.balances() == before


def test_malformed_batches_are_refused(region):
    cap, terms = region.market.REGISTER_CAP(), agreement()
    by = {"from": actor("stranger")}
    for size in (0, cap + 1):
        with reverts("BilateralMarket_BatchSize", size, cap):
            region.market.register([terms] * size, [b""] * size, [b""] * size, by)
    with reverts("BilateralMarket_SignatureCount", 1, 0, 1):
        region.market.register([terms], [], [b""], by)
    with reverts("BilateralMarket_SignatureCount", 1, 1, 2):
        region.market.register([terms], [b""], [b"", b""], by)


def test_tariffs_leave_room_for_a_price(region, project):
    assert plain(region.market.tariffs()) == (FEED_IN, PURCHASE, GRID_FEE)
    fixed = (region.roles, region.points, region.registry, region.sheets, MEMBER_IDS["grid_company"])
    by = {"from": region.deployer}
    narrow = (PURCHASE - GRID_FEE, PURCHASE, GRID_FEE)
    project.BilateralMarket.deploy(*fixed, narrow, by)
    closed = (PURCHASE - GRID_FEE + TICK, PURCHASE, GRID_FEE)
    with reverts("BilateralMarket_NoPriceRoom", *closed):
        project.BilateralMarket.deploy(*fixed, closed, by)
    with reverts("Settlement_PriceOffTick", FEED_IN + 1, TICK):
        project.BilateralMarket.deploy(*fixed, (FEED_IN + 1, PURCHASE, GRID_FEE), by)
