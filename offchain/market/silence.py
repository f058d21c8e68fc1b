"""What a member that sent no sheet is settled on: the worst case for it.

After the submission deadline the operator may enter an estimate; where there is none, a silent seller delivered
nothing, and a silent buyer took nothing, which makes its penalty largest. So nobody can hold a day open.
"""

from collections.abc import Iterable, Sequence

from offchain.market.records import Agreement
from offchain.market_time import HOURS_PER_DAY
from offchain.members.records import DaySheet

_NOTHING = (0,) * HOURS_PER_DAY


def with_silent(agreements: Iterable[Agreement], sheets: Sequence[DaySheet]) -> tuple[DaySheet, ...]:
    """Add the worst case of every party that has no sheet."""
    parties = {party for agreement in agreements for party in (agreement.seller, agreement.buyer)}
    missing = parties - {sheet.member for sheet in sheets}
    return (*sheets, *(silent_sheet(member) for member in sorted(missing)))


def silent_sheet(member: int) -> DaySheet:
    """Nothing metered all day."""
    return DaySheet(member=member, import_wh=_NOTHING, export_wh=_NOTHING)
