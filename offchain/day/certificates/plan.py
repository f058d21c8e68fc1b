"""Which certificates a day comes to: who is certified, what is delivered, retired, sold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from offchain.certificates.ids import CertificateId, pack_id
from offchain.day.world.participants import Participant
from offchain.day.world.plan import DayPlan
from offchain.grid.profiles import day_profile, load_profiles
from offchain.market.records import Agreement
from offchain.market.settlement import AgreementSettlement
from offchain.units import POINT

RETIREMENTS = 10
"""The largest deliveries of renewable energy, whose certificates their buyers retire."""
PRICE = POINT // 50
"""Of the certificates of a kWh, energy aside [point-wei]."""


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
    sales = [a for a in plan.market.agreements if a.seller == agreement.seller]
    purchases = [a for a in plan.market.agreements if a.buyer == agreement.buyer]
    found = []
    for place, hour in enumerate(plan.hours):
        if hour not in agreement.window:
            found.append(0)
            continue
        sold = sum(a.wh_per_hour for a in sales if hour in a.window)
        bought = sum(a.wh_per_hour for a in purchases if hour in a.window)
        share = agreement.wh_per_hour
        found.append(min(share, exported[place] * share // sold, imported[place] * share // bought))
    return tuple(found)


def beneficiary(plan: DayPlan, consumer: Participant) -> str:
    """How a retirement names a consumer."""
    return f"{plan.region.name}: {consumer.name}"


def sale_of(plan: DayPlan, left: dict[int, Sequence[int]]) -> Sale | None:
    """Sale of what is `left` of the day's certificates, by generator and hour [Wh]; None where nothing is.

    The generator with most sells all, the largest consumer buys.
    """
    most = max(left, key=lambda member: (sum(left[member]), -member), default=0)
    if not most or not sum(left[most]):
        return None
    return Sale(
        seller=plan.members.by_id(most),
        buyer=plan.members.by_id(plan.readings.estimated),
        hours=tuple(hour for hour, wh in zip(plan.hours, left[most], strict=True) if wh),
        wh=tuple(wh for wh in left[most] if wh),
    )


def next_day_exports(plan: DayPlan) -> dict[int, tuple[int, ...]]:
    """What the devices export on the following day [Wh]; where the profiles end, the same as on the day."""
    profiles = load_profiles(plan.region.folder, plan.case)
    following = plan.date + timedelta(days=1)
    energy = day_profile(plan.case, profiles, day=following if following in profiles.days else plan.date).generation_w
    first = plan.members.generators[0].id
    return {member.device or 0: tuple(map(int, energy[:, member.id - first])) for member in certified(plan)}
