"""What is retired and offered of certificates. Energy in Wh, int."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offchain.chain.keys import NOBODY


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Certificates that their holder retires."""

    lots: Sequence[tuple[int, int]]
    """Id of each certificate and how much of it [Wh]."""
    hourly: bool
    """Consumed in the hours of production: all of them lie in the consumption period."""
    beneficiary: str
    purpose: str
    hours: range
    """Consumption period, in unix hours."""
    country: str
    """ISO 3166-1 alpha-2, upper case."""

    @property
    def message(self) -> Mapping[str, Any]:
        """As IGreenCertificate.Claim."""
        return {
            "ids": [identifier for identifier, _ in self.lots],
            "amounts": [wh for _, wh in self.lots],
            "hourly": self.hourly,
            "retirement": {
                "beneficiary": self.beneficiary,
                "purpose": self.purpose,
                "periodStart": self.hours.start,
                "periodEnd": self.hours.stop,
                "country": self.country.encode(),
            },
        }


@dataclass(frozen=True, kw_only=True)
class CertificateOffer:
    """Certificates that their holder sells, energy aside."""

    seller: str
    """Account."""
    ids: tuple[int, ...]
    """Certificates to choose from."""
    wh: int
    """The most that is sold of all of them together [Wh]."""
    price: int
    """[point-wei/kWh]"""
    buyer: str = NOBODY
    """Account; else anybody."""
    expiry: int
    """Last time at which it can be taken [s]."""
    nonce: int
    """Offers with one nonce share what was sold."""

    @property
    def message(self) -> Mapping[str, Any]:
        """What `OFFER` signs of it."""
        return {
            "seller": self.seller,
            "ids": list(self.ids),
            "wh": self.wh,
            "price": self.price,
            "buyer": self.buyer,
            "expiry": self.expiry,
            "nonce": self.nonce,
        }


@dataclass(frozen=True, kw_only=True)
class Pick:
    """What a buyer takes of an offer."""

    index: int
    """Among the offered ids."""
    wh: int
    """[Wh]"""

    @property
    def message(self) -> Mapping[str, Any]:
        """As ICertificateSale.Pick."""
        return {"index": self.index, "wh": self.wh}
