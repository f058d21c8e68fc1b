"""What a region's trading day comes to, worked out before and apart from the chain.

`plan_day` is a pure function from the region's data, a date and a seed to everything the day consists of: who takes
part, what they agree on, what their meters measure, how power and carbon flow, and what everybody owes. The chain must
come to the same; the audits compare.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from offchain.carbon.adapters.grid_case import flow_snapshot
from offchain.carbon.factors import EmissionFactors, generator_intensities
from offchain.carbon.integer import IntegerTrace, integer_trace
from offchain.carbon.laws import check_trace
from offchain.carbon.snapshot import FlowSnapshot
from offchain.carbon.trace import Trace, trace
from offchain.day.market.plan import MarketPlan, plan_market
from offchain.day.world.participants import Participant, Participants, participants
from offchain.day.world.readings import Readings, readings
from offchain.errors import InputError
from offchain.grid.case import GridCase, load_case
from offchain.grid.laws import check_power_flow
from offchain.grid.power_flow import Injections, PowerFlow, solve
from offchain.grid.profiles import day_profile, load_profiles
from offchain.grid.solvers.table import DEFAULT_SOLVER
from offchain.market.forecast_agreements import Forecast, make_agreements
from offchain.market.records import Agreement, Tariffs
from offchain.market.settlement import amount
from offchain.market_time import HOURS_PER_DAY, MarketCalendar, day_of_date
from offchain.merkle import MerkleTree, carbon_leaf, merkle_tree
from offchain.regions import Region
from offchain.units import Integers


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
    readings: Readings
    market: MarketPlan
    flow: PowerFlow
    snapshot: FlowSnapshot
    trace: Trace
    integer_trace: IntegerTrace
    """What the carbon ledger commits to, in whole W and mgCO2e/kWh."""
    trees: tuple[MerkleTree, ...]
    """One per hour over the nodes' intensities."""

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
    forecast, actual = _two_days(region, case, day)
    members = participants(case, factors)
    calendar = MarketCalendar(region.utc_offset_hours)
    number = day_of_date(day)

    agreements = _agreements(
        region, members, forecast, factors=factors, first_hour=calendar.first_hour(number), seed=seed
    )
    flow = solve(case, actual, solver=DEFAULT_SOLVER)
    check_power_flow(case, actual, flow=flow)
    sheets = readings(members, actual, flow, forecast=forecast)
    market = plan_market(
        agreements,
        sheets,
        hours=calendar.hours(number),
        tariffs=region.tariffs,
        expected_wh=_expected(members, forecast),
        grid_deposit=_largest_feed_in(members, region.tariffs),
    )
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
        readings=sheets,
        market=market,
        flow=flow,
        snapshot=snapshot,
        trace=carbon,
        integer_trace=whole,
        trees=_trees(calendar.hours(number), whole.intensity),
    )


def _two_days(region: Region, case: GridCase, day: date) -> tuple[Injections, Injections]:
    """What is fed in and taken on the day before and on the day."""
    profiles = load_profiles(region.folder, case)
    tradable = [date_ for date_ in profiles.days if date_ - timedelta(days=1) in profiles.days]
    if day not in tradable:
        allowed = ", ".join(str(date_) for date_ in tradable)
        raise InputError(f"{case.code} cannot trade on {day}: allowed are {allowed}")
    return day_profile(case, profiles, day=day - timedelta(days=1)), day_profile(case, profiles, day=day)


def _trees(hours: range, intensity: Integers) -> tuple[MerkleTree, ...]:
    """One per hour over the nodes' intensities: (hours, nodes) [mgCO2e/kWh]."""
    return tuple(
        merkle_tree([carbon_leaf(hour, node, int(value)) for node, value in enumerate(row)])
        for hour, row in zip(hours, intensity, strict=True)
    )


def _agreements(
    region: Region,
    members: Participants,
    forecast: Injections,
    *,
    factors: EmissionFactors,
    first_hour: int,
    seed: int,
) -> tuple[Agreement, ...]:
    """Agreements for the day, as if it became like the day before; renewable energy comes with its certificates."""

    def forecasts(group: Sequence[Participant], energy: Integers) -> list[Forecast]:
        return [
            Forecast(member=member.id, wh=tuple(map(int, energy[:, column])), nameplate_w=member.nameplate_w)
            for column, member in enumerate(group)
        ]

    made = make_agreements(
        forecasts(members.generators, forecast.generation_w),
        forecasts(members.consumers, forecast.load_w),
        first_hour=first_hour,
        tariffs=region.tariffs,
        rng=np.random.Generator(np.random.PCG64([seed, *region.name.encode()])),
    )
    renewable = {m.id for m in members.generators if factors.carriers[str(m.carrier)].renewable}
    return tuple(replace(agreement, bundled=agreement.seller in renewable) for agreement in made)


def _expected(members: Participants, forecast: Injections) -> dict[int, int]:
    """What each consumer expects to consume on the day [Wh]."""
    return {m.id: int(wh) for m, wh in zip(members.consumers, forecast.load_w.sum(axis=0), strict=True)}


def _largest_feed_in(members: Participants, tariffs: Tariffs) -> int:
    """The most that the grid company can owe for a day of everybody's full power [point-wei]."""
    return amount(HOURS_PER_DAY * sum(generator.nameplate_w for generator in members.generators), tariffs.feed_in)
