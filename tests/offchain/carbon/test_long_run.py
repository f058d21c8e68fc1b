"""Days one after another: the same in one process, in two and on a Dask cluster; runs that can be gone on with."""

from datetime import UTC, date, datetime

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from offchain.carbon.adapters.grid_case import flow_snapshot
from offchain.carbon.factors import FACTOR_TABLE, generator_intensities, load_factors
from offchain.carbon.integer import integer_trace
from offchain.carbon.long_run import trace_days
from offchain.carbon.run_files import TableFormat, day_tables, missing_days, open_run, write_day
from offchain.carbon.trace import trace
from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.grid.case import load_case
from offchain.grid.power_flow import solve
from offchain.grid.profiles import day_profile, load_profiles
from offchain.grid.solvers.table import DEFAULT_SOLVER

FOLDER = PROJECT / "data" / "grids" / "1-MV-urban--0-sw"
CASE = load_case(FOLDER)
PROFILES = load_profiles(FOLDER, CASE)
INTENSITIES = generator_intensities(CASE, load_factors(FACTOR_TABLE), country="DE")
DAYS = [date(2016, 7, 18), date(2016, 7, 19), date(2016, 1, 20)]


def traced(days=DAYS, steps=24):
    return list(trace_days(CASE, PROFILES, days=days, intensities=INTENSITIES, steps=steps))


@pytest.fixture(scope="module")
def results():
    return traced()


def same(one, other):
    return [day for day, _ in one] == [day for day, _ in other] and all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True)
        for (_, a), (_, b) in zip(one, other, strict=True)
        for name in vars(a)
    )


def test_days_come_in_order_and_equal_the_trace_of_the_day(results):
    assert [day for day, _ in results] == DAYS
    for day, result in results:
        injections = day_profile(CASE, PROFILES, day=day)
        snapshot = flow_snapshot(CASE, injections, flow=solve(CASE, injections, solver=DEFAULT_SOLVER))
        expected = trace(snapshot, INTENSITIES)
        known = ~np.isnan(result.intensity)
        assert (known == expected.live).all()
        assert (result.intensity[known] == expected.intensity[known]).all()
        assert (result.generator_loss_rate == expected.generator_loss_rate).all()


def test_two_processes_give_the_same(results):
    with joblib.parallel_config(n_jobs=2):
        assert same(traced(), results)


def test_a_dask_cluster_gives_the_same(results):
    distributed = pytest.importorskip("distributed", reason="the local Dask cluster (toolchain/requirements/dev.in)")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        assert same(traced(), results)


def test_quarter_hours_of_a_whole_day_obey_every_law():
    ((_, result),) = traced(DAYS[:1], steps=96)
    assert result.intensity.shape == (96, len(CASE.nodes))


def test_integer_trace_of_a_day_is_near_the_float_trace():
    """Mean distance by power below the rounding of one node, half a mg/kWh; a few mg/kWh where few W flow."""
    injections = day_profile(CASE, PROFILES, day=DAYS[0])
    snapshot = flow_snapshot(CASE, injections, flow=solve(CASE, injections, solver=DEFAULT_SOLVER))
    whole = integer_trace(snapshot, INTENSITIES)
    distance = np.abs(whole.distance(trace(snapshot, INTENSITIES)))
    weight = np.array([flow.throughflow for flow in whole.flows])
    known = ~np.isnan(distance)
    assert np.average(distance[known], weights=weight[known]) < 0.5
    assert distance[known].max() < 10


def test_tables_have_a_row_per_step_and_element(results):
    day, result = results[0]
    tables = day_tables(day, result)
    assert {name: table.num_rows for name, table in tables.items()} == {
        "nodes": 24 * len(CASE.nodes),
        "loads": 24 * (len(CASE.loads) + 1),
        "generators": 24 * (len(CASE.generators) + 1),
        "branches": 24 * (len(CASE.lines) + len(CASE.transformers)),
        "totals": 24,
    }
    row = 5 * len(CASE.nodes) + 7
    nodes = tables["nodes"].slice(row, 1).to_pylist()[0]
    assert nodes["time"] == datetime(2016, 7, 18, 4, tzinfo=UTC)  # 05:00 UTC+1
    assert (nodes["node"], nodes["intensity"]) == (7, result.intensity[5, 7])
    totals = tables["totals"].to_pylist()[5]
    assert totals["generation_rate"] == pytest.approx(totals["load_rate"] + totals["loss_rate"], rel=1e-12)
    branches = tables["branches"].slice(0, 1).to_pylist()[0]
    assert branches["loss_rate"] == pytest.approx(branches["from_rate"] + branches["to_rate"])


@pytest.mark.parametrize("kind", list(TableFormat))
def test_a_run_goes_on_where_it_stopped(tmp_path, results, kind):
    folder = tmp_path / "run"
    open_run(folder, {"grid": "a"})
    assert missing_days(folder, DAYS, kind=kind) == tuple(DAYS)
    write_day(folder, DAYS[1], result=results[1][1], kind=kind)
    assert missing_days(folder, DAYS, kind=kind) == (DAYS[0], DAYS[2])
    (folder / "totals" / f"{DAYS[1]}.{kind}").unlink()  # as if killed before the last table
    assert missing_days(folder, DAYS, kind=kind) == tuple(DAYS)
    file = folder / "nodes" / f"{DAYS[1]}.{kind}"
    table = pa.parquet.read_table(file) if kind is TableFormat.PARQUET else pa.csv.read_csv(file)
    written = np.array(table["intensity"].to_pylist(), dtype=float)
    assert np.array_equal(written, results[1][1].intensity.ravel(), equal_nan=True)
    open_run(folder, {"grid": "a"})
    with pytest.raises(InputError, match=r"run holds a run made from other data or options; choose another folder"):
        open_run(folder, {"grid": "b"})


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match=r"is not empty and holds no run; choose another folder with --out$"):
        open_run(tmp_path, {})
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]
