"""The market: what is sent says what was given, in batches that the contracts take, signed by whom it says."""

from types import SimpleNamespace

import pytest

from offchain.market import calls
from offchain.market.calls import FormerSheets, MarginDeposit
from offchain.market.offers import Offer, Side
from offchain.members.records import DaySheet
from offchain.members.sheet_words import pack
from tests.support.paper_client import PaperClient, key_of, sent, signed_by
from tests.support.signing import OFFER, PERMIT

DAY, FOREVER = 17_000, 2**64 - 1
COURIER = key_of("courier")
IMPORTS, EXPORTS = tuple(range(24)), tuple(range(100, 124))


@pytest.fixture
def client():
    return PaperClient(
        "BilateralMarket", "OfferDesk", "MarginDesk", "ResidualSettlement", "Reconciliation", "PowerPoint"
    )


def pair(nonce):
    """Member 2 sells to member 3."""
    common = {"nonce": nonce, "wh_per_hour": 9, "first_hour": DAY * 24, "hours": 2, "price": 10**14, "expiry": FOREVER}
    return (
        Offer(member=2, side=Side.SELL, counterparty=3, bundled=True, partial=False, **common),
        Offer(member=3, side=Side.BUY, counterparty=2, bundled=False, partial=True, **common),
    )


def sheet(member):
    return DaySheet(member=member, import_wh=IMPORTS, export_wh=EXPORTS)


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (50, [50]), (51, [50, 1])])
def test_matches_are_registered_up_to_50_in_a_transaction_with_both_signatures(client, count, sizes):
    keys = {2: key_of("seller"), 3: key_of("buyer")}
    matches = [tuple(calls.sign_offers(client, pair(nonce), keys=keys)) for nonce in range(count)]
    transactions = calls.register_matches(client, matches, key=COURIER)
    assert [transaction.items for transaction in transactions] == sizes
    registered = []
    for contract, function, (batch,), key in sent(client, transactions):
        assert (contract, function, key) == ("OfferDesk", "register", "paper courier")
        registered += batch
    window = (9, DAY * 24, 2, 10**14)
    assert [(sale, purchase) for sale, purchase, _, _ in registered] == [
        ((2, True, 3, *window, True, False, FOREVER, nonce), (3, False, 2, *window, False, True, FOREVER, nonce))
        for nonce in range(count)
    ]
    for sale, purchase, by_seller, by_buyer in registered[-1:]:
        for message, signature in ((sale, by_seller), (purchase, by_buyer)):
            paper = {"types": OFFER, "message": message, "signature": signature}
            assert signed_by(client, "OfferDesk", **paper) == keys[message[0]].address


def test_agreements_are_told_in_the_order_of_their_registration(client):
    client.answers["AgreementRegistered"] = [SimpleNamespace(id=DAY << 32 | place, price=1) for place in (0, 1)]
    assert calls.agreements(client) == [DAY << 32, DAY << 32 | 1]


def test_margin_is_deposited_by_permit_or_allowance_and_withdrawn(client):
    first, second = key_of("first"), key_of("second")
    deposits = [MarginDeposit(member=4, amount=5, key=first), MarginDeposit(member=6, amount=7, key=second, nonce=8)]
    by_permit = sent(client, calls.deposit_by_permit(client, deposits, deadline=FOREVER))
    desk = client.contract("MarginDesk").address
    for (contract, function, arguments, key), deposit in zip(by_permit, deposits, strict=True):
        assert (contract, function, key) == ("MarginDesk", "depositWithPermit", deposit.key.name)
        member, amount, deadline, v, r, s = arguments
        assert (member, amount, deadline) == (deposit.member, deposit.amount, FOREVER)
        message = (deposit.key.address, desk, amount, deposit.nonce, FOREVER)
        paper = {"types": PERMIT, "message": message, "signature": r + s + bytes([v])}
        assert signed_by(client, "PowerPoint", **paper) == deposit.key.address
    transactions = [
        *calls.deposit_margin(client, 4, amount=5, key=second),
        *calls.withdraw_margin(client, 6, key=first),
    ]
    assert sent(client, transactions) == [
        ("MarginDesk", "deposit", (4, 5), "paper second"),
        ("MarginDesk", "withdraw", (6,), "paper first"),
    ]


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1])])
@pytest.mark.parametrize(
    ("builder", "contract"), [(calls.settle, "BilateralMarket"), (calls.settle_residuals, "ResidualSettlement")]
)
def test_a_day_is_settled_up_to_100_in_a_transaction(client, builder, contract, count, sizes):
    transactions = builder(client, range(1, count + 1), day=DAY, key=COURIER)
    assert [transaction.items for transaction in transactions] == sizes
    found = sent(client, transactions)
    assert {(*call[:2], call[2][0], call[3]) for call in found} <= {(contract, "settle", DAY, "paper courier")}
    assert [number for call in found for number in call[2][1]] == list(range(1, count + 1))


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (1, [1]), (100, [100]), (101, [100, 1])])
def test_a_day_is_closed_page_by_page_and_without_any_default_by_an_empty_one(client, count, sizes):
    transactions = calls.close_day(client, range(count), day=DAY, key=COURIER)
    assert [transaction.items for transaction in transactions] == sizes
    found = sent(client, transactions)
    assert {(*call[:2], call[2][0]) for call in found} == {("BilateralMarket", "close", DAY)}
    assert [number for call in found for number in call[2][1]] == list(range(count))


def test_shares_are_claimed_one_by_one(client):
    assert sent(client, calls.claim_shares(client, [5, 7], key=COURIER)) == [
        ("BilateralMarket", "claim", (5,), "paper courier"),
        ("BilateralMarket", "claim", (7,), "paper courier"),
    ]


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (50, [50]), (51, [50, 1])])
def test_agreements_are_reconciled_up_to_50_in_a_transaction(client, count, sizes):
    entries = [FormerSheets(index=index, seller=sheet(2), buyer=sheet(3)) for index in range(count)]
    transactions = calls.reconcile(client, entries, day=DAY, key=COURIER)
    assert [transaction.items for transaction in transactions] == sizes
    found = sent(client, transactions)
    assert {(*call[:2], call[2][0]) for call in found} <= {("Reconciliation", "reconcile", DAY)}
    words = pack(IMPORTS), pack(EXPORTS)
    assert [entry for call in found for entry in call[2][1]] == [(index, words, words) for index in range(count)]


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1])])
def test_energy_outside_agreements_is_reconciled_up_to_100_in_a_transaction(client, count, sizes):
    transactions = calls.reconcile_residuals(client, [sheet(m) for m in range(count)], day=DAY, key=COURIER)
    assert [transaction.items for transaction in transactions] == sizes
    found = sent(client, transactions)
    assert {(*call[:2], call[2][0]) for call in found} <= {("ResidualSettlement", "reconcile", DAY)}
    words = pack(IMPORTS), pack(EXPORTS)
    assert [member for call in found for member in call[2][1]] == list(range(count))
    assert [former for call in found for former in call[2][2]] == [words] * count
