"""Who has retired which certificates for whom, from the events of the chain."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from offchain.certificates.ids import CertificateId, unpack_id
from offchain.index.records import IndexedEvent
from offchain.market_time import MarketCalendar


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Retired energy of one certificate."""

    certificate: CertificateId
    wh: int
    revoked: bool
    """The issuer has revoked its device-day, so that it proves nothing any more."""

    @property
    def counts(self) -> bool:
        """Trial certificates and revoked ones prove nothing."""
        return not (self.revoked or self.certificate.trial)


@dataclass(frozen=True, kw_only=True)
class Retirement:
    """One `CertificatesRetired` event."""

    holder: str
    beneficiary: str
    purpose: str
    country: str
    hours: range
    """Consumption period, in unix hours."""
    lots: tuple[Lot, ...]
    time: int
    transaction: str

    @property
    def wh(self) -> int:
        """All of it [Wh]."""
        return sum(lot.wh for lot in self.lots)


def retirements_of(events: Sequence[IndexedEvent], calendar: MarketCalendar) -> list[Retirement]:
    """Every retirement in the order of the chain, revoked or not as the events have it at their end."""
    certificates = [event for event in events if event.contract == "GreenCertificate"]
    revoked = {(e.values["device"], e.values["day"]) for e in certificates if e.name == "DayRevoked"}
    return [_retirement(event, revoked, calendar) for event in certificates if event.name == "CertificatesRetired"]


def retired_in(retirements: Iterable[Retirement]) -> Counter[tuple[int, int]]:
    """Retired energy that counts, by unix hour of production and code of the carrier [Wh]."""
    found: Counter[tuple[int, int]] = Counter()
    for retirement in retirements:
        for lot in retirement.lots:
            if lot.counts:
                found[lot.certificate.hour, lot.certificate.carrier] += lot.wh
    return found


def _retirement(event: IndexedEvent, revoked: set[tuple[int, int]], calendar: MarketCalendar) -> Retirement:
    values = event.values
    ids = [unpack_id(number) for number in values["ids"]]
    return Retirement(
        holder=values["holder"],
        beneficiary=values["beneficiary"],
        purpose=values["purpose"],
        country=bytes.fromhex(values["country"][2:]).decode("ascii"),
        hours=range(values["periodStart"], values["periodEnd"]),
        lots=tuple(
            Lot(certificate=c, wh=wh, revoked=(c.device, calendar.day_of_hour(c.hour)) in revoked)
            for c, wh in zip(ids, values["amounts"], strict=True)
        ),
        time=event.time,
        transaction=event.transaction,
    )
