"""Members and their devices are registered; after the day every meter signs its sheet, and corrections follow."""

from collections.abc import Sequence

from offchain.chain.keys import Key
from offchain.day.certificates.plan import next_day_exports
from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.world.keys import device_key, meter_key, registration_of
from offchain.day.world.participants import Participant
from offchain.market_time import HOURS_PER_DAY
from offchain.members.calls import devices, registrations, sheets
from offchain.members.records import FIRST_DEVICE_METER, DaySheet, NewDevice
from offchain.members.signer import MeterSheet


def register_members(region: RegionDay) -> None:
    """The operator registers, and each member accepts, everybody but the grid company, who is member 1 already."""
    name, traders = region.plan.region.name, region.plan.members.traders
    terms = [registration_of(name, member, deadline=region.day_starts) for member in traders]
    accepted = registrations.accept(region.client, terms, keys=[region.member(member.id) for member in traders])
    region.journal.send(registrations.register(region.client, accepted, key=region.role("operator")))


def register_devices(region: RegionDay) -> None:
    """The operator records every generator's production device."""
    recorded = [_device(region, generator) for generator in region.plan.members.generators]
    region.journal.send(devices.register_devices(region.client, recorded, key=region.role("operator")))


def submit_sheets(region: RegionDay) -> None:
    """Settlement meters and device meters sign; the courier brings the sheets. Two meters are silent."""
    readings = region.plan.readings
    silent = {readings.estimated, readings.late}
    settlement = [_settlement_sheet(region, sheet) for sheet in readings.first if sheet.member not in silent]
    generators = {g.id for g in region.plan.members.generators}
    produced = [_device_sheet(region, sheet) for sheet in readings.first if sheet.member in generators]
    _submit(region, [*settlement, *produced])


def estimate_missing(region: RegionDay) -> None:
    """Once the deadline has passed the operator estimates one silent meter, as the day before."""
    plan = region.plan
    sheet = plan.readings.first[plan.readings.estimated - 1]
    operator = region.role("operator")
    region.journal.send(sheets.estimate_sheets(region.client, [sheet], day=plan.day, key=operator))


def measure_next_day(region: RegionDay) -> None:
    """The meters of the renewable devices sign the sheets of the following day; nothing else is traded on it."""
    name, nothing = region.plan.region.name, (0,) * HOURS_PER_DAY
    measured = [
        (
            device_key(name, device),
            MeterSheet(meter=FIRST_DEVICE_METER + device, day=region.plan.day + 1, import_wh=nothing, export_wh=export),
        )
        for device, export in sorted(next_day_exports(region.plan).items())
    ]
    _submit(region, measured)


def correct_sheets(region: RegionDay) -> None:
    """The repaired meter signs what it measured, the erring generator's meters what they had lost; one comes late."""
    readings = region.plan.readings
    repaired, late, erring = (readings.final[member - 1] for member in readings.changed)
    corrected = [_settlement_sheet(region, sheet, revision=1) for sheet in (repaired, erring)]
    _submit(region, [*corrected, _device_sheet(region, erring, revision=1)])
    _submit(region, [_settlement_sheet(region, late)])


STEPS = (
    Step(name="members: register", at=-DAY + HOUR, act=in_every_region(register_members)),
    Step(name="members: record devices", at=-DAY + HOUR, act=in_every_region(register_devices)),
    Step(name="members: submit sheets", at=DAY + 6 * HOUR, act=in_every_region(submit_sheets)),
    Step(name="members: estimate a silent meter", at=DAY + 12 * HOUR, act=in_every_region(estimate_missing)),
    Step(name="members: submit the next day's sheets", at=2 * DAY + 6 * HOUR, act=in_every_region(measure_next_day)),
    Step(name="members: correct sheets", at=3 * DAY, act=in_every_region(correct_sheets)),
)


def _device(region: RegionDay, generator: Participant) -> NewDevice:
    return NewDevice(
        owner=generator.id,
        meter_key=device_key(region.plan.region.name, generator.device or 0).address,
        capacity_w=generator.nameplate_w,
        commissioning_day=region.plan.day,
        carrier=generator.carrier_code,
        declaration=region.reference(f"member {generator.id} issues certificates of its device nowhere else"),
    )


_Metered = tuple[Key, MeterSheet]
"""Whose key signs what."""


def _settlement_sheet(region: RegionDay, sheet: DaySheet, *, revision: int = 0) -> _Metered:
    key = meter_key(region.plan.region.name, sheet.member)
    return key, _sheet(region, sheet, meter=sheet.member, revision=revision)


def _device_sheet(region: RegionDay, sheet: DaySheet, *, revision: int = 0) -> _Metered:
    device = region.plan.members.by_id(sheet.member).device or 0
    key = device_key(region.plan.region.name, device)
    return key, _sheet(region, sheet, meter=FIRST_DEVICE_METER + device, revision=revision)


def _sheet(region: RegionDay, sheet: DaySheet, *, meter: int, revision: int) -> MeterSheet:
    return MeterSheet(
        meter=meter, day=region.plan.day, revision=revision, import_wh=sheet.import_wh, export_wh=sheet.export_wh
    )


def _submit(region: RegionDay, metered: Sequence[_Metered]) -> None:
    signed = sheets.sign_sheets(region.client, [sheet for _, sheet in metered], keys=[key for key, _ in metered])
    region.journal.send(sheets.submit_sheets(region.client, signed, key=region.courier))
