"""`python -m offchain trace` as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from offchain.carbon.picture import LARGEST_LAYOUT, layout, write_picture
from offchain.carbon.trace import trace
from offchain.commands import carbon as commands
from offchain.errors import InputError
from offchain.files import PROJECT
from tests.offchain.carbon.flow_cases import random_snapshot, snapshot_of
from tests.support.patience import PATIENCE

VECTOR = PROJECT / "tests" / "vectors" / "carbon" / "four_node.json"
GOLDEN = json.loads(VECTOR.read_text())
GRID = PROJECT / "data" / "grids" / "1-MV-rural--0-sw"


def offchain(*words):
    command = [sys.executable, "-m", "offchain", "trace", *map(str, words)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_a_snapshot_is_traced_and_drawn(tmp_path):
    answer = offchain(VECTOR, "--picture", tmp_path / "grid.svg")
    assert (answer.returncode, answer.stderr) == (0, "")
    found = json.loads(answer.stdout)
    n = 4
    assert found["intensity"] == pytest.approx(GOLDEN["rho"][:n], abs=1e-9)
    assert found["load_rate"] == pytest.approx(GOLDEN["R_load"][:n], abs=1e-9)
    assert found["loss_rate"] == pytest.approx(GOLDEN["R_load"][n:], abs=1e-9)
    assert found["generator_loss_power"] == pytest.approx(GOLDEN["dPG"], abs=1e-9)
    assert found["generator_loss_rate"] == pytest.approx(GOLDEN["R_G"], abs=1e-9)
    assert found["totals"] == pytest.approx(
        {"generation": GOLDEN["gen_total"], "load": GOLDEN["load_total"], "loss": GOLDEN["loss_total"]}, abs=1e-9
    )
    halves = GOLDEN["R_branch"]
    expected = [[a, b, sent, got] for (a, _, sent), (_, b, got) in zip(halves[0::2], halves[1::2], strict=True)]
    assert [row[:2] for row in found["branch_rate"]] == [row[:2] for row in expected]
    for row, values in zip(found["branch_rate"], expected, strict=True):
        assert row[2:] == pytest.approx(values[2:], abs=1e-9)
    drawn = (tmp_path / "grid.svg").read_text()
    assert drawn.endswith("</svg>\n")
    assert "carbon intensity [tCO2/MWh]" in drawn


def test_a_branch_is_written_in_the_direction_of_its_flow(tmp_path):
    given = {key: GOLDEN[key] for key in ("branches", "PG", "PL", "E_G")}
    first, *rest = given["branches"]
    turned = {"f": first["t"], "t": first["f"], "p_from": first["p_to"], "p_to": first["p_from"]}
    dead = {"f": 3, "t": 4, "p_from": 0.0, "p_to": 0.0}
    loads, generation = GOLDEN["PL"][:4], GOLDEN["PG"][:4]
    changed = given | {"branches": [turned, *rest, dead], "PL": [*loads, 0.0], "PG": [*generation, 0.0]}
    (tmp_path / "turned.json").write_text(json.dumps(changed))
    found = json.loads(offchain(tmp_path / "turned.json").stdout)
    assert found["branch_rate"][0] == pytest.approx([0, 2, GOLDEN["R_branch"][0][2], GOLDEN["R_branch"][1][2]])
    assert found["intensity"][4] is None


def test_days_are_written_and_gone_on_with(tmp_path):
    words = ("--grid", GRID, "--from", "2016-07-18", "--out", tmp_path / "run", "--format", "csv", "--steps", 24)
    answer = offchain(*words, "--to", "2016-07-18")
    assert (answer.returncode, answer.stdout) == (0, f"1 days traced, 0 were there: {tmp_path / 'run'}\n")
    assert (tmp_path / "run" / "totals" / "2016-07-18.csv").exists()
    answer = offchain(*words, "--to", "2016-07-19", "--jobs", 2)
    assert (answer.returncode, answer.stdout) == (0, f"1 days traced, 1 were there: {tmp_path / 'run'}\n")


def test_options_that_do_not_fit_are_one_line_and_status_2():
    answer = offchain()
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == "trace needs either FILE, or --grid with --from, --to and --out; --picture is for FILE\n"


PERIOD = {"grid": GRID, "first": "2016-07-18", "last": "2016-07-19"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"file": VECTOR, "grid": GRID}, "trace needs either FILE, or --grid with --from, --to and --out"),
        ({"grid": GRID, "first": "2016-07-18"}, "trace needs either FILE, or --grid with --from, --to and --out"),
        (PERIOD | {"picture": Path("a.svg"), "out": Path("run")}, "trace needs either FILE, or --grid"),
        ({"file": Path("missing.json")}, "missing.json is missing"),
        (PERIOD | {"first": "18.7.2016"}, "date 18.7.2016 is not a date; allowed is YYYY-MM-DD"),
        (PERIOD | {"first": "2016-07-20"}, "--from 2016-07-20 is after --to 2016-07-19"),
        (
            PERIOD | {"first": "2016-07-01"},
            "no profile of 1-MV-rural--0-sw for 2016-07-01; there are 16 days from 2016",
        ),
        (PERIOD | {"kind": "xlsx"}, "format xlsx is unknown; allowed are parquet, csv"),
        (PERIOD | {"steps": 7}, "a day of 96 quarter hours cannot be cut into 7 steps"),
        (PERIOD | {"country": "FR"}, "no grid mix for FR; there are DE"),
        (PERIOD | {"grid": Path("nowhere")}, "nowhere/SHA256SUMS is missing"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, options, message):
    if "last" in options:
        options = {"out": tmp_path / "run"} | options
    with pytest.raises(InputError) as caught:
        commands.trace(**options)
    assert str(caught.value).startswith(message)


def test_nothing_is_computed_on_a_bad_snapshot(tmp_path):
    changed = {**GOLDEN, "PL": [0.0, 0.0, 100.0, *GOLDEN["PL"][3:]]}
    (tmp_path / "bad.json").write_text(json.dumps(changed))
    answer = offchain(tmp_path / "bad.json", "--picture", tmp_path / "bad.svg")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "nodes 2 are out of balance by up to 188 MW" in answer.stderr
    assert not (tmp_path / "bad.svg").exists()


def test_pictures_repeat_and_follow_coordinates(tmp_path):
    snapshot, intensities = random_snapshot(3, 12, extra_branches=5, warts=frozenset({"dead node"}))
    result = trace(snapshot, intensities)
    coordinates = np.random.Generator(np.random.PCG64(1)).uniform(0, 1, (snapshot.node_count, 2))
    files = [tmp_path / name for name in ("a.svg", "b.svg", "c.svg")]
    for file, places in zip(files, (None, None, coordinates), strict=True):
        write_picture(file, result, coordinates=places, unit="gCO2e/kWh")
    first, again, placed = (file.read_bytes() for file in files)
    assert first == again
    assert first != placed
    assert b"carbon intensity [gCO2e/kWh]" in first


def test_the_layout_of_a_line_is_a_line():
    """Distances in the plane are those in branches where that is possible."""
    chain = snapshot_of([(k, k + 1, 1.0, -1.0) for k in range(4)], generation=[(0, 1.0)], load=[(4, 1.0)], nodes=5)
    places = layout(trace(chain, np.array([1.0])))
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert steps == pytest.approx(np.ones(4))
    assert np.linalg.norm(places[4] - places[0]) == pytest.approx(4)


def test_too_many_nodes_need_coordinates():
    count = LARGEST_LAYOUT + 1
    snapshot = snapshot_of([], generation=[(0, 1.0)], load=[(0, 1.0)], nodes=count)
    with pytest.raises(InputError, match=r"^3001 nodes cannot be laid out without coordinates: 3000 at most$"):
        layout(trace(snapshot, np.array([1.0])))
