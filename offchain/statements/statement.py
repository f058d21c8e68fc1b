"""The statement of a member or of a beneficiary, from an index of the chain and the carbon records of its days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from offchain.carbon.history import posted_roots
from offchain.certificates.history.holdings import transferred
from offchain.certificates.history.retirements import Retirement, retired_in, retirements_of
from offchain.errors import InputError, LawViolation
from offchain.index.records import FollowedChain, IndexedEvent
from offchain.market.history.terms import terms_of
from offchain.market_time import MarketCalendar
from offchain.members.history.devices import devices_of
from offchain.members.history.members import MemberRecord, members_of
from offchain.members.history.sheets import SheetRecord, sheets_of
from offchain.quotas.history import drawn_days
from offchain.statements.carbon_day import CarbonDay, check_carbon_day
from offchain.statements.entries import CERTIFICATES, Line, Party, certificate_lines, quota_lines, reward_lines
from offchain.statements.scope2 import Consumption, HourFigures, cover, figures

CONTRACTS = frozenset(
    {
        "MemberRegistry",
        "DeviceRegistry",
        "DaySheets",
        "CarbonLedger",
        "GreenCertificate",
        "CertificateSale",
        "CarbonQuota",
        "RewardPool",
    }
)
"""Whose events a statement needs."""


@dataclass(frozen=True, kw_only=True)
class ConsumedDay:
    """A market day of a member's consumption and the transactions that prove it."""

    day: int
    hours: tuple[HourFigures, ...]
    """Those in which it took something from the grid."""
    estimated: bool
    """The operator estimated the sheet."""
    sheet: str
    """Transaction of the sheet that counts."""
    roots: Mapping[int, str]
    """Transaction of the carbon root, by unix hour."""
    drawn: str | None
    """Transaction that drew the allowances down by the traced figure; None as long as nobody did."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Certificates retired for the subject."""

    retirement: Retirement
    by_itself: bool
    """From its own account."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a member or a beneficiary can show."""

    chain: FollowedChain
    """As far as it was read: nothing later is in the statement."""
    calendar: MarketCalendar
    """Local time of the region."""
    days: tuple[int, ...]
    """Market days with a carbon record."""
    factors: str
    """Version and method of the emission factors."""
    member: int | None
    account: str | None
    beneficiary: str
    """How retirements name it."""
    consumed: tuple[ConsumedDay, ...]
    claims: tuple[Claim, ...]
    unused: int
    """Retired for the subject beyond its consumption, or for nothing [Wh]."""
    lines: tuple[Line, ...]

    @property
    def hours(self) -> list[HourFigures]:
        """All hours of consumption."""
        return [hour for day in self.consumed for hour in day.hours]

    @property
    def balances(self) -> dict[str, int]:
        """What the lines of each book come to, in their unit."""
        found: dict[str, int] = defaultdict(int)
        for line in self.lines:
            found[line.book] += line.amount
        return dict(found)


def member_statement(
    events: Sequence[IndexedEvent], *, chain: FollowedChain, records: Mapping[int, CarbonDay], member: int
) -> Statement:
    """The statement of a member.

    Args:
        events: of the contracts in `CONTRACTS`, in the order of the chain.
        chain: where they come from.
        records: carbon records by market day; the statement is of these days' consumption.
        member: its number.

    Raises:
        InputError: the chain has no such member or no market, or there is no carbon record.
        LawViolation: a record is not the one under the chain's roots, the traced carbon is not what was drawn from the
            allowances, or lines and holdings differ.
    """
    record, calendar = _member(events, member), _calendar(chain)
    roots = posted_roots(events)
    for day in records.values():
        check_carbon_day(day, roots)
    name = _latest(records).names.get(member, f"member {member}")
    retirements = retirements_of(events, calendar)
    own = [r for r in retirements if r.beneficiary == name]
    sheets = _sheets(events, records, member)
    consumption = _consumption(sheets, calendar)
    coverage = cover(consumption, own)
    hours = figures(
        consumption, node=record.node, days=records.values(), coverage=coverage, retired=retired_in(retirements)
    )
    drawn = drawn_days(events, member)
    accounts = frozenset(service.account for service in record.accounts)
    return Statement(
        chain=chain,
        calendar=calendar,
        days=tuple(sorted(records)),
        factors=_latest(records).factors,
        member=member,
        account=record.account,
        beneficiary=name,
        consumed=tuple(
            _consumed(sheet, [h for h in hours if h.hour in calendar.hours(day)], roots=roots, drawn=drawn.get(day))
            for day, sheet in sheets.items()
        ),
        claims=tuple(Claim(retirement=r, by_itself=r.holder in accounts) for r in own),
        unused=coverage.unused,
        lines=_lines(events, member, accounts=accounts),
    )


def _consumption(sheets: Mapping[int, SheetRecord], calendar: MarketCalendar) -> list[Consumption]:
    """What was taken from the grid, by the hour."""
    return [
        Consumption(hour=hour, wh=wh)
        for day, sheet in sheets.items()
        for hour, wh in zip(calendar.hours(day), sheet.present.import_wh, strict=True)
        if wh
    ]


def beneficiary_statement(
    events: Sequence[IndexedEvent], *, chain: FollowedChain, records: Mapping[int, CarbonDay], beneficiary: str
) -> Statement:
    """What was retired for a beneficiary, whoever did it: a name, or the salted hash of one.

    Raises:
        InputError: nothing was, or the chain has no market, or there is no carbon record.
    """
    claims = [r for r in retirements_of(events, _calendar(chain)) if r.beneficiary == beneficiary]
    if not claims:
        raise InputError(f"chain {chain.name} has no certificates retired for {beneficiary}")
    return Statement(
        chain=chain,
        calendar=_calendar(chain),
        days=tuple(sorted(records)),
        factors=_latest(records).factors,
        member=None,
        account=None,
        beneficiary=beneficiary,
        consumed=(),
        claims=tuple(Claim(retirement=r, by_itself=False) for r in claims),
        unused=sum(lot.wh for r in claims for lot in r.lots if not lot.counts),
        lines=(),
    )


def _member(events: Sequence[IndexedEvent], member: int) -> MemberRecord:
    members = members_of(events)
    if member not in members:
        raise InputError(f"member {member} is unknown; members are 1 to {len(members)}")
    return members[member]


def _calendar(chain: FollowedChain) -> MarketCalendar:
    terms = terms_of(chain)
    if terms is None:
        raise InputError(f"chain {chain.name} has no market, so nobody on it has a statement")
    return MarketCalendar(terms.utc_offset_hours)


def _latest(records: Mapping[int, CarbonDay]) -> CarbonDay:
    if not records:
        raise InputError("there is no carbon record; the day's run writes them beside its report")
    return records[max(records)]


def _sheets(events: Sequence[IndexedEvent], days: Iterable[int], member: int) -> dict[int, SheetRecord]:
    """The member's sheets of the days on which it took something from the grid, by day."""
    sheets = sheets_of(events)
    found = {day: sheets[member, day] for day in sorted(days) if (member, day) in sheets}
    return {day: sheet for day, sheet in found.items() if any(sheet.present.import_wh)}


def _consumed(
    sheet: SheetRecord,
    hours: Sequence[HourFigures],
    *,
    roots: Mapping[int, IndexedEvent],
    drawn: IndexedEvent | None,
) -> ConsumedDay:
    traced = sum(hour.traced_g for hour in hours)
    if drawn is not None and drawn.values["amount"] != traced:
        raise LawViolation(
            f"member {sheet.meter} consumed {traced} gCO2e on day {sheet.day}, the chain drew {drawn.values['amount']}"
        )
    return ConsumedDay(
        day=sheet.day,
        hours=tuple(hours),
        estimated=sheet.present.estimated,
        sheet=sheet.present.transaction,
        roots={hour.hour: roots[hour.hour].transaction for hour in hours},
        drawn=drawn.transaction if drawn else None,
    )


def _lines(events: Sequence[IndexedEvent], member: int, *, accounts: frozenset[str]) -> tuple[Line, ...]:
    """All lines in the order of the books; those of certificates must come to what the accounts hold."""
    devices = frozenset(number for number, device in devices_of(events).items() if device.owner == member)
    contract = next((event.address for event in events if event.contract == "GreenCertificate"), "")
    party = Party(member=member, accounts=accounts, devices=devices)
    certificates = certificate_lines(events, party, contract=contract)
    balances = transferred(events)
    told, held = sum(line.amount for line in certificates), sum(balances.get(account, 0) for account in accounts)
    if told != held:
        raise LawViolation(f"{CERTIFICATES} of member {member} come to {told} Wh, its accounts hold {held} Wh")
    return (*certificates, *quota_lines(events, member), *reward_lines(events, member))
