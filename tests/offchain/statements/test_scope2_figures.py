"""Three figures of an hour's consumption, each by hand; what covers what."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.certificates.history.retirements import retired_in, retirements_of
from offchain.errors import InputError
from offchain.market_time import MarketCalendar
from offchain.statements.scope2 import Consumption, cover, figures, residual_intensity
from tests.offchain.statements.statement_cases import (
    DAY,
    FIRST_HOUR,
    HYDRO,
    NAME,
    NOON,
    WIND,
    certificate,
    hour,
    ledger,
    record,
)

CALENDAR = MarketCalendar(1)
BY_CODE = record().carriers


def retired(*entries):
    """Retirements of (Wh, hour of production, first hour, end), of wind."""
    book = ledger()
    book.events = []
    for wh, produced, start, end in entries:
        book.retire(wh, identifier=certificate(produced), start=start, end=end)
    return retirements_of(book.events, CALENDAR)


def covered(consumption, *entries):
    found = cover([Consumption(hour=h, wh=wh) for h, wh in consumption.items()], retired(*entries))
    return {h: counter[WIND] for h, counter in found.hours.items() if counter}, found.unused


def test_figures_of_an_hour_by_hand():
    """100 kWh at noon, 40 of them covered by wind; 60 kWh of wind were retired in the region, 40 of them here.

    average: 300 kg / 1,000 kWh = 300 g/kWh -> 30,000 g
    residual: (300,000 g - 60 kWh x 11 g) / 940 kWh = 299,340 / 940 = 318.447 g/kWh (318,446.8 mg, so 318,447)
    market: 40 kWh x 11 g = 440 g, 60 kWh x 318.447 g = 19,106.82 g -> 19,546.82, up to 19,547 g
    node 1: 250 g/kWh -> 25,000 g; losses: 9,500 g / 950 kWh = 10 g/kWh -> 1,000 g
    """
    own = retired((40_000, NOON, NOON, NOON + 1))
    consumption = [Consumption(hour=NOON, wh=100_000)]
    (found,) = figures(
        consumption, node=1, days=[record()], coverage=cover(consumption, own), retired={(NOON, WIND): 60_000}
    )
    assert (found.average, found.residual, found.traced, found.loss_intensity) == (300_000, 318_447, 250_000, 10_000)
    assert (found.wh, found.certified_wh) == (100_000, 40_000)
    assert (found.location_g, found.market_g, found.traced_g, found.losses_g) == (30_000, 19_547, 25_000, 1_000)


def test_every_hour_is_rounded_up_by_itself():
    """1 Wh in each of two hours: 0.3 g, 0.25 g and 0.01 g become 1 g each, twice."""
    consumption = [Consumption(hour=NOON, wh=1), Consumption(hour=NOON + 1, wh=1)]
    found = figures(consumption, node=1, days=[record()], coverage=cover(consumption, []), retired={})
    assert [(f.location_g, f.market_g, f.traced_g, f.losses_g) for f in found] == [(1, 1, 1, 1)] * 2


@pytest.mark.parametrize(
    ("consumption", "entries", "expected"),
    [
        ({NOON: 100}, [(40, NOON, NOON, NOON + 1)], ({NOON: 40}, 0)),
        ({NOON: 100}, [(140, NOON, NOON, NOON + 1)], ({NOON: 100}, 40)),
        ({NOON: 100}, [(40, NOON - 5, NOON, NOON + 1)], ({NOON: 40}, 0)),
        ({NOON: 100}, [(40, NOON, NOON + 1, NOON + 3)], ({}, 40)),
        ({NOON: 50, NOON + 1: 50}, [(80, NOON + 1, NOON, NOON + 2)], ({NOON: 30, NOON + 1: 50}, 0)),
        # Matched hours first, whatever the order of the retirements.
        (
            {NOON: 50, NOON + 1: 50},
            [(60, NOON - 9, NOON, NOON + 2), (50, NOON, NOON, NOON + 1)],
            ({NOON: 50, NOON + 1: 50}, 10),
        ),
        ({}, [(7, NOON, NOON, NOON + 1)], ({}, 7)),
    ],
)
def test_what_a_retired_certificate_covers(consumption, entries, expected):
    assert covered(consumption, *entries) == expected


@settings(max_examples=60, deadline=None)
@given(
    consumption=st.dictionaries(st.integers(NOON, NOON + 4), st.integers(1, 50), max_size=5),
    entries=st.lists(
        st.tuples(
            st.integers(1, 60), st.integers(NOON - 1, NOON + 5), st.integers(NOON - 1, NOON + 4), st.integers(1, 4)
        ),
        max_size=6,
    ),
)
def test_nothing_is_covered_twice_and_nothing_is_lost(consumption, entries):
    found, unused = covered(consumption, *[(wh, produced, start, start + n) for wh, produced, start, n in entries])
    assert all(wh <= consumption[h] for h, wh in found.items())
    assert sum(found.values()) + unused == sum(wh for wh, *_ in entries)


def test_revoked_and_trial_certificates_cover_nothing_and_leave_the_residual_mix_alone():
    book = ledger()
    book.events = []
    book.retire(10, identifier=certificate(device=5))
    book.retire(20, identifier=certificate(device=6, trial=True))
    book.retire(40)
    book.add("GreenCertificate", "DayRevoked", device=5, day=DAY, reason="0x01")
    book.add("GreenCertificate", "DayRevoked", device=1, day=DAY + 1, reason="0x01")
    found = retirements_of(book.events, CALENDAR)
    result = cover([Consumption(hour=NOON, wh=100)], found)
    assert (result.hours[NOON][WIND], result.unused) == (40, 30)
    assert dict(retired_in(found)) == {(NOON, WIND): 40}


def test_residual_mix_by_hand():
    """1,000 kWh with 300 kg. Without 500 kWh of hydro at 24 g: 288,000 g / 500 kWh = 576 g/kWh."""
    assert residual_intensity(hour(), {}, BY_CODE) == 300_000
    assert residual_intensity(hour(), {HYDRO: 500_000}, BY_CODE) == 576_000
    assert residual_intensity(hour(generation_ug=1_000), {WIND: 500_000}, BY_CODE) == 0


@pytest.mark.parametrize("wh", [1_000_000, 1_000_001])
def test_without_a_residue_the_average_stands_in(wh):
    assert residual_intensity(hour(), {WIND: wh}, BY_CODE) == 300_000


@given(st.integers(0, 999_999))
def test_removing_what_is_cleaner_than_the_average_never_makes_the_rest_cleaner(wh):
    assert residual_intensity(hour(), {WIND: wh}, BY_CODE) >= hour().average


def test_an_hour_without_record_and_a_carrier_without_factor_are_named():
    consumption = [Consumption(hour=FIRST_HOUR - 1, wh=1)]
    with pytest.raises(InputError, match=f"there is no carbon record of hour {FIRST_HOUR - 1}"):
        figures(consumption, node=0, days=[record()], coverage=cover(consumption, []), retired={})
    consumption = [Consumption(hour=NOON, wh=1)]
    with pytest.raises(InputError, match="carrier 9 of a certificate is not in the carbon record"):
        figures(consumption, node=0, days=[record()], coverage=cover(consumption, []), retired={(NOON, 9): 1})


def test_the_beneficiary_of_the_cases_is_the_mill():
    assert retirements_of(ledger().events, CALENDAR)[0].beneficiary == NAME
