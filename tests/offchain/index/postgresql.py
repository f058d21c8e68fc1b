"""A throw-away PostgreSQL server, reached through a socket in its own folder: no port, nobody else's data."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support.patience import PATIENCE

USERS = ("postgres", "nobody")  # PostgreSQL does not run as root


class ServerMissing(Exception):
    """PostgreSQL's server programs are not installed."""


def program(name: str) -> str:
    """A server program, from the PATH or where Debian keeps them.

    Raises:
        ServerMissing: it is not there.
    """
    found = [shutil.which(name), *sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)]
    for candidate in found:
        if candidate:
            return str(candidate)
    raise ServerMissing(f"{name} of PostgreSQL is missing: `.ci/postgresql` installs it, or apt-get install postgresql")


@contextmanager
def running_server() -> Iterator[Path]:
    """Run a server; gives the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="gridleaf-postgresql-"))
    data, log = folder / "data", folder / "log"
    options = f"-c listen_addresses='' -k {folder} -c fsync=off"
    try:
        if os.getuid() == 0:
            user = _unprivileged()
            shutil.chown(folder, user)
        _run("initdb", "--pgdata", data, "--username", "gridleaf", "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        _run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", log, "--options", options)
        try:
            yield folder
        finally:
            _run("pg_ctl", "stop", "--pgdata", data, "--mode", "immediate")
    finally:
        shutil.rmtree(folder)


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """An empty database on the server; gives its URL."""
    with psycopg.connect(host=str(folder), user="gridleaf", dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE index")
        try:
            yield f"postgresql://gridleaf@/index?host={folder}"
        finally:
            connection.execute("DROP DATABASE index WITH (FORCE)")


def _unprivileged() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(user for user in USERS if user in known)


def _run(name: str, *arguments: object) -> None:
    words = [program(name), *map(str, arguments)]
    if os.getuid() == 0:
        account = pwd.getpwnam(_unprivileged())
        identity = ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups"]
        words = ["setpriv", *identity, *words]
    done = subprocess.run(
        words, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=PATIENCE, check=False, text=True, env=os.environ | {"LC_ALL": "C"},
    )  # fmt: skip
    assert done.returncode == 0, f"{name}: {done.stdout}"
