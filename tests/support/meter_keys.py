"""How a meter gets another key: the operator brings the signature of the account that the meter stands for."""

from typing import Any, Final

from tests.support.region import FIRST_DEVICE_METER, FOREVER, Region, actor
from tests.support.signing import METER_KEY_CONSENT, key_of, sign

DOMAINS: Final = ("Gridleaf MemberRegistry", "Gridleaf DeviceRegistry")


def replace_key(
    region: Region, meter: int, key: Any, *, signer: str, deadline: int = FOREVER, changes: int | None = None
) -> Any:
    """Replace the key of a member's or a device's meter with the signer's consent."""
    book = registry_of(region, meter)
    number = number_of(meter)
    count = key_changes(region, meter) if changes is None else changes
    terms = (meter, getattr(key, "address", key), count, deadline)
    consent = sign(key_of(signer), region.domain(book, domain_name(meter)), METER_KEY_CONSENT, terms)
    return book.replaceMeterKey(number, key, deadline, consent, {"from": actor("operator")})


def key_changes(region: Region, meter: int) -> int:
    book, number = registry_of(region, meter), number_of(meter)
    held = book.deviceOf(number) if meter >= FIRST_DEVICE_METER else book.member(number)
    return int(held["keyChanges"])


def registry_of(region: Region, meter: int) -> Any:
    return region.devices if meter >= FIRST_DEVICE_METER else region.registry


def number_of(meter: int) -> int:
    """What the registry of the meter calls it."""
    return meter % FIRST_DEVICE_METER


def domain_name(meter: int) -> str:
    return DOMAINS[meter >= FIRST_DEVICE_METER]
