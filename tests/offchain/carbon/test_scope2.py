"""Inputs of statements by hand: node 0 has 100, node 1 has 300 g/kWh, the branch loses 50 kg/h (see test_trace)."""

import numpy as np
import pytest
from flow_cases import snapshot_of

from offchain.carbon.integer import integer_trace
from offchain.carbon.scope2 import Consumption, scope2_inputs
from offchain.errors import InputError

SNAPSHOT = snapshot_of([(0, 1, 8.0, -7.5)], generation=[(0, 10.0), (1, 2.5)], load=[(0, 2.0), (1, 10.0)], nodes=2)
TRACE = integer_trace(SNAPSHOT, np.array([100.0, 900.0]))


def test_three_intensities_of_the_same_energy():
    """Loads take 3,200 kg and 12 MWh: 266,667 mg/kWh on average; 50 kg of losses are 4,167 on top."""
    consumption = [Consumption(member=7, node=1, wh=10_000_000), Consumption(member=3, node=0, wh=2_000_000)]
    first, second = scope2_inputs(TRACE, 0, hour=412_000, consumption=consumption)
    assert (first.member, first.hour, first.wh, first.flow_traced) == (7, 412_000, 10_000_000, 300_000)
    assert (second.member, second.wh, second.flow_traced) == (3, 2_000_000, 100_000)
    assert first.grid_average == second.grid_average == 266_667
    assert first.losses == second.losses == 4_167
    carbon = first.wh * first.flow_traced + second.wh * second.flow_traced
    assert carbon == TRACE.totals[0][1]


def test_an_hour_at_rest_has_no_intensity():
    rest = snapshot_of([(0, 1, 0.0, 0.0)], generation=[(0, 0.0)], load=[(1, 0.0)], nodes=2)
    trace = integer_trace(rest, np.array([100.0]))
    (entry,) = scope2_inputs(trace, 0, hour=1, consumption=[Consumption(member=1, node=1, wh=0)])
    assert (entry.grid_average, entry.flow_traced, entry.losses) == (0, 0, 0)
    with pytest.raises(InputError, match=r"^consumption: member 1: no power flows in hour 1$"):
        scope2_inputs(trace, 0, hour=1, consumption=[Consumption(member=1, node=1, wh=5)])


def test_all_problems_are_named():
    consumption = [Consumption(member=1, node=0, wh=-1), Consumption(member=2, node=2, wh=1)]
    with pytest.raises(InputError, match=r"^consumption: member 1: -1 Wh is negative; member 2: node 2 is unknown$"):
        scope2_inputs(TRACE, 0, hour=1, consumption=consumption)
