"""Consumption curves: golden values, the clamp, states, capture, the table, and fits of history.

Hand calculation for the first golden unit at 410.3454 MW: w = 1000 (2e-5 x 410.3454 + 0.275 + 8 / 410.3454) =
8.206908 + 275 + 19.495771 = 302.702679 kg/MWh; E = 44.0095 / 12.0107 / 1000 x 0.62 x 0.98 x w = 0.673926 t/MWh.
"""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.carbon.curve_fit import fit_curve
from offchain.carbon.unit_curves import (
    STATE_FACTORS,
    OperatingState,
    UnitCurve,
    consumption,
    load_unit_curves,
    parse_unit,
    unit_intensity,
)
from offchain.errors import InputError
from offchain.files import PROJECT

GOLDEN = json.loads((PROJECT / "tests" / "vectors" / "carbon" / "four_node.json").read_text())
TABLE = PROJECT / "data" / "factors" / "unit_curves.toml"
UNITS = [parse_unit(entry) for entry in GOLDEN["unit_params"]]
SOUND = {"a": 2e-5, "b": 0.275, "c": 8.0, "mu": 0.62, "phi": 0.98}


@pytest.mark.parametrize("k", [0, 1])
def test_golden_units(k):
    power = GOLDEN["PG"][k]
    assert consumption(UNITS[k], power) == pytest.approx(GOLDEN["pecc_kg_per_MWh"][k], rel=1e-14)
    assert unit_intensity(UNITS[k], power) == pytest.approx(GOLDEN["E_G"][k], rel=1e-14)


def test_by_hand():
    assert consumption(UNITS[0], 410.3454) == pytest.approx(302.702679, abs=1e-6)
    assert unit_intensity(UNITS[0], 410.3454) == pytest.approx(0.673926, abs=1e-6)


@given(st.floats(0, 1e-3, exclude_max=True))
def test_an_output_of_round_off_size_emits_nothing(power):
    assert consumption(UNITS[0], power) == 0.0


def test_the_minimum_output_is_the_units_own():
    unit = UnitCurve(**SOUND, p_min_mw=200.0)
    assert consumption(unit, 199.9) == 0.0
    assert consumption(unit, 200.0) == consumption(UnitCurve(**SOUND), 200.0) == pytest.approx(4 + 275 + 40)


@given(st.floats(1, 1000))
def test_carbon_is_the_curve_times_what_coal_holds(power):
    """P w is the curve itself: f(P) = a P^2 + b P + c in t/h."""
    assert power * consumption(UNITS[0], power) / 1000 == pytest.approx(2e-5 * power**2 + 0.275 * power + 8, rel=1e-12)


def test_states_correct_the_consumption():
    normal = consumption(UnitCurve(**SOUND), 300.0)
    by_state = {state: consumption(UnitCurve(**SOUND, delta=factor), 300.0) for state, factor in STATE_FACTORS.items()}
    assert by_state == {
        OperatingState.NORMAL: normal,
        OperatingState.SHUT_DOWN: 0.0,
        OperatingState.DEEP_PEAK_SHAVING: pytest.approx(1.01 * normal),
        OperatingState.RAPID_RAMPING: pytest.approx(1.01 * normal),
    }


def test_capture_takes_its_part():
    free, captured = UnitCurve(**SOUND), UnitCurve(**SOUND, theta=0.9)
    assert unit_intensity(captured, 300.0) == pytest.approx(0.1 * unit_intensity(free, 300.0))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("mu", 1.01, "mu must be from 0 to 1, not 1.01"),
        ("phi", -0.1, "phi must be from 0 to 1, not -0.1"),
        ("theta", 2.0, "theta must be from 0 to 1, not 2.0"),
        ("c", -1.0, "c must be from 0 to inf, not -1.0"),
        ("delta", -1.0, "delta must be from 0 to inf, not -1.0"),
        ("a", float("nan"), "a must be from -inf to inf, not nan"),
        ("b", float("inf"), "b must be from -inf to inf, not inf"),
        ("p_min_mw", 0.0, "p_min_mw must be positive"),
    ],
)
def test_numbers_out_of_range_are_refused(field, value, message):
    with pytest.raises(InputError) as caught:
        UnitCurve(**{**SOUND, field: value})
    assert str(caught.value) == f"unit curve: {message}"


def test_a_curve_that_turns_negative_is_refused_there():
    unit = UnitCurve(**{**SOUND, "a": -1e-3})
    assert consumption(unit, 100.0) > 0
    with pytest.raises(InputError, match=r"^unit curve is negative at 500.0 MW: -209 kg/MWh$"):
        consumption(unit, 500.0)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ([], "fields must be a, b, c, mu, phi, and may be delta, p_min_mw, theta"),
        ({"a": 1.0}, "fields must be a, b, c, mu, phi, and may be delta, p_min_mw, theta"),
        ({**SOUND, "eta": 1.0}, "fields must be a, b, c, mu, phi, and may be delta, p_min_mw, theta"),
        ({**SOUND, "b": "0.3", "c": True}, "b, c must be numbers"),
    ],
)
def test_units_of_another_form_are_refused(entry, message):
    with pytest.raises(InputError) as caught:
        parse_unit(entry)
    assert str(caught.value) == f"unit curve: {message}"


def test_the_table_holds_the_units_of_the_worked_example():
    units = load_unit_curves(TABLE)
    for name, golden, power in zip(("example_large", "example_small"), UNITS, GOLDEN["PG"], strict=False):
        assert unit_intensity(units[name], power) == unit_intensity(golden, power)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('version = "1"', "version = 1", "version must be text"),
        ("mu = 0.62", "mu = 6.2", "example_large: unit curve: mu must be from 0 to 1, not 6.2"),
        ("mu = 0.62", "", "example_large: unit curve: fields must be a, b, c, mu, phi"),
        ('source = "made up for the worked four-node example, in the range of a 600', 'note = "', "needs its source"),
        ("[units.example_large]", "[units", "is not TOML"),
    ],
)
def test_defects_of_the_table_are_named(tmp_path, old, new, message):
    text = TABLE.read_text()
    assert text.count(old) == 1
    (tmp_path / "curves.toml").write_text(text.replace(old, new))
    with pytest.raises(InputError, match=re.escape(message)):
        load_unit_curves(tmp_path / "curves.toml")


def test_missing_tables_and_units_are_named(tmp_path):
    with pytest.raises(InputError, match=r"curves\.toml is missing"):
        load_unit_curves(tmp_path / "curves.toml")
    (tmp_path / "curves.toml").write_text('version = "1"\n')
    with pytest.raises(InputError, match="units are missing"):
        load_unit_curves(tmp_path / "curves.toml")


def history(noise, *, hours=400):
    random = np.random.Generator(np.random.PCG64(1))
    power = random.uniform(200, 600, hours)
    return power, 2e-5 * power**2 + 0.275 * power + 8 + random.normal(0, noise, hours)


def test_a_fit_recovers_an_exact_curve():
    fit = fit_curve(*history(0.0))
    assert (fit.a, fit.b, fit.c) == pytest.approx((2e-5, 0.275, 8.0), rel=1e-8)
    assert fit.r_squared == pytest.approx(1, abs=1e-12)
    assert fit.rms_error < 1e-10
    assert fit.p_range_mw == pytest.approx((200, 600), abs=3)


def test_a_fit_of_noisy_history_says_how_far_to_trust_it():
    """Of 95 % intervals for a, b and c over 200 histories, some 570 of 600 hold the truth."""
    random = np.random.Generator(np.random.PCG64(7))
    held = 0
    for _ in range(200):
        power = random.uniform(200, 600, 60)
        fit = fit_curve(power, 2e-5 * power**2 + 0.275 * power + 8 + random.normal(0, 0.5, 60))
        found = np.abs(np.array([fit.a - 2e-5, fit.b - 0.275, fit.c - 8.0])) <= fit.half_widths
        held += int(found.sum())
    assert 545 <= held <= 590
    assert fit.rms_error == pytest.approx(0.5, rel=0.3)


def test_a_fit_equals_the_textbook_normal_equations():
    power, coal = history(0.8)
    fit = fit_curve(power, coal)
    expected, covariance = np.polyfit(power, coal, 2, cov="unscaled")
    assert (fit.a, fit.b, fit.c) == pytest.approx(tuple(expected), rel=1e-9)
    deviation = fit.rms_error * np.sqrt(np.diag(covariance))
    assert fit.half_widths == pytest.approx(1.9659 * deviation, rel=1e-3)


def test_the_report_points_at_the_worst_measurement():
    power, coal = history(0.1)
    coal[37] += 20
    fit = fit_curve(power, coal)
    assert fit.worst == 37
    lines = fit.report().splitlines()
    assert lines[0].startswith("a = ")
    assert lines[3].startswith("400 measurements from 20")
    assert lines[4].endswith("furthest off: measurement 37")


@pytest.mark.parametrize(
    ("power", "coal", "message"),
    [
        ([1.0, 2, 3], [1.0, 2, 3], r"a curve needs at least 4 outputs and as many coal figures: \(3,\), \(3,\)"),
        ([1.0, 2, 3, 4], [1.0, 2, 3], r"a curve needs at least 4 outputs and as many coal figures: \(4,\), \(3,\)"),
        ([1.0, -2, 3, np.nan], [1.0, 2, 0, 3], "measurements 1, 2, 3 must be finite and positive"),
        ([300.0] * 5, [80.0] * 5, "outputs from 300 to 300 MW are too much alike to fit a curve"),
        ([300.0, 300.0, 400.0, 400.0], [80.0] * 4, "outputs from 300 to 400 MW are too much alike to fit a curve"),
    ],
)
def test_histories_that_do_not_do_are_refused(power, coal, message):
    with pytest.raises(InputError, match=message):
        fit_curve(np.array(power), np.array(coal))
