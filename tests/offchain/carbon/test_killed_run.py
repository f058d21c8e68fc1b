"""A long run that is killed while it writes goes on where it stopped, and ends with the same bytes."""

import signal
import subprocess
import sys

import pytest

from offchain.files import PROJECT
from tests.support.patience import PATIENCE

GRID = PROJECT / "data" / "grids" / "1-MV-rural--0-sw"
KILLED_AT = """
import os, signal, sys

left, flush = int(sys.argv.pop(1)), os.fsync

def flush_or_die(handle):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    flush(handle)

os.fsync = flush_or_die
from offchain.commands.app import main
main()
"""


def traced(folder, kind, *program):
    """Trace three days to a folder; each is five tables, after the one file that says what the run is made from."""
    words = ("trace", "--grid", GRID, "--from", "2016-07-18", "--to", "2016-07-20", "--out", folder, "--format", kind)
    return subprocess.run(
        [sys.executable, *map(str, (*program, *words, "--steps", 4))],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def written(folder):
    """What a reader finds; a file that was being written is hidden."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.mark.parametrize(
    ("kind", "file", "complete"),
    [
        ("parquet", 9, 1),  # the third table of the second day
        ("csv", 6, 0),  # the last table of the first
    ],
)
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(tmp_path, kind, file, complete):
    whole = traced(tmp_path / "whole", kind, "-m", "offchain")
    assert (whole.returncode, whole.stdout) == (0, f"3 days traced, 0 were there: {tmp_path / 'whole'}\n")
    assert "1-MV-rural--0-sw" in whole.stderr
    assert "100%" in whole.stderr
    killed = traced(tmp_path / "run", kind, "-c", KILLED_AT, file)
    assert killed.returncode == -signal.SIGKILL
    assert len(written(tmp_path / "run")) == file - 1
    again = traced(tmp_path / "run", kind, "-m", "offchain")
    assert again.stdout == f"{3 - complete} days traced, {complete} were there: {tmp_path / 'run'}\n"
    assert written(tmp_path / "run") == written(tmp_path / "whole")
    assert len(written(tmp_path / "run")) == 16
