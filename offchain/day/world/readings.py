"""What the meters of a trading day say, first and in the end, with the accidents that happen to meters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from offchain.day.world.participants import Participant, Participants
from offchain.grid.power_flow import Injections, PowerFlow
from offchain.market.silence import silent_sheet
from offchain.members.records import DaySheet
from offchain.units import watts

NOTHING = (0,) * 24
LOST_PERCENT = 10
"""Of the erring meter's best hour, missing from its first sheet."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Day sheets by member id, the first is the grid company's boundary meter."""

    first: tuple[DaySheet, ...]
    """What the day is settled on."""
    final: tuple[DaySheet, ...]
    """What the meters measured, all corrections made."""
    estimated: int
    """The consumer whose meter is silent until it is repaired: the operator estimates it, as the day before."""
    late: int
    """The consumer whose sheet nobody brings until the day is closed: it is settled on zeros."""
    erring: int
    """The generator whose meters lose a part of its best hour and correct it later."""

    @property
    def changed(self) -> tuple[int, int, int]:
        """Whose sheets are others after the close."""
        return self.estimated, self.late, self.erring

    def revision(self, member: int) -> int:
        """The revision of a member's last measured sheet."""
        return 1 if member in (self.estimated, self.erring) else 0


def readings(members: Participants, actual: Injections, flow: PowerFlow, *, forecast: Injections) -> Readings:
    """All sheets of a day; the largest consumers' and the largest generator's meters have the accidents."""
    final = _measured(members, actual, flow)
    estimated, late = _largest(members.consumers, final)[:2]
    erring = _largest(members.generators, final)[0]
    first = list(final)
    expected = forecast.load_w[:, estimated - members.consumers[0].id]
    first[estimated - 1] = DaySheet(member=estimated, import_wh=tuple(map(int, expected)), export_wh=NOTHING)
    first[late - 1] = silent_sheet(late)
    first[erring - 1] = DaySheet(member=erring, import_wh=NOTHING, export_wh=_damaged(final[erring - 1].export_wh))
    return Readings(first=tuple(first), final=final, estimated=estimated, late=late, erring=erring)


def _measured(members: Participants, actual: Injections, flow: PowerFlow) -> tuple[DaySheet, ...]:
    """What every meter measures; the boundary meter counts to the nearest Wh what the power flow draws."""
    boundary = watts(flow.external_mw)
    inward, outward = np.maximum(boundary, 0), np.maximum(-boundary, 0)
    grid_company = DaySheet(
        member=members.grid_company.id,
        import_wh=tuple(map(int, outward)),
        export_wh=tuple(map(int, inward)),
    )
    consumers = [
        DaySheet(member=member.id, import_wh=tuple(map(int, actual.load_w[:, column])), export_wh=NOTHING)
        for column, member in enumerate(members.consumers)
    ]
    generators = [
        DaySheet(member=member.id, import_wh=NOTHING, export_wh=tuple(map(int, actual.generation_w[:, column])))
        for column, member in enumerate(members.generators)
    ]
    return (grid_company, *consumers, *generators)


def _largest(group: Sequence[Participant], sheets: Sequence[DaySheet]) -> list[int]:
    """Member ids, who metered most first."""
    energy = {m.id: sum(sheets[m.id - 1].import_wh) + sum(sheets[m.id - 1].export_wh) for m in group}
    return sorted(energy, key=lambda member: (-energy[member], member))


def _damaged(export_wh: Sequence[int]) -> tuple[int, ...]:
    """A register whose best hour lacks something."""
    export = list(export_wh)
    best = export.index(max(export))
    export[best] -= export[best] * LOST_PERCENT // 100
    return tuple(export)
