"""The contracts, compiled by Brownie in a process of its own where they are not: `python -m scripts.compilation`."""

import subprocess
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from offchain.chain.build import COMPILE_COMMAND, Build
from offchain.errors import InputError
from offchain.files import PROJECT, write_atomically


def compiled(project: Path = PROJECT) -> Build:
    """What the sources are compiled to.

    A seal in the build folder says from which sources and settings it was made, and which artefacts are whole. Where it
    does not fit, everything is compiled: Brownie compiles a contract anew when its own source has changed, but not
    always when a library or an interface that it reads has.

    Raises:
        InputError: the contracts do not compile.
    """
    build = project / "build"
    seal, sources = build / ".sealed", _digest(project, _sources(project))
    if not seal.is_file() or seal.read_text() != f"{sources} {_digest(build, _artefacts(build))}":
        _compile(project)
        write_atomically(seal, f"{sources} {_digest(build, _artefacts(build))}")
    return Build(build)


def _compile(project: Path) -> None:
    """Let Brownie compile everything; it goes on to the end even where we do not."""
    program, *arguments = COMPILE_COMMAND.split()
    command = [str(Path(sys.executable).with_name(program)), *arguments, "--all"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip())[-300:]
        raise InputError(f"contracts do not compile; `{COMPILE_COMMAND}` says why: {reason}")


def _sources(project: Path) -> Iterable[Path]:
    return [project / "brownie-config.yaml", *project.glob("contracts/**/*.sol"), *project.glob("interfaces/**/*.sol")]


def _artefacts(build: Path) -> Iterable[Path]:
    return [*build.glob("contracts/*.json"), *build.glob("interfaces/*.json")]


def _digest(folder: Path, files: Iterable[Path]) -> str:
    """Of the paths below a folder and the contents of files, in the order of their paths."""
    whole = sha256()
    for file in sorted(files):
        whole.update(f"{file.relative_to(folder)} {sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


if __name__ == "__main__":
    try:
        compiled()
    except InputError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(problem.exit_status)
