"""A region's contracts on a live chain, for the tests that follow or use them."""

import pytest

from offchain.chain.engines.port import ChainPlan
from offchain.chain.local import local_chains
from tests.support.live_region import START, LiveRegion

PLAN = ChainPlan("rural", 31001, 0)


@pytest.fixture(scope="session")
def deployed(anvil, tmp_path_factory):
    """A chain with every contract of a region and the grid company as its only member; tests borrow it."""
    folder = tmp_path_factory.mktemp("deployed")
    with local_chains([PLAN], genesis_time=START, folder=folder / "chains") as (endpoint,):
        yield LiveRegion(endpoint, folder)


@pytest.fixture
def region(deployed, tmp_path):
    """The deployed region; what a test does to its chain is taken back."""
    with deployed.borrowed(tmp_path) as lent:
        yield lent


@pytest.fixture
def own_region(anvil, tmp_path):
    """A region on a chain of its own, for a test that replaces blocks of the deployment."""
    with local_chains([PLAN], genesis_time=START, folder=tmp_path / "chains") as (endpoint,):
        yield LiveRegion(endpoint, tmp_path)
