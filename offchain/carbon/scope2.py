"""What a statement of purchased electricity needs of each member and hour: three intensities of the same Wh.

The location-based figure of the GHG Protocol's Scope 2 takes the average of the grid, here of the region in the hour;
the flow-traced figure is that of the member's node and stands outside the standard; losses of the network are Scope 3,
category 3, and are shared by energy. The market-based figure comes from retired certificates, not from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from offchain.carbon.integer import IntegerTrace
from offchain.errors import InputError
from offchain.units import ratio_half_up


@dataclass(frozen=True, kw_only=True)
class Consumption:
    """What a member's meter counted in one hour."""

    member: int
    node: int
    wh: int


@dataclass(frozen=True, kw_only=True)
class Scope2Input:
    """Intensities of a member's consumption in one hour [mgCO2e/kWh]; carbon is Wh times intensity [ugCO2e]."""

    member: int
    hour: int
    wh: int
    grid_average: int
    """Carbon that reaches all loads of the region, by their energy."""
    flow_traced: int
    """Of the member's node."""
    losses: int
    """Carbon of all network losses, by the energy of all loads; comes on top of either."""


def scope2_inputs(
    trace: IntegerTrace, step: int, *, hour: int, consumption: Sequence[Consumption]
) -> tuple[Scope2Input, ...]:
    """Work out one hour; one entry per consumption, in the given order. `hour` is the unix hour of the step.

    Raises:
        InputError: energy is negative, a node is unknown, or a member consumes where no power flows.

    """
    flow, intensity = trace.flows[step], trace.intensity[step]
    energy = sum(map(int, flow.load))
    _, load_carbon, loss_carbon = trace.totals[step]
    problems = [f"member {c.member}: {c.wh} Wh is negative" for c in consumption if c.wh < 0]
    problems += [
        f"member {c.member}: node {c.node} is unknown" for c in consumption if not 0 <= c.node < len(intensity)
    ]
    if energy == 0:
        problems += [f"member {c.member}: no power flows in hour {hour}" for c in consumption if c.wh > 0]
    if problems:
        raise InputError(f"consumption: {'; '.join(problems)}")
    average, losses = (ratio_half_up(carbon, energy) if energy else 0 for carbon in (load_carbon, loss_carbon))
    return tuple(
        Scope2Input(
            member=c.member,
            hour=hour,
            wh=c.wh,
            grid_average=average,
            flow_traced=int(intensity[c.node]),
            losses=losses,
        )
        for c in consumption
    )
