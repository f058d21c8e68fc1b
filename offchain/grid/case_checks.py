"""What a sound grid case must satisfy.

Small rules, each true for a sound case; `check_case` returns one problem per broken rule and table, naming the ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from offchain.grid.case import GridCase


@dataclass(frozen=True)
class Rule:
    """What must hold for every element of a table."""

    table: str
    statement: str
    holds: Callable[[Any, int], bool]  # of the element and the number of nodes


RULES = (
    Rule("nodes", "vn_kv must be positive", lambda e, _: e.vn_kv > 0),
    Rule("nodes", "longitude and latitude come together", lambda e, _: (e.longitude is None) == (e.latitude is None)),
    Rule("lines", "from_node and to_node must be two nodes", lambda e, n: _two_nodes(e.from_node, e.to_node, n)),
    Rule("lines", "length_km must be positive", lambda e, _: e.length_km > 0),
    Rule("lines", "r_ohm_per_km and x_ohm_per_km must not both be zero", lambda e, _: e.r_ohm_per_km or e.x_ohm_per_km),
    Rule("lines", "r_ohm_per_km must not be negative", lambda e, _: e.r_ohm_per_km >= 0),
    Rule(
        "lines", "c_nf_per_km and g_us_per_km must not be negative", lambda e, _: min(e.c_nf_per_km, e.g_us_per_km) >= 0
    ),
    Rule("lines", "g_us_per_km needs c_nf_per_km", lambda e, _: e.c_nf_per_km > 0 or e.g_us_per_km == 0),
    Rule("lines", "parallel must be 1 or more", lambda e, _: e.parallel >= 1),
    Rule("transformers", "hv_node and lv_node must be two nodes", lambda e, n: _two_nodes(e.hv_node, e.lv_node, n)),
    Rule("transformers", "ratings must be positive", lambda e, _: min(e.sn_mva, e.vn_hv_kv, e.vn_lv_kv) > 0),
    Rule("transformers", "0 <= vkr_percent <= vk_percent", lambda e, _: 0 <= e.vkr_percent <= e.vk_percent > 0),
    Rule("transformers", "pfe_kw and i0_percent must not be negative", lambda e, _: min(e.pfe_kw, e.i0_percent) >= 0),
    Rule(
        "transformers",
        "the iron losses must not exceed the no-load power",
        lambda e, _: e.pfe_kw <= e.i0_percent * e.sn_mva * 10 * (1 + 1e-9),
    ),
    Rule(
        "transformers",
        "shift_degree must be a multiple of 30",
        lambda e, _: e.shift_degree % 30 == 0 and abs(e.shift_degree) <= 180,
    ),
    Rule("external_grid", "node must be a node", lambda e, n: 0 <= e.node < n),
    Rule("external_grid", "vm_pu must be positive", lambda e, _: e.vm_pu > 0),
    Rule("loads", "node must be a node", lambda e, n: 0 <= e.node < n),
    Rule("loads", "p_mw must be 0 to 1000, q_mvar -1000 to 1000", lambda e, _: 0 <= e.p_mw <= 1e3 >= abs(e.q_mvar)),
    Rule("generators", "node must be a node", lambda e, n: 0 <= e.node < n),
    Rule(
        "generators", "p_mw must be 0 to 1000, q_mvar -1000 to 1000", lambda e, _: 0 <= e.p_mw <= 1e3 >= abs(e.q_mvar)
    ),
)


def check_case(case: GridCase) -> list[str]:
    """Return every problem of the case; an empty list means it is sound."""
    problems = list(_numbering(case))
    for rule in RULES:
        elements = [case.external_grid] if rule.table == "external_grid" else getattr(case, rule.table)
        broken = [getattr(e, "id", 0) for e in elements if not rule.holds(e, len(case.nodes))]
        if broken:
            problems.append(f"{rule.table} {_list(broken)}: {rule.statement}")
    if not problems:
        problems.extend(_unsupplied(case))
    return problems


def _numbering(case: GridCase) -> Iterator[str]:
    """Name elements whose id is not their position or whose numbers are not finite."""
    for table in ("nodes", "lines", "transformers", "loads", "generators"):
        elements = getattr(case, table)
        misplaced = [e.id for position, e in enumerate(elements) if e.id != position]
        if misplaced:
            yield f"{table} {_list(misplaced)}: ids must count up from 0"
        infinite = [e.id for e in elements if not all(np.isfinite(v) for v in vars(e).values() if isinstance(v, float))]
        if infinite:
            yield f"{table} {_list(infinite)}: numbers must be finite"


def _unsupplied(case: GridCase) -> Iterator[str]:
    """Name loads and generators without a closed way to the external grid."""
    ways = [(e.from_node, e.to_node) for e in case.lines if e.from_closed and e.to_closed]
    ways += [(e.hv_node, e.lv_node) for e in case.transformers if e.hv_closed and e.lv_closed]
    rows, columns = np.array(ways, dtype=np.int64).reshape(-1, 2).T
    shape = (len(case.nodes), len(case.nodes))
    _, island = connected_components(coo_array((np.ones(len(rows)), (rows, columns)), shape=shape), directed=False)
    for table in ("loads", "generators"):
        cut_off = [e.id for e in getattr(case, table) if island[e.node] != island[case.external_grid.node]]
        if cut_off:
            yield f"{table} {_list(cut_off)}: no closed way to the external grid"


def _two_nodes(first: int, second: int, count: int) -> bool:
    return first != second and 0 <= first < count and 0 <= second < count


def _list(ids: list[int]) -> str:
    """Name the first ids and how many more there are."""
    shown = ", ".join(map(str, ids[:8]))
    return shown if len(ids) <= 8 else f"{shown} and {len(ids) - 8} more"
