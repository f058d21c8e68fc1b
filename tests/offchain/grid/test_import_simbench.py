"""The import, on a network made with pandapower like SimBench: couplers, open switches, German time labels."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandapower as pp
import pandas as pd
import pytest

from offchain.errors import InputError
from offchain.grid.case import load_case
from offchain.grid.power_flow import solve
from offchain.grid.profiles import day_profile, load_profiles
from offchain.grid.solvers.table import DEFAULT_SOLVER
from scripts.import_simbench import document_bytes, grid_document, import_grid, joined_busbars, main
from tests.offchain.grid.grid_cases import voltages

CODE = "test-grid"
QUARTERS = 366 * 96
DAY = date(2016, 7, 20)
DAY_START = (DAY - date(2016, 1, 1)).days * 96


def german_labels():
    """Label even quarter hours from 2016-01-01 00:00 UTC+1 with the clocks of Berlin."""
    start, berlin = datetime(2015, 12, 31, 23, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    times = (start + timedelta(minutes=15 * row) for row in range(QUARTERS))
    return [f"{time.astimezone(berlin):%d.%m.%Y %H:%M}" for time in times]


LABELS = german_labels()


@pytest.fixture
def net():
    """Buses 0-1 and 2-4 are joined by closed couplers, 4-5 by an open one; line 1 hangs on an open switch."""
    made = pp.create_empty_network()
    for number, kv in enumerate([110.0, 110.0, 20.0, 20.0, 20.0, 20.0]):
        pp.create_bus(made, kv, name=f"bus {number}", geodata=(11.0 + number / 100, 53.5))
    pp.create_ext_grid(made, 1, vm_pu=1.02, name="grid")
    pp.create_transformer(made, 0, 2, "25 MVA 110/20 kV", name="transformer", tap_pos=-2)
    for number, (a, b) in enumerate([(4, 3), (5, 3), (4, 5)]):
        pp.create_line(made, a, b, 4.0, "NA2XS2Y 1x95 RM/25 12/20 kV", name=f"line {number}")
    for a, b, closed in ((0, 1, True), (4, 2, True), (4, 5, False)):
        pp.create_switch(made, a, b, et="b", closed=closed)
    pp.create_switch(made, 5, 1, et="l", closed=False)
    pp.create_load(made, 3, 2.0, 0.5, name="mill")
    pp.create_load(made, 5, 1.0, 0.3, name="town")
    pp.create_sgen(made, 3, 1.5, 0.1, name="roofs", type="lv_RES")
    pp.create_sgen(made, 5, 0.5, 0.0, name="mill race", type="Hydro_MV")
    made.trafo["tap_changer_type"] = "Ratio"
    made.load["profile"], made.sgen["profile"] = ["A", "B"], ["lv_1", "H"]
    quarter = np.arange(QUARTERS) % 96
    wave = 0.5 + 0.4 * np.sin(quarter / 96 * 2 * np.pi)
    sun = np.where((quarter >= 24) & (quarter < 80), 0.6, 0.0)
    made["profiles"] = {
        "load": pd.DataFrame(
            {"time": LABELS, "A_pload": wave, "A_qload": wave / 2, "B_pload": 1 - wave, "B_qload": wave}
        ),
        "renewables": pd.DataFrame({"time": LABELS, "lv_1": sun, "H": wave}),
    }
    return made


def test_couplers_join_busbars_into_their_lowest(net):
    assert joined_busbars(net) == {0: 0, 1: 0, 2: 1, 3: 2, 4: 1, 5: 3}


def test_a_chain_of_couplers_is_one_node_in_any_order(net):
    for a, b in ((5, 3), (5, 4)):
        pp.create_switch(net, a, b, et="b", closed=True)
    assert joined_busbars(net) == {0: 0, 1: 0, 2: 1, 3: 1, 4: 1, 5: 1}


def test_the_imported_grid_solves_like_the_original_with_its_switches(net, tmp_path):
    import_grid(net, CODE, tmp_path)
    case = load_case(tmp_path)
    injections = day_profile(case, load_profiles(tmp_path, case), day=DAY, steps=96)
    flow = solve(case, injections, solver=DEFAULT_SOLVER)
    node_of = joined_busbars(net)
    for step in (0, 30, 50, 77):
        profiles = {kind: table.drop(columns="time").iloc[DAY_START + step] for kind, table in net.profiles.items()}
        net.load["p_mw"] = [2.0 * profiles["load"]["A_pload"], 1.0 * profiles["load"]["B_pload"]]
        net.load["q_mvar"] = [0.5 * profiles["load"]["A_qload"], 0.3 * profiles["load"]["B_qload"]]
        net.sgen["p_mw"] = [1.5 * profiles["renewables"]["lv_1"], 0.5 * profiles["renewables"]["H"]]
        pp.runpp(net, calculate_voltage_angles=True, tolerance_mva=1e-9, init="dc", numba=False, trafo_model="pi")
        reference = net.res_bus.vm_pu * np.exp(1j * np.deg2rad(net.res_bus.va_degree))
        ours = voltages(flow, step)
        assert max(abs(ours[node_of[bus]] - value) for bus, value in reference.items()) < 1e-7  # whole watts, no more


def test_the_import_keeps_names_carriers_and_coordinates(net, tmp_path):
    import_grid(net, CODE, tmp_path)
    case = load_case(tmp_path)
    assert [node.name for node in case.nodes] == ["bus 0", "bus 2", "bus 3", "bus 5"]
    assert (case.nodes[2].longitude, case.nodes[2].latitude) == (11.03, 53.5)
    assert [(g.name, g.carrier, g.node) for g in case.generators] == [
        ("roofs", "rooftop_solar", 2),
        ("mill race", "hydro", 3),
    ]
    assert [(e.from_closed, e.to_closed) for e in case.lines] == [(True, True), (False, True), (True, True)]
    assert case.transformers[0].tap_pos == -2
    assert case.generators[0].q_mvar == 0.1


def test_the_same_network_gives_the_same_bytes(net, tmp_path):
    import_grid(net, CODE, tmp_path / "one")
    import_grid(net, CODE, tmp_path / "two")
    names = {"grid.json", "profiles.csv", "SHA256SUMS"}
    assert {path.name for path in (tmp_path / "one").iterdir()} == names
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)


def test_times_are_those_of_the_market_day(net, tmp_path):
    """Row 0 of 20 July is 00:00 UTC+1, which the source labels 01:00."""
    assert LABELS[DAY_START] == "20.07.2016 01:00"
    import_grid(net, CODE, tmp_path)
    lines = (tmp_path / "profiles.csv").read_text().splitlines()
    assert len(lines) == 1 + 16 * 96
    value = float(net.profiles["load"]["A_pload"][DAY_START])
    assert [line for line in lines if line.startswith(f"2016-07-20T00:00+01:00,{value!r},")]


def test_labels_without_summer_time_are_refused(net, tmp_path):
    start = datetime(2016, 1, 1, tzinfo=UTC)
    net.profiles["load"]["time"] = [f"{start + timedelta(minutes=15 * r):%d.%m.%Y %H:%M}" for r in range(QUARTERS)]
    with pytest.raises(
        InputError, match=r"profile row 8264 is labelled 27\.03\.2016 02:00, expected 27\.03\.2016 03:00"
    ):
        import_grid(net, CODE, tmp_path)


def test_roofs_that_produce_at_night_are_refused(net, tmp_path):
    net.profiles["renewables"].loc[96 * 40 + 92, "lv_1"] = 0.001
    with pytest.raises(
        InputError, match="profile lv_1 of low-voltage renewables produces at night, so it is not solar"
    ):
        import_grid(net, CODE, tmp_path)


def test_what_has_no_rule_is_refused_all_at_once(net):
    pp.create_storage(net, 3, 0.1, 1.0)
    net.sgen.loc[1, "type"] = "Nuclear"
    net.load.loc[0, "scaling"] = 2.0
    net.line.loc[2, "in_service"] = False
    net.load["const_z_percent"] = 10.0
    net.trafo["tap_step_degree"] = 1.0
    with pytest.raises(InputError) as caught:
        grid_document(net, CODE)
    assert str(caught.value) == (
        "no import rule for: 1 elements of storage, elements of line out of service, voltage-dependent loads, "
        "scaled loads or generators, parallel or phase-shifting transformers, generator type Nuclear"
    )


def test_a_network_that_contradicts_itself_is_not_written(net, tmp_path):
    net.line.loc[0, "length_km"] = 0.0
    with pytest.raises(InputError, match="test-grid: lines 0: length_km must be positive"):
        import_grid(net, CODE, tmp_path / "grid")
    assert not (tmp_path / "grid").exists()


def test_documents_have_one_element_per_line():
    text = document_bytes({"format": 1, "nodes": [{"id": 0}, {"id": 1}]}).decode()
    assert text == '{\n"format": 1,\n"nodes": [\n  {"id": 0},\n  {"id": 1}\n]\n}\n'


@pytest.mark.parametrize("arguments", [[], ["--help"], ["a", "b"]])
def test_the_command_says_how_it_is_used(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err == "usage: python -m scripts.import_simbench FOLDER\n"
