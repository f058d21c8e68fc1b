"""What is sent to the contracts of the market: agreements, margin, settlement, close, shares, reconciliation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offchain.chain.batches import batches
from offchain.chain.client import Client
from offchain.chain.keys import Key
from offchain.chain.sender import Transaction
from offchain.chain.typed_data import domain_of
from offchain.market.offers import Offer
from offchain.market.papers import OFFER_TYPES
from offchain.members.records import DaySheet
from offchain.members.sheet_words import register_words
from offchain.points.papers import PERMIT

MARKET, DESK, OFFERS = "BilateralMarket", "MarginDesk", "OfferDesk"
RESIDUALS, RECONCILIATION = "ResidualSettlement", "Reconciliation"
POINTS = "PowerPoint"
MATCH_BATCH = 50
SETTLE_BATCH = 100
CLOSE_BATCH = 100
RECONCILE_BATCH = 50


@dataclass(frozen=True, kw_only=True)
class SignedOffer:
    """An offer and its maker's signature."""

    offer: Offer
    signature: bytes


@dataclass(frozen=True, kw_only=True)
class MarginDeposit:
    """Points that a member's account pays into its margin account."""

    member: int
    amount: int
    """[point-wei]"""
    key: Key
    """Of the account."""
    nonce: int = 0
    """How many permits the account has used up."""


@dataclass(frozen=True, kw_only=True)
class FormerSheets:
    """An agreement of which a sheet has changed, and what the sheets said when it was settled."""

    index: int
    """Of the agreement within its day."""
    seller: DaySheet
    buyer: DaySheet


def sign_offers(client: Client, offers: Sequence[Offer], *, keys: Mapping[int, Key]) -> list[SignedOffer]:
    """The offers, each signed by its maker; `keys` by member."""
    domain = domain_of(client, client.contract(OFFERS))
    return [
        SignedOffer(offer=offer, signature=domain.sign(keys[offer.member], OFFER_TYPES, offer.message))
        for offer in offers
    ]


def register_matches(
    client: Client, matches: Sequence[tuple[SignedOffer, SignedOffer]], *, key: Key
) -> list[Transaction]:
    """Make agreements of sales and purchases that meet, up to 50 in a transaction. Anybody may."""
    desk = client.contract(OFFERS)
    return [
        Transaction(desk("register", [_match(sale, purchase) for sale, purchase in batch]), key, items=len(batch))
        for batch in batches(matches, MATCH_BATCH)
    ]


def agreements(client: Client) -> list[int]:
    """Ids of all agreements, in the order of their registration.

    Raises:
        ChainError: the chain does not answer.
    """
    return [event.values.id for event in client.events(client.contract(MARKET), "AgreementRegistered")]


def deposit_margin(client: Client, member: int, *, amount: int, key: Key) -> list[Transaction]:
    """Pay points into a member's margin account [point-wei]; the desk has an allowance of the payer's."""
    return [Transaction(client.contract(DESK)("deposit", member, amount), key)]


def deposit_by_permit(client: Client, deposits: Sequence[MarginDeposit], *, deadline: int) -> list[Transaction]:
    """Pay points into margin accounts by permits that hold until `deadline` [s], so that no allowance comes before."""
    desk = client.contract(DESK)
    domain = domain_of(client, client.contract(POINTS))
    transactions = []
    for deposit in deposits:
        permit = {
            "owner": deposit.key.address,
            "spender": desk.address,
            "value": deposit.amount,
            "nonce": deposit.nonce,
            "deadline": deadline,
        }
        signature = domain.sign(deposit.key, PERMIT, permit)
        r, s, v = signature[:32], signature[32:64], signature[64]
        call = desk("depositWithPermit", deposit.member, deposit.amount, deadline, v, r, s)
        transactions.append(Transaction(call, deposit.key))
    return transactions


def withdraw_margin(client: Client, amount: int, *, key: Key) -> list[Transaction]:
    """Pay points out of the margin account of the member whom the key serves [point-wei]."""
    return [Transaction(client.contract(DESK)("withdraw", amount), key)]


def settle(client: Client, indices: Sequence[int], *, day: int, key: Key) -> list[Transaction]:
    """Settle agreements of a market day by their indices, up to 100 in a transaction. Anybody may."""
    market = client.contract(MARKET)
    return [
        Transaction(market("settle", day, batch), key, items=len(batch)) for batch in batches(indices, SETTLE_BATCH)
    ]


def settle_residuals(client: Client, members: Sequence[int], *, day: int, key: Key) -> list[Transaction]:
    """Settle what members metered outside agreements, up to 100 in a transaction. Anybody may."""
    contract = client.contract(RESIDUALS)
    return [
        Transaction(contract("settle", day, batch), key, items=len(batch)) for batch in batches(members, SETTLE_BATCH)
    ]


def close_day(client: Client, defaulted: Sequence[int], *, day: int, key: Key) -> list[Transaction]:
    """Close a market day: the penalties of defaulted agreements enter the pool, up to 100 in a transaction.

    Anybody may. Without any default one empty transaction closes the day.
    """
    market = client.contract(MARKET)
    pages: Sequence[Sequence[int]] = batches(defaulted, CLOSE_BATCH) or [[]]
    return [Transaction(market("close", day, page), key, items=len(page)) for page in pages]


def claim_shares(client: Client, members: Sequence[int], *, key: Key) -> list[Transaction]:
    """Book members' shares of penalties to their margin accounts, one in a transaction. Anybody may."""
    market = client.contract(MARKET)
    return [Transaction(market("claim", member), key) for member in members]


def reconcile(client: Client, entries: Sequence[FormerSheets], *, day: int, key: Key) -> list[Transaction]:
    """Settle agreements again by their final sheets, up to 50 in a transaction. Anybody may."""
    contract = client.contract(RECONCILIATION)
    return [
        Transaction(contract("reconcile", day, [_former(entry) for entry in batch]), key, items=len(batch))
        for batch in batches(entries, RECONCILE_BATCH)
    ]


def reconcile_residuals(client: Client, former: Sequence[DaySheet], *, day: int, key: Key) -> list[Transaction]:
    """Settle again what members metered outside agreements, up to 100 in a transaction. Anybody may.

    `former` is what their sheets said when the day was settled.
    """
    contract = client.contract(RESIDUALS)
    return [
        Transaction(
            contract("reconcile", day, [sheet.member for sheet in batch], [_words(sheet) for sheet in batch]),
            key,
            items=len(batch),
        )
        for batch in batches(former, SETTLE_BATCH)
    ]


def _match(sale: SignedOffer, purchase: SignedOffer) -> Mapping[str, Any]:
    return {
        "sale": sale.offer.message,
        "purchase": purchase.offer.message,
        "saleSignature": sale.signature,
        "purchaseSignature": purchase.signature,
    }


def _former(entry: FormerSheets) -> Mapping[str, Any]:
    return {"index": entry.index, "seller": _words(entry.seller), "buyer": _words(entry.buyer)}


def _words(sheet: DaySheet) -> Mapping[str, Any]:
    return register_words(sheet.import_wh, sheet.export_wh)
