"""Storage hands on what it was charged with; no carbon appears or vanishes but by rounding.

Hand calculation: 1 MW at 100 g/kWh charges for an hour at 90 %: 900 kWh hold 100 kg, 111,111 mg/kWh; in the next hour
450 kWh carry 50 kg to a load that also gets 1,350 kWh at 500 g/kWh: (50 + 675) kg / 1,800 kWh = 402.778 g/kWh.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.carbon.storage import StorageContent, StorageUnit, trace_with_storage
from offchain.errors import InputError
from tests.offchain.carbon.flow_cases import snapshot_of

EMPTY = StorageContent(energy_wh=0, carbon_ug=0)
ONE_NODE = snapshot_of([], generation=[(0, 1.0), (0, 0.0), (0, 0.0)], load=[(0, 1.0), (0, 0.0)], nodes=1)
BATTERY = StorageUnit(generator=2, load=0, efficiency_ppm=900_000)


def hours(generation, load):
    """Steps of one node: generators wind, coal, battery; loads battery, consumer."""
    none = np.zeros((len(load), 0))
    return replace(ONE_NODE, p_from_mw=none, p_to_mw=none, generation_mw=np.array(generation), load_mw=np.array(load))


INTENSITIES = np.array([100.0, 500.0, 0.0])


def test_two_hours_by_hand():
    snapshot = hours([[1.0, 0.0, 0.0], [0.0, 1.35, 0.45]], [[1.0, 0.0], [0.0, 1.8]])
    traces, (held,) = trace_with_storage(snapshot, INTENSITIES, units=[BATTERY], contents=[EMPTY])
    assert [int(trace.intensity[0, 0]) for trace in traces] == [100_000, 402_778]
    assert traces[1].generator_intensity[0].tolist() == [100_000, 500_000, 111_111]
    assert held.energy_wh == 450_000
    assert held.carbon_ug == 1_000_000 * 100_000 - 450_000 * 111_111


def test_all_that_goes_in_comes_out():
    """Charged at 100 g/kWh, then emptied: the load bears the carbon of what was lost in the battery too."""
    snapshot = hours([[1.0, 0.0, 0.0], [0.0, 0.0, 0.9]], [[1.0, 0.0], [0.0, 0.9]])
    traces, (held,) = trace_with_storage(snapshot, INTENSITIES, units=[BATTERY], contents=[EMPTY])
    assert held == EMPTY
    charged, given_back = 1_000_000 * 100_000, traces[1].totals[0][1]
    assert abs(charged - given_back) <= 900_000 // 2


def test_more_than_is_held_cannot_be_given():
    snapshot = hours([[0.0, 0.0, 0.5]], [[0.0, 0.5]])
    content = StorageContent(energy_wh=499_999, carbon_ug=1)
    with pytest.raises(InputError, match=r"^cannot give 500000 of 499999 Wh$"):
        trace_with_storage(snapshot, INTENSITIES, units=[BATTERY], contents=[content])


@given(
    st.integers(0, 10**9),
    st.integers(0, 10**15),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 4_000_000), st.fractions(0, 1)), max_size=20),
)
def test_content_never_turns_negative_and_keeps_its_carbon(energy, carbon, moves):
    content = StorageContent(energy_wh=energy, carbon_ug=carbon if energy else 0)
    taken_in, given_out, slack = content.carbon_ug, 0, 0
    for wh, intensity, part in moves:
        content = content.charged(taken_wh=wh, stored_wh=int(wh * part), intensity=intensity)
        taken_in += wh * intensity
        give = int(content.energy_wh * part)
        given_out += give * content.intensity
        slack += give
        content = content.discharged(give)
        assert content.energy_wh >= 0
        assert content.carbon_ug >= 0
    if content.energy_wh:
        assert abs(taken_in - given_out - content.carbon_ug) <= slack


@pytest.mark.parametrize(
    ("charge", "message"),
    [
        ({"taken_wh": 10, "stored_wh": 11, "intensity": 1}, r"cannot store 11 of 10 Wh at 1 mgCO2e/kWh"),
        ({"taken_wh": -10, "stored_wh": -11, "intensity": 1}, r"cannot store -11 of -10 Wh at 1 mgCO2e/kWh"),
        ({"taken_wh": 10, "stored_wh": 9, "intensity": -1}, r"cannot store 9 of 10 Wh at -1 mgCO2e/kWh"),
    ],
)
def test_impossible_charges_are_refused(charge, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        EMPTY.charged(**charge)
