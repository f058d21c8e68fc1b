"""Production devices and their bonds, rebuilt from the events of DeviceRegistry."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from offchain.index.records import IndexedEvent, Plain, exact

IN_SERVICE = 2**32 - 1
"""The last day of a device that was not withdrawn."""


class BondState(StrEnum):
    """As IDeviceRegistry.BondState."""

    MISSING = "missing"
    POSTED = "posted"
    RETURNED = "returned"


@dataclass(frozen=True, kw_only=True)
class DeviceRecord:
    """A production device."""

    device: int
    owner: int
    """Member."""
    meter_key: str
    """Zero once revoked."""
    capacity_w: int
    commissioning_day: int
    last_day: int
    """Last market day in service."""
    carrier: int
    technology: int
    grid_area: int
    support: int
    declaration: str
    """Hash of the owner's declaration that it issues nowhere else."""
    bond_state: BondState
    bond_count: int
    """Bonds posted so far."""
    bond: int
    """Held now [point-wei]."""


def devices_of(events: Iterable[IndexedEvent]) -> dict[int, DeviceRecord]:
    """Every device by number, from the registry's events in the order of the chain."""
    devices: dict[int, DeviceRecord] = {}
    for event in events:
        if event.contract != "DeviceRegistry":
            continue
        if event.name == "DeviceRegistered":
            devices[event.values["device"]] = _registered(event.values)
        elif event.name in CHANGES:
            device = devices[event.values["device"]]
            devices[device.device] = CHANGES[event.name](device, event.values)
    return devices


def device_rows(devices: Mapping[int, DeviceRecord]) -> list[dict[str, Plain]]:
    """One row per device for an export, by number."""
    return [
        {
            **vars(device),
            "bond_state": device.bond_state.value,
            "last_day": _last_day(device),
            "bond": exact(device.bond),
        }
        for _, device in sorted(devices.items())
    ]


def _last_day(device: DeviceRecord) -> int | None:
    return None if device.last_day == IN_SERVICE else device.last_day


def _registered(values: Mapping[str, Plain]) -> DeviceRecord:
    return DeviceRecord(
        device=values["device"],
        owner=values["owner"],
        meter_key=values["meterKey"],
        capacity_w=values["capacityW"],
        commissioning_day=values["commissioningDay"],
        last_day=IN_SERVICE,
        carrier=values["carrier"],
        technology=values["technology"],
        grid_area=values["gridArea"],
        support=values["support"],
        declaration=values["declaration"],
        bond_state=BondState.MISSING,
        bond_count=0,
        bond=0,
    )


def _posted(device: DeviceRecord, values: Mapping[str, Plain]) -> DeviceRecord:
    return replace(device, bond=values["amount"], bond_count=device.bond_count + 1, bond_state=BondState.POSTED)


CHANGES: Mapping[str, Callable[[DeviceRecord, Mapping[str, Plain]], DeviceRecord]] = {
    "BondPosted": _posted,
    "BondReturned": lambda device, _: replace(device, bond=0, bond_state=BondState.RETURNED),
    "BondForfeited": lambda device, _: replace(device, bond=0, bond_state=BondState.MISSING),
    "DeviceWithdrawn": lambda device, values: replace(device, last_day=values["lastDay"]),
    "MeterKeyChanged": lambda device, values: replace(device, meter_key=values["newKey"]),
}
