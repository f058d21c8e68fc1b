"""The day before: members and devices are registered, points come in, margin and bonds are paid."""

from offchain.day.chain_day import Own, Sent, struct
from offchain.day.journal import chunks
from offchain.day.participants import Participant
from offchain.day.region import RegionDay
from offchain.day.signing import PERMIT, REGISTRATION, device_key, registration_of
from offchain.market.settlement import amount
from offchain.market_time import HOURS_PER_DAY
from offchain.regions import POINT

REGISTER_BATCH = 100
DEPOSIT_PERCENT = 130
"""What a consumer deposits, in percent of its forecast bought from the grid company alone."""
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
    wanted = margins(region)
    wanted |= {generator.id: _bond(region) for generator in region.plan.members.generators}
    wanted[region.plan.members.grid_company.id] += REWARD_FUND
    return wanted


def deposit_margin(region: RegionDay) -> None:
    """Consumers and the grid company put points into their margin accounts, by permit."""
    market, domain = region.contract("BilateralMarket"), region.domain("PowerPoint")
    calls: list[Own] = []
    for member, value in margins(region).items():
        key = region.member(member)
        permit = struct(owner=key.address, spender=market.address, value=value, nonce=0, deadline=region.day_starts)
        signature = domain.sign(key, PERMIT, permit)
        r, s, v = signature[:32], signature[32:64], signature[64]
        arguments = (member, value, region.day_starts, v, r, s)
        calls.append((key, "BilateralMarket", "depositWithPermit", arguments, None))
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


def margins(region: RegionDay) -> dict[int, int]:
    """Whole points per member: consumers for the day they expect, the grid company for the most it can owe."""
    plan, tariffs = region.plan, region.plan.region.tariffs
    wanted = {
        consumer.id: amount(int(expected), tariffs.purchase) * DEPOSIT_PERCENT // 100
        for consumer, expected in zip(plan.members.consumers, plan.forecast.load_w.sum(axis=0), strict=True)
    }
    capacity_wh = HOURS_PER_DAY * sum(generator.nameplate_w for generator in plan.members.generators)
    wanted[plan.members.grid_company.id] = amount(capacity_wh, tariffs.feed_in)
    return {member: -(-value // POINT) * POINT for member, value in wanted.items()}


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
