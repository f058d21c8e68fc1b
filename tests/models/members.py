"""Members, freezes, devices and sheets as lists of what happened: every act returns the error that it has to meet."""

from dataclasses import dataclass, field

HOUR, DAY = 3_600, 86_400  # [s]
OFFSET = 1  # [h]
ACTIVE, SUSPENDED, EXITED = 1, 2, 3
MISSING, POSTED, RETURNED = 0, 1, 2
IN_SERVICE = 2**32 - 1
MEASURED, ESTIMATED = 0, 1

Hours = tuple[int, ...]


@dataclass
class Meter:
    key: str | None
    import_limit: int  # [Wh]
    export_limit: int  # [Wh]
    first_day: int
    key_changes: int = 0


@dataclass
class Member:
    account: str
    meter: Meter
    status: int = ACTIVE
    free: int = 0  # on the margin account [point-wei]
    proposal: str | None = None


@dataclass
class Device:
    owner: int
    meter: Meter
    bond: int  # [point-wei]
    bond_state: int = POSTED
    bond_count: int = 1
    last_day: int = IN_SERVICE


@dataclass(frozen=True)
class Revision:
    number: int
    mark: int
    imports: Hours
    exports: Hours


@dataclass
class MembersModel:
    now: int
    members: dict[int, Member]
    devices: dict[int, Device]
    points: dict[str, int]
    bond_amount: int
    served: dict[str, int] = field(default_factory=dict)
    """Every account that ever served a member."""
    frozen_until: dict[str, int] = field(default_factory=dict)
    sheets: dict[tuple[int, int], list[Revision]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.served |= {member.account: number for number, member in self.members.items()}

    # Days

    def today(self) -> int:
        return (self.now // HOUR + OFFSET) // 24

    @staticmethod
    def end_of(day: int) -> int:
        return (day + 1) * DAY - OFFSET * HOUR

    # Accounts

    def member_of(self, account: str) -> int | None:
        number = self.served.get(account)
        return number if number is not None and self.members[number].account == account else None

    def frozen(self, account: str) -> bool:
        return self.now < self.frozen_until.get(account, 0)

    def propose(self, account: str, proposed: str) -> str | None:
        number = self.member_of(account)
        if number is None:
            return "MemberRegistry_UnknownAccount"
        if proposed in self.served:
            return "MemberRegistry_AccountTaken"
        self.members[number].proposal = proposed
        return None

    def accept(self, number: int, account: str) -> str | None:
        member = self.members[number]
        if member.proposal != account:
            return "MemberRegistry_NotProposed"
        if account in self.served:
            return "MemberRegistry_AccountTaken"
        if self.frozen(member.account):
            return "FreezeList_Frozen"
        member.account, member.proposal = account, None
        self.served[account] = number
        return None

    def freeze(self, account: str, until: int) -> str | None:
        if not self.now < until <= self.now + 30 * DAY:
            return "FreezeList_BadEnd"
        self.frozen_until[account] = until
        return None

    def lift(self, account: str) -> str | None:
        if not self.frozen(account):
            return "FreezeList_NotFrozen"
        self.frozen_until[account] = 0
        return None

    # Status

    def change_status(self, number: int, before: int, after: int) -> str | None:
        if self.members[number].status != before:
            return "MemberRegistry_WrongStatus"
        self.members[number].status = after
        return None

    def exit(self, account: str) -> str | None:
        number = self.member_of(account)
        if number is None:
            return "MemberRegistry_UnknownAccount"
        if self.members[number].status == EXITED:
            return "MemberRegistry_WrongStatus"
        self.members[number].status = EXITED
        return None

    def trade_error(self, number: int) -> str | None:
        member = self.members[number]
        if member.status != ACTIVE:
            return "MemberRegistry_WrongStatus"
        return "FreezeList_Frozen" if self.frozen(member.account) else None

    # Margin accounts

    def withdraw(self, account: str, amount: int) -> str | None:
        number = self.member_of(account)
        if number is None:
            return "MemberRegistry_UnknownAccount"
        if self.frozen(account):
            return "FreezeList_Frozen"
        if amount == 0:
            return "MarginDesk_ZeroAmount"
        if amount > self.members[number].free:
            return "MarginAccounts_AboveFree"
        self.members[number].free -= amount
        self.points[account] += amount
        return None

    # Devices

    def post_bond(self, number: int, account: str) -> str | None:
        device = self.devices[number]
        owner_error = self._owner_error(device, account)
        if owner_error:
            return owner_error
        if device.bond_state != MISSING:
            return "DeviceRegistry_WrongBondState"
        if device.last_day != IN_SERVICE:
            return "DeviceRegistry_AlreadyWithdrawn"
        if self.frozen(account):
            return "FreezeList_Frozen"
        if self.points[account] < self.bond_amount:
            return "ERC20InsufficientBalance"
        self.points[account] -= self.bond_amount
        device.bond, device.bond_state, device.bond_count = self.bond_amount, POSTED, device.bond_count + 1
        return None

    def _owner_error(self, device: Device, account: str) -> str | None:
        number = self.member_of(account)
        if number is None:
            return "MemberRegistry_UnknownAccount"
        return None if number == device.owner else "DeviceRegistry_NotOwner"

    def withdraw_device(self, number: int, account: str) -> str | None:
        device = self.devices[number]
        owner_error = self._owner_error(device, account)
        if owner_error:
            return owner_error
        if device.last_day != IN_SERVICE:
            return "DeviceRegistry_AlreadyWithdrawn"
        device.last_day = self.today()
        return None

    def return_bond(self, number: int) -> str | None:
        device = self.devices[number]
        if device.bond_state != POSTED:
            return "DeviceRegistry_WrongBondState"
        if device.last_day == IN_SERVICE or self.now < self.end_of(device.last_day) + 14 * DAY:
            return "DeviceRegistry_BondStillNeeded"
        self.points[self.members[device.owner].account] += device.bond
        device.bond, device.bond_state = 0, RETURNED
        return None

    def forfeit(self, number: int, beneficiary: str) -> str | None:
        device = self.devices[number]
        if device.bond_state != POSTED:
            return "DeviceRegistry_WrongBondState"
        self.points[beneficiary] += device.bond
        device.bond, device.bond_state = 0, MISSING
        return None

    # Sheets

    def meter(self, number: int) -> tuple[Meter, int]:
        """The meter and its last day in service."""
        if number >= 2**31:
            device = self.devices[number - 2**31]
            return device.meter, device.last_day
        return self.members[number].meter, IN_SERVICE

    def account_behind(self, number: int) -> str:
        """The account that a meter stands for."""
        owner = self.devices[number - 2**31].owner if number >= 2**31 else number
        return self.members[owner].account

    def replace_key(self, number: int, key: str, *, signer: str, changes: int) -> str | None:
        """Another key with a consent that the signer gave when the key had been changed so often."""
        meter, _ = self.meter(number)
        if signer != self.account_behind(number) or changes != meter.key_changes:
            return "MeterKeyConsent_BadSignature"
        return self._set_key(number, key)

    def revoke_key(self, number: int) -> str | None:
        return self._set_key(number, None)

    def _set_key(self, number: int, key: str | None) -> str | None:
        meter, _ = self.meter(number)
        if meter.key == key:
            return "DeviceRegistry_BadMeterKey" if number >= 2**31 else "MemberRegistry_BadMeterKey"
        meter.key, meter.key_changes = key, meter.key_changes + 1
        return None

    def _reading_error(self, number: int, day: int, imports: Hours, exports: Hours) -> str | None:
        meter, last_day = self.meter(number)
        if not meter.first_day <= day <= last_day:
            return "DaySheets_OutOfService"
        if max(imports) > meter.import_limit or max(exports) > meter.export_limit:
            return "DaySheets_AboveNameplate"
        return None

    def _window_error(self, day: int) -> str | None:
        if self.now < self.end_of(day):
            return "DaySheets_DayNotOver"
        return "DaySheets_WindowClosed" if self.now >= self.end_of(day) + 7 * DAY else None

    def submit(self, number: int, day: int, revision: Revision, signer: str) -> str | None:
        error = self._window_error(day) or self._reading_error(number, day, revision.imports, revision.exports)
        if error:
            return error
        meter, _ = self.meter(number)
        if meter.key is None:
            return "DaySheets_KeyRevoked"
        if meter.key != signer:
            return "DaySheets_BadSignature"
        revisions = self.sheets.setdefault((number, day), [])
        if revisions and revision == revisions[-1]:
            return None
        last = revisions[-1].number if revisions else 0
        lowest = last + 1 if revisions and revisions[-1].mark == MEASURED else last
        if not lowest <= revision.number <= last + 256:
            return "DaySheets_RevisionRefused"
        revisions.append(revision)
        return None

    def estimate(self, number: int, day: int, imports: Hours, exports: Hours) -> str | None:
        if self.now < self.end_of(day) + 12 * HOUR:
            return "DaySheets_DeadlineNotOver"
        if self.sheets.get((number, day)):
            return None
        error = self._reading_error(number, day, imports, exports)
        if error:
            return error
        self.sheets[number, day] = [Revision(0, ESTIMATED, imports, exports)]
        return None
