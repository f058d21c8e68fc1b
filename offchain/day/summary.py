"""What the report shows of a region's day: the plan's physics and the chain's audited figures side by side."""

from collections import defaultdict

import numpy as np

from offchain.carbon.adapters.grid_case import UPPER_GRID
from offchain.chain.client import Client
from offchain.chain.events import Event
from offchain.day.audit import Audit
from offchain.day.certification import certified
from offchain.day.driver.journal import Journal
from offchain.day.driver.region import RegionDay
from offchain.day.emissions import allowance
from offchain.day.market_summary import agreement_rows, default_report, money_rows
from offchain.day.metering import FIRST_DEVICE_METER
from offchain.day.world.plan import DayPlan
from offchain.members.sheet_words import unpack_signed
from offchain.report.carbon_records import CarbonBalance, CarbonSource, GeneratorLoss, Rounding
from offchain.report.claim_records import ClaimsReport
from offchain.report.records import (
    CertificateRow,
    ChainReport,
    ContractRow,
    EnergyBalance,
    GasRow,
    GridBranch,
    GridNode,
    MeterTotals,
    PointTotals,
    QuotaTotals,
    RegionReport,
)
from offchain.units import Floats, milligrams_per_kwh

HALF_WH = 0.5
GRAMS_PER_KG = 1000
WH_PER_MWH = 1_000_000


def region_report(region: RegionDay, audit: Audit, claims: ClaimsReport) -> RegionReport:
    """A region's page, all money, certificates and quotas as audited on its chain."""
    plan = region.plan
    return RegionReport(
        name=plan.region.name,
        grid=plan.region.grid,
        upper_node=plan.case.external_grid.node,
        energy=_energy(plan),
        money=money_rows(region, audit.market),
        carbon=_carbon(plan),
        generator_losses=_generator_losses(plan),
        rounding=_rounding(plan),
        nodes=_nodes(plan),
        branches=_branches(plan),
        load_intensity=_load_intensity(plan),
        agreements=agreement_rows(plan),
        defaults=default_report(region, audit.market),
        certificates=_certificates(region, audit),
        claims=claims,
        quotas=QuotaTotals(
            year=plan.date.year,
            members=len(audit.drawn),
            granted=sum(allowance(plan, consumer) for consumer in plan.members.consumers),
            drawn=sum(audit.drawn.values()),
            short=audit.short,
        ),
        meters=_meters(audit),
        points=PointTotals(**audit.points),
        roots=tuple(f"0x{tree.root.hex()}" for tree in plan.trees),
    )


def chain_report(client: Client) -> ChainReport:
    """A chain and its contracts at the end of the run."""
    return ChainReport(
        name=client.endpoint.name,
        chain_id=client.endpoint.chain_id,
        height=client.block().number,
        contracts=tuple(ContractRow(name=c.name, address=c.address) for c in client.contracts),
    )


def gas_rows(journal: Journal) -> tuple[GasRow, ...]:
    """What each operation used, in the order in which they came."""
    return tuple(
        GasRow(
            chain=journal.client.endpoint.name,
            operation=operation,
            transactions=cost.transactions,
            items=cost.items,
            gas=cost.gas,
            largest=cost.largest,
        )
        for operation, cost in journal.costs.items()
    )


def _energy(plan: DayPlan) -> EnergyBalance:
    boundary, *traders = plan.readings.final
    return EnergyBalance(
        exports=tuple(map(sum, zip(*(sheet.export_wh for sheet in traders), strict=True))),
        imports=tuple(map(sum, zip(*(sheet.import_wh for sheet in traders), strict=True))),
        boundary=tuple(float(i - o) for i, o in zip(boundary.export_wh, boundary.import_wh, strict=True)),
        losses=tuple(((plan.flow.p_from_mw + plan.flow.p_to_mw).sum(axis=1) * WH_PER_MWH).tolist()),
        # The boundary meter counts whole Wh, and the power flow balances each node to a thousandth of one.
        tolerance=HALF_WH + len(plan.case.nodes) / GRAMS_PER_KG,
        export_dust=plan.market.settlement.export_dust_wh,
        import_dust=plan.market.settlement.import_dust_wh,
    )


def _carbon(plan: DayPlan) -> CarbonBalance:
    snapshot, carbon = plan.snapshot, plan.trace
    columns: dict[str, list[int]] = defaultdict(list)
    for position, generator in enumerate(plan.case.generators):
        columns[generator.carrier].append(position)
    columns[UPPER_GRID] = [len(plan.case.generators)]
    factors = {name: carrier.intensity for name, carrier in plan.factors.carriers.items()}
    factors[UPPER_GRID] = plan.factors.mixes[plan.region.country].intensity
    sources = tuple(
        CarbonSource(
            carrier=name.replace("_", " "),
            units=len(positions),
            energy=float(snapshot.generation_mw[:, positions].sum() * WH_PER_MWH),
            factor=int(milligrams_per_kwh(np.array(factors[name]))),
            carbon=_grams(carbon.generation_rate[:, positions]),
        )
        for name, positions in columns.items()
    )
    return CarbonBalance(
        sources=sources,
        load=_grams(carbon.load_rate[:, :-1]),
        exported=_grams(carbon.load_rate[:, -1]),
        losses=_grams(carbon.loss_rate),
    )


def _generator_losses(plan: DayPlan) -> tuple[GeneratorLoss, ...]:
    """Network losses of the day by the generator that bears them, the upper grid last."""
    names = [(generator.name, generator.carrier.replace("_", " ")) for generator in plan.case.generators]
    return tuple(
        GeneratorLoss(
            name=name,
            carrier=carrier,
            energy=float(plan.snapshot.generation_mw[:, position].sum() * WH_PER_MWH),
            loss=float(plan.trace.generator_loss_mw[:, position].sum() * WH_PER_MWH),
            carbon=_grams(plan.trace.generator_loss_rate[:, position]),
        )
        for position, (name, carrier) in enumerate([*names, (UPPER_GRID, UPPER_GRID)])
    )


def _rounding(plan: DayPlan) -> Rounding:
    """Distance of the committed intensities to the float trace over nodes and hours."""
    distance = np.abs(plan.integer_trace.distance(plan.trace))
    weights = np.array([flow.throughflow for flow in plan.integer_trace.flows])
    known = ~np.isnan(distance)
    return Rounding(
        worst=float(distance[known].max(initial=0)),
        mean=float(np.average(distance[known], weights=weights[known])),
        unaccounted=sum(abs(generated - load - loss) for generated, load, loss in plan.integer_trace.totals),
    )


def _grams(rate_kg_per_h: Floats) -> float:
    return float(rate_kg_per_h.sum() * GRAMS_PER_KG)


def _nodes(plan: DayPlan) -> tuple[GridNode, ...]:
    live = np.array([flow.throughflow for flow in plan.integer_trace.flows]) > 0
    return tuple(
        GridNode(
            id=node.id,
            name=node.name,
            longitude=node.longitude,
            latitude=node.latitude,
            intensity=tuple(
                int(plan.intensity[hour, node.id]) if live[hour, node.id] else None for hour in range(len(live))
            ),
        )
        for node in plan.case.nodes
    )


def _branches(plan: DayPlan) -> tuple[GridBranch, ...]:
    lines = [
        GridBranch(from_node=e.from_node, to_node=e.to_node, is_open=not (e.from_closed and e.to_closed))
        for e in plan.case.lines
    ]
    transformers = [
        GridBranch(from_node=e.hv_node, to_node=e.lv_node, is_open=not (e.hv_closed and e.lv_closed))
        for e in plan.case.transformers
    ]
    return (*lines, *transformers)


def _load_intensity(plan: DayPlan) -> tuple[int, ...]:
    energy = plan.snapshot.load_mw[:, :-1].sum(axis=1)
    carbon = plan.trace.load_rate[:, :-1].sum(axis=1)
    return tuple(map(int, milligrams_per_kwh(carbon / energy)))


def _meters(audit: Audit) -> MeterTotals:
    """Counts of the day's sheets; a corrected sheet was accepted or estimated before."""
    by_name: dict[str, list[Event]] = defaultdict(list)
    for event in audit.sheets:
        by_name[event.name].append(event)
    devices = sum(event.values.meter >= FIRST_DEVICE_METER for event in by_name["SheetAccepted"])
    corrections = [event.values for event in by_name["SheetCorrected"]]
    return MeterTotals(
        settlement=len(by_name["SheetAccepted"]) - devices,
        devices=devices,
        estimated=len(by_name["SheetEstimated"]),
        corrected=len(corrections),
        import_difference=sum(sum(unpack_signed(values.importDifference)) for values in corrections),
        export_difference=sum(sum(unpack_signed(values.exportDifference)) for values in corrections),
    )


def _certificates(region: RegionDay, audit: Audit) -> tuple[CertificateRow, ...]:
    devices: dict[str, list[int]] = defaultdict(list)
    for member in certified(region.plan):
        devices[str(member.carrier)].append(member.id)
    return tuple(
        CertificateRow(
            carrier=carrier.replace("_", " "),
            devices=len(ids),
            issued=sum(audit.issued[i] for i in ids),
            retired=sum(audit.retired[i] for i in ids),
        )
        for carrier, ids in sorted(devices.items())
    )
