"""Read a finished day back from the chain and compare it, to the wei, the Wh and the gram, with its plan.

The plan was worked out in Python, the chain did its own arithmetic: a difference means that one of them is wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from offchain.chain.client import Client
from offchain.chain.events import Event
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
    """Certified energy of each device [Wh]."""
    retired: dict[int, int]
    drawn: dict[int, int]
    """Carbon drawn from each consumer's quota [gCO2e]."""
    short: int
    """Consumers whose quota does not cover what was drawn."""


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
    totals = {m.id: client.call(certificate("totalsOf", m.id)) for m in region.certified}
    status = {m.id: client.call(quota("statusOf", m.id, plan.date.year)) for m in plan.members.consumers}
    return Audit(
        settled=tuple(settled[region.ids[agreement.id]] for agreement in plan.agreements),
        residuals=tuple(sorted(residuals, key=lambda event: int(event.values.member))),
        issued={device: total.issuedWh for device, total in totals.items()},
        retired={device: total.retiredWh for device, total in totals.items()},
        drawn={member: value.drawn for member, value in status.items()},
        short=sum(value.drawn > value.granted for value in status.values()),
    )


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
    market, points = client.contract("BilateralMarket"), client.contract("PowerPoint")
    values = [event.values for event in audit.settled]
    legs = sum(v.received - v.paid + v.gridRevenue for v in values)
    if legs:
        yield f"the legs of the agreements sum to {legs} point-wei, not 0"
    members = [member.id for member in region.plan.members.everybody]
    accounts = sum(
        client.call(market("freeOf", member)) + client.call(market("reservedOf", member)) for member in members
    ) + client.call(market("totalDebt"))
    held = client.call(points("balanceOf", market.address))
    if accounts != held:
        yield f"the market holds {held} point-wei, its accounts say {accounts}"
    escrow, supply = client.call(points("escrow")), client.call(points("totalSupply"))
    if supply != escrow.deposited - escrow.withdrawn:
        yield f"supply is {supply} point-wei, escrow {escrow.deposited - escrow.withdrawn}"


def _certificates(region: RegionDay, audit: Audit) -> Iterable[str]:
    metered = {m.id: sum(region.plan.sheets[m.id - 1].export_wh) for m in region.certified}
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
            for hour, wh in enumerate(plan.sheets[consumer.id - 1].import_wh)
        )
        for consumer in plan.members.consumers
    }
    yield from _differences("carbon drawn from member", audit.drawn, planned)


def _differences(what: str, found: dict[int, Any], planned: dict[int, Any]) -> Iterable[str]:
    for number, value in planned.items():
        if found.get(number) != value:
            yield f"{what} {number} is {found.get(number)}, planned {value}"
            return
