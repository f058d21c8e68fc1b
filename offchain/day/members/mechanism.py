"""The members of a trading day: when what happens, how it is checked, what the report shows."""

from collections.abc import Mapping, Sequence

from offchain.day.driver.mechanism import Mechanism
from offchain.day.members.audit import audit_sheets
from offchain.day.members.section import section
from offchain.day.members.steps import STEPS
from offchain.day.world.keys import member_key
from offchain.day.world.world import World


def _members(world: World) -> Mapping[str, Sequence[str]]:
    """Every member on its region's chain."""
    return {
        plan.region.name: [member_key(plan.region.name, member.id).address for member in plan.members.everybody]
        for plan in world.regions
    }


MEMBERS = Mechanism(
    name="members",
    steps=STEPS,
    audit=audit_sheets,
    section=section,
    roles=("operator", "courier"),
    senders=_members,
)
