"""Where the analysers are, and how one is run: `toolchain/setup.py analysis` gives them an environment of their own."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from offchain.files import PROJECT

FOLDER: Final = PROJECT / "analysis"
SOLC: Final = PROJECT / ".venv" / "solc" / "solc-v0.8.30"
_BIN: Final = PROJECT / ".venv-analysis" / "bin"
_FORGE: Final = FOLDER / "node_modules" / "@foundry-rs" / "forge-linux-amd64" / "bin"


def run(program: str, arguments: Sequence[str | Path], *, folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    """Run an analyser; its exit status is the caller's to judge.

    Raises:
        FileNotFoundError: the environment of the analysers is not set up.
    """
    path = os.pathsep.join([str(_BIN), str(_FORGE), os.environ["PATH"]])
    command = [str(_BIN / program), *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )


def sources() -> list[str]:
    """Every contract and interface, as solc names it."""
    files = [*(PROJECT / "contracts").rglob("*.sol"), *(PROJECT / "interfaces").rglob("*.sol")]
    return sorted(str(file.relative_to(PROJECT)) for file in files)
