"""A region's contracts on a chain of their own, for the tests that follow or use them."""

import pytest

from offchain.chain.engines.port import ChainPlan
from offchain.chain.local import local_chains
from tests.support.live_region import START, LiveRegion


@pytest.fixture
def region(tmp_path):
    """A chain with every contract of a region and the grid company as its only member."""
    plan = [ChainPlan("rural", 31001, 0)]
    with local_chains(plan, genesis_time=START, folder=tmp_path / "chains") as (endpoint,):
        yield LiveRegion(endpoint, tmp_path)
