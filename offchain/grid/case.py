"""What a distribution grid consists of.

A `GridCase` is the frozen description of one grid: nodes, lines, transformers, the connection to the upper grid, loads
and generators. It is read from `grid.json` in a folder under `data/grids/` by `load_case`, which checks everything and
reports all problems at once.

Ids are positions: `case.nodes[i].id == i`, and the same for every other table. A node stands for all busbars joined by
closed couplers, so no element has zero impedance. Rated power and reactive power are what the profiles multiply:
consumption is positive for loads, production is positive for generators.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_type_hints

from offchain.errors import InputError
from offchain.grid.case_checks import check_case
from offchain.grid.data_files import read_checked

FORMAT = 1
CASE_FILE = "grid.json"


@dataclass(frozen=True)
class Node:
    """A busbar, or several joined by closed couplers."""

    id: int
    name: str
    vn_kv: float  # nominal line-to-line voltage
    longitude: float | None  # WGS 84, degrees
    latitude: float | None


@dataclass(frozen=True)
class Line:
    """A cable or overhead line; an end that is not closed hangs on its switch and carries charging current only."""

    id: int
    name: str
    from_node: int
    to_node: int
    from_closed: bool
    to_closed: bool
    length_km: float
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    g_us_per_km: float
    parallel: int
    max_i_ka: float


@dataclass(frozen=True)
class Transformer:
    """A two-winding transformer; the tap ratio is 1 + (tap_pos - tap_neutral) * tap_step_percent / 100 on its side."""

    id: int
    name: str
    hv_node: int
    lv_node: int
    hv_closed: bool
    lv_closed: bool
    sn_mva: float
    vn_hv_kv: float
    vn_lv_kv: float
    vk_percent: float  # short-circuit voltage
    vkr_percent: float  # its resistive part
    pfe_kw: float  # iron losses
    i0_percent: float  # no-load current
    shift_degree: float  # by which the low-voltage side lags
    tap_side: Literal["hv", "lv"]
    tap_neutral: int
    tap_pos: int
    tap_step_percent: float


@dataclass(frozen=True)
class ExternalGrid:
    """The connection to the upper grid: an ideal voltage source."""

    name: str
    node: int
    vm_pu: float
    va_degree: float


@dataclass(frozen=True)
class Load:
    """A consumer; `profile` names its columns in the profile file."""

    id: int
    name: str
    node: int
    p_mw: float
    q_mvar: float
    profile: str


@dataclass(frozen=True)
class Generator:
    """A distributed generator; its reactive power does not follow the profile."""

    id: int
    name: str
    node: int
    carrier: str
    p_mw: float
    q_mvar: float
    profile: str


@dataclass(frozen=True)
class GridCase:
    """One grid. Tables are ordered by id."""

    code: str
    frequency_hz: float
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]
    transformers: tuple[Transformer, ...]
    external_grid: ExternalGrid
    loads: tuple[Load, ...]
    generators: tuple[Generator, ...]


def load_case(directory: Path) -> GridCase:
    """Read and check the grid in `directory`.

    Raises:
        InputError: the file is missing or damaged, or the grid contradicts itself; names every problem found.

    """
    return parse_case(read_checked(directory, CASE_FILE), source=str(directory / CASE_FILE))


def parse_case(text: bytes, source: str) -> GridCase:
    """Turn the bytes of a case file into a checked `GridCase`; `source` names the file in messages.

    Raises:
        InputError: names every problem found.

    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InputError(f"{source} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(f"{source} has not the case format {FORMAT}")
    problems: list[str] = []
    tables = {
        name: _records(record, document.get(name), table=name, problems=problems)
        for name, record in (
            ("nodes", Node),
            ("lines", Line),
            ("transformers", Transformer),
            ("loads", Load),
            ("generators", Generator),
        )
    }
    external = _records(ExternalGrid, [document.get("external_grid")], table="external_grid", problems=problems)
    for name, kind in (("code", str), ("frequency_hz", float)):
        if not isinstance(document.get(name), kind):
            problems.append(f"{name} must be {kind.__name__}")
    if not problems:
        case = GridCase(
            code=document["code"], frequency_hz=document["frequency_hz"], external_grid=external[0], **tables
        )
        problems = check_case(case)
    if problems:
        raise InputError(f"{source}: {'; '.join(problems)}")
    return case


def _records(record: type[Any], rows: Any, *, table: str, problems: list[str]) -> tuple[Any, ...]:
    """Make one `record` per row of a JSON table; adds a problem for each row whose fields or types are wrong."""
    if not isinstance(rows, list):
        problems.append(f"{table} must be a list")
        return ()
    hints = get_type_hints(record)
    made = []
    for position, row in enumerate(rows):
        if not isinstance(row, dict) or row.keys() != hints.keys():
            problems.append(f"{table} {position}: fields must be {', '.join(hints)}")
            continue
        wrong = [name for name, hint in hints.items() if not _fits(row[name], hint)]
        if wrong:
            problems.append(f"{table} {position}: wrong type of {', '.join(wrong)}")
            continue
        made.append(record(**row))
    return tuple(made)


def _fits(value: Any, hint: Any) -> bool:
    """Tell whether a JSON value has exactly the type a field asks for."""
    if hint == float | None:
        return value is None or isinstance(value, float)
    if hint == Literal["hv", "lv"]:
        return value in ("hv", "lv")
    return type(value) is hint
