"""Whose keys sign on a trading day of local chains, and the registrations that members sign."""

from offchain.chain.keys import Key, local_key
from offchain.day.world.participants import Participant
from offchain.members.registrations import Registration


def member_key(region: str, member: int) -> Key:
    """A member's key on local chains."""
    return local_key(f"{region}: member {member}")


def meter_key(region: str, member: int) -> Key:
    """The key inside a member's settlement meter on local chains."""
    return local_key(f"{region}: meter of member {member}")


def device_key(region: str, device: int) -> Key:
    """The key inside a production device's meter on local chains."""
    return local_key(f"{region}: meter of device {device}")


def registration_of(region: str, member: Participant, *, deadline: int) -> Registration:
    """A member's registration that it has not signed yet; `deadline` [s] is the last time for it."""
    return Registration(
        account=member_key(region, member.id).address,
        meter_key=meter_key(region, member.id).address,
        node=member.node,
        kind=member.kind,
        group=0,
        import_w=member.import_w,
        export_w=member.export_w,
        deadline=deadline,
        acceptance=b"",
        reference=member.name,
    )
