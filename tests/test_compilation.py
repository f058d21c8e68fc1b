"""A build that fits its sources is taken as it is; whatever differs from what was sealed is compiled anew."""

import json
import subprocess
import sys

import pytest

from offchain.errors import InputError
from scripts import compilation
from scripts.compilation import compiled


@pytest.fixture
def project(tmp_path):
    """A project with one contract, not compiled."""
    for folder in ("contracts/points", "interfaces", "build/contracts", "build/interfaces"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "brownie-config.yaml").write_text("runs: 200")
    (tmp_path / "contracts" / "points" / "Points.sol").write_text("first")
    (tmp_path / "interfaces" / "IPoints.sol").write_text("interface")
    return tmp_path


class Compiler:
    """In Brownie's place: the creation code is the source; `during` happens while it compiles."""

    def __init__(self, project):
        self.project, self.runs, self.during, self.status = project, 0, lambda: None, 0

    def __call__(self, command, *, cwd, **_):
        assert (command[1:], cwd) == (["compile", "--all"], self.project)
        self.runs += 1
        artefact = {"abi": [], "bytecode": source(self.project).read_text()}
        self.during()
        (self.project / "build" / "contracts" / "Points.json").write_text(json.dumps(artefact))
        return subprocess.CompletedProcess(command, self.status, stdout="Compiling\n", stderr="no such pragma\n")


@pytest.fixture
def compiler(project, monkeypatch):
    found = Compiler(project)
    monkeypatch.setattr(compilation.subprocess, "run", found)
    return found


def source(project):
    return project / "contracts" / "points" / "Points.sol"


def code(project):
    return compiled(project).artefact("Points").bytecode


def test_what_is_compiled_is_not_compiled_again(project, compiler):
    assert [code(project), code(project), compiler.runs] == ["first", "first", 1]


@pytest.mark.parametrize(
    "file",
    [
        "contracts/points/Points.sol",
        "interfaces/IPoints.sol",
        "brownie-config.yaml",
        "build/contracts/Points.json",
        "build/.sealed",
    ],
)
def test_every_change_compiles_everything(project, compiler, file):
    code(project)
    (project / file).write_text("{}")
    code(project)
    assert compiler.runs == 2


def test_a_source_that_moves_compiles_everything(project, compiler, monkeypatch):
    code(project)
    moved = project / "contracts" / "market" / "Points.sol"
    moved.parent.mkdir()
    source(project).rename(moved)
    monkeypatch.setattr(sys.modules[__name__], "source", lambda _: moved)
    code(project)
    assert compiler.runs == 2


def test_artefacts_of_other_sources_are_found_when_the_sources_are_back(project, compiler):
    """Somebody compiled another version in between and went back to this one without compiling."""
    code(project)
    source(project).write_text("second")
    compiler([None, "compile", "--all"], cwd=project)
    source(project).write_text("first")
    assert (code(project), compiler.runs) == ("first", 3)


def test_a_source_that_changes_while_it_is_compiled_is_compiled_again(project, compiler):
    compiler.during = lambda: source(project).write_text("second")
    assert code(project) == "first"
    assert code(project) == "second"


def test_a_compilation_that_fails_is_refused_and_not_sealed(project, compiler):
    compiler.status = 1
    for _ in range(2):
        with pytest.raises(InputError, match=r"^contracts do not compile; `brownie compile` says why: no such pragma$"):
            compiled(project)
    assert compiler.runs == 2
