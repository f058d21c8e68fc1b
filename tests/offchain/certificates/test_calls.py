"""Certificates: what is sent says what was given, and the seller's signature is over its offer."""

from types import SimpleNamespace

import pytest

from offchain.certificates import calls
from offchain.certificates.records import CertificateOffer, Claim, Pick
from offchain.chain.keys import NOBODY
from offchain.members.sheet_words import pack
from offchain.members.signer import MeterSheet
from tests.support.paper_client import PaperClient, decoded, key_of, sent, signed_by

OFFER = {
    "Offer": [
        {"name": "seller", "type": "address"},
        {"name": "ids", "type": "uint256[]"},
        {"name": "wh", "type": "uint256"},
        {"name": "price", "type": "uint256"},
        {"name": "buyer", "type": "address"},
        {"name": "expiry", "type": "uint64"},
        {"name": "nonce", "type": "uint256"},
    ]
}
HOLDER = key_of("holder")


@pytest.fixture
def client():
    return PaperClient("GreenCertificate", "CertificateSale")


def claim(*lots):
    return Claim(lots=lots, hourly=True, beneficiary="The mill", purpose="milling", hours=range(40, 43), country="DE")


def test_days_are_issued_one_device_in_a_transaction(client):
    assert sent(client, calls.issue_days(client, [3, 5], day=17_000, key=HOLDER)) == [
        ("GreenCertificate", "issueDay", (3, 17_000), "paper holder"),
        ("GreenCertificate", "issueDay", (5, 17_000), "paper holder"),
    ]
    assert calls.issue_days(client, [], day=17_000, key=HOLDER) == []


def test_all_claims_are_retired_in_one_transaction(client):
    (transaction,) = calls.retire(client, [claim((7, 100), (8, 200)), claim((9, 300))], key=HOLDER)
    retirement = ("The mill", "milling", 40, 43, b"DE")
    claims = (((7, 8), (100, 200), True, retirement), ((9,), (300,), True, retirement))
    assert sent(client, [transaction]) == [("GreenCertificate", "retireBatch", (claims,), "paper holder")]
    assert transaction.items == 2
    assert calls.retire(client, [], key=HOLDER) == []


def test_a_day_is_corrected_by_the_issuer_alone_or_with_the_meter_s_signature(client):
    imports, exports = (0,) * 24, tuple(range(24))
    sheet = MeterSheet(meter=2**31 + 3, day=17_000, revision=4, import_wh=imports, export_wh=exports)
    reason, message = b"\x0a" * 32, (2**31 + 3, 17_000, 4, pack(imports), pack(exports))
    for signature in (b"", b"\x01" * 65):
        transactions = calls.correct(client, sheet, reason=reason, key=HOLDER, signature=signature)
        assert sent(client, transactions) == [
            ("GreenCertificate", "correct", (message, signature, reason), "paper holder")
        ]


def test_a_signed_offer_is_bought_in_parts(client):
    terms = {"seller": HOLDER.address, "ids": (7, 8), "wh": 500, "price": 10**16, "expiry": 99, "nonce": 6}
    offer, buyer = CertificateOffer(**terms), key_of("buyer")
    signature = calls.sign_offer(client, offer, key=HOLDER)
    message = (HOLDER.address, (7, 8), 500, 10**16, NOBODY, 99, 6)
    paper = {"types": OFFER, "message": message, "signature": signature}
    assert signed_by(client, "CertificateSale", **paper) == HOLDER.address
    picks = [Pick(index=0, wh=100), Pick(index=1, wh=200)]
    bought = calls.buy(client, offer, signature=signature, picks=picks, limit=10**17, deadline=50, key=buyer)
    arguments = (message, signature, ((0, 100), (1, 200)), 10**17, 50)
    assert sent(client, bought) == [("CertificateSale", "buy", arguments, "paper buyer")]


def test_the_sale_may_move_certificates(client):
    sale = client.contract("CertificateSale").address
    assert sent(client, calls.allow_sale(client, key=HOLDER)) == [
        ("GreenCertificate", "setApprovalForAll", (sale, True), "paper holder")
    ]


def test_certificates_are_counted_by_id_and_their_sellers_in_the_order_of_the_sales(client, monkeypatch):
    asked = []
    monkeypatch.setattr(client, "call", lambda call: asked.append(decoded(client, call)) or (500, 0))
    assert calls.balances(client, HOLDER.address, ids=[7, 8]) == [500, 0]
    assert asked == [("GreenCertificate", "balanceOfBatch", ((HOLDER.address,) * 2, (7, 8)))]
    client.answers["GreenAgreementSigned"] = [SimpleNamespace(seller=seller, buyer=1) for seller in (5, 3)]
    assert calls.sellers(client) == [5, 3]
