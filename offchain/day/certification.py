"""Once sheets are final: certificates are issued and retired; welcome grants vest on them."""

from collections.abc import Mapping, Sequence
from typing import Any

from offchain.certificates.ids import CertificateId, pack_id
from offchain.day.driver.chain_day import Own, Sent, struct
from offchain.day.driver.region import RegionDay
from offchain.day.entry import welcomed
from offchain.day.world.participants import Participant
from offchain.day.world.plan import DayPlan
from offchain.market.records import Agreement
from offchain.market.settlement import AgreementSettlement

RETIREMENTS = 10
"""The largest deliveries of renewable energy, whose certificates their buyers retire."""


def issue_certificates(region: RegionDay) -> None:
    """Every renewable device's exported energy becomes certificates, whoever asks."""
    calls: list[Sent] = [
        ("GreenCertificate", "issueDay", (member.device, region.plan.day), 1) for member in certified(region.plan)
    ]
    region.send(calls, region.courier)


def claim_welcomes(region: RegionDay) -> None:
    """Members whose welcome grant is open claim what has vested on their certificates."""
    devices = {member.device for member in certified(region.plan)}
    region.send_each(
        [
            (region.member(member.id), "RewardPool", "claimWelcome", (member.device,), None)
            for member in welcomed(region)
            if member.device in devices
        ]
    )


def retire_certificates(region: RegionDay) -> None:
    """The buyers of the largest deliveries retire what they consumed of them."""
    plan = region.plan
    retirements: list[Own] = []
    for sold in largest_deliveries(plan):
        agreement = sold.agreement
        lots = [
            (certificate_id(plan, agreement.seller, hour), hour, wh)
            for hour, wh in zip(plan.hours, delivered(plan, agreement), strict=True)
            if wh
        ]
        claims = [claim(region, plan.members.by_id(agreement.buyer), lots)]
        retirements.append((region.member(agreement.buyer), "GreenCertificate", "retireBatch", (claims,), None))
    region.send_each(retirements)


def claim(region: RegionDay, consumer: Participant, lots: Sequence[tuple[int, int, int]]) -> Mapping[str, Any]:
    """What a consumer retires for itself: (id, hour, Wh), consumed in the hours of production."""
    used = [lot for lot in lots if lot[2]]
    hours = [hour for _, hour, _ in used]
    return struct(
        ids=[identifier for identifier, _, _ in used],
        amounts=[wh for _, _, wh in used],
        hourly=True,
        retirement=struct(
            beneficiary=beneficiary(region.plan, consumer),
            purpose="consumption in the hours of production",
            periodStart=min(hours),
            periodEnd=max(hours) + 1,
            country=region.plan.region.country.encode(),
        ),
    )


def beneficiary(plan: DayPlan, consumer: Participant) -> str:
    """How a retirement names a consumer."""
    return f"{plan.region.name}: {consumer.name}"


def certified(plan: DayPlan) -> tuple[Participant, ...]:
    """The renewable generators that exported anything on the day."""
    carriers = plan.factors.carriers
    return tuple(
        member
        for member in plan.members.generators
        if carriers[str(member.carrier)].renewable and any(plan.readings.final[member.id - 1].export_wh)
    )


def certificate_id(plan: DayPlan, member: int, hour: int) -> int:
    """The id of the certificates of a generator's device and hour, as IGreenCertificate states it."""
    owner = plan.members.by_id(member)
    return pack_id(
        CertificateId(
            device=owner.device or 0, hour=hour, carrier=owner.carrier_code, revision=plan.readings.revision(member)
        )
    )


def largest_deliveries(plan: DayPlan) -> list[AgreementSettlement]:
    """The agreements under which most certified energy was delivered, `RETIREMENTS` of them."""
    sellers = {member.id for member in certified(plan)}
    found = [s for s in plan.market.settlement.agreements if s.agreement.bundled and s.agreement.seller in sellers]
    energy = {s.agreement.id: sum(delivered(plan, s.agreement)) for s in found}
    return sorted(
        (s for s in found if energy[s.agreement.id]), key=lambda s: (-energy[s.agreement.id], s.agreement.id)
    )[:RETIREMENTS]


def delivered(plan: DayPlan, agreement: Agreement) -> tuple[int, ...]:
    """What was delivered and taken under an agreement by the final sheets, hour by hour of the day [Wh].

    Both registers in the agreed shares, rounded down, as AgreementDelivery.sol.
    """
    exported = plan.readings.final[agreement.seller - 1].export_wh
    imported = plan.readings.final[agreement.buyer - 1].import_wh
    found = []
    for place, hour in enumerate(plan.hours):
        if hour not in agreement.window:
            found.append(0)
            continue
        agreed = [a for a in plan.market.agreements if hour in a.window]
        sold = sum(a.wh_per_hour for a in agreed if a.seller == agreement.seller)
        bought = sum(a.wh_per_hour for a in agreed if a.buyer == agreement.buyer)
        share = agreement.wh_per_hour
        found.append(min(share, exported[place] * share // sold, imported[place] * share // bought))
    return tuple(found)
