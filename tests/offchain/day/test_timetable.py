"""When what happens on a trading day: the order, what is refused, and the table that people read."""

import re
import subprocess
import sys

import pytest

from offchain.day.driver.mechanism import Mechanism, Step
from offchain.day.driver.timetable import DAY, HOUR, clock, moments, timetable, written
from offchain.day.mechanisms import MECHANISMS
from offchain.errors import InputError
from offchain.files import PROJECT
from tests.support.patience import PATIENCE

GOLDEN = (PROJECT / "tests" / "vectors" / "day" / "timetable.txt").read_text("utf-8")


def step(name, at=0, after=()):
    return Step(name=name, at=at, act=lambda day: None, after=after)


def mechanism(*steps):
    return Mechanism(name="", steps=steps, audit=lambda evidence: None, section=lambda evidence, findings: None)


def names(*mechanisms):
    return [step.name for step in timetable(mechanisms)]


def test_steps_come_by_time_then_after_then_place():
    first = mechanism(step("late", 2), step("waits", 1, ("leads",)), step("early", 1))
    second = mechanism(step("leads", 1), step("first of all", -1))
    assert names(first, second) == ["first of all", "early", "leads", "waits", "late"]
    assert names(second, first) == ["first of all", "leads", "waits", "early", "late"]


def test_a_chain_of_steps_is_untangled():
    assert names(mechanism(step("c", after=("b",)), step("b", after=("a",)), step("a"))) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((step("a", 3_600, ("b",)),), "step a comes after b; D 01:00 has no such step"),
        ((step("a", 3_600, ("b",)), step("b")), "step a comes after b; D 01:00 has no such step"),
        ((step("a", 0, ("b",)), step("b", 0, ("a",)), step("c")), "steps a, b come after each other in a circle"),
        ((step("a", 0, ("a",)),), "steps a come after each other in a circle"),
        ((step("a"), step("b"), step("a", 7)), "several steps are called a; names are unique"),
    ],
)
def test_what_cannot_be_ordered_is_refused_by_name(steps, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        timetable((mechanism(*steps),))


@pytest.mark.parametrize(
    ("at", "text"),
    [(0, "D 00:00"), (-DAY + HOUR, "D-1 01:00"), (-1 * HOUR, "D-1 23:00"), (8 * DAY + 12 * HOUR + 90, "D+8 12:01")],
)
def test_times_are_written_from_the_day_of_delivery(at, text):
    assert clock(at) == text


def test_the_timetable_is_the_committed_one():
    assert written(timetable(MECHANISMS)) == GOLDEN


def test_the_command_prints_it():
    command = [sys.executable, "-m", "offchain", "day", "timetable"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, GOLDEN, "")


def test_the_table_in_the_documents_is_the_timetable():
    """A row for each time with its steps; anchoring, which ends every one of them, is said once below the table."""
    text = (PROJECT / "docs" / "ARCHITECTURE.md").read_text("utf-8").split("## A trading day")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (D\S* \d\d:\d\d) \| ([^|]+) \|", text, re.MULTILINE)
    said = [(time, tuple(steps.split("; "))) for time, steps in rows]
    expected = [
        (clock(moment[0].at), tuple(step.name for step in moment if not step.name.startswith("anchoring:")))
        for moment in moments(timetable(MECHANISMS))
    ]
    assert said == expected


def test_every_time_ends_with_an_anchor_of_each_region():
    last = [moment[-1].name for moment in moments(timetable(MECHANISMS))]
    assert last == [f"anchoring: {clock(moment[0].at)}" for moment in moments(timetable(MECHANISMS))]


def test_steps_are_called_by_their_mechanism():
    for each in MECHANISMS:
        assert [step.name for step in each.steps if not step.name.startswith(f"{each.name}: ")] == []
