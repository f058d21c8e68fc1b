"""Where the project's files are, and writing files so that nobody ever sees half of one."""

import os
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def write_atomically(file: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: into a temporary file beside it, flushed to disk, then renamed over it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
