"""A copy of the project in which one mutant after the other is compiled and tested."""

import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from analysis.mutants import Mutant
from analysis.programs import sources
from offchain.files import PROJECT

PATIENCE: Final = 1_800
"""Of a mutant's tests: tests that hang have noticed it [s]."""
_LINKED: Final = (".venv", "node_modules")
_METADATA: Final = re.compile("a2646970667358221220[0-9a-f]{64}")
_FAILED: Final = (1, 2)
"""Exit statuses of pytest: tests failed, tests could not be collected."""


class Outcome(StrEnum):
    """What became of a mutant."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    NO_FAULT = "same bytecode"
    INVALID = "does not compile"

    @property
    def is_fault(self) -> bool:
        """Whether tests can notice it at all."""
        return self in {Outcome.NOTICED, Outcome.SURVIVED}


class Workbench:
    """Such a copy."""

    def __init__(self, folder: Path) -> None:
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True)
        for name in filter(None, tracked.stdout.split("\0")):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, target)
        for name in _LINKED:
            (folder / name).symlink_to(PROJECT / name)
        shutil.copytree(PROJECT / "build", folder / "build")
        self._folder = folder
        self._artefacts = {file.name: file.read_text() for file in (folder / "build" / "contracts").glob("*.json")}

    def outcome(self, mutant: Mutant) -> Outcome:
        """Compile it and run the tests of its subject."""
        file = self._folder / mutant.file
        source = file.read_bytes()
        stale = self._artefacts_of(_dependents(mutant.file))
        try:
            file.write_bytes(mutant.apply(source))
            for name in stale:
                (self._folder / "build" / "contracts" / name).unlink()
            if self._run("brownie", "compile") != 0:
                return Outcome.INVALID
            if all(self._code(name) == _code(self._artefacts[name]) for name in stale):
                return Outcome.NO_FAULT
            return self._tested(mutant.subject)
        finally:
            file.write_bytes(source)
            for name in stale:
                (self._folder / "build" / "contracts" / name).write_text(self._artefacts[name])

    def _tested(self, subject: str) -> Outcome:
        tests = [f"tests/contracts/{subject}", "tests/contracts/test_words.py", "tests/contracts/test_libraries.py"]
        status = self._run("python", "-m", "pytest", "-x", "-q", "-n", "0", *tests)
        if status not in (0, *_FAILED, -signal.SIGKILL):
            raise RuntimeError(f"pytest ended with status {status} in {self._folder}")
        return Outcome.SURVIVED if status == 0 else Outcome.NOTICED

    def _run(self, program: str, *arguments: str) -> int:
        """Run a program of the project's environment; all that it started ends with it."""
        command = [str(self._folder / ".venv" / "bin" / program), *arguments]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=self._folder, stdout=quiet, stderr=quiet, start_new_session=True) as process:
            try:
                return process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                return -signal.SIGKILL
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _artefacts_of(self, files: set[str]) -> list[str]:
        return [name for name, text in self._artefacts.items() if json.loads(text)["sourcePath"] in files]

    def _code(self, name: str) -> str:
        return _code((self._folder / "build" / "contracts" / name).read_text())


def _code(artefact: str) -> str:
    """Its bytecode, without the hash of its sources."""
    return _METADATA.sub("", json.loads(artefact)["bytecode"])


def _dependents(file: str) -> set[str]:
    """The file and every source that reads it, over any number of imports."""
    imports = {}
    for name in sources():
        text = (PROJECT / name).read_text(encoding="utf-8")
        paths = re.findall(r'^import [^;]*?"(\.[^"]+)";', text, re.MULTILINE)
        imports[name] = {str((PROJECT / name).parent.joinpath(path).resolve().relative_to(PROJECT)) for path in paths}
    found = {file}
    while more := {name for name, read in imports.items() if read & found} - found:
        found |= more
    return found
