"""Coins for transactions: on local chains everybody who sends one gets them."""

from collections.abc import Sequence
from typing import Any

from offchain.chain.endpoints import Endpoint
from offchain.chain.keys import local_key
from offchain.chain.local import fund
from offchain.day.driver.mechanism import Mechanism
from offchain.day.world.world import World

DEPLOYER = "deployer"


def fund_everybody(endpoints: Sequence[Endpoint], world: World, *, mechanisms: Sequence[Mechanism[Any]]) -> None:
    """Fund the deployer and the roles of all mechanisms on every chain, other senders on theirs."""
    names = dict.fromkeys((DEPLOYER, *(role for mechanism in mechanisms for role in mechanism.roles)))
    roles = [local_key(name).address for name in names]
    senders = [mechanism.senders(world) for mechanism in mechanisms]
    for endpoint in endpoints:
        others = [address for by_chain in senders for address in by_chain.get(endpoint.name, ())]
        fund(endpoint, list(dict.fromkeys([*roles, *others])))
