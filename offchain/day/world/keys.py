"""Whose keys sign on a trading day of local chains, and the terms that members sign."""

from typing import Any

from offchain.chain.keys import Key, local_key
from offchain.day.world.participants import Participant


def member_key(region: str, member: int) -> Key:
    """A member's key on local chains."""
    return local_key(f"{region}: member {member}")


def meter_key(region: str, member: int) -> Key:
    """The key inside a member's settlement meter on local chains."""
    return local_key(f"{region}: meter of member {member}")


def device_key(region: str, device: int) -> Key:
    """The key inside a production device's meter on local chains."""
    return local_key(f"{region}: meter of device {device}")


def registration_of(region: str, member: Participant, *, deadline: int) -> dict[str, Any]:
    """The terms of a member's registration that it signs; `deadline` [s] is the last time for it."""
    return {
        "account": member_key(region, member.id).address,
        "meterKey": meter_key(region, member.id).address,
        "node": member.node,
        "kind": int(member.kind),
        "group": 0,
        "importW": member.import_w,
        "exportW": member.export_w,
        "deadline": deadline,
    }
