"""What is sent to the contracts of certificates: issued, retired, corrected, sold."""

from collections.abc import Sequence

from offchain.certificates.papers import OFFER
from offchain.certificates.records import CertificateOffer, Claim, Pick
from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction
from offchain.chain.typed_data import domain_of
from offchain.members.signer import MeterSheet

CERTIFICATES, SALE = "GreenCertificate", "CertificateSale"


def issue_days(client: Client, devices: Sequence[int], *, day: int, key: Key) -> list[Transaction]:
    """Issue the certificates of a market day, one device in a transaction. Anybody may."""
    contract = client.contract(CERTIFICATES)
    return [Transaction(contract("issueDay", device, day), key) for device in devices]


def balances(client: Client, account: str, *, ids: Sequence[int]) -> list[int]:
    """What an account holds of certificates [Wh], in the order of their ids.

    Raises:
        ChainError: the chain does not answer.
    """
    return list(client.call(client.contract(CERTIFICATES)("balanceOfBatch", [account] * len(ids), ids)))


def retire(client: Client, claims: Sequence[Claim], *, key: Key) -> list[Transaction]:
    """Retire certificates of the key's account, all claims in one transaction; nothing without any."""
    if not claims:
        return []
    call = client.contract(CERTIFICATES)("retireBatch", [claim.message for claim in claims])
    return [Transaction(call, key, items=len(claims))]


def correct(client: Client, sheet: MeterSheet, *, reason: bytes, key: Key, signature: bytes = b"") -> list[Transaction]:
    """Correct what a device's day was certified for.

    Args:
        client: of the chain.
        sheet: the corrected one, with a revision above all earlier ones.
        reason: hash of the decision.
        key: the issuer's.
        signature: the meter's, needed where an hour is raised.

    Raises:
        InputError: not 24 values, or one does not fit its type.
    """
    return [Transaction(client.contract(CERTIFICATES)("correct", sheet.message, signature, reason), key)]


def allow_sale(client: Client, *, key: Key) -> list[Transaction]:
    """Let the sale move certificates of the key's account."""
    sale = client.contract(SALE).address
    return [Transaction(client.contract(CERTIFICATES)("setApprovalForAll", sale, True), key)]


def sign_offer(client: Client, offer: CertificateOffer, *, key: Key) -> bytes:
    """The seller's signature under an offer."""
    return domain_of(client, client.contract(SALE)).sign(key, OFFER, offer.message)


def buy(
    client: Client,
    offer: CertificateOffer,
    *,
    signature: bytes,
    picks: Sequence[Pick],
    limit: int,
    deadline: int,
    key: Key,
) -> list[Transaction]:
    """Buy certificates of an offer; the sale has an allowance of points by the buyer.

    Args:
        client: of the chain.
        offer: as its seller has signed it.
        signature: the seller's.
        picks: what is taken of it.
        limit: the most that the buyer pays [point-wei/kWh].
        deadline: last time at which the buyer wants it [s].
        key: the buyer's.
    """
    taken = [pick.message for pick in picks]
    call = client.contract(SALE)("buy", offer.message, signature, taken, limit, deadline)
    return [Transaction(call, key, items=len(taken))]


def sellers(client: Client) -> list[int]:
    """Members whose certificates were bought, in the order of the sales.

    Raises:
        ChainError: the chain does not answer.
    """
    return [event.values.seller for event in client.events(client.contract(SALE), "GreenAgreementSigned")]
