"""Coins for transactions: on local chains everybody who sends one gets them."""

from collections.abc import Sequence

from offchain.chain.endpoints import Endpoint
from offchain.chain.keys import local_key
from offchain.chain.local import MAIN, fund
from offchain.day.auction.plan import POSTER, order_key
from offchain.day.world.keys import member_key
from offchain.day.world.world import World

ROLES = ("deployer", "operator", "bank", "regulator", "issuer", "carbon provider", "relayer", "courier")


def fund_everybody(endpoints: Sequence[Endpoint], world: World) -> None:
    """Fund the roles on every chain, the members on their region's, those who place orders on the main chain."""
    roles = [local_key(name).address for name in ROLES]
    senders = {
        plan.region.name: [member_key(plan.region.name, m.id).address for m in plan.members.everybody]
        for plan in world.regions
    }
    senders[MAIN] = [order_key(name).address for name in (POSTER, *(unit.name for unit in world.auction.units))]
    for endpoint in endpoints:
        fund(endpoint, [*roles, *senders.get(endpoint.name, [])])
