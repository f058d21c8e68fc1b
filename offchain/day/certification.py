"""Once sheets are final: certificates are issued, handed over, retired; welcome grants vest on them."""

from offchain.day.chain_day import Sent, struct
from offchain.day.entry import welcomed
from offchain.day.participants import Participant
from offchain.day.plan import DayPlan
from offchain.day.region import RegionDay
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


def retire_certificates(region: RegionDay) -> None:
    """Sellers hand the certificates of the largest deliveries to their buyers, who retire the first hour."""
    plan = region.plan
    transfers, retirements = [], []
    for sold in _largest_deliveries(plan):
        agreement = sold.agreement
        seller, buyer = region.member(agreement.seller), region.member(agreement.buyer)
        hours = [hour for hour in agreement.window if _delivered(plan, agreement, hour) > 0]
        ids = [certificate_id(plan, agreement.seller, hour) for hour in hours]
        amounts = [_delivered(plan, agreement, hour) for hour in hours]
        move = (seller.address, buyer.address, ids, amounts, b"")
        transfers.append((seller, "GreenCertificate", "safeBatchTransferFrom", move, None))
        retirement = struct(
            beneficiary=plan.members.by_id(agreement.buyer).name,
            purpose="consumption in the hour of production",
            periodStart=hours[0],
            periodEnd=hours[0] + 1,
            country=plan.region.country.encode(),
        )
        retirements.append((buyer, "GreenCertificate", "retire", (ids[0], amounts[0], retirement), None))
    region.send_each(transfers)
    region.send_each(retirements)


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
    return (owner.device or 0) << 56 | hour << 24 | owner.carrier_code << 16 | plan.readings.revision(member)


def _largest_deliveries(plan: DayPlan) -> list[AgreementSettlement]:
    renewable = {member.id for member in certified(plan)}
    sold = [s for s in plan.market.settlement.agreements if s.agreement.seller in renewable and s.exchange.matched_wh]
    return sorted(sold, key=lambda s: (-s.exchange.matched_wh, s.agreement.id))[:RETIREMENTS]


def _delivered(plan: DayPlan, agreement: Agreement, hour: int) -> int:
    """What a seller has of an hour for one agreement: its export in the agreed shares, rounded down [Wh]."""
    exported = plan.readings.final[agreement.seller - 1].export_wh[hour - plan.hours.start]
    sold = sum(a.wh_per_hour for a in plan.market.agreements if a.seller == agreement.seller and hour in a.window)
    return min(agreement.wh_per_hour, exported * agreement.wh_per_hour // sold)
