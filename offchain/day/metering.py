"""After the day: every meter signs its sheet, the silent one is estimated, and corrections follow."""

from collections.abc import Sequence

from offchain.chain.keys import Key
from offchain.day.driver.chain_day import Sent, struct
from offchain.day.driver.journal import chunks
from offchain.day.driver.region import RegionDay
from offchain.day.world.keys import device_key, meter_key
from offchain.members.papers import DAY_SHEET
from offchain.members.records import DaySheet
from offchain.members.sheet_words import pack

SHEET_BATCH = 64
FIRST_DEVICE_METER = 1 << 31
"""The meter of device n has the id 2^31 + n (IMeters)."""


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


def correct_sheets(region: RegionDay) -> None:
    """The repaired meter signs what it measured, the erring generator's meters what they had lost; one comes late."""
    readings = region.plan.readings
    repaired, late, erring = (readings.final[member - 1] for member in readings.changed)
    sheets = [_settlement_sheet(region, sheet) for sheet in (repaired, erring)]
    _submit(region, [*sheets, _device_sheet(region, erring)], revision=1)
    _submit(region, [_settlement_sheet(region, late)], revision=0)


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
