"""What tests take, kept in tests/durations.json: the longest go first, and no lane goes beyond its budget.

Processor time, of the process that runs a test and of all that it starts: unlike the time on the clock it is the same
on a busy machine, and on two cores the whole cannot be done in less than half of it.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests.support.lanes import lane_of

FILE: Final = Path(__file__).parent.parent / "durations.json"
ALONE: Final = 8.0  # from which on a test is listed by itself, and goes to a worker without the rest of its file [s]
BUDGETS: Final = {"unit": 185.0, "contracts": 145.0, "chain": 100.0, "day": 190.0}  # by lane [s]
WANTED: Final = "UPDATE_DURATIONS"
"""Environment variable with which a run brings the table up to date."""


@dataclass(frozen=True)
class Durations:
    """What each lane's files take, and the long tests among their tests."""

    files: Mapping[str, Mapping[str, float]]
    """By lane and file, all tests [s]."""
    alone: Mapping[str, float]
    """By node id, tests of `ALONE` seconds and more [s]."""

    @classmethod
    def read(cls) -> "Durations":
        """The committed table."""
        held = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"files": {}, "alone": {}}
        return cls(held["files"], held["alone"])

    def total(self, lane: str) -> float:
        """All tests of a lane [s]."""
        return sum(self.files.get(lane, {}).values())

    def group(self, node: str) -> str:
        """What goes to a worker together: a long test by itself, the others with their file."""
        return node if node in self.alone else node.split("::", maxsplit=1)[0]

    def longest_first(self, nodes: Iterable[str]) -> list[str]:
        """The same node ids by group, the longest group first; a file keeps its order."""
        by_file = defaultdict(float)
        for files in self.files.values():
            for file, seconds in files.items():
                by_file[file] += seconds
        for node, seconds in self.alone.items():
            by_file[node.split("::")[0]] -= seconds

        def place(node: str) -> tuple[float, str]:
            group = self.group(node)
            return -self.alone.get(group, by_file.get(group, 0.0)), group

        return sorted(nodes, key=place)

    def updated(self, measured: Mapping[str, tuple[str, float]]) -> "Durations":
        """With the lane and duration of every test that was run, in place of all that was held of its file and lane."""
        run = {(lane, node.split("::")[0]) for node, (lane, _) in measured.items()}
        sums: dict[str, dict[str, float]] = {lane: dict(files) for lane, files in self.files.items()}
        for lane, file in run:
            sums.setdefault(lane, {})[file] = round(_sum(measured, lane, file), 1)
        again = {file for _, file in run}
        alone = {node: seconds for node, seconds in self.alone.items() if node.split("::")[0] not in again}
        alone |= {node: round(seconds, 1) for node, (_, seconds) in measured.items() if seconds >= ALONE}
        return Durations(sums, alone)

    def write(self) -> None:
        held = {"files": self.files, "alone": self.alone}
        FILE.write_text(json.dumps(held, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _sum(measured: Mapping[str, tuple[str, float]], lane: str, file: str) -> float:
    return sum(seconds for node, (own, seconds) in measured.items() if own == lane and node.split("::")[0] == file)


class LongestFirst(LoadScopeScheduling):
    """Gives each worker that has nothing left the next group, in the order of the collection."""

    def __init__(self, config: Any, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)
        self._durations = Durations.read()

    def _split_scope(self, nodeid: str) -> str:
        return self._durations.group(nodeid)


def spent() -> float:
    """Processor time of this process, of all that it has waited for and of all that it still runs [s]."""
    own = os.times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in psutil.Process().children(recursive=True):
        try:
            total += sum(child.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return total


@dataclass
class Stopwatch:
    """A plugin that measures every test of a run and writes the table in the end; workers hand theirs over."""

    measured: dict[str, tuple[str, float]] = field(default_factory=dict)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        before = spent()
        yield
        self.measured[item.nodeid] = lane_of(item), spent() - before

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.measured |= {
            name: tuple(found) for name, found in getattr(node, "workeroutput", {}).get("durations", {}).items()
        }

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["durations"] = self.measured
        else:
            Durations.read().updated(self.measured).write()
