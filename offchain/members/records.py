"""What members are and what their meters say. Energy in Wh, int."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

UINT32_MAX = 2**32 - 1
"""Largest energy of one hour on a day sheet or in an agreement [Wh]."""

FIRST_DEVICE_METER = 1 << 31
"""The meter of device n has the number 2^31 + n (IMeters); those below are of members."""


class Kind(IntEnum):
    """Kinds of members, numbered as in IMemberRegistry.MemberKind."""

    GENERATOR = 0
    CONSUMER = 1
    PROSUMER = 2
    GRID_COMPANY = 3
    OPERATOR = 4
    PROVIDER = 5


@dataclass(frozen=True, kw_only=True)
class DaySheet:
    """What a member's meter measured on a market day: 24 values [Wh] for each register."""

    member: int
    import_wh: tuple[int, ...]
    export_wh: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class NewDevice:
    """A production device as the operator records it."""

    owner: int
    """Member."""
    meter_key: str
    """Address of the key inside its meter."""
    capacity_w: int
    commissioning_day: int
    """First market day in service."""
    carrier: int
    """Code of the energy carrier."""
    technology: int = 0
    grid_area: int = 0
    support: int = 0
    """Code of public support, 0 = none."""
    declaration: bytes
    """Hash of the owner's declaration that it issues certificates nowhere else."""

    @property
    def terms(self) -> dict[str, Any]:
        """As IDeviceRegistry.Registration."""
        return {
            "owner": self.owner,
            "meterKey": self.meter_key,
            "capacityW": self.capacity_w,
            "commissioningDay": self.commissioning_day,
            "carrier": self.carrier,
            "technology": self.technology,
            "gridArea": self.grid_area,
            "support": self.support,
            "declaration": self.declaration,
        }
