"""A market day in fractions, agreement-hour by agreement-hour, as the equations stand: the twin that is slow and plain.

Energy in kWh, money in points, weights in points from 0 to 100. Nothing is rounded but an agreement's share of a meter,
which rulebook `market` defines in whole Wh. `paper` sums a window up and judges it once; `market` judges every hour.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

POINT = 10**18
ZERO = Fraction(0)
KAPPA, FLOOR_WEIGHT = 2, 50
SMALLEST_DENOMINATOR = Fraction(1, 10)


@dataclass
class SlowAgreement:
    """What became of an agreement."""

    received: Fraction = ZERO
    paid: Fraction = ZERO
    grid: Fraction = ZERO
    penalty: dict = field(default_factory=lambda: defaultdict(Fraction))
    compensation: dict = field(default_factory=lambda: defaultdict(Fraction))
    shortfalls: dict = field(default_factory=lambda: defaultdict(Fraction))
    performed: dict = field(default_factory=lambda: defaultdict(Fraction))

    @property
    def shared(self):
        """F of Eq. (34)."""
        return sum(self.penalty.values()) - sum(self.compensation.values())


@dataclass
class SlowDay:
    """What became of a day."""

    agreements: dict
    residuals: dict
    weights: dict
    shares: dict
    reserve: Fraction


@dataclass(frozen=True)
class SlowRules:
    """What a rulebook decides."""

    counted: Callable
    """What of a meter counts for an agreement, beside the member's agreements of the hour [Wh]."""
    judged: Callable
    """The units of an agreement's hours."""
    outside: Callable
    """What of a meter is outside the member's agreements of the hour [Wh]."""
    factor: Callable
    """Penalty per loss at a weight and full shortfall."""


def _shared(metered, agreement, own):
    share = Fraction(metered * agreement.wh_per_hour, sum(a.wh_per_hour for a in own)).__floor__()
    return min(share, agreement.wh_per_hour)


RULES = {
    "market": SlowRules(
        counted=_shared,
        judged=lambda hours: [[hour] for hour in hours],
        outside=lambda metered, own: max(0, metered - sum(a.wh_per_hour for a in own)),
        factor=lambda weight: KAPPA * max(weight, FLOOR_WEIGHT) / Fraction(100),
    ),
    "paper": SlowRules(
        counted=lambda metered, agreement, own: metered,
        judged=lambda hours: [hours],
        outside=lambda metered, own: 0 if own else metered,
        factor=lambda weight: weight,
    ),
}


def slow_day(day, *, tariffs, rulebook="market"):
    """Settle a `RandomDay` on its first sheets; a silent member delivered and took nothing."""
    rules = RULES[rulebook]
    meter = {m: day.sheets.get(m) for m in day.members}
    results = {a.id: _agreement(a, day, meter, tariffs=tariffs, rules=rules) for a in day.agreements}
    weights = _weights(day, results)
    shares, reserve = _shares(day, results, weights)
    residuals = {m: _residual(m, day, meter, tariffs=tariffs, rules=rules) for m in day.members}
    return SlowDay(results, residuals, weights, shares, reserve)


def _points(value):
    return Fraction(value, POINT)


def _register(sheet, hour, day, side):
    if sheet is None:
        return 0
    return (sheet.export_wh if side == "sell" else sheet.import_wh)[hour - day.hours.start]


def _energy(agreement, hour, day, meter, side, *, rules):
    """What counts for the agreement in an hour [kWh]."""
    member = agreement.seller if side == "sell" else agreement.buyer
    metered = _register(meter[member], hour, day, side)
    own = [a for a in day.agreements if (a.seller if side == "sell" else a.buyer) == member and hour in a.window]
    return Fraction(rules.counted(metered, agreement, own), 1000)


def _agreement(agreement, day, meter, *, tariffs, rules):
    S, B, G, U = (_points(x) for x in (tariffs.feed_in, tariffs.purchase, tariffs.grid_fee, agreement.price))
    result = SlowAgreement()
    hourly = [
        tuple(_energy(agreement, hour, day, meter, side, rules=rules) for side in ("sell", "buy"))
        for hour in agreement.window
    ]
    for unit in rules.judged(hourly):
        C = Fraction(agreement.wh_per_hour * len(unit), 1000)
        E_f, E_y = map(sum, zip(*unit, strict=True))
        if E_f >= E_y:
            legs = E_y * U + (E_f - E_y) * S, E_y * (U + G), E_y * G - (E_f - E_y) * S
        else:
            legs = E_f * U, E_f * (U + G) + (E_y - E_f) * B, E_f * G + (E_y - E_f) * B
        result.received += legs[0]
        result.paid += legs[1]
        result.grid += legs[2]
        eps = 0 if E_f < C and E_y < C else 1
        for member, other, E, rate in (
            (agreement.seller, agreement.buyer, E_f, B - U - G),
            (agreement.buyer, agreement.seller, E_y, U - S),
        ):
            W0 = Fraction(100 * day.weights[member], POINT)
            short = max(ZERO, C - E)
            result.penalty[member] += rate * short * (eps + rules.factor(W0) * short / C)
            result.compensation[other] += rate * short * eps
            result.shortfalls[member] += short
            result.performed[member] += C if short == 0 else 0
    return result


def _related(day, a, b):
    return a in day.groups and day.groups.get(a) == day.groups.get(b)


def _weights(day, results):
    counted = [a for a in day.agreements if not a.related]
    market = sum((Fraction(a.wh_per_hour * a.hours, 1000) for a in counted), ZERO)
    after = {}
    for member in day.members:
        W0 = Fraction(100 * day.weights[member], POINT)
        own = [a for a in counted if member in (a.seller, a.buyer)]
        volume = sum((Fraction(a.wh_per_hour * a.hours, 1000) for a in own), ZERO)
        performed = sum((results[a.id].performed[member] for a in own), ZERO)
        missed = sum((results[a.id].shortfalls[member] for a in own), ZERO)
        after[member] = W0
        if own:
            after[member] += (100 - W0) * performed / market - W0 * missed / volume
    return after


def _shares(day, results, weights):
    settled = {party for a in day.agreements for party in (a.seller, a.buyer)}
    shares, reserve = dict.fromkeys(day.members, ZERO), ZERO
    for agreement in day.agreements:
        parties = (agreement.seller, agreement.buyer)
        sharers = [m for m in settled if m not in parties and not any(_related(day, m, party) for party in parties)]
        total = sum((weights[m] for m in sharers), ZERO)
        if total < SMALLEST_DENOMINATOR:
            reserve += results[agreement.id].shared
            continue
        for member in sharers:
            shares[member] += results[agreement.id].shared * weights[member] / total
    return shares, reserve


def _residual(member, day, meter, *, tariffs, rules):
    """Signed: what the member receives for energy outside its agreements."""
    leg = ZERO
    for hour in day.hours:
        for side, price in (("sell", tariffs.feed_in), ("buy", -tariffs.purchase)):
            own = [
                a for a in day.agreements if (a.seller if side == "sell" else a.buyer) == member and hour in a.window
            ]
            metered = _register(meter[member], hour, day, side)
            leg += Fraction(rules.outside(metered, own), 1000) * _points(price)
    return leg
