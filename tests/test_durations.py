"""The table of durations: what it says of the order of tests, and that no lane goes beyond its budget."""

import re

import pytest

from offchain.files import PROJECT
from tests.support.durations import ALONE, BUDGETS, Durations
from tests.support.lanes import LANES
from tests.support.long_runs import RUNS

TABLE = Durations(
    files={"unit": {"a.py": 1.0, "b.py": 30.0}, "chain": {"a.py": 4.0}},
    alone={"b.py::long": 20.0},
)


def test_every_lane_has_a_budget():
    assert BUDGETS.keys() == LANES.keys() >= Durations.read().files.keys()


@pytest.mark.parametrize("lane", Durations.read().files)
def test_a_lane_stays_within_its_budget(lane):
    total = Durations.read().total(lane)
    assert 0 < total <= BUDGETS[lane], (
        f"{lane} takes {total:.0f} s of processor time, its budget is {BUDGETS[lane]:.0f} s"
    )


def test_the_table_names_tests_that_are_there():
    table = Durations.read()
    files = {file for held in table.files.values() for file in held} | {node.split("::")[0] for node in table.alone}
    assert [file for file in sorted(files) if not (PROJECT / file).is_file()] == []
    for node in table.alone:
        file, name = node.split("::")
        assert re.search(rf"def {name.split('[')[0]}\b", (PROJECT / file).read_text()), node


def test_long_tests_go_alone_and_the_longest_group_goes_first():
    nodes = ["a.py::one", "a.py::two", "b.py::short", "b.py::long", "new.py::unknown"]
    assert TABLE.longest_first(nodes) == ["b.py::long", "b.py::short", "a.py::one", "a.py::two", "new.py::unknown"]
    assert [TABLE.group(node) for node in nodes] == ["a.py", "a.py", "b.py", "b.py::long", "new.py"]


def test_what_was_run_replaces_what_was_held():
    measured = {"b.py::short": ("unit", 2.0), "b.py::longest": ("unit", ALONE), "c.py::new": ("day", 3.0)}
    table = TABLE.updated(measured)
    assert table.files == {
        "unit": {"a.py": 1.0, "b.py": 2.0 + ALONE},
        "chain": {"a.py": 4.0},
        "day": {"c.py": 3.0},
    }
    assert table.alone == {"b.py::longest": ALONE}


@pytest.mark.parametrize("name", RUNS)
def test_a_push_tries_a_tenth_of_a_long_run_at_least(name):
    run = RUNS[name]
    assert run.nightly / 10 <= run.push <= run.nightly
