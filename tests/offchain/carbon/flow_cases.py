"""Flows for tests: a snapshot from plain lists, random balanced networks with every wart, the trace's slow twin."""

from dataclasses import dataclass

import numpy as np

from offchain.carbon.snapshot import FlowSnapshot, numbered

THROUGHFLOW_MW = 1e-9
WARTS = frozenset({"circle", "opposed parallels", "fed from both ends", "gain", "dead node", "idle", "pass-through"})


def snapshot_of(branches, *, generation, load, nodes, may_gain=False):
    """Build one step from branches (from, to, p_from, p_to), generation and load as (node, MW)."""
    from_node, to_node, p_from, p_to = zip(*branches, strict=True) if branches else ((), (), (), ())
    generator_node, generated = zip(*generation, strict=True)
    load_node, taken = zip(*load, strict=True)
    return FlowSnapshot(
        nodes=numbered(nodes),
        branches=numbered(len(branches)),
        generators=numbered(len(generation)),
        loads=numbered(len(load)),
        from_node=np.array(from_node, dtype=np.int64),
        to_node=np.array(to_node, dtype=np.int64),
        generator_node=np.array(generator_node),
        load_node=np.array(load_node),
        p_from_mw=np.array([p_from], dtype=float),
        p_to_mw=np.array([p_to], dtype=float),
        generation_mw=np.array([generated], dtype=float),
        load_mw=np.array([taken], dtype=float),
        may_gain=np.full(len(branches), may_gain) if isinstance(may_gain, bool) else np.array(may_gain),
    )


def random_snapshot(seed, nodes, *, extra_branches, warts=frozenset()):
    """Return a balanced random network, meshed, with parallel branches and the named warts, and intensities.

    What the branches of a node leave over is generated or consumed there, so it balances; whatever circulates is fed by
    the losses of its branches.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    height = random.permutation(nodes)
    pairs = [(int(random.integers(0, node)), node) for node in range(1, nodes)]
    pairs += [tuple(map(int, random.choice(nodes, 2, replace=False))) for _ in range(extra_branches)]
    directed = [(a, b) if height[a] > height[b] else (b, a) for a, b in pairs]
    if "circle" in warts and nodes > 2:
        ring = random.permutation(nodes)[: min(nodes, 4)].tolist()
        directed += list(zip(ring, ring[1:] + ring[:1], strict=True))
    if "opposed parallels" in warts:
        directed += [directed[0], directed[0][::-1], directed[-1][::-1]]
    flows, gains = [], []
    for sender, receiver in directed:
        sent = random.uniform(0.1, 20)
        received = sent * (1 - random.uniform(0.001, 0.08))
        if "gain" in warts and random.random() < 0.2:
            received = sent * random.uniform(1.0, 1.2)
        gains.append(received > sent)
        if "fed from both ends" in warts and random.random() < 0.2:
            received = -received * 0.05
        if "gain" in warts and random.random() < 0.05:
            sent, gains[-1] = -sent, True
        forwards = random.random() < 0.5
        flows.append((sender, receiver, sent, -received) if forwards else (receiver, sender, -received, sent))
    if "idle" in warts:
        flows.append((0, nodes - 1, 0.0, 0.0))
        gains.append(False)
    surplus = np.zeros(nodes)
    for a, b, p_a, p_b in flows:
        surplus[a] += p_a
        surplus[b] += p_b
    local = random.uniform(0, 5, nodes)  # consumed where it is generated
    if "pass-through" in warts:
        local *= random.random(nodes) < 0.5
    generation = [(node, max(surplus[node], 0) + local[node]) for node in range(nodes)]
    generation = [(node, power * part) for node, power in generation for part in (0.25, 0.75)]
    generation += [(int(random.integers(0, nodes)), 0.0)]
    load = [(node, max(-surplus[node], 0) + local[node]) for node in range(nodes)]
    if "dead node" in warts:
        flows += [(0, nodes, 1e-9, -3e-10), (nodes, 1 if nodes > 1 else 0, 2e-10, -1e-10), (nodes + 1, 0, 0.0, 1e-8)]
        gains += [False, False, False]
        nodes += 2
    snapshot = snapshot_of(flows, generation=generation, load=load, nodes=nodes, may_gain=gains)
    return snapshot, random.uniform(0, 1000, len(generation))


@dataclass(frozen=True)
class Equations:
    """One step as Sun et al. 2023 write it; virtual nodes of branches come after the real ones."""

    matrix: np.ndarray  # (n + m, n + m) A_u of Eq. (8)
    throughflow: np.ndarray  # (n + m,) P
    generation: np.ndarray  # (n + m,) P_G
    carbon: np.ndarray  # (n + m,) P_G times the intensity of what generates
    consumed: np.ndarray  # (n + m,) P_L: loads, and losses of branches
    flow: np.ndarray  # (n + m, n + m) MW that leave i towards s
    dead: np.ndarray  # (n,)

    @property
    def consumed_part(self):
        """The part r of the throughflow that is consumed, (n + m,): Eq. (6)."""
        return np.where(self.throughflow > 0, self.consumed / np.where(self.throughflow > 0, self.throughflow, 1), 0.0)


def equations(snapshot, intensities):
    """Set up step 0. A branch that gains power generates it at its virtual node, without carbon.

    Ends of branches at dead nodes count as if without power.
    """
    n, m = snapshot.node_count, len(snapshot.branches)
    G, carbon, L = np.zeros(n + m), np.zeros(n + m), np.zeros(n + m)
    np.add.at(G, snapshot.generator_node, snapshot.generation_mw[0])
    np.add.at(carbon, snapshot.generator_node, snapshot.generation_mw[0] * intensities)
    np.add.at(L, snapshot.load_node, snapshot.load_mw[0])
    power = np.stack([snapshot.p_from_mw[0], snapshot.p_to_mw[0]], axis=1)
    node = np.stack([snapshot.from_node, snapshot.to_node], axis=1)
    received = G[:n].copy()
    np.add.at(received, node, np.maximum(-power, 0))
    dead = (received <= THROUGHFLOW_MW) & (G[:n] == 0)
    power = np.where(dead[node], 0.0, power)
    F = np.zeros((n + m, n + m))
    for b in range(m):
        for i, p in zip(node[b], power[b], strict=True):
            F[i, n + b] += max(p, 0)
            F[n + b, i] += max(-p, 0)
        L[n + b] = max(power[b].sum(), 0)
        G[n + b] = max(-power[b].sum(), 0)
    P = G + F.sum(axis=0)
    A = np.eye(n + m) - (F / np.where(P > 0, P, 1)[:, np.newaxis]).T
    return Equations(A, P, G, carbon, L, F, dead)


@dataclass(frozen=True)
class DenseTrace:
    """What the equations give for one step, node by node."""

    rho: np.ndarray  # (n,) nodal intensity, nan where no power flows
    load: np.ndarray  # (n,) carbon of the load of each node
    loss: np.ndarray  # (m,) carbon of the loss of each branch
    ends: np.ndarray  # (m, 2) carbon entering each branch at both ends
    part: np.ndarray  # (n, n + m) part of the power made at a node or in a branch in the throughflow of a node
    generator_loss: np.ndarray  # (generators,) MW


def dense_trace(snapshot, intensities):
    """Trace step 0 straight from the equations, with virtual nodes and a dense inverse of order n + m.

    Sun et al. 2023, Eqs. (6)-(9), (37)-(39), read as in docs/PAPERS.md.
    """
    n, m = snapshot.node_count, len(snapshot.branches)
    e = equations(snapshot, intensities)
    node = np.stack([snapshot.from_node, snapshot.to_node], axis=1)
    inverse = np.linalg.inv(e.matrix)
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = inverse @ e.carbon / (inverse @ e.generation)
        part = inverse[:n] * e.generation / e.throughflow[:n, np.newaxis]
    R = e.consumed * np.where(e.throughflow > 0, rho, 0)  # Eq. (37): r_i P_i = L_i
    known = np.where(np.isnan(rho), 0.0, rho)
    ends = np.stack([e.flow[node[:, k], n + np.arange(m)] * known[node[:, k]] for k in (0, 1)], axis=1)
    ends -= np.stack([e.flow[n + np.arange(m), node[:, k]] * known[n:] for k in (0, 1)], axis=1)
    lost = np.concatenate([np.zeros(n), e.consumed_part[n:]]) @ inverse  # Eq. (9)
    return DenseTrace(
        rho=np.where(e.dead, np.nan, rho[:n]),
        load=np.where(e.dead, 0.0, R[:n]),
        loss=R[n:],
        ends=ends,
        part=part,
        generator_loss=snapshot.generation_mw[0] * lost[snapshot.generator_node],
    )
