"""Day profiles against an independent reading of the file in exact decimals, and at their edges."""

import csv
from dataclasses import replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal

import numpy as np
import pytest

from offchain.errors import InputError
from offchain.grid.data_files import write_checksums
from offchain.grid.profiles import PROFILES_FILE, day_profile, load_profiles
from tests.offchain.grid.grid_cases import CODES, GRIDS, real_grid


def exact_hour(rows, column, rating, hour):
    """Mean of four factors times the rating in W, rounded half up, in decimals."""
    mean = sum(Decimal(row[column]) for row in rows[4 * hour : 4 * hour + 4]) / 4
    return int((mean * Decimal(str(rating)) * 1_000_000 + Decimal("0.5")).to_integral_value(ROUND_FLOOR))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("day", [date(2016, 1, 17), date(2016, 7, 20)])
def test_hours_equal_exact_decimals(code, day):
    case, profiles = real_grid(code)
    ours = day_profile(case, profiles, day=day)
    with (GRIDS / code / PROFILES_FILE).open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["time"].startswith(day.isoformat())]
    assert len(rows) == 96
    for hour in range(24):
        for e in case.loads:
            assert ours.load_w[hour, e.id] == exact_hour(rows, f"load/{e.profile}/p", e.p_mw, hour)
            assert ours.load_var[hour, e.id] == exact_hour(rows, f"load/{e.profile}/q", e.q_mvar, hour)
        for e in case.generators:
            assert ours.generation_w[hour, e.id] == exact_hour(rows, f"generator/{e.profile}/p", e.p_mw, hour)


@pytest.mark.parametrize("code", CODES)
def test_the_sun_shines_at_noon_of_the_market_day(code):
    """Solar noon is 12:20 UTC+1 in July at 11.4 degrees east; clouds move a week's mean by less than an hour."""
    case, profiles = real_grid(code)
    roofs = [e.id for e in case.generators if e.carrier == "rooftop_solar"]
    hours = np.arange(24) + 0.5
    week = sum(
        day_profile(case, profiles, day=d).generation_w[:, roofs].sum(axis=1) for d in profiles.days if d.month == 7
    )
    assert abs((week * hours).sum() / week.sum() - 12.33) < 1.0


def test_an_unknown_date_is_one_line_with_the_allowed_ranges():
    case, profiles = real_grid(CODES[0])
    with pytest.raises(InputError) as caught:
        day_profile(case, profiles, day=date(2017, 5, 1))
    assert str(caught.value) == (
        "no profile of 1-MV-rural--0-sw for 2017-05-01; there are 2016-01-17 to 2016-01-24, 2016-07-17 to 2016-07-24"
    )


def test_steps_are_means_of_their_quarter_hours():
    case, profiles = real_grid(CODES[1])
    day = profiles.days[3]
    quarters, hours, whole = (day_profile(case, profiles, day=day, steps=steps) for steps in (96, 24, 1))
    for name in ("load_w", "load_var", "generation_w"):
        fine, medium, coarse = getattr(quarters, name), getattr(hours, name), getattr(whole, name)
        assert (
            np.abs(fine.reshape(24, 4, -1).mean(axis=1) - medium).max() <= 1
        )  # half a watt of rounding on either side
        assert np.abs(medium.mean(axis=0) - coarse[0]).max() <= 1
    with pytest.raises(InputError, match="a day of 96 quarter hours cannot be cut into 36 steps"):
        day_profile(case, profiles, day=day, steps=36)


def test_generators_keep_their_rated_reactive_power():
    case, profiles = real_grid(CODES[0])
    generators = (replace(case.generators[0], q_mvar=-0.0123455), *case.generators[1:])
    ours = day_profile(replace(case, generators=generators), profiles, day=profiles.days[0])
    assert (ours.generation_var[:, 0] == -12_345).all()  # half up: towards +infinity
    assert not ours.generation_var[:, 1:].any()


def rewritten(tmp_path, edit):
    """Copy the rural grid's files with the rows of its profiles changed and honest checksums."""
    for name in ("grid.json", PROFILES_FILE):
        (tmp_path / name).write_bytes((GRIDS / CODES[0] / name).read_bytes())
    with (tmp_path / PROFILES_FILE).open(newline="") as file:
        rows = list(csv.reader(file))
    edit(rows)
    with (tmp_path / PROFILES_FILE).open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    write_checksums(tmp_path, ("grid.json", PROFILES_FILE))
    return tmp_path


def rename_column(rows):
    rows[0][1] = "load/other/p"


def set_number(value):
    def edit(rows):
        rows[200][1] = value

    return edit


def swap_rows(rows):
    rows[200], rows[201] = rows[201], rows[200]


def repeat_day(rows):
    rows.extend(rows[-96:])


WHOLE_DAYS = "must hold finite numbers for every quarter hour of ascending days"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (rename_column, "lacks the columns load/G0-A/p"),
        (set_number("-0.1"), "has negative active power in load/G0-A/p"),
        (set_number("nan"), WHOLE_DAYS),
        (set_number("many"), "is not a table of times and numbers"),
        (lambda rows: rows.pop(300), "is not a table of times and numbers"),
        (lambda rows: rows.clear(), "is not a table of times and numbers"),
        (swap_rows, WHOLE_DAYS),
        (repeat_day, WHOLE_DAYS),
    ],
)
def test_profile_files_that_cannot_be_used_are_refused(tmp_path, edit, message):
    folder = rewritten(tmp_path, edit)
    with pytest.raises(InputError) as caught:
        load_profiles(folder, real_grid(CODES[0])[0])
    assert str(caught.value).startswith(str(folder / PROFILES_FILE))
    assert message in str(caught.value)
