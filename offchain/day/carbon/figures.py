"""A region's grid and the carbon in it, in the figures of the report."""

from collections import defaultdict

import numpy as np

from offchain.carbon.adapters.grid_case import UPPER_GRID
from offchain.day.carbon.records import (
    CarbonBalance,
    CarbonReport,
    CarbonSource,
    GeneratorLoss,
    GridBranch,
    GridNode,
    Rounding,
)
from offchain.day.world.plan import DayPlan
from offchain.units import Floats, milligrams_per_kwh

GRAMS_PER_KG = 1000
WH_PER_MWH = 1_000_000


def carbon_report(plan: DayPlan) -> CarbonReport:
    """The figures of a region's day."""
    return CarbonReport(
        grid=plan.region.grid,
        upper_node=plan.case.external_grid.node,
        carbon=_carbon(plan),
        generator_losses=_generator_losses(plan),
        rounding=_rounding(plan),
        nodes=_nodes(plan),
        branches=_branches(plan),
        load_intensity=_load_intensity(plan),
        roots=tuple(f"0x{tree.root.hex()}" for tree in plan.trees),
        imported=sum(sum(sheet.import_wh) for sheet in plan.readings.final[1:]),
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
