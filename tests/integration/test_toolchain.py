"""What set-up promises about Brownie: coverage reports that are not empty, in an empty home folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import brownie.test.coverage
import brownie.test.output
import brownie.test.stateful
import pytest

from offchain.files import PROJECT
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.contracts

BIN = Path(sys.executable).parent
DOOR = """
// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

contract Door {
    uint256 public entered;

    function enter(uint256 count) external {
        if (count > 2) revert("too many");
        entered += count;
    }
}
"""
TEST = """
def test_two_enter(Door, accounts):
    door = Door.deploy({"from": accounts[0]})
    door.enter(2, {"from": accounts[0]})
    assert door.entered() == 2
"""


@pytest.mark.parametrize("module", [brownie.test.coverage, brownie.test.output, brownie.test.stateful])
def test_brownie_runs_the_repaired_modules(module):
    assert Path(module.__file__).suffix == ".py"


def test_brownie_measures_coverage_with_an_empty_home(tmp_path: Path):
    project, home = tmp_path / "project", tmp_path / "home"
    home.mkdir()
    reduce_project(project)
    environment = {**os.environ, "HOME": str(home), "PATH": f"{BIN}:{os.environ['PATH']}"}
    for name in [name for name in environment if name.startswith(("PYTEST", "COV"))]:
        del environment[name]
    command = [str(BIN / "brownie"), "test", "tests/contracts/test_door.py", "--coverage"]
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((project / "reports" / "coverage.json").read_text())
    covered, statements = report["coverage"]["Door"]["statements"]["Door.enter"]
    assert 0 < covered <= statements
    assert (home / ".brownie").is_dir()


def reduce_project(folder: Path) -> None:
    """This project with one contract and one test: its settings and what its tests start Brownie's chain with."""
    for name in ("contracts", "interfaces", "reports", "tests/contracts"):
        (folder / name).mkdir(parents=True)
    for name in ("brownie-config.yaml", "pyproject.toml", "node_modules", "offchain", "scripts", "deployment"):
        (folder / name).symlink_to(PROJECT / name)
    for name in ("__init__.py", "conftest.py", "support"):
        (folder / "tests" / name).symlink_to(PROJECT / "tests" / name)
    (folder / "contracts" / "Door.sol").write_text(DOOR)
    (folder / "tests" / "contracts" / "test_door.py").write_text(TEST)
