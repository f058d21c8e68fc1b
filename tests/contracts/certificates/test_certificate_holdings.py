"""What holders can do with certificates, and what stops them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.certificates import (
    DAY_SECONDS,
    EXPORTS,
    PROSUMER,
    RETIRABLE,
    RETIREMENT,
    SELLER,
    TRANSFERABLE,
    certificate_id,
    correct,
    end_of_hour,
    holdings,
    ids_of,
    issue,
    issue_days,
    measure,
    move,
    retire,
)
from tests.support.region import DAY, DAY_END, FINAL, FIRST_HOUR, REASON, Region, actor, fields, only, pack, plain
from tests.support.reverts import reverts

FULL = [1_000 + hour for hour in range(24)]
HELD = certificate_id(SELLER, 9)


def by(name):
    return {"from": actor(name)}


def batch(region, source, to, ids, amounts, *, operator=None):
    parties = (actor(source), actor(to))
    return region.certificates.safeBatchTransferFrom(*parties, ids, amounts, b"", by(operator or source))


@pytest.fixture
def issued(region):
    Region.go(DAY_END)
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    return issue(region)


# Words of eight hours


one_move = st.tuples(st.integers(0, 47), st.integers(1, 80))  # hour of two days, Wh


def test_any_order_of_hours_moves_what_a_book_by_hour_moves(region):
    """Runs of hours within a word, across words and days, back and forth, also to oneself."""
    issue_days(region, {DAY: FULL, DAY + 1: FULL})
    ids = [certificate_id(SELLER, hour % 24, day=DAY + hour // 24) for hour in range(48)]

    @settings(max_examples=25)
    @given(to=st.sampled_from(["seller", "buyer"]), moves=st.lists(one_move, min_size=1, max_size=12))
    def check(to, moves):
        book = {"seller": FULL * 2, "buyer": [0] * 48}
        for hour, wh in moves:
            book["seller"][hour] -= wh
            book[to][hour] += wh
        pairs = [ids[hour] for hour, _ in moves], [wh for _, wh in moves]
        batch(region, "seller", to, *pairs)
        for name, expected in book.items():
            assert holdings(region, name) + holdings(region, name, day=DAY + 1) == expected
        batch(region, to, "seller", *pairs)

    check()


def test_an_hour_of_a_batch_that_is_missing_stops_all_of_it(region):
    issue_days(region, {DAY: FULL})
    ids = [*ids_of(SELLER, range(24)), certificate_id(SELLER, 0)]
    with reverts("ERC1155InsufficientBalance", actor("seller"), 0, 1, ids[0]):
        batch(region, "seller", "buyer", ids, [*FULL, 1])
    assert holdings(region, "seller") == FULL
    assert holdings(region, "buyer") == only({})


def test_a_batch_is_in_pairs_and_not_empty(region, issued):
    with reverts("ERC1155InvalidArrayLength", 1, 2):
        batch(region, "seller", "buyer", [HELD], [1, 1])
    with reverts("GreenCertificate_EmptyBatch"):
        batch(region, "seller", "buyer", [], [])


@pytest.mark.parametrize("amount", [2**32, 2**256 - 1])
def test_an_amount_beyond_the_word_does_not_spill_over(region, issued, amount):
    with reverts("ERC1155InsufficientBalance", actor("seller"), EXPORTS[9], amount, HELD):
        move(region, "seller", "buyer", HELD, amount)
    assert holdings(region, "seller") == EXPORTS


@pytest.mark.parametrize("bit", [0, 16, 24, 56, 88, 89, 255])
def test_a_neighbouring_id_holds_nothing(region, issued, bit):
    """Bit 24 is the next hour, in the same word; nothing was exported in it."""
    assert region.certificates.balanceOf(actor("seller"), HELD ^ (1 << bit)) == 0


# Expiry


@pytest.mark.parametrize(("lifetime", "act"), [(TRANSFERABLE, "move"), (RETIRABLE, "retire")])
def test_certificates_expire_by_the_hour_of_production(region, issued, lifetime, act):
    def attempt(hour):
        held = certificate_id(SELLER, hour)
        return move(region, "seller", "buyer", held, 1) if act == "move" else retire(region, "seller", held, 1)

    expiry = end_of_hour(8) + lifetime
    Region.at(expiry - 1)
    attempt(8)
    Region.at(expiry)
    with reverts("GreenCertificate_Expired", certificate_id(SELLER, 8), expiry, expiry):
        attempt(8)
    attempt(9)


def test_what_cannot_move_any_more_can_still_be_retired(region, issued):
    Region.go(end_of_hour(23) + TRANSFERABLE)
    with reverts("GreenCertificate_Expired", HELD, end_of_hour(9) + TRANSFERABLE, end_of_hour(23) + TRANSFERABLE + 1):
        Region.at(end_of_hour(23) + TRANSFERABLE + 1)
        move(region, "seller", "buyer", HELD, 1)
    retire(region, "seller", HELD, EXPORTS[9])


# Freezes


def test_frozen_certificates_stay_where_they_are(region, issued):
    seller, until = actor("seller"), FINAL + 10 * DAY_SECONDS
    region.certificates.setApprovalForAll(actor("stake_keeper"), True, by("seller"))
    region.freeze(seller, until)
    attempts = [
        lambda: move(region, "seller", "buyer", HELD, 1),
        lambda: batch(region, "seller", "buyer", [HELD], [1]),
        lambda: retire(region, "seller", HELD, 1),
        lambda: region.certificates.retireBatch([([HELD], [1], False, RETIREMENT)], by("seller")),
        lambda: region.certificates.lock(seller, [HELD], [1], by("stake_keeper")),
    ]
    for attempt in attempts:
        with reverts("FreezeList_Frozen", seller, until):
            attempt()
    assert holdings(region, "seller") == EXPORTS
    Region.go(until)
    move(region, "seller", "buyer", HELD, 1)


def test_a_frozen_account_still_receives(region, issued):
    region.freeze(actor("buyer"), FINAL + 10 * DAY_SECONDS)
    move(region, "seller", "buyer", HELD, 5)
    assert holdings(region, "buyer") == only({9: 5})


# Revocation


def test_revoked_certificates_neither_move_nor_retire(region, issued):
    move(region, "seller", "buyer", HELD, 10)
    region.certificates.setApprovalForAll(actor("stake_keeper"), True, by("seller"))
    transaction = region.certificates.revoke(SELLER, DAY, REASON, by("issuer"))
    assert fields(transaction.events["DayRevoked"])["device"] == SELLER
    assert region.certificates.revoked(SELLER, DAY)
    attempts = [
        lambda: move(region, "seller", "buyer", HELD, 1),
        lambda: move(region, "buyer", "seller", HELD, 1),
        lambda: retire(region, "buyer", HELD, 1),
        lambda: retire(region, "seller", certificate_id(SELLER, 23), 1),
        lambda: region.certificates.lock(actor("seller"), [HELD], [1], by("stake_keeper")),
        lambda: deliver(region, "seller", "buyer", only({9: 1})),
    ]
    for attempt in attempts:
        with reverts("GreenCertificate_Revoked", SELLER, DAY):
            attempt()


def test_a_revoked_day_hides_in_no_batch(region):
    issue_days(region, {DAY: FULL, DAY + 1: FULL, DAY + 2: FULL})
    region.certificates.revoke(SELLER, DAY + 1, REASON, by("issuer"))
    ids = [certificate_id(SELLER, 12, day=day) for day in (DAY, DAY, DAY + 2, DAY + 1)]
    with reverts("GreenCertificate_Revoked", SELLER, DAY + 1):
        batch(region, "seller", "buyer", ids, [1] * 4)
    batch(region, "seller", "buyer", ids[:3], [1] * 3)


@pytest.mark.parametrize("hour", [0, 23])
def test_a_revocation_ends_with_its_day_and_device(region, hour):
    Region.go(DAY_END + DAY_SECONDS)
    region.submit(region.device_sheet("prosumer", exports=FULL, day=DAY + 1))
    issue_days(region, {DAY: FULL, DAY + 1: FULL})
    issue(region, PROSUMER, day=DAY + 1)
    region.certificates.revoke(SELLER, DAY + 1, REASON, by("issuer"))
    move(region, "seller", "buyer", certificate_id(SELLER, hour), 1)
    move(region, "prosumer", "buyer", certificate_id(PROSUMER, hour, day=DAY + 1), 1)
    with reverts("GreenCertificate_Revoked", SELLER, DAY + 1):
        move(region, "seller", "buyer", certificate_id(SELLER, hour, day=DAY + 1), 1)


def test_only_what_was_issued_is_revoked_once(region, issued):
    with reverts("GreenCertificate_NotIssued", SELLER, DAY + 1):
        region.certificates.revoke(SELLER, DAY + 1, REASON, by("issuer"))
    with reverts("GreenCertificate_NoReason"):
        region.certificates.revoke(SELLER, DAY, b"\0" * 32, by("issuer"))
    region.certificates.revoke(SELLER, DAY, REASON, by("issuer"))
    with reverts("GreenCertificate_Revoked", SELLER, DAY):
        region.certificates.revoke(SELLER, DAY, REASON, by("issuer"))


# Receiving


def test_a_receiver_takes_from_listed_senders_only(region, issued):
    transaction = region.certificates.restrictReceiving(True, by("buyer"))
    assert fields(transaction.events["ReceivingRestricted"]) == {
        "receiver": actor("buyer").address,
        "listedOnly": True,
    }
    with reverts("GreenCertificate_SenderNotListed", actor("buyer"), actor("seller"), actor("seller")):
        move(region, "seller", "buyer", HELD, 1)
    listed = region.certificates.listSenders([actor("seller")], True, by("buyer"))
    assert fields(listed.events["SendersListed"])["senders"] == (actor("seller").address,)
    move(region, "seller", "buyer", HELD, 1)
    region.certificates.listSenders([actor("seller")], False, by("buyer"))
    with reverts("GreenCertificate_SenderNotListed", actor("buyer"), actor("seller"), actor("seller")):
        move(region, "seller", "buyer", HELD, 1)
    region.certificates.restrictReceiving(False, by("buyer"))
    move(region, "seller", "buyer", HELD, 1)
    assert holdings(region, "buyer") == only({9: 2})


def test_a_listed_operator_sends_for_others(region, issued):
    region.certificates.restrictReceiving(True, by("buyer"))
    region.certificates.listSenders([actor("operator")], True, by("buyer"))
    region.certificates.setApprovalForAll(actor("operator"), True, by("seller"))
    batch(region, "seller", "buyer", [HELD], [1], operator="operator")
    assert region.certificates.accepts(actor("buyer"), actor("seller"), actor("operator"))
    assert not region.certificates.accepts(actor("buyer"), actor("seller"), actor("seller"))
    assert region.certificates.accepts(actor("seller"), actor("buyer"), actor("buyer"))


def test_ones_own_energy_is_always_received(region):
    region.certificates.restrictReceiving(True, by("seller"))
    Region.go(DAY_END)
    measure(region, region.device_sheet("seller", exports=EXPORTS))
    issue(region)
    assert holdings(region, "seller") == EXPORTS


def test_an_empty_list_is_refused(region):
    with reverts("GreenCertificate_EmptyBatch"):
        region.certificates.listSenders([], True, by("buyer"))


# Stake


@pytest.fixture
def locked(region, issued):
    region.certificates.setApprovalForAll(actor("stake_keeper"), True, by("seller"))
    return region.certificates.lock(actor("seller"), ids_of(SELLER, (8, 9)), [50_000, 60_000], by("stake_keeper"))


def test_locked_certificates_neither_move_nor_retire(region, locked):
    told = fields(locked.events["CertificatesLocked"])
    assert (told["keeper"], told["account"], told["amounts"]) == (
        actor("stake_keeper").address,
        actor("seller").address,
        (50_000, 60_000),
    )
    seller, keeper = actor("seller"), actor("stake_keeper")
    assert region.certificates.lockedOf(keeper, seller, HELD) == 60_000
    assert holdings(region, region.certificates) == only({8: 50_000, 9: 60_000})
    with reverts("ERC1155InsufficientBalance", seller, 40_000, 40_001, HELD):
        move(region, "seller", "buyer", HELD, 40_001)
    with reverts("ERC1155InsufficientBalance", seller, 40_000, 40_001, HELD):
        retire(region, "seller", HELD, 40_001)
    with reverts("ERC1155MissingApprovalForAll", seller, region.certificates):
        region.certificates.safeTransferFrom(region.certificates, seller, HELD, 1, b"", by("seller"))


def test_a_keeper_gives_back_what_it_locked(region, locked):
    seller, keeper = actor("seller"), actor("stake_keeper")
    with reverts("ERC1155InsufficientBalance", seller, 60_000, 60_001, HELD):
        region.certificates.unlock(seller, [HELD], [60_001], by("stake_keeper"))
    with reverts("ERC1155InsufficientBalance", actor("buyer"), 0, 1, HELD):
        region.certificates.unlock(actor("buyer"), [HELD], [1], by("stake_keeper"))
    with reverts("ERC1155InvalidArrayLength", 1, 2):
        region.certificates.unlock(seller, [HELD], [1, 1], by("stake_keeper"))
    Region.go(end_of_hour(23) + RETIRABLE)
    unlocked = region.certificates.unlock(seller, [HELD], [60_000], by("stake_keeper"))
    assert fields(unlocked.events["CertificatesUnlocked"])["amounts"] == (60_000,)
    assert region.certificates.balanceOf(seller, HELD) == EXPORTS[9]
    assert region.certificates.lockedOf(keeper, seller, HELD) == 0
    assert region.certificates.lockedOf(keeper, seller, certificate_id(SELLER, 8)) == 50_000


def test_a_keeper_lets_go_only_of_its_own(region, locked):
    region.roles.grantRole(region.roles.STAKE_KEEPER(), actor("second_keeper"), 0, {"from": region.deployer})
    with reverts("ERC1155InsufficientBalance", actor("seller"), 0, 1, HELD):
        region.certificates.unlock(actor("seller"), [HELD], [1], by("second_keeper"))


def test_a_keeper_needs_the_holders_approval(region, issued):
    with reverts("ERC1155MissingApprovalForAll", actor("stake_keeper"), actor("seller")):
        region.certificates.lock(actor("seller"), [HELD], [1], by("stake_keeper"))


def test_the_issuer_does_not_reach_into_the_stake(region, locked):
    with reverts("ERC1155InvalidSender", region.certificates):
        region.certificates.withdraw(region.certificates, [HELD], [1], REASON, by("issuer"))


# Delivery


def deliver(region, source, to, wh):
    return region.certificates.deliver(actor(source), actor(to), SELLER, DAY, pack(wh), by("deliverer"))


def test_a_delivery_hands_over_what_is_there(region, issued):
    move(region, "seller", "prosumer", HELD, 99_000)
    delivered = deliver(region, "seller", "buyer", only({8: 20_000, 9: 5_000, 10: 3}))
    assert plain(delivered.return_value) == pack(only({8: 20_000, 9: 1_000}))
    told = fields(delivered.events["CertificatesDelivered"])
    assert (told["device"], told["day"], told["from"], told["to"]) == (
        SELLER,
        DAY,
        actor("seller").address,
        actor("buyer").address,
    )
    assert told["wh"] == pack(only({8: 20_000, 9: 1_000}))
    assert holdings(region, "buyer") == only({8: 20_000, 9: 1_000})


def test_a_delivery_reaches_every_revision(region, issued):
    raised = region.device_sheet("seller", exports=only({0: 7, 8: 50_000, 9: 104_000, 23: 1}), revision=4)
    correct(region, raised)
    delivered = deliver(region, "seller", "buyer", only({9: 102_000}))
    assert plain(delivered.return_value) == pack(only({9: 102_000}))
    assert holdings(region, "buyer") == only({9: 100_000})
    assert holdings(region, "buyer", revision=4) == only({9: 2_000})


def test_what_was_agreed_is_delivered_in_spite_of_freeze_and_list(region, issued):
    region.freeze(actor("seller"), FINAL + 10 * DAY_SECONDS)
    region.certificates.restrictReceiving(True, by("buyer"))
    deliver(region, "seller", "buyer", only({9: 5}))
    assert holdings(region, "buyer") == only({9: 5})


def test_nothing_there_is_nothing_delivered(region, issued):
    delivered = deliver(region, "buyer", "seller", only({9: 5}))
    assert plain(delivered.return_value) == (0, 0, 0)
    assert "TransferSingle" not in delivered.events
    assert plain(region.certificates.describe(HELD))[2] == FIRST_HOUR + 9
