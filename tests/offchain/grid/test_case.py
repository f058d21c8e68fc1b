"""Grid cases: the two real ones, damaged files, and every contradiction named at once."""

import json
import shutil

import pytest

from offchain.errors import InputError
from offchain.grid.case import load_case, parse_case
from offchain.grid.data_files import write_checksums
from offchain.grid.profiles import load_profiles
from tests.offchain.grid.grid_cases import CODES, GRIDS, real_grid

RURAL = json.loads((GRIDS / CODES[0] / "grid.json").read_text())


@pytest.fixture
def folder(tmp_path):
    """Copy the rural grid into a folder that a test may damage."""
    return shutil.copytree(GRIDS / CODES[0], tmp_path / "grid")


def changed(**tables):
    """Parse the rural grid with some fields of some rows changed: table={id: {field: value}}."""
    document = json.loads(json.dumps(RURAL))
    for table, rows in tables.items():
        for number, fields in rows.items():
            document[table][number] |= fields
    return parse_case(json.dumps(document).encode(), source="grid.json")


@pytest.mark.parametrize(
    ("code", "sizes", "open_ends"),
    [(CODES[0], (95, 99, 2, 96, 102), 6), (CODES[1], (139, 147, 2, 139, 134), 11)],
)
def test_the_real_grids_are_whole(code, sizes, open_ends):
    case, _ = real_grid(code)
    assert case.code == code
    assert tuple(map(len, (case.nodes, case.lines, case.transformers, case.loads, case.generators))) == sizes
    assert sum(not (e.from_closed and e.to_closed) for e in case.lines) == open_ends
    assert {node.vn_kv for node in case.nodes[1:]} == ({20.0} if "rural" in code else {10.0})
    assert all(11 < node.longitude < 12 and 53 < node.latitude < 54 for node in case.nodes)


def test_a_sound_document_parses_to_the_case_that_was_loaded():
    assert changed() == real_grid(CODES[0])[0]


@pytest.mark.parametrize("name", ["grid.json", "profiles.csv"])
def test_one_damaged_byte_is_one_clear_line(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_profiles(folder, load_case(folder))
    assert str(caught.value).startswith(f"{folder / name} is damaged: its SHA-256 is ")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("name", ["grid.json", "profiles.csv", "SHA256SUMS"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{folder / name} is missing; restore it, or import the grid again"):
        load_profiles(folder, load_case(folder))


def test_a_file_without_checksum_is_refused(folder):
    write_checksums(folder, ("profiles.csv",))
    with pytest.raises(InputError, match=r"SHA256SUMS does not list grid\.json"):
        load_case(folder)


def test_a_damaged_checksum_file_is_refused(folder):
    (folder / "SHA256SUMS").write_text("nothing\n")
    with pytest.raises(InputError, match="SHA256SUMS is damaged"):
        load_case(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "grid.json is not JSON: "),
        (b"[]", "grid.json has not the case format 1"),
        (b'{"format": 2}', "grid.json has not the case format 1"),
        (b'{"format": 1}', "nodes must be a list; lines must be a list; transformers must be a list"),
    ],
)
def test_what_is_no_case_is_refused(text, message):
    with pytest.raises(InputError) as caught:
        parse_case(text, source="grid.json")
    assert message in str(caught.value)


def test_wrong_fields_and_types_are_all_named():
    with pytest.raises(InputError) as caught:
        changed(
            lines={3: {"colour": "red"}, 5: {"parallel": 1.5, "from_closed": 1}},
            transformers={1: {"tap_side": "mv"}},
            loads={7: {"p_mw": None}},
        )
    message = str(caught.value)
    assert "lines 3: fields must be id, name, from_node" in message
    assert "lines 5: wrong type of from_closed, parallel" in message
    assert "transformers 1: wrong type of tap_side" in message
    assert "loads 7: wrong type of p_mw" in message


@pytest.mark.parametrize(
    ("table", "fields", "problem"),
    [
        ("nodes", {"vn_kv": 0.0}, "vn_kv must be positive"),
        ("nodes", {"longitude": None}, "longitude and latitude come together"),
        ("nodes", {"id": 9}, "ids must count up from 0"),
        ("lines", {"to_node": 95}, "from_node and to_node must be two nodes"),
        ("lines", {"from_node": 3, "to_node": 3}, "from_node and to_node must be two nodes"),
        ("lines", {"length_km": -1.0}, "length_km must be positive"),
        ("lines", {"r_ohm_per_km": 0.0, "x_ohm_per_km": 0.0}, "r_ohm_per_km and x_ohm_per_km must not both be zero"),
        ("lines", {"r_ohm_per_km": -0.1}, "r_ohm_per_km must not be negative"),
        ("lines", {"c_nf_per_km": -0.1}, "c_nf_per_km and g_us_per_km must not be negative"),
        ("lines", {"c_nf_per_km": 0.0, "g_us_per_km": 1.0}, "g_us_per_km needs c_nf_per_km"),
        ("lines", {"parallel": 0}, "parallel must be 1 or more"),
        ("lines", {"max_i_ka": float("inf")}, "numbers must be finite"),
        ("transformers", {"lv_node": 0}, "hv_node and lv_node must be two nodes"),
        ("transformers", {"sn_mva": 0.0}, "ratings must be positive"),
        ("transformers", {"vkr_percent": 13.0}, "0 <= vkr_percent <= vk_percent"),
        ("transformers", {"pfe_kw": -1.0}, "pfe_kw and i0_percent must not be negative"),
        ("transformers", {"pfe_kw": 18.0}, "the iron losses must not exceed the no-load power"),
        ("transformers", {"shift_degree": 145.0}, "shift_degree must be a multiple of 30"),
        ("loads", {"node": -1}, "node must be a node"),
        ("loads", {"p_mw": -0.1}, "p_mw must be 0 to 1000, q_mvar -1000 to 1000"),
        ("generators", {"node": 400}, "node must be a node"),
        ("generators", {"p_mw": -0.1}, "p_mw must be 0 to 1000, q_mvar -1000 to 1000"),
    ],
)
def test_each_rule_names_table_id_and_what_must_hold(table, fields, problem):
    with pytest.raises(InputError) as caught:
        changed(**{table: {1: fields}})
    assert f"{table} {fields.get('id', 1)}: {problem}" in str(caught.value)


def test_external_grid_rules():
    document = RURAL | {"external_grid": RURAL["external_grid"] | {"node": 95, "vm_pu": 0.0}}
    with pytest.raises(InputError) as caught:
        parse_case(json.dumps(document).encode(), source="grid.json")
    assert "external_grid 0: node must be a node; external_grid 0: vm_pu must be positive" in str(caught.value)


def test_problems_of_several_tables_come_together_and_long_lists_are_cut():
    with pytest.raises(InputError) as caught:
        changed(loads={i: {"node": -1} for i in range(10)}, lines={4: {"length_km": 0.0}})
    assert str(caught.value) == (
        "grid.json: lines 4: length_km must be positive; loads 0, 1, 2, 3, 4, 5, 6, 7 and 2 more: node must be a node"
    )


def test_who_has_no_way_to_the_external_grid_is_named():
    case, _ = real_grid(CODES[0])
    end = next(load for load in case.loads if sum(load.node in (e.from_node, e.to_node) for e in case.lines) == 1)
    (only,) = (e.id for e in case.lines if end.node in (e.from_node, e.to_node))
    with pytest.raises(
        InputError, match=rf"loads ({end.id}|.*, {end.id}|{end.id},.*): no closed way to the external grid"
    ):
        changed(lines={only: {"to_closed": False}})
