"""Once certificates are issued: what is left of them is sold, and corrected after the sale."""

from dataclasses import dataclass

from offchain.certificates.papers import OFFER
from offchain.day.certification import certificate_id, certified, claim
from offchain.day.driver.chain_day import struct
from offchain.day.driver.region import RegionDay
from offchain.day.metering import FIRST_DEVICE_METER
from offchain.day.world.participants import Participant
from offchain.errors import ChainError
from offchain.members.sheet_words import pack
from offchain.units import POINT

PRICE = POINT // 50
"""Of the certificates of a kWh, energy aside [point-wei]."""
OFFER_LIFE = 24 * 3600  # [s]
OVERCOUNT_PERCENT = 5
"""Of the sold device's best hour, found afterwards to be counted too much."""
NOBODY = "0x0000000000000000000000000000000000000000"
"""Issues certificates, and as the buyer of an offer stands for anybody."""


@dataclass(frozen=True, kw_only=True)
class Sale:
    """Who sells what is left of the day's certificates, and who buys."""

    seller: Participant
    buyer: Participant
    hours: tuple[int, ...]
    """Unix hours with something to sell."""
    wh: tuple[int, ...]
    """Of each [Wh]."""

    @property
    def cost(self) -> int:
        """Rounded up to the point-wei."""
        return -(-sum(self.wh) * PRICE // 1000)


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


def planned_sale(region: RegionDay) -> Sale:
    """Sale of what the chain says is left of the day's certificates.

    Raises:
        ChainError: nothing is left to anybody.
    """
    plan = region.plan
    left = {member.id: _held(region, member) for member in certified(plan)}
    most = max(left, key=lambda member: (sum(left[member]), -member), default=0)
    if not most or not sum(left[most]):
        raise ChainError(f"chain {region.client.endpoint.name} has no certificates left to sell")
    hours = [hour for hour, wh in zip(plan.hours, left[most], strict=True) if wh]
    return Sale(
        seller=plan.members.by_id(most),
        buyer=plan.members.by_id(plan.readings.estimated),
        hours=tuple(hours),
        wh=tuple(wh for wh in left[most] if wh),
    )


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


def sold(region: RegionDay) -> Participant:
    """Who sold its certificates."""
    signed = region.client.events(region.contract("CertificateSale"), "GreenAgreementSigned")
    return region.plan.members.by_id(signed[-1].values.seller)


def _held(region: RegionDay, member: Participant) -> tuple[int, ...]:
    """What a generator has of its own certificates of the day, by hour [Wh]."""
    ids = [certificate_id(region.plan, member.id, hour) for hour in region.plan.hours]
    accounts = [region.member(member.id).address] * len(ids)
    return tuple(map(int, region.client.call(region.contract("GreenCertificate")("balanceOfBatch", accounts, ids))))
