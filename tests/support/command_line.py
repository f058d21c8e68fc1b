"""`python -m offchain` in this process: what a user sees, without what starting Python and loading the project takes.

For where the process itself is the point there are tests that start one (tests/offchain/test_cli.py).
"""

import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO

import pytest

from offchain.commands.app import main


@dataclass(frozen=True)
class Answer:
    """What a command printed, and the status with which it ended."""

    returncode: int
    stdout: str
    stderr: str


def offchain(*words: object) -> Answer:
    """Type these words after `python -m offchain`."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["offchain", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
    status = ended.value.code or 0
    assert isinstance(status, int), status
    return Answer(status, out.getvalue(), err.getvalue())
