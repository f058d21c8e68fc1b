"""What a region's trading day comes to, worked out before and apart from the chain.

`plan_day` is a pure function from the region's data, a date and a seed to everything the day consists of: who takes
part, what they agree on, what their meters measure, how power and carbon flow, and what everybody owes. The chain must
come to the same; `audit.py` compares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from offchain.carbon.adapters.grid_case import flow_snapshot
from offchain.carbon.factors import EmissionFactors, generator_intensities
from offchain.carbon.integer import IntegerTrace, integer_trace
from offchain.carbon.laws import check_trace
from offchain.carbon.snapshot import FlowSnapshot
from offchain.carbon.trace import Trace, trace
from offchain.day.participants import Participant, Participants, participants
from offchain.errors import InputError
from offchain.grid.case import GridCase, load_case
from offchain.grid.laws import check_power_flow
from offchain.grid.power_flow import Injections, PowerFlow, solve
from offchain.grid.profiles import day_profile, load_profiles
from offchain.market.agreements import Forecast, make_agreements
from offchain.market.laws import check_settlement
from offchain.market.records import Agreement, DaySheet
from offchain.market.settlement import DaySettlement, settle_day
from offchain.market_time import MarketCalendar, day_of_date
from offchain.merkle import MerkleTree, carbon_leaf, merkle_tree
from offchain.regions import Region
from offchain.units import Integers, watts

NOTHING = (0,) * 24
LOST_PERCENT = 10
"""Of the erring meter's best hour, missing from its first sheet."""


@dataclass(frozen=True, kw_only=True)
class DayPlan:
    """A region's trading day."""

    region: Region
    date: date
    day: int
    """Number of the market day."""
    calendar: MarketCalendar
    case: GridCase
    factors: EmissionFactors
    members: Participants
    forecast: Injections
    """The day before: what everybody expected of the day."""
    agreements: tuple[Agreement, ...]
    first_sheets: tuple[DaySheet, ...]
    """What is known when the day is settled: one per participant, by member id; the first is the grid company's
    boundary meter. The silent meter's is the operator's estimate, the erring meter's lacks something."""
    final_sheets: tuple[DaySheet, ...]
    """What the meters measured, all corrections made."""
    silent: int
    """The consumer whose meter is silent until it is repaired: estimated first, measured later."""
    erring: int
    """The generator whose meters lose a part of its best hour and correct it later."""
    settlement: DaySettlement
    flow: PowerFlow
    snapshot: FlowSnapshot
    trace: Trace
    integer_trace: IntegerTrace
    """What the carbon ledger commits to, in whole W and mgCO2e/kWh."""
    trees: tuple[MerkleTree, ...]
    """One per hour over the nodes' intensities."""

    def final_revision(self, member: int) -> int:
        """The revision of a member's last measured sheet."""
        return 1 if member in (self.silent, self.erring) else 0

    @property
    def hours(self) -> range:
        """The unix hours of the day."""
        return self.calendar.hours(self.day)

    @property
    def intensity(self) -> Integers:
        """Of the nodes, as committed: (24, nodes) [mgCO2e/kWh]."""
        return self.integer_trace.intensity


def plan_day(region: Region, *, factors: EmissionFactors, day: date, seed: int) -> DayPlan:
    """Work out a trading day.

    Args:
        region: whose market it is.
        factors: emission factors of the carriers.
        day: local date of delivery; the day before is the forecast.
        seed: of the agreements; the same seed gives the same day everywhere.

    Raises:
        InputError: the data is missing or damaged, or does not cover the date and the day before.
        LawViolation: power, carbon or money does not balance.
    """
    case = load_case(region.folder)
    profiles = load_profiles(region.folder, case)
    tradable = [date_ for date_ in profiles.days if date_ - timedelta(days=1) in profiles.days]
    if day not in tradable:
        allowed = ", ".join(str(date_) for date_ in tradable)
        raise InputError(f"{case.code} cannot trade on {day}: allowed are {allowed}")
    forecast, actual = (day_profile(case, profiles, day=date_) for date_ in (day - timedelta(days=1), day))
    members = participants(case, factors)
    calendar = MarketCalendar(region.utc_offset_hours)
    number = day_of_date(day)

    agreements = _agreements(region, members, forecast, first_hour=calendar.first_hour(number), seed=seed)
    flow = solve(case, actual)
    check_power_flow(case, actual, flow=flow)
    final_sheets = _sheets(members, actual, flow)
    silent, erring = _irregular(members, final_sheets)
    first_sheets = _first_sheets(final_sheets, members, forecast, silent=silent, erring=erring)
    settlement = settle_day(agreements, first_sheets[1:], hours=calendar.hours(number), tariffs=region.tariffs)
    check_settlement(settlement, first_sheets[1:], tariffs=region.tariffs)
    snapshot = flow_snapshot(case, actual, flow=flow)
    intensities = generator_intensities(case, factors, country=region.country)
    carbon = trace(snapshot, intensities)
    check_trace(snapshot, carbon, intensities=intensities)
    whole = integer_trace(snapshot, intensities)
    return DayPlan(
        region=region,
        date=day,
        day=number,
        calendar=calendar,
        case=case,
        factors=factors,
        members=members,
        forecast=forecast,
        agreements=agreements,
        first_sheets=first_sheets,
        final_sheets=final_sheets,
        silent=silent,
        erring=erring,
        settlement=settlement,
        flow=flow,
        snapshot=snapshot,
        trace=carbon,
        integer_trace=whole,
        trees=tuple(
            merkle_tree([carbon_leaf(hour, node, int(value)) for node, value in enumerate(row)])
            for hour, row in zip(calendar.hours(number), whole.intensity, strict=True)
        ),
    )


def _agreements(
    region: Region, members: Participants, forecast: Injections, *, first_hour: int, seed: int
) -> tuple[Agreement, ...]:
    """Agreements for the day, as if it became like the day before."""

    def forecasts(group: Sequence[Participant], energy: Integers) -> list[Forecast]:
        return [
            Forecast(member=member.id, wh=tuple(map(int, energy[:, column])), nameplate_w=member.nameplate_w)
            for column, member in enumerate(group)
        ]

    return make_agreements(
        forecasts(members.generators, forecast.generation_w),
        forecasts(members.consumers, forecast.load_w),
        first_hour=first_hour,
        tariffs=region.tariffs,
        rng=np.random.Generator(np.random.PCG64([seed, *region.name.encode()])),
    )


def _sheets(members: Participants, actual: Injections, flow: PowerFlow) -> tuple[DaySheet, ...]:
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


def _irregular(members: Participants, sheets: Sequence[DaySheet]) -> tuple[int, int]:
    """The silent consumer and the erring generator of a day: the largest of each kind, so that it matters."""

    def largest(group: Sequence[Participant]) -> int:
        energy = {m.id: sum(sheets[m.id - 1].import_wh) + sum(sheets[m.id - 1].export_wh) for m in group}
        return max(energy, key=lambda member: (energy[member], -member))

    return largest(members.consumers), largest(members.generators)


def _first_sheets(
    final: Sequence[DaySheet], members: Participants, forecast: Injections, *, silent: int, erring: int
) -> tuple[DaySheet, ...]:
    """What is known when the day is settled."""
    sheets = list(final)
    expected = forecast.load_w[:, silent - members.consumers[0].id]
    sheets[silent - 1] = DaySheet(member=silent, import_wh=tuple(map(int, expected)), export_wh=NOTHING)
    export = list(final[erring - 1].export_wh)
    best = export.index(max(export))
    export[best] -= export[best] * LOST_PERCENT // 100
    sheets[erring - 1] = DaySheet(member=erring, import_wh=NOTHING, export_wh=tuple(export))
    return tuple(sheets)
