"""Data files that prove to be the ones that were imported.

Each folder under `data/grids/` carries `SHA256SUMS` in the format of `sha256sum`, so that a damaged file is found
before anything is computed from it (also by hand: `sha256sum -c SHA256SUMS`).
"""

import hashlib
from pathlib import Path

from offchain.errors import InputError

CHECKSUM_FILE = "SHA256SUMS"


def read_checked(directory: Path, name: str) -> bytes:
    """Return the bytes of file `name` in `directory` after checking them against `SHA256SUMS`.

    Raises:
        InputError: a file is missing, not listed, or its checksum differs.

    """
    try:
        lines = (directory / CHECKSUM_FILE).read_text("utf-8").splitlines()
        listed = {file: checksum for checksum, file in (line.split(maxsplit=1) for line in lines)}
        content = (directory / name).read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{error.filename} is missing; restore it, or import the grid again") from error
    except ValueError as error:
        raise InputError(f"{directory / CHECKSUM_FILE} is damaged; restore it, or import the grid again") from error
    if name not in listed:
        raise InputError(f"{directory / CHECKSUM_FILE} does not list {name}; restore it, or import the grid again")
    found = hashlib.sha256(content).hexdigest()
    if found != listed[name]:
        raise InputError(
            f"{directory / name} is damaged: its SHA-256 is {found[:16]}..., not {listed[name][:16]}...; "
            "restore it, or import the grid again"
        )
    return content


def write_checksums(directory: Path, names: tuple[str, ...]) -> None:
    """Write `SHA256SUMS` for the files `names` of `directory`, in sorted order."""
    lines = (f"{hashlib.sha256((directory / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(names))
    (directory / CHECKSUM_FILE).write_text("".join(lines), "utf-8")
