"""Members and their devices are registered; after the day every meter signs its sheet, and corrections follow."""

from collections.abc import Sequence

from offchain.chain.keys import Key
from offchain.day.certificates.plan import next_day_exports
from offchain.day.driver.chain_day import Sent, struct
from offchain.day.driver.journal import chunks
from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.members.plan import FIRST_DEVICE_METER
from offchain.day.world.keys import device_key, meter_key, registration_of
from offchain.day.world.participants import Participant
from offchain.market_time import HOURS_PER_DAY
from offchain.members.papers import DAY_SHEET, REGISTRATION
from offchain.members.records import DaySheet
from offchain.members.sheet_words import pack

REGISTER_BATCH = 100
SHEET_BATCH = 64


def register_members(region: RegionDay) -> None:
    """The operator registers, and each member accepts, everybody but the grid company, who is member 1 already."""
    domain, name = region.domain("MemberRegistry"), region.plan.region.name
    calls: list[Sent] = []
    for batch in chunks(region.plan.members.traders, REGISTER_BATCH):
        terms = [registration_of(name, member, deadline=region.day_starts) for member in batch]
        signed = [domain.sign(region.member(m.id), REGISTRATION, t) for m, t in zip(batch, terms, strict=True)]
        calls.append(("MemberRegistry", "register", (terms, signed), len(batch)))
    region.send(calls, region.role("operator"))


def register_devices(region: RegionDay) -> None:
    """The operator records every generator's production device."""
    batches = chunks(region.plan.members.generators, REGISTER_BATCH)
    calls: list[Sent] = [
        ("DeviceRegistry", "register", ([_device(region, generator) for generator in batch],), len(batch))
        for batch in batches
    ]
    region.send(calls, region.role("operator"))


def submit_sheets(region: RegionDay) -> None:
    """Settlement meters and device meters sign; the courier brings the sheets. Two meters are silent."""
    sheets = region.plan.readings
    silent = {sheets.estimated, sheets.late}
    settlement = [_settlement_sheet(region, sheet) for sheet in sheets.first if sheet.member not in silent]
    generators = {g.id for g in region.plan.members.generators}
    devices = [_device_sheet(region, sheet) for sheet in sheets.first if sheet.member in generators]
    _submit(region, [*settlement, *devices], revision=0)


def estimate_missing(region: RegionDay) -> None:
    """Once the deadline has passed the operator estimates one silent meter, as the day before."""
    plan = region.plan
    sheet = plan.readings.first[plan.readings.estimated - 1]
    estimate = struct(
        meter=sheet.member, day=plan.day, importWh=list(pack(sheet.import_wh)), exportWh=list(pack(sheet.export_wh))
    )
    region.send([("DaySheets", "estimate", ([estimate],), 1)], region.role("operator"))


def measure_next_day(region: RegionDay) -> None:
    """The meters of the renewable devices sign the sheets of the following day; nothing else is traded on it."""
    domain, name = region.domain("DaySheets"), region.plan.region.name
    calls: list[Sent] = []
    for batch in chunks(sorted(next_day_exports(region.plan).items()), SHEET_BATCH):
        messages = [
            struct(
                meter=FIRST_DEVICE_METER + device,
                day=region.plan.day + 1,
                revision=0,
                importWh=list(pack((0,) * HOURS_PER_DAY)),
                exportWh=list(pack(export)),
            )
            for device, export in batch
        ]
        keys = [device_key(name, device) for device, _ in batch]
        signatures = [domain.sign(key, DAY_SHEET, message) for key, message in zip(keys, messages, strict=True)]
        calls.append(("DaySheets", "submit", (messages, signatures), len(batch)))
    region.send(calls, region.courier)


def correct_sheets(region: RegionDay) -> None:
    """The repaired meter signs what it measured, the erring generator's meters what they had lost; one comes late."""
    readings = region.plan.readings
    repaired, late, erring = (readings.final[member - 1] for member in readings.changed)
    sheets = [_settlement_sheet(region, sheet) for sheet in (repaired, erring)]
    _submit(region, [*sheets, _device_sheet(region, erring)], revision=1)
    _submit(region, [_settlement_sheet(region, late)], revision=0)


STEPS = (
    Step(name="members: register", at=-DAY + HOUR, act=in_every_region(register_members)),
    Step(name="members: record devices", at=-DAY + HOUR, act=in_every_region(register_devices)),
    Step(name="members: submit sheets", at=DAY + 6 * HOUR, act=in_every_region(submit_sheets)),
    Step(name="members: estimate a silent meter", at=DAY + 12 * HOUR, act=in_every_region(estimate_missing)),
    Step(name="members: submit the next day's sheets", at=2 * DAY + 6 * HOUR, act=in_every_region(measure_next_day)),
    Step(name="members: correct sheets", at=3 * DAY, act=in_every_region(correct_sheets)),
)


def _device(region: RegionDay, generator: Participant) -> dict[str, object]:
    assert generator.device is not None, "generators have devices"  # noqa: S101 -- for the type checker
    return {
        "owner": generator.id,
        "meterKey": device_key(region.plan.region.name, generator.device).address,
        "capacityW": generator.nameplate_w,
        "commissioningDay": region.plan.day,
        "carrier": generator.carrier_code,
        "technology": 0,
        "gridArea": 0,
        "support": 0,
        "declaration": region.reference(f"member {generator.id} issues certificates of its device nowhere else"),
    }


_Signed = tuple[Key, int, DaySheet]
"""Whose key signs, for which meter, what."""


def _settlement_sheet(region: RegionDay, sheet: DaySheet) -> _Signed:
    return meter_key(region.plan.region.name, sheet.member), sheet.member, sheet


def _device_sheet(region: RegionDay, sheet: DaySheet) -> _Signed:
    device = region.plan.members.by_id(sheet.member).device or 0
    return device_key(region.plan.region.name, device), FIRST_DEVICE_METER + device, sheet


def _submit(region: RegionDay, sheets: Sequence[_Signed], *, revision: int) -> None:
    domain = region.domain("DaySheets")
    calls: list[Sent] = []
    for batch in chunks(sheets, SHEET_BATCH):
        messages = [
            struct(
                meter=meter,
                day=region.plan.day,
                revision=revision,
                importWh=list(pack(sheet.import_wh)),
                exportWh=list(pack(sheet.export_wh)),
            )
            for _, meter, sheet in batch
        ]
        keys = [key for key, _, _ in batch]
        signatures = [domain.sign(key, DAY_SHEET, message) for key, message in zip(keys, messages, strict=True)]
        calls.append(("DaySheets", "submit", (messages, signatures), len(batch)))
    region.send(calls, region.courier)
