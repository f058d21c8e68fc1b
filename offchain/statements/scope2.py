"""The carbon of a member's purchased electricity, hour by hour, in three ways side by side.

- Location-based (GHG Protocol Scope 2 Guidance, chapter 6): the average of the region's generation in the hour.
- Market-based (the same): retired certificates at the factor of their carrier, the rest at the residual mix, from which
  every retired certificate of the region is removed.
- Flow-traced: the intensity of the member's node, as proven on the chain. Ours; outside the standard.

Network losses come separately, as the standard wants them in Scope 3, category 3: the carbon of what the network lost
in the hour, per kWh of the region's load. The factors are life-cycle ones, so all figures include the fuel's upstream.
Every hour is rounded up to whole g, as on the chain.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from offchain.certificates.history.retirements import Retirement
from offchain.errors import InputError
from offchain.statements.carbon_day import CarbonDay, CarbonHour
from offchain.units import MICROGRAMS_PER_GRAM, grams_rounded_up, ratio_half_up


@dataclass(frozen=True, kw_only=True)
class Consumption:
    """What a member took from the grid in an hour."""

    hour: int
    """Unix hour."""
    wh: int


@dataclass(frozen=True, kw_only=True)
class HourFigures:
    """An hour's consumption and its carbon [gCO2e], intensities in mgCO2e/kWh."""

    hour: int
    wh: int
    average: int
    """Of the region's generation."""
    residual: int
    """Of it without the retired certificates."""
    traced: int
    """Of the member's node."""
    loss_intensity: int
    certified_wh: int
    """Covered by certificates that were retired for the member."""
    location_g: int
    market_g: int
    traced_g: int
    losses_g: int


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How retired certificates cover consumption."""

    hours: Mapping[int, Counter[int]]
    """By unix hour of consumption and code of the carrier [Wh]."""
    unused: int
    """Retired, but for periods without so much consumption, or revoked or for trial [Wh]."""


def cover(consumption: Sequence[Consumption], retirements: Iterable[Retirement]) -> Coverage:
    """Set certificates that were retired for a member against its consumption.

    A certificate covers the hour of its production when this lies in the consumption period; what is left of it, and
    others, cover the earliest hours of the period that are not covered yet.
    """
    left = {entry.hour: entry.wh for entry in consumption}
    hours: dict[int, Counter[int]] = {hour: Counter() for hour in left}
    lots = [(retirement.hours, lot) for retirement in retirements for lot in retirement.lots]
    unused = [lot.wh for _, lot in lots]

    def use(place: int, hour: int) -> None:
        lot = lots[place][1]
        wh = min(unused[place], left[hour])
        left[hour] -= wh
        unused[place] -= wh
        hours[hour][lot.certificate.carrier] += wh

    counting = [place for place, (_, lot) in enumerate(lots) if lot.counts]
    for place in counting:
        period, lot = lots[place]
        if lot.certificate.hour in period and lot.certificate.hour in left:
            use(place, lot.certificate.hour)
    for place in counting:
        for hour in sorted(hour for hour in left if hour in lots[place][0]):
            use(place, hour)
    return Coverage(hours={hour: +covered for hour, covered in hours.items()}, unused=sum(unused))


def residual_intensity(hour: CarbonHour, retired: Mapping[int, int], carriers: Mapping[int, int]) -> int:
    """The region's generation without its retired certificates [mgCO2e/kWh], rounded half up, at least 0.

    Args:
        hour: the region's hour.
        retired: certificates of its production, by carrier [Wh].
        carriers: intensity of each carrier [mgCO2e/kWh].

    Where nothing is left, nobody can be supplied from it: the average stands in, so that no claim becomes cheaper.
    """
    energy = hour.generation_wh - sum(retired.values())
    if energy <= 0:
        return hour.average
    carbon = hour.generation_ug - sum(wh * carriers[carrier] for carrier, wh in retired.items())
    return ratio_half_up(max(carbon, 0), energy)


def figures(
    consumption: Sequence[Consumption],
    *,
    node: int,
    days: Iterable[CarbonDay],
    coverage: Coverage,
    retired: Mapping[tuple[int, int], int],
) -> list[HourFigures]:
    """The figures of each hour of consumption.

    Args:
        consumption: of the member, at most one entry per hour.
        node: of the member's connection.
        days: carbon records of all these hours.
        coverage: by certificates that were retired for the member.
        retired: all retired certificates, by hour of production and carrier [Wh].

    Raises:
        InputError: an hour has no carbon record, or a certificate's carrier is not in it.
    """
    known = {hour.hour: (hour, day.carriers) for day in days for hour in day.hours}
    by_hour: dict[int, dict[int, int]] = {}
    for (produced, carrier), wh in retired.items():
        by_hour.setdefault(produced, {})[carrier] = wh
    found = []
    for entry in consumption:
        if entry.hour not in known:
            raise InputError(f"there is no carbon record of hour {entry.hour}")
        hour, factors = known[entry.hour]
        covered, gone = coverage.hours.get(entry.hour, Counter()), by_hour.get(entry.hour, {})
        unknown = {*covered, *gone} - factors.keys()
        if unknown:
            raise InputError(f"carrier {min(unknown)} of a certificate is not in the carbon record of hour {hour.hour}")
        found.append(_hour(entry, hour, node=node, covered=covered, retired=gone, factors=factors))
    return found


def _hour(
    entry: Consumption,
    hour: CarbonHour,
    *,
    node: int,
    covered: Mapping[int, int],
    retired: Mapping[int, int],
    factors: Mapping[int, int],
) -> HourFigures:
    residual = residual_intensity(hour, retired, factors)
    certified = sum(covered.values())
    market_ug = sum(wh * factors[carrier] for carrier, wh in covered.items()) + (entry.wh - certified) * residual
    return HourFigures(
        hour=entry.hour,
        wh=entry.wh,
        average=hour.average,
        residual=residual,
        traced=hour.intensity[node],
        loss_intensity=hour.loss_intensity,
        certified_wh=certified,
        location_g=grams_rounded_up(entry.wh, hour.average),
        market_g=-(-market_ug // MICROGRAMS_PER_GRAM),
        traced_g=grams_rounded_up(entry.wh, hour.intensity[node]),
        losses_g=grams_rounded_up(entry.wh, hour.loss_intensity),
    )
