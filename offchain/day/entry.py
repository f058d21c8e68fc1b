"""The day before: members and devices are registered, points come in, margin and bonds are paid."""

from offchain.day.driver.chain_day import Own, Sent, struct
from offchain.day.driver.journal import chunks
from offchain.day.driver.region import RegionDay
from offchain.day.world.keys import device_key, registration_of
from offchain.day.world.participants import Participant
from offchain.members.papers import REGISTRATION
from offchain.points.papers import PERMIT
from offchain.units import POINT

REGISTER_BATCH = 100
BOND_GAS = 150_000
"""For a bond whose allowance is sent just before it [gas]."""
REWARD_FUND = 1_000 * POINT
"""What the grid company puts into the reward pool for the day [point-wei]."""
WELCOMED = 5
"""Generators for whom the operator opens a welcome grant."""


def register_members(region: RegionDay) -> None:
    """The operator registers, and each member accepts, everybody but the grid company, who is member 1 already."""
    domain, name = region.domain("MemberRegistry"), region.plan.region.name
    calls: list[Sent] = []
    for batch in chunks(region.plan.members.traders, REGISTER_BATCH):
        terms = [registration_of(name, member, deadline=region.day_starts) for member in batch]
        signed = [domain.sign(region.member(m.id), REGISTRATION, t) for m, t in zip(batch, terms, strict=True)]
        calls.append(("MemberRegistry", "register", (terms, signed), len(batch)))
    region.send(calls, region.role("operator"))


def register_devices(region: RegionDay) -> None:
    """The operator records every generator's production device."""
    batches = chunks(region.plan.members.generators, REGISTER_BATCH)
    calls: list[Sent] = [
        ("DeviceRegistry", "register", ([_device(region, generator) for generator in batch],), len(batch))
        for batch in batches
    ]
    region.send(calls, region.role("operator"))


def mint_points(region: RegionDay) -> None:
    """The bank mints against deposits that its second person has confirmed."""
    deposits = [
        struct(to=region.member(m).address, amount=value, bankReference=region.reference(f"deposit of member {m}"))
        for m, value in _deposits(region).items()
    ]
    region.mint(deposits, deadline=region.day_starts)


def state_escrow(region: RegionDay) -> None:
    """The bank states what the escrow account held when the day of delivery ended: all deposits, nothing withdrawn."""
    region.state_escrow(sum(_deposits(region).values()), region.reference("the bank's statement of the escrow account"))


def _deposits(region: RegionDay) -> dict[int, int]:
    """What each member pays into escrow [point-wei]."""
    wanted = dict(region.plan.market.deposits)
    for generator in region.plan.members.generators:
        wanted[generator.id] = wanted.get(generator.id, 0) + _bond(region)
    wanted[region.plan.members.grid_company.id] += REWARD_FUND
    return wanted


def deposit_margin(region: RegionDay) -> None:
    """Members and the grid company put points into their margin accounts, by permit."""
    desk, domain = region.contract("MarginDesk"), region.domain("PowerPoint")
    calls: list[Own] = []
    for member, value in region.plan.market.deposits.items():
        key = region.member(member)
        permit = struct(owner=key.address, spender=desk.address, value=value, nonce=0, deadline=region.day_starts)
        signature = domain.sign(key, PERMIT, permit)
        r, s, v = signature[:32], signature[32:64], signature[64]
        arguments = (member, value, region.day_starts, v, r, s)
        calls.append((key, "MarginDesk", "depositWithPermit", arguments, None))
    region.send_each(calls)


def post_bonds(region: RegionDay) -> None:
    """Every owner posts the bond of its device."""
    registry, bond = region.contract("DeviceRegistry").address, _bond(region)
    calls: list[Own] = []
    for generator in region.plan.members.generators:
        key = region.member(generator.id)
        calls.append((key, "PowerPoint", "approve", (registry, bond), BOND_GAS))
        calls.append((key, "DeviceRegistry", "postBond", (generator.device,), BOND_GAS))
    region.send_each(calls)


def open_welcomes(region: RegionDay) -> None:
    """The grid company funds the reward pool; the operator opens the first generators' welcome grants."""
    grid_company = region.member(region.plan.members.grid_company.id)
    pool = region.contract("RewardPool").address
    region.send([("PowerPoint", "transfer", (pool, REWARD_FUND), 1)], grid_company)
    calls: list[Sent] = [
        ("RewardPool", "openWelcome", (g.device, region.reference(f"organisation of member {g.id}")), 1)
        for g in welcomed(region)
    ]
    region.send(calls, region.role("operator"))


def welcomed(region: RegionDay) -> tuple[Participant, ...]:
    """The generators whose welcome grants are opened."""
    return region.plan.members.generators[:WELCOMED]


def _bond(region: RegionDay) -> int:
    """The bond of a device [point-wei]."""
    return int(region.client.call(region.contract("DeviceRegistry")("bondAmount")))


def _device(region: RegionDay, generator: Participant) -> dict[str, object]:
    assert generator.device is not None, "generators have devices"  # noqa: S101 -- for the type checker
    return {
        "owner": generator.id,
        "meterKey": device_key(region.plan.region.name, generator.device).address,
        "capacityW": generator.nameplate_w,
        "commissioningDay": region.plan.day,
        "carrier": generator.carrier_code,
        "technology": 0,
        "gridArea": 0,
        "support": 0,
        "declaration": region.reference(f"member {generator.id} issues certificates of its device nowhere else"),
    }
