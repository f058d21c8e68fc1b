"""Databases of both kinds, empty."""

import os
import warnings

import pytest

from offchain.index.store import Store
from tests.offchain.index.postgresql import ServerMissing, database, program, running_server


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server of our own, gone with the session."""
    try:
        program("initdb")
    except ServerMissing as missing:
        if os.environ.get("CI"):
            raise  # continuous integration installs it first, and tests it
        warnings.warn(f"not tested: {missing}", stacklevel=1)
        pytest.skip(str(missing))
    with running_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'index.db'}"
    else:
        with database(request.getfixturevalue("postgresql")) as found:
            yield found


@pytest.fixture
def store(url):
    opened = Store(url)
    yield opened
    opened.close()


@pytest.fixture
def index(tmp_path):
    """An SQLite index, for tests in which the database does not matter."""
    opened = Store(f"sqlite:///{tmp_path / 'index.db'}")
    yield opened
    opened.close()
