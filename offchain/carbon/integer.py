"""The trace in whole numbers: the same on every machine, and checkable one node at a time.

Power in whole W, intensity in whole mgCO2e/kWh, carbon of an hour in ugCO2e (W times mgCO2e/kWh). Flows are merged per
pair of neighbours and rounded half up, generation too; the load of a node takes the rest, so that every node balances
exactly. Where the rest is negative (a node without load, by a few W) it is a source without carbon instead, like the
gain of a branch of negative resistance. The intensities are the least fixed point, reached from 0 upwards, of

    rho_i = round_half_up((sum of inflow_W rho_u + sum of generation_W E_k) / throughflow_W)

The map is monotone, so the fixed point exists, on circles of flow too; a node without a whole W has intensity 0.
Rounding moves power between sources at nodes that carry few W, so the distance to the float trace is reported.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from offchain.carbon.snapshot import FlowSnapshot
from offchain.carbon.trace import Trace
from offchain.errors import InputError, LawViolation
from offchain.units import MILLIGRAMS_PER_GRAM, Integers, milligrams_per_kwh, watts

HIGHEST_POWER = 1 << 40  # [W], so that leaves hold uint40 and products fit 63 bits
HIGHEST_INTENSITY = 1 << 22  # [mgCO2e/kWh]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class WholeFlows:
    """One step in whole W, every node balanced: generation + unattributed + inflow = load + outflow."""

    sender: Integers
    """(pairs,) node; pairs are in ascending order of sender, then receiver."""
    receiver: Integers
    sent: Integers
    """(pairs,) what leaves the sender."""
    received: Integers
    """(pairs,) what arrives of it."""
    generation: Integers
    """(generators,)"""
    unattributed: Integers
    """(nodes,) what no generator gave; carries no carbon."""
    load: Integers
    """(nodes,)"""
    throughflow: Integers
    """(nodes,)"""


@dataclass(frozen=True, kw_only=True)
class IntegerTrace:
    """The traced intensities of each step and what they come to."""

    flows: tuple[WholeFlows, ...]
    """One per step."""
    generator_intensity: Integers
    """(steps, generators) [mgCO2e/kWh]."""
    intensity: Integers
    """(steps, nodes) [mgCO2e/kWh]."""
    totals: tuple[tuple[int, int, int], ...]
    """Carbon of generation, loads and losses of each step [ugCO2e/h]."""

    def distance(self, trace: Trace) -> Floats:
        """Intensity less that of the float trace, (steps, nodes) in mgCO2e/kWh; nan where no whole W flows."""
        carried = np.array([flow.throughflow for flow in self.flows]) > 0
        difference: Floats = np.where(carried, self.intensity - trace.intensity * MILLIGRAMS_PER_GRAM, np.nan)
        return difference


def integer_trace(snapshot: FlowSnapshot, intensities: Floats) -> IntegerTrace:
    """Trace every step in whole numbers; `intensities` are those of the generators in gCO2e/kWh, as in `trace`.

    Raises:
        InputError: an intensity or a power is out of range.
        LawViolation: carbon of generation, loads and losses differ by more than rounding explains.

    """
    shape = snapshot.generation_mw.shape
    if intensities.shape not in (shape, shape[1:]) or not (np.isfinite(intensities) & (intensities >= 0)).all():
        raise InputError(f"intensities must be {shape[1:]} or {shape} numbers of at least 0, not {intensities.shape}")
    emitted = np.broadcast_to(milligrams_per_kwh(intensities), shape)
    if emitted.size and emitted.max() >= HIGHEST_INTENSITY:
        raise InputError(f"intensity {emitted.max()} mgCO2e/kWh is out of range: 0 to {HIGHEST_INTENSITY - 1}")
    flows = tuple(whole_flows(snapshot, step) for step in range(snapshot.steps))
    rows = [_fixed_point(snapshot, flow, emitted[step]) for step, flow in enumerate(flows)]
    intensity = np.array(rows, dtype=np.int64).reshape(len(flows), snapshot.node_count)
    return IntegerTrace(
        flows=flows,
        generator_intensity=emitted,
        intensity=intensity,
        totals=tuple(_totals(flow, emitted[step], intensity=intensity[step]) for step, flow in enumerate(flows)),
    )


def whole_flows(snapshot: FlowSnapshot, step: int) -> WholeFlows:
    """Round one step to whole W.

    Raises:
        InputError: the throughflow of a node is out of range.

    """
    sender, receiver, sent, received = _merged(snapshot, step)
    carried = np.minimum(sent, received)
    generation = watts(snapshot.generation_mw[step])
    unattributed = _summed(received - carried, receiver, snapshot.node_count)
    throughflow = (
        _summed(generation, snapshot.generator_node, snapshot.node_count)
        + _summed(carried, receiver, snapshot.node_count)
        + unattributed
    )
    rest = throughflow - _summed(sent, sender, snapshot.node_count)
    missing = np.maximum(-rest, 0)
    throughflow += missing
    if throughflow.max(initial=0) >= HIGHEST_POWER:
        node = snapshot.nodes[int(np.argmax(throughflow))]
        raise InputError(f"throughflow {throughflow.max()} W of node {node} is out of range: 0 to {HIGHEST_POWER - 1}")
    return WholeFlows(
        sender=sender,
        receiver=receiver,
        sent=sent,
        received=carried,
        generation=generation,
        unattributed=unattributed + missing,
        load=np.maximum(rest, 0),
        throughflow=throughflow,
    )


def _merged(snapshot: FlowSnapshot, step: int) -> tuple[Integers, Integers, Integers, Integers]:
    """Sum flows per pair of sender and receiver and round them: sender, receiver, sent [W], received [W]."""
    p_from, p_to = snapshot.p_from_mw[step], snapshot.p_to_mw[step]
    ends = np.concatenate([snapshot.from_node * snapshot.node_count + snapshot.to_node,
                           snapshot.to_node * snapshot.node_count + snapshot.from_node])  # fmt: skip
    pairs, where = np.unique(ends, return_inverse=True)
    merged = np.zeros((2, len(pairs)))
    np.add.at(merged[0], where, np.maximum(np.concatenate([p_from, p_to]), 0))
    np.add.at(merged[1], where, np.maximum(np.concatenate([-p_to, -p_from]), 0))
    sent, received = watts(merged)
    used = (sent > 0) | (received > 0)
    pairs, sent, received = pairs[used], sent[used], received[used]
    return pairs // snapshot.node_count, pairs % snapshot.node_count, sent, received


def _summed(values: Integers, where: Integers, count: int) -> Integers:
    """Sum integers exactly over the nodes at which they stand, (count,)."""
    total = np.zeros(count, dtype=np.int64)
    np.add.at(total, where, values)
    return total


def _fixed_point(snapshot: FlowSnapshot, flow: WholeFlows, emitted: Integers) -> Integers:
    """Find the least fixed point, (nodes,) in mgCO2e/kWh."""
    feeding = flow.received > 0
    sender, receiver, received = flow.sender[feeding], flow.receiver[feeding], flow.received[feeding]
    by_receiver = np.argsort(receiver, kind="stable")
    first = np.searchsorted(receiver[by_receiver], np.arange(snapshot.node_count + 1))
    last = np.searchsorted(sender, np.arange(snapshot.node_count + 1))
    own = _summed(flow.generation * emitted, snapshot.generator_node, snapshot.node_count)
    found: Integers = _raised(first, sender[by_receiver], received[by_receiver], last, receiver, own, flow.throughflow)
    return found


@njit(cache=True)
def _raised(  # noqa: PLR0917 -- numba compiles positional arguments best
    first: Integers,
    sender: Integers,
    received: Integers,
    last: Integers,
    receiver: Integers,
    own: Integers,
    throughflow: Integers,
) -> Integers:
    """Raise intensities from 0 until every node has the rounded mixture of what feeds it.

    Nodes wait in a queue while one of their feeders has changed; the order does not matter to a monotone map. Flows
    into node i are `first[i]:first[i + 1]` with sender and W received, flows out of it `last[i]:last[i + 1]`.
    """
    nodes = len(throughflow)
    intensity = np.zeros(nodes, np.int64)
    queue, waits = np.arange(nodes), np.ones(nodes, np.bool_)
    head, waiting = 0, nodes
    while waiting > 0:
        node = queue[head]
        head = (head + 1) % nodes
        waiting -= 1
        waits[node] = False
        if throughflow[node] == 0:
            continue
        carbon = own[node] + throughflow[node] // 2
        for flow in range(first[node], first[node + 1]):
            carbon += received[flow] * intensity[sender[flow]]
        mixed = carbon // throughflow[node]
        if mixed == intensity[node]:
            continue
        intensity[node] = mixed
        for flow in range(last[node], last[node + 1]):
            follower = receiver[flow]
            if not waits[follower]:
                waits[follower] = True
                queue[(head + waiting) % nodes] = follower
                waiting += 1
    return intensity


def _totals(flow: WholeFlows, emitted: Integers, *, intensity: Integers) -> tuple[int, int, int]:
    """Carbon of generation, loads and losses [ugCO2e/h]; checks that they differ by half a unit per W at most."""
    generation = _product(flow.generation, emitted)
    load = _product(flow.load, intensity)
    loss = _product(flow.sent - flow.received, intensity[flow.sender])
    residual, allowed = generation - load - loss, sum(map(int, flow.throughflow)) // 2
    if abs(residual) > allowed:
        raise LawViolation(f"integer carbon: off by {residual} ugCO2e/h, rounding explains {allowed}")
    return generation, load, loss


def _product(power: Integers, intensity: Integers) -> int:
    """Sum of W times mgCO2e/kWh in ugCO2e/h, exact at any size."""
    return sum(map(int, power * intensity))
