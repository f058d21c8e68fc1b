"""Adapters: what changes sides, what is left out, what is refused; JSON in every form the schema allows."""

import json
import re
from copy import deepcopy

import numpy as np
import pytest

from offchain.carbon.adapters.matpower import MatpowerTables, from_matpower
from offchain.carbon.adapters.snapshot_json import load_trace_input, parse_trace_input
from offchain.carbon.trace import trace
from offchain.errors import InputError
from offchain.files import PROJECT

GOLDEN = json.loads((PROJECT / "tests" / "vectors" / "carbon" / "four_node.json").read_text())


def tables():
    """Bus 30 generates 5 and its shunt takes 1; bus 10 takes 1, a generator there takes 1; bus 20 gives 1; 40 is off.

    Branch 30 -> 10 carries 4 and loses 1; 20 -> 10 gains: 1 becomes 2 (r < 0), so 5 arrive for load 4 + motor 1.
    """
    bus = np.zeros((4, 13))
    bus[:, 0], bus[:, 1], bus[:, 7] = [30, 10, 20, 40], [3, 1, 1, 4], [2.0, 1.0, 1.0, 1.0]
    bus[:, 2], bus[:, 4] = [0, 4, -1, 7], [0.25, 0, 0, 0]
    gen = np.zeros((3, 10))
    gen[:, 0], gen[:, 1], gen[:, 7] = [30, 10, 10], [5, -1, 99], [1, 1, 0]
    branch = np.zeros((3, 17))
    branch[:, 0], branch[:, 1], branch[:, 2] = [30, 20, 30], [10, 10, 20], [0.1, -0.1, 0.1]
    branch[:, 10], branch[:, 13], branch[:, 15] = [1, 1, 0], [4, 1, 50], [-3, -2, -50]
    return bus, gen, branch


def test_matpower_tables_by_hand():
    bus, gen, branch = tables()
    snapshot = from_matpower(MatpowerTables(bus=bus, gen=gen, branch=branch))
    assert snapshot.nodes == ("30", "10", "20")
    assert snapshot.branches == ("branch 0", "branch 1")
    assert dict(zip(snapshot.generators, snapshot.generation_mw[0], strict=True)) == {"gen 0": 5, "load 20": 1}
    assert dict(zip(snapshot.loads, snapshot.load_mw[0], strict=True)) == {"gen 1": 1, "load 10": 4, "shunt 30": 1}
    assert snapshot.may_gain.tolist() == [False, True]
    result = trace(snapshot, np.array([500.0, 100.0]))
    assert result.intensity[0] == pytest.approx([500, (3 * 500 + 1 * 100) / 5, 100])
    assert result.shares()[1, 2] == pytest.approx(0.2)  # the gain is nobody's


def test_matpower_faults_are_named():
    bus, gen, branch = tables()
    with pytest.raises(InputError, match=re.escape("MATPOWER tables: bus has shape (4, 5), needed are 8 columns")):
        from_matpower(MatpowerTables(bus=bus[:, :5], gen=gen, branch=branch))
    branch[0, 1], gen[0, 0] = 77, 78
    bus[2, 0] = 30
    with pytest.raises(InputError, match=r"^flow snapshot: nodes 30: names must be unique$"):
        from_matpower(MatpowerTables(bus=bus, gen=gen, branch=branch))
    bus[2, 0] = 20
    with pytest.raises(InputError) as caught:
        from_matpower(MatpowerTables(bus=bus, gen=gen, branch=branch))
    assert str(caught.value) == (
        "flow snapshot: to_node of branches branch 0 is unknown; generator_node of generators gen 0 is unknown"
    )


def document(**changes):
    keys = ("branches", "PG", "PL", "E_G")
    return {**deepcopy({key: GOLDEN[key] for key in keys}), **changes}


@pytest.mark.parametrize("generation", [4, 8])
@pytest.mark.parametrize("load", [4, 8])
@pytest.mark.parametrize("emissions", ["E_G", "unit_params", "both", "per bus"])
def test_json_in_every_form(generation, load, emissions):
    given = document(PG=GOLDEN["PG"][:generation], PL=GOLDEN["PL"][:load])
    if emissions == "unit_params":
        del given["E_G"]
    if emissions in ("unit_params", "both"):
        given["unit_params"] = GOLDEN["unit_params"]
    if emissions == "per bus":
        given["E_G"] = [*GOLDEN["E_G"], 0.0, 0.0]
    parsed = parse_trace_input(given)
    assert parsed.snapshot.node_count == 4
    assert parsed.intensities == pytest.approx(GOLDEN["E_G"], rel=1e-14)
    result = trace(parsed.snapshot, parsed.intensities)
    assert result.intensity[0] == pytest.approx(GOLDEN["rho"][:4], abs=1e-9)


def test_json_buses_without_branches_are_buses():
    """Four branches, eight entries, but the last four are not the branches' losses: four more buses."""
    isolated = document(PG=[*GOLDEN["PG"][:4], 3, 0, 0, 0], PL=[*GOLDEN["PL"][:4], 3, 0, 0, 0], E_G=[1, 2, 0.5])
    parsed = parse_trace_input(isolated)
    assert parsed.snapshot.node_count == 8
    assert trace(parsed.snapshot, parsed.intensities).intensity[0, 4] == 0.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"PG": None}, "PG must be a list of numbers"),
        ({"PL": ["1"]}, "PL must be a list of numbers"),
        ({"PG": []}, "PG must be a list of numbers"),
        ({"branches": {}}, "branches must be a list"),
        ({"branches": [{"f": 0, "t": 1.5, "p_from": 1, "p_to": 1}]}, "branches 0: f and t must be bus numbers"),
        ({"branches": [{"f": -1, "t": 1, "p_from": 1, "p_to": 1}]}, "branches 0: f and t must be bus numbers"),
        ({"branches": [{"f": 0, "t": 1, "p_from": "1", "p_to": 1}]}, "branches 0: f and t must be bus numbers"),
        ({"branches": [{"f": 0, "t": 1, "p_from": 1, "p_to": 1, "may_gain": 1}]}, "branches 0: f and t must be"),
        ({"E_G": [0.1]}, "E_G has 1 entries, expected one for each of 2 generator buses (PG above 0) or of 4 buses"),
        ({"E_G": "high"}, "E_G must be a list of numbers"),
        ({"unit_params": {}}, "unit_params must be a list"),
        ({"coordinates": [[0, 1, 2]]}, "coordinates must be a list of [x, y]"),
        ({"coordinates": [[0, 1]]}, "coordinates are 1, expected one [x, y] for each of 4 buses"),
        ({"PG": GOLDEN["PG"][:6]}, "PG has 6 entries and PL 8; they may differ by the 4 branches"),
        ({"PL": [*GOLDEN["PL"][:3], -5.0]}, "load_mw of loads 3 must not be negative"),
        ({"PG": [float("nan"), *GOLDEN["PG"][1:]]}, "generation_mw of generators 0 must be finite"),
        ({"PG": [400.0, *GOLDEN["PG"][1:]]}, "nodes 0 are out of balance by up to 10.3 MW, allowed 1e-06"),
    ],
)
def test_json_faults_are_named(changes, message):
    with pytest.raises(InputError) as caught:
        parse_trace_input(document(**changes))
    assert message in str(caught.value)


def test_json_faults_are_named_together(tmp_path):
    given = document(PG=None)
    del given["E_G"]
    file = tmp_path / "snapshot.json"
    file.write_text(json.dumps(given))
    with pytest.raises(InputError) as caught:
        load_trace_input(file)
    assert str(caught.value) == f"{file}: PG must be a list of numbers; either E_G or unit_params must be there"
    file.write_text("{")
    with pytest.raises(InputError, match=r"snapshot\.json is not JSON: "):
        load_trace_input(file)
    with pytest.raises(InputError, match=r"none\.json is missing$"):
        load_trace_input(tmp_path / "none.json")
    with pytest.raises(InputError, match="the document must be an object"):
        parse_trace_input([])
