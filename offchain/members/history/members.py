"""Members and freezes, rebuilt from the events of MemberRegistry and FreezeList."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from offchain.chain.keys import NOBODY
from offchain.index.records import IndexedEvent, Plain
from offchain.members.records import Kind


class Status(StrEnum):
    """As IMemberRegistry.MemberStatus."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXITED = "exited"


@dataclass(frozen=True, kw_only=True)
class Service:
    """An account in the service of a member."""

    account: str
    since: int
    """[s, unix]"""


@dataclass(frozen=True, kw_only=True)
class MemberRecord:
    """A member of the market."""

    id: int
    accounts: tuple[Service, ...]
    """The present one last."""
    proposed_account: str
    """Zero without a proposal."""
    kind: Kind
    node: int
    group: int
    """Beneficial owner; 0 = nobody else's."""
    status: Status
    reason: int
    """Code of the last suspension or its lifting; 0 = none."""
    meter_key: str
    """Of the settlement meter; zero once revoked, or without a meter."""
    import_w: int
    export_w: int

    @property
    def account(self) -> str:
        """The present account."""
        return self.accounts[-1].account


@dataclass(frozen=True, kw_only=True)
class Freeze:
    """What was last decided about an account."""

    account: str
    until: int
    """[s, unix]; 0 = lifted."""
    reason: str
    """Hash of the decision."""
    regulator: str
    co_signer: str


def members_of(events: Iterable[IndexedEvent]) -> dict[int, MemberRecord]:
    """Every member by id, from the registry's events in the order of the chain."""
    members: dict[int, MemberRecord] = {}
    for event in events:
        if event.contract != "MemberRegistry":
            continue
        if event.name == "MemberRegistered":
            members[event.values["id"]] = _registered(event)
        elif event.name in CHANGES:
            member = members[event.values["id"]]
            members[member.id] = CHANGES[event.name](member, event)
    return members


def freezes_of(events: Iterable[IndexedEvent]) -> dict[str, Freeze]:
    """Every account that was ever frozen, from the freeze list's events in the order of the chain."""
    freezes: dict[str, Freeze] = {}
    for event in events:
        if event.contract == "FreezeList" and event.name in {"AccountFrozen", "FreezeLifted"}:
            values = event.values
            freezes[values["account"]] = Freeze(
                account=values["account"],
                until=values.get("until", 0),
                reason=values["reason"],
                regulator=values["regulator"],
                co_signer=values["coSigner"],
            )
    return freezes


def member_rows(members: Mapping[int, MemberRecord], freezes: Mapping[str, Freeze]) -> list[dict[str, Plain]]:
    """One row per member for an export, by id."""
    return [
        {
            "id": member.id,
            "account": member.account,
            "kind": member.kind.name.lower(),
            "node": member.node,
            "group": member.group,
            "status": member.status.value,
            "reason": member.reason,
            "meter_key": member.meter_key,
            "import_w": member.import_w,
            "export_w": member.export_w,
            "since": member.accounts[0].since,
            "proposed_account": member.proposed_account,
            "former_accounts": [service.account for service in member.accounts[:-1]],
            "frozen_until": freezes[member.account].until if member.account in freezes else 0,
        }
        for _, member in sorted(members.items())
    ]


def _registered(event: IndexedEvent) -> MemberRecord:
    values = event.values
    return MemberRecord(
        id=values["id"],
        accounts=(Service(account=values["account"], since=event.time),),
        proposed_account=NOBODY,
        kind=Kind(values["kind"]),
        node=values["node"],
        group=values["group"],
        status=Status.ACTIVE,
        reason=0,
        meter_key=values["meterKey"],
        import_w=values["importW"],
        export_w=values["exportW"],
    )


def _rotated(member: MemberRecord, event: IndexedEvent) -> MemberRecord:
    service = Service(account=event.values["newAccount"], since=event.time)
    return replace(member, accounts=(*member.accounts, service), proposed_account=NOBODY)


CHANGES: Mapping[str, Callable[[MemberRecord, IndexedEvent], MemberRecord]] = {
    "AccountProposed": lambda member, event: replace(member, proposed_account=event.values["account"]),
    "AccountRotated": _rotated,
    "MemberSuspended": lambda member, event: replace(member, status=Status.SUSPENDED, reason=event.values["reason"]),
    "SuspensionLifted": lambda member, event: replace(member, status=Status.ACTIVE, reason=event.values["reason"]),
    "MemberExited": lambda member, event: replace(member, status=Status.EXITED),
    "MeterKeyChanged": lambda member, event: replace(member, meter_key=event.values["newKey"]),
    "GroupAssigned": lambda member, event: replace(member, group=event.values["newGroup"]),
}
