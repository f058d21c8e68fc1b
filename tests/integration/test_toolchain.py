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


@pytest.mark.parametrize("module", [brownie.test.coverage, brownie.test.output, brownie.test.stateful])
def test_brownie_runs_the_repaired_modules(module):
    assert Path(module.__file__).suffix == ".py"


def test_brownie_measures_coverage_with_an_empty_home(tmp_path: Path):
    home, report = tmp_path / "home", PROJECT / "reports" / "coverage.json"
    home.mkdir()
    report.unlink(missing_ok=True)
    environment = {**os.environ, "HOME": str(home), "PATH": f"{BIN}:{os.environ['PATH']}"}
    for name in [name for name in environment if name.startswith(("PYTEST", "COV"))]:
        del environment[name]
    command = [str(BIN / "brownie"), "test", "tests/contracts/anchoring/test_anchor_board.py", "--coverage"]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    totals = json.loads(report.read_text())["coverage"]["AnchorBoard"]["statements"]
    covered, statements = totals["AnchorBoard.anchor"]
    assert 0 < covered <= statements
    assert (home / ".brownie").is_dir()
