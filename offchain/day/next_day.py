"""The day after the day: what the devices' meters measure, and its certificates, less what a device owes."""

from datetime import timedelta

from offchain.day.certification import certified
from offchain.day.driver.chain_day import Sent, struct
from offchain.day.driver.journal import chunks
from offchain.day.driver.region import RegionDay
from offchain.day.metering import FIRST_DEVICE_METER, SHEET_BATCH
from offchain.day.world.keys import device_key
from offchain.grid.profiles import day_profile, load_profiles
from offchain.market_time import HOURS_PER_DAY
from offchain.members.papers import DAY_SHEET
from offchain.members.sheet_words import pack


def measure_next_day(region: RegionDay) -> None:
    """The meters of the renewable devices sign the sheets of the following day; nothing else is traded on it."""
    domain, name = region.domain("DaySheets"), region.plan.region.name
    calls: list[Sent] = []
    for batch in chunks(sorted(next_day_exports(region).items()), SHEET_BATCH):
        messages = [
            struct(
                meter=FIRST_DEVICE_METER + device,
                day=region.plan.day + 1,
                revision=0,
                importWh=list(pack((0,) * HOURS_PER_DAY)),
                exportWh=list(pack(export)),
            )
            for device, export in batch
        ]
        keys = [device_key(name, device) for device, _ in batch]
        signatures = [domain.sign(key, DAY_SHEET, message) for key, message in zip(keys, messages, strict=True)]
        calls.append(("DaySheets", "submit", (messages, signatures), len(batch)))
    region.send(calls, region.courier)


def issue_next_day(region: RegionDay) -> None:
    """Once these sheets are final too they become certificates, less what a device owes since a correction."""
    calls: list[Sent] = [
        ("GreenCertificate", "issueDay", (device, region.plan.day + 1), 1)
        for device, export in sorted(next_day_exports(region).items())
        if any(export)
    ]
    region.send(calls, region.courier)


def next_day_exports(region: RegionDay) -> dict[int, tuple[int, ...]]:
    """What the devices export on the following day [Wh]; where the profiles end, the same as on the day."""
    plan = region.plan
    profiles = load_profiles(plan.region.folder, plan.case)
    following = plan.date + timedelta(days=1)
    energy = day_profile(plan.case, profiles, day=following if following in profiles.days else plan.date).generation_w
    first = plan.members.generators[0].id
    return {member.device or 0: tuple(map(int, energy[:, member.id - first])) for member in certified(plan)}
