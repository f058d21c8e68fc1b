"""Certificates as piles of Wh by holder, state and id: nothing is packed, nothing is summed up beforehand.

Every act returns the error that it has to meet, or None when it succeeds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

Hours = Sequence[int]
OWN: Final = "held"
RETIRED: Final = "retired"
LOCKED: Final = "locked"
UTC_OFFSET: Final = 1  # [h]
CARRIER: Final = 3  # of every device of the model
YEAR: Final = 365 * 86_400  # [s]
TRANSFERABLE: Final = YEAR  # after the end of the hour [s]
RETIRABLE: Final = YEAR + 183 * 86_400  # after the end of the hour [s]


class Certificate(NamedTuple):
    """What an id says."""

    device: int
    day: int
    hour: int
    revision: int

    @property
    def number(self) -> int:
        return self.device << 56 | self.unix_hour << 24 | CARRIER << 16 | self.revision

    @property
    def unix_hour(self) -> int:
        return self.day * 24 + self.hour - UTC_OFFSET

    def expired(self, now: int, lifetime: int) -> bool:
        """Whether it has outlived the end of its hour by a lifetime [s]."""
        return now >= (self.unix_hour + 1) * 3_600 + lifetime


Pair = tuple[Certificate, int]


@dataclass
class CertificateModel:
    """Every Wh lies on one pile: held, locked or retired by somebody, or withdrawn."""

    now: int  # [s]
    owners: Mapping[int, str]  # of devices
    sheets: Mapping[tuple[int, int], Hours]  # final, by device and day [Wh]
    piles: Counter[tuple[str, str, Certificate]] = field(default_factory=Counter)  # [Wh]
    withdrawn: Counter[Certificate] = field(default_factory=Counter)  # [Wh]
    reissuable: Counter[Certificate] = field(default_factory=Counter)  # [Wh]
    minted: Counter[Certificate] = field(default_factory=Counter)  # [Wh]
    owed: Counter[int] = field(default_factory=Counter)  # by device [Wh]
    truth: dict[tuple[int, int], list[int]] = field(default_factory=dict)  # of issued days [Wh]
    revisions: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    revoked: set[tuple[int, int]] = field(default_factory=set)
    listed: dict[str, set[str]] = field(default_factory=dict)
    """Who receives from whom only; others receive from everybody."""

    # Issuance

    def issue(self, device: int, day: int) -> str | None:
        place = device, day
        if place in self.truth:
            return "GreenCertificate_AlreadyIssued"
        if not any(self.sheets[place]):
            return "GreenCertificate_NothingExported"
        self.truth[place] = list(self.sheets[place])
        self.revisions[place] = [0]
        self._mint(device, day, 0, self.sheets[place])
        return None

    def _mint(self, device: int, day: int, revision: int, hours: Hours) -> None:
        """Hour after hour pays what is owed before anything is minted."""
        for hour, wh in enumerate(hours):
            kept = min(wh, self.owed[device])
            self.owed[device] -= kept
            if wh > kept:
                self._give(self.owners[device], Certificate(device, day, hour, revision), wh - kept)

    def _give(self, holder: str, certificate: Certificate, wh: int) -> None:
        self.minted[certificate] += wh
        self.piles[OWN, holder, certificate] += wh

    # Movement

    def move(self, source: str, to: str, pairs: Sequence[Pair]) -> str | None:
        error = self._unusable(pairs, TRANSFERABLE)
        if error is None and to in self.listed and source not in self.listed[to]:
            error = "GreenCertificate_SenderNotListed"
        return error or self._shift((OWN, source), (OWN, to), pairs)

    def retire(self, holder: str, pairs: Sequence[Pair]) -> str | None:
        return self._unusable(pairs, RETIRABLE) or self._shift((OWN, holder), (RETIRED, holder), pairs)

    def lock(self, holder: str, pairs: Sequence[Pair]) -> str | None:
        return self._unusable(pairs, TRANSFERABLE) or self._shift((OWN, holder), (LOCKED, holder), pairs)

    def unlock(self, holder: str, pairs: Sequence[Pair]) -> str | None:
        return self._shift((LOCKED, holder), (OWN, holder), pairs)

    def deliver(self, source: str, to: str, place: tuple[int, int], hours: Hours) -> str | None:
        pairs = list(self._found(source, place, hours))
        return self._unusable(pairs, TRANSFERABLE) or self._shift((OWN, source), (OWN, to), pairs)

    def _unusable(self, pairs: Iterable[Pair], lifetime: int) -> str | None:
        for certificate, _ in pairs:
            if certificate.expired(self.now, lifetime):
                return "GreenCertificate_Expired"
            if certificate[:2] in self.revoked:
                return "GreenCertificate_Revoked"
        return None

    def _shift(self, source: tuple[str, str], to: tuple[str, str] | None, pairs: Sequence[Pair]) -> str | None:
        taken: Counter[Certificate] = Counter()
        for certificate, wh in pairs:
            if wh == 0:
                return "HourlyHoldings_ZeroAmount"
            taken[certificate] += wh
            if taken[certificate] > self.piles[*source, certificate]:
                return "ERC1155InsufficientBalance"
        for certificate, wh in taken.items():
            self.piles[*source, certificate] -= wh
            if to is not None:
                self.piles[*to, certificate] += wh
        return None

    def _found(self, holder: str, place: tuple[int, int], hours: Hours) -> Iterable[Pair]:
        """What a holder has of a device-day, hour by hour, older revisions first."""
        for hour, wanted in enumerate(hours):
            missing = wanted
            for revision in self.revisions.get(place, []):
                certificate = Certificate(*place, hour, revision)
                wh = min(missing, self.piles[OWN, holder, certificate])
                missing -= wh
                if wh:
                    yield certificate, wh

    # The issuer

    def withdraw(self, holder: str, pairs: Sequence[Pair]) -> str | None:
        error = self._shift((OWN, holder), None, pairs)
        if error is None:
            for certificate, wh in pairs:
                self.withdrawn[certificate] += wh
                self.reissuable[certificate] += wh
        return error

    def reissue(self, place: tuple[int, int], pairs: Sequence[Pair]) -> str | None:
        if place not in self.truth:
            return "GreenCertificate_NotIssued"
        asked: Counter[Certificate] = Counter()
        for certificate, wh in pairs:
            asked[certificate] += wh
            if asked[certificate] > self.reissuable[certificate]:
                return "GreenCertificate_AboveWithdrawn"
        if any(wh == 0 for _, wh in pairs):
            return "HourlyHoldings_ZeroAmount"
        revision = self.revisions[place][-1] + 1
        self.revisions[place].append(revision)
        for certificate, wh in pairs:
            self.reissuable[certificate] -= wh
            self._give(self.owners[place[0]], certificate._replace(revision=revision), wh)
        return None

    def revoke(self, place: tuple[int, int]) -> str | None:
        if place not in self.truth:
            return "GreenCertificate_NotIssued"
        if place in self.revoked:
            return "GreenCertificate_Revoked"
        self.revoked.add(place)
        return None

    def correct(self, place: tuple[int, int], hours: Hours, *, revision: int, signed: bool) -> str | None:
        if place not in self.truth:
            return "GreenCertificate_NotIssued"
        if revision <= self.revisions[place][-1]:
            return "GreenCertificate_RevisionRefused"
        differences = [new - old for old, new in zip(self.truth[place], hours, strict=True)]
        raised = [max(wh, 0) for wh in differences]
        if any(raised) and not signed:
            return "GreenCertificate_BadSignature"
        lowered = [max(-wh, 0) for wh in differences]
        back = list(self._found(self.owners[place[0]], place, lowered))
        self._shift((OWN, self.owners[place[0]]), None, back)
        self.withdrawn.update(dict(back))
        self.owed[place[0]] += sum(lowered) - sum(wh for _, wh in back)
        self.truth[place] = list(hours)
        self.revisions[place].append(revision)
        self._mint(*place, revision, raised)
        return None

    # What there is

    def certificates(self) -> list[Certificate]:
        return sorted(self.minted)

    def live(self, certificate: Certificate, state: str) -> int:
        """All piles of a certificate in a state [Wh]."""
        return sum(wh for (kind, _, found), wh in self.piles.items() if kind == state and found == certificate)

    def total(self, counts: Counter[Certificate], device: int) -> int:
        return sum(wh for certificate, wh in counts.items() if certificate.device == device)
