"""What members are and what their meters say. Energy in Wh, int."""

from dataclasses import dataclass
from enum import IntEnum

UINT32_MAX = 2**32 - 1
"""Largest energy of one hour on a day sheet or in an agreement [Wh]."""


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
