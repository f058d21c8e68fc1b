"""Public transmission cases, solved by pandapower: carbon is conserved to 1e-12, whatever warts they have.

Counted warts: nodes in circles of flow, nodes without power, branches fed from both ends, branches that gain power,
negative loads. Generators get made-up intensities; fuel is not in these cases.
"""

import numpy as np
import pytest

from offchain.carbon.flow_graph import at_nodes, flow_graph
from offchain.carbon.laws import check_trace
from offchain.carbon.snapshot_checks import imbalance
from offchain.carbon.trace import trace
from offchain.errors import InputError
from tests.offchain.carbon.flow_cases import dense_trace

pandapower = pytest.importorskip(
    "pandapower", reason="public cases come with pandapower (toolchain/requirements/dev.in)"
)

from pandapower import networks  # noqa: E402 -- only if it is there

from offchain.carbon.adapters.pandapower_net import from_pandapower  # noqa: E402

CASES = {
    # circles of flow, nodes of the largest; dead nodes; fed from both ends by more than 1 W; gaining branches and MW
    "case4gs": (0, 1, 0, 0, 0, 0),
    "case14": (0, 1, 1, 0, 0, 0),
    "case118": (0, 1, 0, 0, 0, 0),
    "case300": (0, 1, 0, 0, 0, 0),
    "case1354pegase": (4, 2, 159, 0, 0, 0),
    "case2869pegase": (9, 3, 205, 0, 0, 0),
    "case9241pegase": (17, 3, 485, 1, 71, 32.6007),
}


def solved(name):
    net = getattr(networks, name)()
    pandapower.runpp(net)
    return net


def intensities(snapshot):
    return np.random.Generator(np.random.PCG64(1)).uniform(10, 1000, len(snapshot.generators))


@pytest.fixture(scope="module", params=CASES)
def case(request):
    snapshot = from_pandapower(solved(request.param))
    return request.param, snapshot, trace(snapshot, intensities(snapshot))


def test_carbon_is_conserved(case):
    _, snapshot, result = case
    check_trace(snapshot, result, intensities=intensities(snapshot))
    generated, loads, losses = (float(total[0]) for total in result.totals)
    assert abs(generated - loads - losses) <= 1e-12 * generated
    assert float(result.generator_loss_rate.sum()) == pytest.approx(losses, rel=1e-12)
    assert np.abs(imbalance(snapshot)).max() < 1e-11


def test_shares_account_for_every_generator(case):
    _, snapshot, result = case
    shares = result.shares()
    live = result.live[0]
    assert shares.sum(axis=1)[live] == pytest.approx(np.ones(live.sum()), rel=1e-12)
    assert (shares[:, :-1] @ intensities(snapshot))[live] == pytest.approx(result.intensity[0, live], rel=1e-11)
    size = shares.data.nbytes + shares.indices.nbytes + shares.indptr.nbytes
    assert size <= 10_000_000
    consumed = snapshot.load_mw[0] @ shares[snapshot.load_node]
    borne = (consumed[:-1] + result.generator_loss_mw[0]) / snapshot.generation_mw[0]
    assert borne == pytest.approx(np.ones(len(borne)), rel=1e-6)


def test_the_warts_are_those_that_were_counted(case):
    name, snapshot, result = case
    made = at_nodes(snapshot.generation_mw[0], snapshot.generator_node, snapshot.node_count)
    graph = flow_graph(snapshot.from_node, snapshot.to_node, snapshot.p_from_mw[0], snapshot.p_to_mw[0], made)
    sizes = [int(end - begin) for begin, end, _ in graph.circles]
    dead = snapshot.node_count - int(result.live.sum())
    gained = -(snapshot.p_from_mw + snapshot.p_to_mw)[0]
    gaining = gained[gained > 1e-6]
    fed_twice = int(((snapshot.p_from_mw > 1e-6) & (snapshot.p_to_mw > 1e-6)).sum())
    *counts, gained_mw = CASES[name]
    assert [len(sizes), max(sizes, default=1), dead, fed_twice, len(gaining)] == counts
    assert float(gaining.sum()) == pytest.approx(gained_mw, abs=1e-4)
    unattributed = float(graph.unattributed.sum())
    assert unattributed == pytest.approx(gained_mw, abs=1e-4)


@pytest.mark.parametrize("name", ["case14", "case118", "case300"])
def test_equals_the_dense_equations(name):
    snapshot = from_pandapower(solved(name))
    emitted = intensities(snapshot)
    result, expected = trace(snapshot, emitted), dense_trace(snapshot, emitted)
    live = result.live[0]
    assert result.intensity[0, live] == pytest.approx(expected.rho[live], rel=1e-10)
    assert result.loss_rate[0] == pytest.approx(expected.loss, abs=1e-10 * result.generation_rate.sum())
    assert result.generator_loss_mw[0] == pytest.approx(expected.generator_loss, abs=1e-8)


@pytest.mark.parametrize("shunt_mw", [2.0, -1.0])
def test_negative_loads_generators_and_shunts_change_sides(shunt_mw):
    net = networks.case14()
    net.load.loc[0, "p_mw"] = -30.0
    net.gen.loc[net.gen.index[0], "p_mw"] = -5.0
    net.shunt["p_mw"] = shunt_mw
    pandapower.runpp(net)
    snapshot = from_pandapower(net)
    generators = dict(zip(snapshot.generators, snapshot.generation_mw[0], strict=True))
    loads = dict(zip(snapshot.loads, snapshot.load_mw[0], strict=True))
    assert generators["load 0"] == pytest.approx(30)
    assert loads["gen 0"] == pytest.approx(5)
    taken = loads.get("shunt 0", 0.0) - generators.get("shunt 0", 0.0)
    assert taken == pytest.approx(shunt_mw * net.res_bus.vm_pu[net.shunt.bus[0]] ** 2)
    check_trace(snapshot, trace(snapshot, intensities(snapshot)), intensities=intensities(snapshot))


def test_networks_without_a_rule_are_refused():
    net = networks.case4gs()
    with pytest.raises(InputError, match=r"^pandapower network: is not solved$"):
        from_pandapower(net)
    pandapower.create_storage(net, 2, p_mw=1.0, max_e_mwh=4.0)
    bus = pandapower.create_bus(net, 230.0)
    pandapower.create_switch(net, 3, bus, et="b")
    pandapower.runpp(net)
    with pytest.raises(InputError) as caught:
        from_pandapower(net)
    assert str(caught.value) == (
        "pandapower network: 1 elements of storage in service have no rule; 1 closed couplers of buses have no rule"
    )
