"""Read a finished day back from the chain and compare it, to the wei, the Wh and the gram, with its plan.

The plan was worked out in Python, the chain did its own arithmetic: a difference means that one of them is wrong.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offchain.certificates.ids import unpack_id
from offchain.chain.client import Client
from offchain.chain.events import Event
from offchain.day.certificate_sale import NOBODY
from offchain.day.certification import certified
from offchain.day.driver.region import RegionDay
from offchain.day.market_audit import MarketAudit, differences, market_problems, read_market
from offchain.errors import LawViolation
from offchain.units import grams_rounded_up


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What stands on a regional chain after a day, every figure read from it."""

    market: MarketAudit
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
        *market_problems(region, audit.market),
        *_points_problems(audit),
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
    certificate, quota = client.contract("GreenCertificate"), client.contract("CarbonQuota")
    issued = minted(region, plan.hours)
    retired = _retired(client.events(certificate, "CertificatesRetired"))
    status = {m.id: client.call(quota("statusOf", m.id, plan.date.year)) for m in plan.members.consumers}
    return Audit(
        market=read_market(region),
        issued={m.id: issued[m.device or 0] for m in certified(plan)},
        retired={m.id: retired[m.device] for m in certified(plan)},
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


def minted(region: RegionDay, hours: range) -> Counter[int]:
    """Issued energy of these hours of production, by device [Wh]."""
    contract = region.contract("GreenCertificate")
    found: Counter[int] = Counter()
    for name in ("TransferSingle", "TransferBatch"):
        for event in region.client.events(contract, name):
            _, source, _, ids, amounts = event.values
            if source != NOBODY:
                continue
            batch = [(ids, amounts)] if isinstance(ids, int) else zip(ids, amounts, strict=True)
            for number, wh in batch:
                certificate = unpack_id(number)
                found[certificate.device] += wh if certificate.hour in hours else 0
    return found


def _retired(events: Iterable[Event]) -> Counter[int | None]:
    """Retired energy by the device in each certificate's id [Wh]."""
    retired: Counter[int | None] = Counter()
    for event in events:
        for certificate, wh in zip(event.values.ids, event.values.amounts, strict=True):
            retired[unpack_id(certificate).device] += wh
    return retired


def _points(client: Client) -> dict[str, int]:
    points, pool = client.contract("PowerPoint"), client.contract("RewardPool")
    escrow = client.call(points("escrow"))

    def held(name: str) -> int:
        return int(client.call(points("balanceOf", client.contract(name).address)))

    return {
        "deposited": escrow.deposited,
        "withdrawn": escrow.withdrawn,
        "supply": client.call(points("totalSupply")),
        "margins": held("MarginDesk"),
        "bonds": held("DeviceRegistry"),
        "rewards": client.call(pool("outstanding")),
    }


def _points_problems(audit: Audit) -> Iterable[str]:
    """Supply equals escrow."""
    points = audit.points
    if points["supply"] != points["deposited"] - points["withdrawn"]:
        yield f"supply is {points['supply']} point-wei, escrow {points['deposited'] - points['withdrawn']}"


def _certificates(region: RegionDay, audit: Audit) -> Iterable[str]:
    metered = {m.id: sum(region.plan.readings.final[m.id - 1].export_wh) for m in certified(region.plan)}
    yield from differences("certified energy of device", audit.issued, metered)


def _carbon(region: RegionDay, audit: Audit) -> Iterable[str]:
    plan, ledger = region.plan, region.client.contract("CarbonLedger")
    for hour, tree in zip(plan.hours, plan.trees, strict=True):
        root = region.client.call(ledger("finalRoot", hour))
        if root != tree.root:
            yield f"carbon root of hour {hour} is 0x{root.hex()}, planned 0x{tree.root.hex()}"
    planned = {
        consumer.id: sum(
            grams_rounded_up(wh, int(plan.intensity[hour, consumer.node]))
            for hour, wh in enumerate(plan.readings.final[consumer.id - 1].import_wh)
        )
        for consumer in plan.members.consumers
    }
    yield from differences("carbon drawn from member", audit.drawn, planned)
