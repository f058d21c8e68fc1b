"""Devices post bonds; once sheets are final certificates are issued, retired, sold, and corrected after the sale."""

from collections.abc import Mapping, Sequence
from typing import Any

from offchain.certificates.papers import OFFER
from offchain.chain.keys import NOBODY
from offchain.day.certificates.plan import (
    PRICE,
    Sale,
    beneficiary,
    certificate_id,
    certified,
    delivered,
    largest_deliveries,
    next_day_exports,
    sale_of,
)
from offchain.day.driver.chain_day import Own, Sent, struct
from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.members.plan import FIRST_DEVICE_METER
from offchain.day.world.participants import Participant
from offchain.errors import ChainError
from offchain.members.sheet_words import pack
from offchain.units import POINT

BOND_GAS = 150_000
"""For a bond whose allowance is sent just before it [gas]."""
OFFER_LIFE = 24 * HOUR  # [s]
OVERCOUNT_PERCENT = 5
"""Of the sold device's best hour, found afterwards to be counted too much."""


def post_bonds(region: RegionDay) -> None:
    """Every owner posts the bond of its device."""
    registry, bond = region.contract("DeviceRegistry").address, bond_of_device(region)
    calls: list[Own] = []
    for generator in region.plan.members.generators:
        key = region.member(generator.id)
        calls.append((key, "PowerPoint", "approve", (registry, bond), BOND_GAS))
        calls.append((key, "DeviceRegistry", "postBond", (generator.device,), BOND_GAS))
    region.send_each(calls)


def issue_certificates(region: RegionDay) -> None:
    """Every renewable device's exported energy becomes certificates, whoever asks."""
    calls: list[Sent] = [
        ("GreenCertificate", "issueDay", (member.device, region.plan.day), 1) for member in certified(region.plan)
    ]
    region.send(calls, region.courier)


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


def sell_certificates(region: RegionDay) -> None:
    """The device with most certificates left: its owner offers all, the largest consumer buys and retires them."""
    sale = planned_sale(region)
    seller, buyer, plan = region.member(sale.seller.id), region.member(sale.buyer.id), region.plan
    contract, now = region.contract("CertificateSale").address, region.client.block().time
    deposit = struct(
        to=buyer.address,
        amount=-(-sale.cost // POINT) * POINT,
        bankReference=region.reference("deposit for certificates"),
    )
    region.mint([deposit], deadline=now + OFFER_LIFE)
    region.send_each(
        [
            (seller, "GreenCertificate", "setApprovalForAll", (contract, True), None),
            (buyer, "PowerPoint", "approve", (contract, sale.cost), None),
        ]
    )
    ids = [certificate_id(plan, sale.seller.id, hour) for hour in sale.hours]
    offer = struct(
        seller=seller.address,
        ids=ids,
        wh=sum(sale.wh),
        price=PRICE,
        buyer=NOBODY,
        expiry=now + OFFER_LIFE,
        nonce=1,
    )
    signature = region.domain("CertificateSale").sign(seller, OFFER, offer)
    picks = [struct(index=index, wh=wh) for index, wh in enumerate(sale.wh)]
    purchase = (offer, signature, picks, PRICE, now + OFFER_LIFE)
    region.send_each([(buyer, "CertificateSale", "buy", purchase, None)])
    consumed = plan.readings.final[sale.buyer.id - 1].import_wh
    used = [
        (identifier, hour, min(wh, consumed[hour - plan.hours.start]))
        for identifier, hour, wh in zip(ids, sale.hours, sale.wh, strict=True)
    ]
    region.send_each([(buyer, "GreenCertificate", "retireBatch", ([claim(region, sale.buyer, used)],), None)])


def correct_after_sale(region: RegionDay) -> None:
    """The sold device has counted too much in its best hour; the issuer corrects it, and the buyer keeps its own."""
    seller = sold(region)
    sheet = region.plan.readings.final[seller.id - 1]
    export = list(sheet.export_wh)
    best = export.index(max(export))
    export[best] -= export[best] * OVERCOUNT_PERCENT // 100
    corrected = struct(
        meter=FIRST_DEVICE_METER + (seller.device or 0),
        day=region.plan.day,
        revision=region.plan.readings.revision(seller.id) + 1,
        importWh=list(pack(sheet.import_wh)),
        exportWh=list(pack(export)),
    )
    reason = region.reference(f"inspection of the meter of device {seller.device}")
    region.send([("GreenCertificate", "correct", (corrected, b"", reason), 1)], region.role("issuer"))


def issue_next_day(region: RegionDay) -> None:
    """Once these sheets are final too they become certificates, less what a device owes since a correction."""
    calls: list[Sent] = [
        ("GreenCertificate", "issueDay", (device, region.plan.day + 1), 1)
        for device, export in sorted(next_day_exports(region.plan).items())
        if any(export)
    ]
    region.send(calls, region.courier)


STEPS = (
    Step(name="certificates: post bonds", at=-DAY + HOUR, after=("points: mint",), act=in_every_region(post_bonds)),
    Step(name="certificates: issue", at=8 * DAY, act=in_every_region(issue_certificates)),
    Step(
        name="certificates: retire",
        at=8 * DAY,
        after=("rewards: deliver bundled agreements",),
        act=in_every_region(retire_certificates),
    ),
    Step(
        name="certificates: sell",
        at=8 * DAY,
        after=("certificates: retire",),
        act=in_every_region(sell_certificates),
    ),
    Step(name="certificates: correct after the sale", at=8 * DAY + 12 * HOUR, act=in_every_region(correct_after_sale)),
    Step(name="certificates: issue the next day's", at=9 * DAY, act=in_every_region(issue_next_day)),
)


def bond_of_device(region: RegionDay) -> int:
    """The bond of a device [point-wei]."""
    return int(region.client.call(region.contract("DeviceRegistry")("bondAmount")))


def planned_sale(region: RegionDay) -> Sale:
    """Sale of what the chain says is left of the day's certificates.

    Raises:
        ChainError: nothing is left to anybody.
    """
    sale = sale_of(region.plan, {member.id: _held(region, member) for member in certified(region.plan)})
    if sale is None:
        raise ChainError(f"chain {region.client.endpoint.name} has no certificates left to sell")
    return sale


def sold(region: RegionDay) -> Participant:
    """Who sold its certificates."""
    signed = region.client.events(region.contract("CertificateSale"), "GreenAgreementSigned")
    return region.plan.members.by_id(signed[-1].values.seller)


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


def _held(region: RegionDay, member: Participant) -> tuple[int, ...]:
    """What a generator has of its own certificates of the day, by hour [Wh]."""
    ids = [certificate_id(region.plan, member.id, hour) for hour in region.plan.hours]
    accounts = [region.member(member.id).address] * len(ids)
    return tuple(map(int, region.client.call(region.contract("GreenCertificate")("balanceOfBatch", accounts, ids))))
