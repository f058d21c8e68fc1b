"""Lines of a statement: what happened to a member's certificates, allowances and rewards, each with its transaction."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from offchain.certificates.ids import unpack_id
from offchain.chain.keys import NOBODY
from offchain.index.records import IndexedEvent, Plain
from offchain.quotas.records import OFFSETS

CERTIFICATES, ALLOWANCES, CERTIFIED_OFFSETS, REWARDS = "certificates", "allowances", "offsets", "rewards"
"""Books; that of allowances is followed by their year."""

_CAUSES = ("welcome", "clean energy sold", "clean energy bought", "clean energy used", "computing", "block")
_CREDIT_ENDS = {"CreditSpent": "spent on a bill", "CreditExpired": "expired"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A movement; the transaction proves it."""

    book: str
    """As `CERTIFICATES` and so on."""
    what: str
    amount: int
    """Signed, in `unit`."""
    detail: str
    paid: int = 0
    """Points that moved against it, positive when received [point-wei]."""
    time: int
    """Of the block [s, unix]."""
    transaction: str

    @property
    def unit(self) -> str:
        """Of the amount."""
        return {CERTIFICATES: "Wh", REWARDS: "point-wei"}.get(self.book, "gCO2e")


@dataclass(frozen=True, kw_only=True)
class Party:
    """Whose lines they are."""

    member: int
    accounts: frozenset[str]
    """All that have served it."""
    devices: frozenset[int]


def certificate_lines(events: Sequence[IndexedEvent], party: Party, *, contract: str) -> list[Line]:
    """What a member's accounts got and gave of certificates; `contract` is the address of GreenCertificate."""
    sales = {e.transaction: e.values for e in events if e.name == "GreenAgreementSigned"}
    delivered = {e.transaction for e in events if e.name == "CertificatesDelivered"}
    lines = []
    for event in events:
        if event.contract != "GreenCertificate":
            continue
        if event.name in {"TransferSingle", "TransferBatch"}:
            lines += _moved(event, party, sales, delivered, contract)
        elif event.name in _CERTIFICATE_EVENTS:
            line = _CERTIFICATE_EVENTS[event.name](event, party)
            lines += [line] if line else []
    return lines


def quota_lines(events: Iterable[IndexedEvent], member: int) -> list[Line]:
    """What a member got and gave of allowances and offsets; the book of a settled year sums to zero."""
    lines = []
    settled = 0
    for event in events:
        if event.contract != "CarbonQuota":
            continue
        if event.name == "YearSettled" and event.values["member"] == member:
            settled = event.values["year"]
        if event.name == "LateAllowanceBanked":
            lines += _banked_late(event, member, open_year=settled + 1)
        elif event.name in _QUOTA_EVENTS:
            lines += _QUOTA_EVENTS[event.name](event, member)
    return lines


def reward_lines(events: Iterable[IndexedEvent], member: int) -> list[Line]:
    """Credit that a member was granted, spent on bills or let expire."""
    lines = []
    for event in events:
        values = event.values
        if event.contract != "RewardPool" or values.get("member") != member:
            continue
        if event.name == "Rewarded":
            day = f"market day {values['day']}"
            lines.append(_line(event, REWARDS, _CAUSES[values["cause"]], values["granted"], day))
        elif event.name in _CREDIT_ENDS:
            lines.append(_line(event, REWARDS, _CREDIT_ENDS[event.name], -values["amount"]))
    return lines


def span(ids: Sequence[int]) -> str:
    """Which certificates, in words: devices and number of hours."""
    parts = [unpack_id(number) for number in ids]
    devices = sorted({part.device for part in parts})
    hours = len({part.hour for part in parts})
    named = ", ".join(map(str, devices))
    trial = ", trial" if any(part.trial for part in parts) else ""
    return f"device{'s' if len(devices) > 1 else ''} {named}, {hours} hour{'s' if hours > 1 else ''}{trial}"


def _line(event: IndexedEvent, book: str, what: str, amount: int, detail: str = "", *, paid: int = 0) -> Line:
    return Line(
        book=book,
        what=what,
        amount=amount,
        detail=detail,
        paid=paid,
        time=event.time,
        transaction=event.transaction,
    )


def _moved(
    event: IndexedEvent,
    party: Party,
    sales: Mapping[str, Mapping[str, Plain]],
    delivered: Collection[str],
    contract: str,
) -> list[Line]:
    """Issuance, transfer, locking; retirement and withdrawal have events of their own that say more."""
    values = event.values
    ids, amounts = _batch(values)
    source, target, wh, what = values["from"], values["to"], sum(amounts), span(ids)
    if target == NOBODY:
        return []
    sale = sales.get(event.transaction)
    names = ("issued", "issued") if source == NOBODY else ("received", "sent")
    if contract in {source, target}:
        names = ("unlocked", "locked")
    elif event.transaction in delivered:
        names = ("delivered to it by agreement", "delivered by agreement")
    elif sale is not None:
        names = ("bought", "sold")
    paid = sale["paid"] if sale is not None else 0
    lines = []
    if source in party.accounts:
        lines.append(_line(event, CERTIFICATES, names[1], -wh, what, paid=paid))
    if target in party.accounts:
        lines.append(_line(event, CERTIFICATES, names[0], wh, what, paid=-paid))
    return lines


def _batch(values: Mapping[str, Plain]) -> tuple[Sequence[int], Sequence[int]]:
    return (values["ids"], values["values"]) if "ids" in values else ([values["id"]], [values["value"]])


def _retired(event: IndexedEvent, party: Party) -> Line | None:
    values = event.values
    if values["holder"] not in party.accounts:
        return None
    detail = f"{span(values['ids'])}; for {values['beneficiary']}: {values['purpose']}"
    return _line(event, CERTIFICATES, "retired", -sum(values["amounts"]), detail)


def _withdrawn(event: IndexedEvent, party: Party) -> Line | None:
    values = event.values
    if values["holder"] not in party.accounts:
        return None
    detail = f"{span(values['ids'])}; reason {values['reason']}"
    return _line(event, CERTIFICATES, "withdrawn by the issuer", -sum(values["amounts"]), detail)


def _corrected(event: IndexedEvent, party: Party) -> Line | None:
    values = event.values
    if values["device"] not in party.devices:
        return None
    owed = values["lowered"] - values["withdrawn"]
    detail = f"device {values['device']}, market day {values['day']}; {owed} Wh kept back from the next issuance"
    return _line(event, CERTIFICATES, "corrected downwards", -values["withdrawn"], detail)


def _withheld(event: IndexedEvent, party: Party) -> Line | None:
    """What was issued comes with its transfer; this is for what was not."""
    values = event.values
    if values["device"] not in party.devices:
        return None
    detail = f"device {values['device']}, market day {values['day']}; {values['wh']} Wh"
    return _line(event, CERTIFICATES, "kept back for a correction", 0, detail)


def _revoked(event: IndexedEvent, party: Party) -> Line | None:
    values = event.values
    if values["device"] not in party.devices:
        return None
    detail = f"device {values['device']}, market day {values['day']}; reason {values['reason']}"
    return _line(event, CERTIFICATES, "revoked by the issuer", 0, detail)


_CERTIFICATE_EVENTS: Mapping[str, Callable[[IndexedEvent, Party], Line | None]] = {
    "CertificatesRetired": _retired,
    "CertificatesWithdrawn": _withdrawn,
    "DayCorrected": _corrected,
    "EnergyWithheld": _withheld,
    "DayRevoked": _revoked,
}


def _own(what: str, sign: int, field: str = "amount") -> Callable[[IndexedEvent, int], list[Line]]:
    """A movement of one member's asset: of the year, or of the asset that the event names."""

    def lines(event: IndexedEvent, member: int) -> list[Line]:
        values = event.values
        if values["member"] != member:
            return []
        book = _book(values.get("asset", values.get("year", OFFSETS)))
        detail = f"market day {values['day']}" if "day" in values else ""
        return [_line(event, book, what, sign * values[field], detail)]

    return lines


def _book(asset: int) -> str:
    return CERTIFIED_OFFSETS if asset == OFFSETS else f"{ALLOWANCES} {asset}"


def _transferred(event: IndexedEvent, member: int) -> list[Line]:
    values = event.values
    sides = (("from", "sent", f"to member {values['to']}", -1), ("to", "received", f"from member {values['from']}", 1))
    return [
        _line(event, _book(values["asset"]), what, sign * values["amount"], other)
        for side, what, other, sign in sides
        if values[side] == member
    ]


def _settled(event: IndexedEvent, member: int) -> list[Line]:
    """The year's book is closed: offsets come in, what is banked or missing goes into the next year."""
    values = event.values
    if values["member"] != member:
        return []
    ended, year = values["settlement"], values["year"]
    carried = ended["banked"] - ended["missing"]
    detail = (
        f"banked {ended['banked']}, lapsed {ended['lapsed']}, missing {ended['missing']}, "
        f"penalty {ended['penalty']} point-wei"
    )
    return [
        _line(event, CERTIFIED_OFFSETS, "used for emissions", -ended["offsets"], f"of {year}"),
        _line(event, _book(year), "settled", ended["offsets"] - carried - ended["lapsed"], detail),
        _line(event, _book(year + 1), "carried", carried, f"from {year}"),
    ]


def _banked_late(event: IndexedEvent, member: int, *, open_year: int) -> list[Line]:
    """What reached a settled year goes on to the open one."""
    values = event.values
    if values["member"] != member:
        return []
    amount = values["banked"] + values["lapsed"]
    return [
        _line(event, _book(values["year"]), "passed on", -amount, f"lapsed {values['lapsed']}"),
        _line(event, _book(open_year), "carried", values["banked"], f"from {values['year']}, arrived late"),
    ]


_QUOTA_EVENTS: Mapping[str, Callable[[IndexedEvent, int], list[Line]]] = {
    "AllowanceGranted": _own("granted", 1),
    "OffsetsCertified": _own("certified", 1),
    "AssetTransferred": _transferred,
    "AssetPulled": _own("offered or lodged", -1),
    "AssetPushed": _own("received or returned", 1),
    "DayDrawnDown": _own("drawn down by traced emissions", -1),
    "YearSettled": _settled,
}
