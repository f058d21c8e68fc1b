"""Once sheets are final: certificates are issued, handed over, retired; welcome grants vest on them."""

from collections.abc import Mapping, Sequence
from typing import Any

from offchain.day.chain_day import Own, Sent, struct
from offchain.day.entry import welcomed
from offchain.day.participants import Participant
from offchain.day.plan import DayPlan
from offchain.day.region import RegionDay
from offchain.market.certificate_ids import CertificateId, pack_id
from offchain.market.records import Agreement
from offchain.market.settlement import AgreementSettlement

RETIREMENTS = 10
"""The largest deliveries of renewable energy whose certificates go to the buyer, who retires them."""


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


def deliver_certificates(region: RegionDay) -> None:
    """Sellers hand the certificates of the largest deliveries to their buyers, who retire what they consumed."""
    plan = region.plan
    transfers: list[Own] = []
    retirements: list[Own] = []
    for sold in _largest_deliveries(plan):
        agreement = sold.agreement
        seller, buyer = region.member(agreement.seller), region.member(agreement.buyer)
        delivered = {hour: _delivered(plan, agreement, hour) for hour in agreement.window}
        lots = [(certificate_id(plan, agreement.seller, hour), hour, wh) for hour, wh in delivered.items() if wh]
        move = (seller.address, buyer.address, [lot[0] for lot in lots], [lot[2] for lot in lots], b"")
        transfers.append((seller, "GreenCertificate", "safeBatchTransferFrom", move, None))
        claims = [claim(region, plan.members.by_id(agreement.buyer), lots)]
        retirements.append((buyer, "GreenCertificate", "retireBatch", (claims,), None))
    region.send_each(transfers)
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
        if carriers[str(member.carrier)].renewable and any(plan.final_sheets[member.id - 1].export_wh)
    )


def certificate_id(plan: DayPlan, member: int, hour: int) -> int:
    """The id of the certificates of a generator's device and hour, as IGreenCertificate states it."""
    owner = plan.members.by_id(member)
    return pack_id(
        CertificateId(
            device=owner.device or 0, hour=hour, carrier=owner.carrier_code, revision=plan.final_revision(member)
        )
    )


def _largest_deliveries(plan: DayPlan) -> list[AgreementSettlement]:
    renewable = {member.id for member in certified(plan)}
    sold = [s for s in plan.settlement.agreements if s.agreement.seller in renewable and s.exchange.matched_wh]
    return sorted(sold, key=lambda s: (-s.exchange.matched_wh, s.agreement.id))[:RETIREMENTS]


def _delivered(plan: DayPlan, agreement: Agreement, hour: int) -> int:
    """What was delivered and taken in an hour under one agreement: both registers in the agreed shares [Wh]."""
    place = hour - plan.hours.start
    exported = plan.final_sheets[agreement.seller - 1].export_wh[place]
    imported = plan.final_sheets[agreement.buyer - 1].import_wh[place]
    sold = sum(a.wh_per_hour for a in plan.agreements if a.seller == agreement.seller and hour in a.window)
    bought = sum(a.wh_per_hour for a in plan.agreements if a.buyer == agreement.buyer and hour in a.window)
    share = agreement.wh_per_hour
    return min(share, exported * share // sold, imported * share // bought)
