"""Offers of certificates, and what it takes to buy from them."""

from collections.abc import Sequence
from typing import Any, Final

from brownie import ZERO_ADDRESS

from tests.support.certificates import EXPORTS, SELLER, certificate_id, ids_of, issue_days
from tests.support.region import DAY, FINAL, POINT, Region, actor
from tests.support.signing import key_of, sign

OFFER: Final = {
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
DOMAIN: Final = "Gridleaf CertificateSale"
IDS: Final = tuple(ids_of(SELLER, (8, 9)))
PRICE: Final = POINT // 50  # [point-wei/kWh]
EXPIRY: Final = FINAL + 86_400  # [s]
NO_LIMIT: Final = 2**256 - 1
POINTS: Final = 100 * POINT  # that the buyer has


def offer(**changes: Any) -> tuple[Any, ...]:
    """100 kWh of the day's two best hours at 0.02 point/kWh from the seller to anybody, but for the changes."""
    terms = {
        "seller": actor("seller").address,
        "ids": IDS,
        "wh": 100_000,
        "price": PRICE,
        "buyer": ZERO_ADDRESS,
        "expiry": EXPIRY,
        "nonce": 7,
    }
    unknown = changes.keys() - terms.keys()
    assert not unknown, unknown
    return tuple((terms | changes).values())


def prepare(region: Region) -> None:
    """The seller has certificates and the buyer points; both let the sale move them."""
    issue_days(region, {DAY: EXPORTS})
    region.certificates.setApprovalForAll(region.sale, True, {"from": actor("seller")})
    region.mint(actor("buyer"), POINTS)
    region.points.approve(region.sale, POINTS, {"from": actor("buyer")})


def sign_offer(region: Region, terms: tuple[Any, ...], *, by: str = "seller") -> bytes:
    return sign(key_of(by), region.domain(region.sale, DOMAIN), OFFER, terms)


def buy(
    region: Region,
    terms: tuple[Any, ...],
    *picks: tuple[int, int],
    limit: int = NO_LIMIT,
    deadline: int = EXPIRY,
    by: str = "buyer",
    signature: bytes | None = None,
) -> Any:
    signed = sign_offer(region, terms) if signature is None else signature
    return region.sale.buy(terms, signed, list(picks), limit, deadline, {"from": actor(by)})


def held(region: Region, name: str, certificate: int = certificate_id(SELLER, 9)) -> tuple[int, int]:
    """Points and certificates of an account [point-wei, Wh]."""
    account = actor(name)
    return region.points.balanceOf(account), region.certificates.balanceOf(account, certificate)


def cost(picks: Sequence[tuple[int, int]], price: int = PRICE) -> int:
    """What picks cost, rounded up once [point-wei]."""
    return -(-sum(wh for _, wh in picks) * price // 1_000)
