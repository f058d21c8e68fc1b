"""Flows for tests: a snapshot from plain lists, random balanced networks, and the slow twin of the trace."""

import numpy as np

from offchain.carbon.snapshot import FlowSnapshot


def snapshot_of(branches, *, generation, load, nodes):
    """Build one step from branches (from, to, p_from, p_to), generation and load as (node, MW)."""
    from_node, to_node, p_from, p_to = zip(*branches, strict=True)
    generator_node, generated = zip(*generation, strict=True)
    load_node, taken = zip(*load, strict=True)
    return FlowSnapshot(
        node_count=nodes,
        from_node=np.array(from_node),
        to_node=np.array(to_node),
        generator_node=np.array(generator_node),
        load_node=np.array(load_node),
        p_from_mw=np.array([p_from], dtype=float),
        p_to_mw=np.array([p_to], dtype=float),
        generation_mw=np.array([generated], dtype=float),
        load_mw=np.array([taken], dtype=float),
    )


def random_snapshot(seed, nodes, *, extra_branches, circulating):
    """Return a balanced random network, meshed and with parallel branches; optionally with a cycle of active flow."""
    random = np.random.Generator(np.random.PCG64(seed))
    pairs = [(int(random.integers(0, node)), node) for node in range(1, nodes)]
    pairs += [tuple(map(int, random.choice(nodes, 2, replace=False))) for _ in range(extra_branches)]
    height = random.permutation(nodes)
    branches = []
    for a, b in pairs:
        high, low = (a, b) if height[a] > height[b] else (b, a)
        branches.append((high, low))
    if circulating:
        cycle = random.permutation(nodes)[: min(nodes, 4)].tolist()
        branches += list(zip(cycle, cycle[1:] + cycle[:1], strict=True)) if len(cycle) > 2 else []
    flows, surplus = [], np.zeros(nodes)
    for sender, receiver in branches:
        sent = random.uniform(0.1, 20)
        received = sent * (1 - random.uniform(0, 0.08))
        surplus[sender] += sent
        surplus[receiver] -= received
        forwards = random.random() < 0.5
        flows.append((sender, receiver, sent, -received) if forwards else (receiver, sender, -received, sent))
    local = random.uniform(0, 5, nodes)  # consumed where it is generated
    generation = [(node, max(surplus[node], 0) + local[node]) for node in range(nodes)]
    generation += [(int(random.integers(0, nodes)), 0.0)]
    load = [(node, max(-surplus[node], 0) + local[node]) for node in range(nodes)]
    intensities = random.uniform(0, 1000, len(generation))
    return snapshot_of(flows, generation=generation, load=load, nodes=nodes), intensities


def dense_trace(snapshot, intensities):
    """Trace step 0 from the printed equations, with virtual nodes and a dense matrix of order n + m.

    Sun et al. 2023, Eqs. (8), (6), (37), (38), read as in docs/PAPERS.md. Returns nodal intensity (n,), carbon of node
    and branch loads R (n + m,), and carbon at the sending and receiving end of each branch (m,), (m,).
    """
    n, m = snapshot.node_count, len(snapshot.from_node)
    flow = np.zeros((n + m, n + m))  # flow[i, s]: MW that leave i towards s
    power_load = np.zeros(n + m)
    ends = []
    for b in range(m):
        p_from, p_to = snapshot.p_from_mw[0, b], snapshot.p_to_mw[0, b]
        u, w = snapshot.from_node[b], snapshot.to_node[b]
        (sender, sent), (receiver, received) = ((u, p_from), (w, -p_to)) if p_from > 0 else ((w, p_to), (u, -p_from))
        flow[sender, n + b] += sent
        flow[n + b, receiver] += received
        power_load[n + b] = sent - received
        ends.append((sender, sent, receiver, received))
    generation = np.zeros(n + m)
    carbon = np.zeros(n + m)
    for k, node in enumerate(snapshot.generator_node):
        generation[node] += snapshot.generation_mw[0, k]
        carbon[node] += snapshot.generation_mw[0, k] * intensities[k]
    for k, node in enumerate(snapshot.load_node):
        power_load[node] += snapshot.load_mw[0, k]
    through = generation + flow.sum(axis=0)
    A_u = np.eye(n + m) - (flow / np.where(through > 0, through, 1)[:, np.newaxis]).T  # Eq. (8)
    inverse = np.linalg.inv(A_u)
    rho = (inverse @ carbon) / (inverse @ generation)
    R = power_load / through * (inverse @ carbon)  # Eq. (37)
    sent_rate = np.array([sent * rho[sender] for sender, sent, _, _ in ends])  # Eq. (38)
    received_rate = np.array([received * rho[n + b] for b, (_, _, _, received) in enumerate(ends)])
    return rho[:n], R, sent_rate, received_rate
