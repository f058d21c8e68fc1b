"""The auction of a trading day: when what happens, how it is checked, what the report shows."""

from collections.abc import Mapping, Sequence

from offchain.chain.local import MAIN
from offchain.day.auction.audit import audit_auction, queries
from offchain.day.auction.plan import POSTER, order_key
from offchain.day.auction.section import section
from offchain.day.auction.steps import STEPS
from offchain.day.driver.mechanism import Mechanism
from offchain.day.world.world import World


def _places(world: World) -> Mapping[str, Sequence[str]]:
    """Who has orders, and who posts the tables: on the main chain."""
    names = (POSTER, *(unit.name for unit in world.auction.units))
    return {MAIN: [order_key(name).address for name in names]}


AUCTION = Mechanism(
    name="auction",
    steps=STEPS,
    audit=audit_auction,
    section=section,
    queries=queries,
    roles=("operator", "bank", "courier"),
    senders=_places,
)
