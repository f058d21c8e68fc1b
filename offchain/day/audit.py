"""Read a finished day back from the chain and compare it, to the wei, the Wh and the gram, with its plan.

The plan was worked out in Python, the chain did its own arithmetic: a difference means that one of them is wrong.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from offchain.chain.client import Client
from offchain.chain.events import Event
from offchain.day.certification import certified
from offchain.day.region import RegionDay
from offchain.errors import LawViolation
from offchain.units import grams_rounded_up


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What stands on a regional chain after a day, every figure read from it."""

    settled: tuple[Event, ...]
    """AgreementSettled, in the plan's order of agreements."""
    residuals: tuple[Event, ...]
    """ResidualSettled, by member."""
    issued: dict[int, int]
    """Certified energy of each generator's device [Wh]."""
    retired: dict[int, int]
    drawn: dict[int, int]
    """Carbon drawn from each consumer's quota [gCO2e]."""
    short: int
    """Consumers whose quota does not cover what was drawn."""
    sheets: tuple[Event, ...]
    """Everything that the day's sheets announced: accepted, estimated, corrected."""
    points: Mapping[str, int]
    """Deposited, withdrawn, supply, and what market, device registry and reward pool hold or owe [point-wei]."""


def audit_region(region: RegionDay) -> Audit:
    """Compare a regional chain with the plan.

    Raises:
        LawViolation: anything differs; names the first difference of each kind.
    """
    audit = _read(region)
    problems = [
        *_agreements(region, audit),
        *_residuals(region, audit),
        *_money(region, audit),
        *_certificates(region, audit),
        *_carbon(region, audit),
    ]
    if problems:
        raise LawViolation(f"chain {region.client.endpoint.name} differs from the plan: {'; '.join(problems)}")
    return audit


def audit_anchors(main: Client, regional: Client) -> tuple[Event, ...]:
    """The anchors of a regional chain on the main chain, each compared with the block it names.

    Raises:
        LawViolation: an anchored hash is not the block's.
    """
    chain_id = regional.endpoint.chain_id
    found = [e for e in main.events(main.contract("AnchorBoard"), "Anchored") if e.values.chainId == chain_id]
    for event in found:
        block = regional.block(event.values.height)
        if block.hash != f"0x{event.values.blockHash.hex()}":
            raise LawViolation(f"anchor of chain {regional.endpoint.name} at {block.number} is not its block's hash")
    return tuple(found)


def _read(region: RegionDay) -> Audit:
    client, plan = region.client, region.plan
    market = client.contract("BilateralMarket")
    settled = {event.values.id: event for event in client.events(market, "AgreementSettled")}
    residuals = client.events(market, "ResidualSettled")
    certificate, quota = client.contract("GreenCertificate"), client.contract("CarbonQuota")
    totals = {m.id: client.call(certificate("totalsOf", m.device)) for m in certified(region.plan)}
    status = {m.id: client.call(quota("statusOf", m.id, plan.date.year)) for m in plan.members.consumers}
    return Audit(
        settled=tuple(settled[region.ids[agreement.id]] for agreement in plan.agreements),
        residuals=tuple(sorted(residuals, key=lambda event: int(event.values.member))),
        issued={device: total.issuedWh for device, total in totals.items()},
        retired={device: total.retiredWh for device, total in totals.items()},
        drawn={member: value.drawn for member, value in status.items()},
        short=sum(value.drawn > value.granted for value in status.values()),
        sheets=tuple(
            event
            for name in ("SheetAccepted", "SheetEstimated", "SheetCorrected")
            for event in client.events(client.contract("DaySheets"), name)
            if event.values.day == plan.day
        ),
        points=_points(client),
    )


def _points(client: Client) -> dict[str, int]:
    points, pool = client.contract("PowerPoint"), client.contract("RewardPool")
    escrow = client.call(points("escrow"))

    def held(name: str) -> int:
        return int(client.call(points("balanceOf", client.contract(name).address)))

    return {
        "deposited": escrow.deposited,
        "withdrawn": escrow.withdrawn,
        "supply": client.call(points("totalSupply")),
        "margins": held("BilateralMarket"),
        "bonds": held("DeviceRegistry"),
        "rewards": client.call(pool("outstanding")),
    }


def _agreements(region: RegionDay, audit: Audit) -> Iterable[str]:
    for item, event in zip(region.plan.settlement.agreements, audit.settled, strict=True):
        legs, values = item.exchange, event.values
        planned = (legs.matched_wh, legs.surplus_wh, legs.shortfall_wh, legs.seller, -legs.buyer, legs.grid)
        found = (
            values.matchedWh,
            values.surplusWh,
            values.shortfallWh,
            values.received,
            values.paid,
            values.gridRevenue,
        )
        if planned != found:
            yield f"agreement {item.agreement.id} settled as {found}, planned {planned}"
            return


def _residuals(region: RegionDay, audit: Audit) -> Iterable[str]:
    planned = [(r.member, r.export_wh, r.import_wh, r.leg) for r in region.plan.settlement.residuals]
    found = [(e.values.member, e.values.exportWh, e.values.importWh, e.values.memberLeg) for e in audit.residuals]
    for plan, chain in zip(planned, found, strict=True):
        if plan != chain:
            yield f"energy outside agreements settled as {chain}, planned {plan}"
            return


def _money(region: RegionDay, audit: Audit) -> Iterable[str]:
    """All legs sum to zero, the market holds what its accounts say, and supply equals escrow."""
    client = region.client
    market = client.contract("BilateralMarket")
    values = [event.values for event in audit.settled]
    legs = sum(v.received - v.paid + v.gridRevenue for v in values)
    if legs:
        yield f"the legs of the agreements sum to {legs} point-wei, not 0"
    members = [member.id for member in region.plan.members.everybody]
    accounts = sum(
        client.call(market("freeOf", member)) + client.call(market("reservedOf", member)) for member in members
    ) + client.call(market("totalDebt"))
    points = audit.points
    if accounts != points["margins"]:
        yield f"the market holds {points['margins']} point-wei, its accounts say {accounts}"
    if points["supply"] != points["deposited"] - points["withdrawn"]:
        yield f"supply is {points['supply']} point-wei, escrow {points['deposited'] - points['withdrawn']}"


def _certificates(region: RegionDay, audit: Audit) -> Iterable[str]:
    metered = {m.id: sum(region.plan.final_sheets[m.id - 1].export_wh) for m in certified(region.plan)}
    yield from _differences("certified energy of device", audit.issued, metered)


def _carbon(region: RegionDay, audit: Audit) -> Iterable[str]:
    plan, ledger = region.plan, region.client.contract("CarbonLedger")
    for hour, tree in zip(plan.hours, plan.trees, strict=True):
        root = region.client.call(ledger("finalRoot", hour))
        if root != tree.root:
            yield f"carbon root of hour {hour} is 0x{root.hex()}, planned 0x{tree.root.hex()}"
    planned = {
        consumer.id: sum(
            grams_rounded_up(wh, int(plan.intensity[hour, consumer.node]))
            for hour, wh in enumerate(plan.final_sheets[consumer.id - 1].import_wh)
        )
        for consumer in plan.members.consumers
    }
    yield from _differences("carbon drawn from member", audit.drawn, planned)


def _differences(what: str, found: dict[int, Any], planned: dict[int, Any]) -> Iterable[str]:
    for number, value in planned.items():
        if found.get(number) != value:
            yield f"{what} {number} is {found.get(number)}, planned {value}"
            return
