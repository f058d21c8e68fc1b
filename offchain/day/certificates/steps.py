"""Devices post bonds; once sheets are final certificates are issued, retired, sold, and corrected after the sale."""

from collections.abc import Sequence

from offchain.certificates import calls
from offchain.certificates.records import CertificateOffer, Claim, Pick
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
from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.world.participants import Participant
from offchain.errors import ChainError
from offchain.market.records import Agreement
from offchain.members.calls.devices import CONTRACT as DEVICES
from offchain.members.calls.devices import bond_amount, post_bond
from offchain.members.records import FIRST_DEVICE_METER
from offchain.members.signer import MeterSheet
from offchain.points.calls import approve, mint
from offchain.points.records import Deposit
from offchain.units import POINT

BOND_GAS = 150_000
"""For a bond whose allowance is sent just before it [gas]."""
OFFER_LIFE = 24 * HOUR  # [s]
OVERCOUNT_PERCENT = 5
"""Of the sold device's best hour, found afterwards to be counted too much."""


def post_bonds(region: RegionDay) -> None:
    """Every owner posts the bond of its device."""
    client, bond = region.client, bond_amount(region.client)
    owners = [(region.member(generator.id), generator.device or 0) for generator in region.plan.members.generators]
    region.journal.send(
        [
            transaction
            for key, device in owners
            for transaction in (
                *approve(client, DEVICES, amount=bond, key=key, gas=BOND_GAS),
                *post_bond(client, device, key=key, gas=BOND_GAS),
            )
        ]
    )


def issue_certificates(region: RegionDay) -> None:
    """Every renewable device's exported energy becomes certificates, whoever asks."""
    devices = [member.device or 0 for member in certified(region.plan)]
    region.journal.send(calls.issue_days(region.client, devices, day=region.plan.day, key=region.courier))


def retire_certificates(region: RegionDay) -> None:
    """The buyers of the largest deliveries retire what they consumed of them."""
    plan, agreements = region.plan, [sold.agreement for sold in largest_deliveries(region.plan)]
    region.journal.send(
        [
            transaction
            for agreement in agreements
            for transaction in calls.retire(
                region.client,
                [claim(region, plan.members.by_id(agreement.buyer), _lots(region, agreement))],
                key=region.member(agreement.buyer),
            )
        ]
    )


def sell_certificates(region: RegionDay) -> None:
    """The device with most certificates left: its owner offers all, the largest consumer buys and retires them."""
    sale, client, plan = planned_sale(region), region.client, region.plan
    seller, buyer = region.member(sale.seller.id), region.member(sale.buyer.id)
    deadline = client.block().time + OFFER_LIFE
    deposit = Deposit(
        to=buyer.address,
        amount=-(-sale.cost // POINT) * POINT,
        reference=region.reference("deposit for certificates"),
    )
    bank, second = region.role("bank"), region.role("bank cosigner")
    region.journal.send(mint(client, [deposit], deadline=deadline, second=second, key=bank))
    region.journal.send(
        [
            *calls.allow_sale(client, key=seller),
            *approve(client, calls.SALE, amount=sale.cost, key=buyer),
        ]
    )
    ids = tuple(certificate_id(plan, sale.seller.id, hour) for hour in sale.hours)
    offer = CertificateOffer(seller=seller.address, ids=ids, wh=sum(sale.wh), price=PRICE, expiry=deadline, nonce=1)
    bought = calls.buy(
        client,
        offer,
        signature=calls.sign_offer(client, offer, key=seller),
        picks=[Pick(index=index, wh=wh) for index, wh in enumerate(sale.wh)],
        limit=PRICE,
        deadline=deadline,
        key=buyer,
    )
    region.journal.send(bought)
    consumed = plan.readings.final[sale.buyer.id - 1].import_wh
    used = [
        (identifier, hour, min(wh, consumed[hour - plan.hours.start]))
        for identifier, hour, wh in zip(ids, sale.hours, sale.wh, strict=True)
    ]
    region.journal.send(calls.retire(client, [claim(region, sale.buyer, used)], key=buyer))


def correct_after_sale(region: RegionDay) -> None:
    """The sold device has counted too much in its best hour; the issuer corrects it, and the buyer keeps its own."""
    seller = sold(region)
    sheet = region.plan.readings.final[seller.id - 1]
    export = list(sheet.export_wh)
    best = export.index(max(export))
    export[best] -= export[best] * OVERCOUNT_PERCENT // 100
    corrected = MeterSheet(
        meter=FIRST_DEVICE_METER + (seller.device or 0),
        day=region.plan.day,
        revision=region.plan.readings.revision(seller.id) + 1,
        import_wh=sheet.import_wh,
        export_wh=tuple(export),
    )
    reason = region.reference(f"inspection of the meter of device {seller.device}")
    region.journal.send(calls.correct(region.client, corrected, reason=reason, key=region.role("issuer")))


def issue_next_day(region: RegionDay) -> None:
    """Once these sheets are final too they become certificates, less what a device owes since a correction."""
    devices = [device for device, export in sorted(next_day_exports(region.plan).items()) if any(export)]
    region.journal.send(calls.issue_days(region.client, devices, day=region.plan.day + 1, key=region.courier))


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
    return region.plan.members.by_id(calls.sellers(region.client)[-1])


def claim(region: RegionDay, consumer: Participant, lots: Sequence[tuple[int, int, int]]) -> Claim:
    """What a consumer retires for itself: (id, hour, Wh), consumed in the hours of production."""
    used = [lot for lot in lots if lot[2]]
    hours = [hour for _, hour, _ in used]
    return Claim(
        lots=[(identifier, wh) for identifier, _, wh in used],
        hourly=True,
        beneficiary=beneficiary(region.plan, consumer),
        purpose="consumption in the hours of production",
        hours=range(min(hours), max(hours) + 1),
        country=region.plan.region.country,
    )


def _lots(region: RegionDay, agreement: Agreement) -> list[tuple[int, int, int]]:
    """What was delivered under an agreement: id, hour, Wh."""
    plan = region.plan
    return [
        (certificate_id(plan, agreement.seller, hour), hour, wh)
        for hour, wh in zip(plan.hours, delivered(plan, agreement), strict=True)
        if wh
    ]


def _held(region: RegionDay, member: Participant) -> list[int]:
    """What a generator has of its own certificates of the day, by hour [Wh]."""
    ids = [certificate_id(region.plan, member.id, hour) for hour in region.plan.hours]
    return calls.balances(region.client, region.member(member.id).address, ids=ids)
