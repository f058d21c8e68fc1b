"""The libraries against models of their own: the calendar of Python, the cases of the paper, plain integers."""

import struct
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.models.market import paper
from tests.support.region import TICK, actor, pack, plain, unpack_signed
from tests.support.reverts import reverts

GWH = 2**32 - 1  # the most that an hour can hold [Wh]
day = st.binary(min_size=96, max_size=96).map(lambda data: list(struct.unpack("<24I", data)))  # 24 hourly energies [Wh]
wh = st.integers(0, GWH) | st.sampled_from([0, 1, 2, GWH])
ticks = st.integers(0, 2**32 - 1) | st.integers(0, 10_000)


# Hand calculations in yuan and kWh with S = 0.40, B = 0.75, G = 0.04; the first four are rows of Xiong et al. 2023,
# Table 1 (generator and load, price):
#   2 and 17, 0.63: 200 delivered, 180 taken: 180 x 0.63 + 20 x 0.40 = 121.40; 180 x 0.67 = 120.60; -0.80
#   14 and 29, 0.66: 60 delivered, 50 taken: 50 x 0.66 + 10 x 0.40 = 37.00; 50 x 0.70 = 35.00; -2.00
#   11 and 26, 0.67: 60 delivered, 80 taken: 60 x 0.67 = 40.20; 60 x 0.71 + 20 x 0.75 = 57.60; 17.40
#   8 and 23, 0.61: 110 delivered, 110 taken: 110 x 0.61 = 67.10; 110 x 0.65 = 71.50; 4.40
# and one with nothing delivered, one with nothing taken, one with neither.
@pytest.mark.parametrize(
    ("delivered", "taken", "price", "hundredths"),  # received, paid, grid company's, in 1/100 point
    [
        (200_000, 180_000, 6_300, (12_140, 12_060, -80)),
        (60_000, 50_000, 6_600, (3_700, 3_500, -200)),
        (60_000, 80_000, 6_700, (4_020, 5_760, 1_740)),
        (110_000, 110_000, 6_100, (6_710, 7_150, 440)),
        (0, 100_000, 5_000, (0, 7_500, 7_500)),
        (100_000, 0, 5_000, (4_000, 0, -4_000)),
        (0, 0, 5_000, (0, 0, 0)),
    ],
)
def test_legs_by_hand(libraries, delivered, taken, price, hundredths):
    _, [legs] = libraries.settleHours([delivered], [taken], [price], (4_000, 7_500, 400, False))
    received, paid = plain(legs)
    assert (received, paid, paid - received) == tuple(value * 10**16 for value in hundredths)


@settings(max_examples=30)
@given(hours=st.lists(st.tuples(wh, wh, ticks), min_size=1, max_size=8), tariffs=st.tuples(ticks, ticks, ticks))
def test_legs_are_those_of_the_paper_and_sum_to_zero(libraries, hours, tariffs):
    delivered, taken, prices = (list(column) for column in zip(*hours, strict=True))
    deliveries, legs = libraries.settleHours(delivered, taken, prices, (*tariffs, False))
    feed_in, purchase, fee = tariffs
    for (sent, used, price), delivery, (received, paid) in zip(hours, plain(deliveries), plain(legs), strict=True):
        expected = paper(sent, used, price, feed_in=feed_in, purchase=purchase, fee=fee)
        assert (received, paid, paid - received) == tuple(value * TICK // 1_000 for value in expected)
        matched, surplus, missing = delivery[3:6]
        assert (matched + surplus, matched + missing) == (sent, used)
        assert min(surplus, missing) == 0


eight = st.lists(st.integers(0, 2**31 - 1), min_size=8, max_size=8)


@settings(max_examples=60)
@given(
    a=eight,
    b=eight,
    like=st.lists(st.booleans(), min_size=8, max_size=8),
    window=st.tuples(st.integers(0, 23), st.integers(1, 8)),
)
def test_a_word_covers_another_hour_by_hour(libraries, a, b, like, window):
    """Half of the hours are made equal, so that whole windows are covered often."""
    b = [x if same else y for x, y, same in zip(a, b, like, strict=True)]
    first = window[0]
    end = min(first + window[1], (first // 8 + 1) * 8)
    words = [sum(wh << (32 * place) for place, wh in enumerate(hours)) for hours in (a, b)]
    expected = all(a[hour % 8] >= b[hour % 8] for hour in range(first, end))
    assert libraries.allCovered(*words, first, end) == expected
    assert not libraries.allCovered(words[0] | 1 << 255, words[1], first, end)


@settings(max_examples=40)
@given(metered=wh, contracted=st.lists(st.integers(1, GWH), min_size=1, max_size=30))
def test_shares_of_a_meter(libraries, metered, contracted):
    total = sum(contracted)
    parts = plain(libraries.shares(metered, contracted))
    if metered >= total:
        assert parts == tuple(contracted)
    for part, agreed in zip(parts, contracted, strict=True):
        exact = min(Fraction(metered * agreed, total), Fraction(agreed))
        assert part <= exact < part + 1
    assert sum(parts) <= metered
    assert min(metered, total) - sum(parts) < len(contracted)  # the dust: less than 1 Wh per agreement


@pytest.mark.parametrize("price", [1, TICK - 1, TICK + 1, 4_000 * TICK + 10**13, 2**32 * TICK])
def test_prices_are_whole_ticks(libraries, price):
    with reverts("Settlement_PriceOffTick", price, TICK):
        libraries.toTicks(price)


def test_the_largest_price_is_a_tick_count(libraries):
    assert libraries.toTicks((2**24 - 1) * TICK) == 2**24 - 1
    assert libraries.toTicks(0) == 0


@settings(max_examples=15)
@given(
    hours=st.lists(st.integers(400, 3_000_000), min_size=1, max_size=60),
    offset=st.integers(-12, 14),
)
def test_market_time_is_the_calendars(libraries, hours, offset):
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for hour, times in zip(hours, plain(libraries.marketTimes(hours, offset)), strict=True):
        local = epoch + timedelta(hours=hour + offset)
        day = (local.date() - epoch.date()).days
        midnight = day * 24 - offset
        month = local.year * 12 + local.month - 1
        assert times == (day, midnight, local.hour, (midnight + 24) * 3_600, local.year, month)


def test_months_and_years_change_at_midnight_of_the_region(libraries):
    firsts = [datetime(year, month, 1, tzinfo=UTC) for year in range(1971, 2401) for month in range(1, 13)]
    days = [day - timedelta(days=before) for day in firsts for before in (1, 0)]
    hours = [int(day.timestamp()) // 3_600 - 1 for day in days]  # 00:00 at UTC+1
    for start in range(0, len(hours), 500):
        times = plain(libraries.marketTimes(hours[start : start + 500], 1))
        expected = [(day.year, day.year * 12 + day.month - 1) for day in days[start : start + 500]]
        assert [time[4:] for time in times] == expected


def test_leap_days_are_days_of_their_year(libraries):
    leap_day = datetime(2096, 2, 29, 23, tzinfo=UTC)
    [times] = plain(libraries.marketTimes([int(leap_day.timestamp()) // 3_600], 0))
    assert times[4] == 2096
    assert times[0] == (leap_day.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days


@settings(max_examples=25)
@given(hours=day)
@example(hours=[GWH] * 24)
@example(hours=[0, GWH] * 12)
def test_24_hours_fit_three_words(libraries, hours):
    values, total = plain(libraries.readAll(pack(hours)))
    assert values == tuple(hours)
    assert total == sum(hours)


signed = st.integers(0, 2**31 - 1) | st.sampled_from([0, 1, 2**31 - 2, 2**31 - 1])  # energies below 2^31 Wh


@settings(max_examples=60)
@given(
    hours=st.lists(signed, min_size=24, max_size=24),
    limit=signed,
    place=st.integers(0, 23),
    value=st.integers(-1, 1) | st.sampled_from([2**31, 2**32 - 1]),
)
def test_one_hour_above_a_limit_is_found_among_24(libraries, hours, limit, place, value):
    """All hours within the limit but for one, which is at the limit, beside it or has its top bit set."""
    within = [min(wh, limit) for wh in hours]
    within[place] = value if value > 1 else max(0, limit + value)
    assert libraries.anyAbove(pack(within), limit) is any(wh > limit for wh in within)


@settings(max_examples=40)
@given(a=st.lists(signed, min_size=8, max_size=8), b=st.lists(signed, min_size=8, max_size=8))
@example(a=[0] * 8, b=[2**31 - 1] * 8)
@example(a=[2**31 - 1, 0] * 4, b=[0, 2**31 - 1] * 4)
def test_differences_are_signed_hour_by_hour(libraries, a, b):
    words = [pack(hours + [0] * 16)[0] for hours in (a, b)]
    assert unpack_signed([libraries.difference(*words)]) == [x - y for x, y in zip(a, b, strict=True)]


@settings(max_examples=25)
@given(hours=day, hour=st.integers(0, 23), more=wh)
def test_adding_touches_one_hour(libraries, hours, hour, more):
    room = min(more, GWH - hours[hour])
    raised = [value + room * (place == hour) for place, value in enumerate(hours)]
    word = hour // 8
    assert libraries.add(pack(hours)[word], hour, room) == pack(raised)[word]


# Wh x mg/kWh = ug, and 1e6 ug = 1 g: 1,000 Wh at 400,000 mg/kWh is 400 g; one ug more is charged as a whole gramme.
@pytest.mark.parametrize(
    ("energy", "intensity", "grammes"),
    [
        (1_000, 400_000, 400),
        (1, 1, 1),
        (1_000, 1_000, 1),
        (1_001, 1_000, 2),
        (5, 0, 0),
        (GWH, GWH, GWH * GWH // 10**6 + 1),
    ],
)
def test_emissions_are_rounded_up(libraries, energy, intensity, grammes):
    assert libraries.emissionRoundedUp(energy, intensity) == grammes


# A day's word: weights, contracted energy [Wh], agreements, open ones, defaults, sharers.
@pytest.mark.parametrize(
    ("contracted", "agreements", "wh"),
    [(2**56 - 1, 7, 1), (2**56 - GWH, 7, GWH), (0, 2**24 - 1, 0)],
    ids=["by 1 Wh", "by an hour", "by an agreement"],
)
def test_a_day_holds_so_many_agreements(libraries, contracted, agreements, wh):
    with reverts("Days_Full", agreements, contracted + wh):
        libraries.withAgreement((5, contracted, agreements, 3, 2, 1), wh)


def test_the_largest_day_is_whole(libraries):
    before = (2**88 - 1, 2**56 - 1 - GWH, 2**24 - 2, 2**24 - 2, 2**24 - 1, 2**24 - 1)
    after = (2**88 - 1, 2**56 - 1, 2**24 - 1, 2**24 - 1, 2**24 - 1, 2**24 - 1)
    assert plain(libraries.withAgreement(before, GWH)) == after


def test_an_account_holds_at_most_an_hour_s_largest_energy(libraries):
    first, second = ((9 << 56) | (hour << 24) for hour in (8, 9))
    holder, by = actor("seller"), {"from": actor("stranger")}
    assert libraries.hold(holder, [first, second], [5, GWH], by).return_value == GWH
    with reverts("HourlyHoldings_TooMuch", second, GWH, 1):
        libraries.hold(holder, [second], [1], by)
    with reverts("HourlyHoldings_TooMuch", first, 5, GWH - 4):
        libraries.hold(holder, [first], [GWH - 4], by)
    assert libraries.hold(holder, [first], [GWH - 5], by).return_value == GWH
