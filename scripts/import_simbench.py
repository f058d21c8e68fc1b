"""Import two SimBench grids once into `data/grids/`: the grid as JSON, chosen days of its profiles as CSV.

Needs the packages of `toolchain/requirements/import.txt` (SimBench alone is a 381 MB download), in an environment of
its own:

    python -m venv /tmp/import && /tmp/import/bin/pip install -r toolchain/requirements/import.txt
    /tmp/import/bin/python -m scripts.import_simbench data/grids

Running it again writes the same bytes. What the import decides, and why, is in `data/grids/SOURCE.md`.
"""

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from offchain.errors import GridleafError, InputError
from offchain.grid.case import CASE_FILE, FORMAT, parse_case
from offchain.grid.data_files import write_checksums
from offchain.grid.profiles import PROFILES_FILE, QUARTERS_PER_DAY

CODES = ("1-MV-rural--0-sw", "1-MV-urban--0-sw")
WEEKS = ((date(2016, 1, 17), date(2016, 1, 24)), (date(2016, 7, 17), date(2016, 7, 24)))  # Sunday before, Monday-Sunday
YEAR_START = datetime(2016, 1, 1, tzinfo=timezone(timedelta(hours=1)))
QUARTER_HOUR = timedelta(minutes=15)
CARRIERS = {
    "Wind_MV": "wind",
    "PV_MV": "solar",
    "Biomass_MV": "biomass",
    "Hydro_MV": "hydro",
    "lv_RES": "rooftop_solar",
}
LINE_FIELDS = ("length_km", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "g_us_per_km", "parallel", "max_i_ka")
TRANSFORMER_FIELDS = (
    *("sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw", "i0_percent", "shift_degree"),
    *("tap_side", "tap_neutral", "tap_pos", "tap_step_percent"),
)
WHOLE_NUMBERS = {"parallel", "tap_neutral", "tap_pos"}


def import_grid(net: Any, code: str, directory: Path) -> None:
    """Write grid and profiles of the SimBench network `net` into `directory`.

    Raises:
        InputError: the network holds something the import has no rule for.

    """
    document = grid_document(net, code)
    case = document_bytes(document)
    parse_case(case, source=code)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / CASE_FILE).write_bytes(case)
    (directory / PROFILES_FILE).write_bytes(profile_table(net, document))
    write_checksums(directory, (CASE_FILE, PROFILES_FILE))


def grid_document(net: Any, code: str) -> dict[str, Any]:
    """Describe the network as the JSON document that `offchain.grid.case.parse_case` reads."""
    _refuse_unknown(net)
    node_of = joined_busbars(net)
    return {
        "format": FORMAT,
        "code": code,
        "frequency_hz": float(net.f_hz),
        "external_grid": _external_grid(net, node_of),
        "nodes": list(_nodes(net, node_of)),
        "lines": list(_lines(net, node_of)),
        "transformers": list(_transformers(net, node_of)),
        "loads": list(_injections(net.load, node_of)),
        "generators": list(_injections(net.sgen, node_of)),
    }


def document_bytes(document: dict[str, Any]) -> bytes:
    """Format a document with one element per line, so that a change shows as a readable diff."""
    parts = []
    for key, value in document.items():
        if isinstance(value, list):
            rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in value)
            parts.append(f'"{key}": [\n{rows}\n]')
        else:
            parts.append(f'"{key}": {json.dumps(value, ensure_ascii=False)}')
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def joined_busbars(net: Any) -> dict[int, int]:
    """Map each bus to its node: buses joined by closed couplers are one node, numbered by their lowest bus."""
    group = {int(bus): int(bus) for bus in net.bus.index}

    def lowest(bus: int) -> int:
        return bus if group[bus] == bus else lowest(group[bus])

    for bus, other in _rows(net.switch[(net.switch.et == "b") & net.switch.closed], "bus", "element"):
        first, second = sorted((lowest(int(bus)), lowest(int(other))))
        group[second] = first
    numbers = {bus: number for number, bus in enumerate(sorted({lowest(bus) for bus in group}))}
    return {bus: numbers[lowest(bus)] for bus in group}


def profile_table(net: Any, document: dict[str, Any]) -> bytes:
    """Write the profiles that the grid uses, at the days of `WEEKS`, as CSV: factors on the rated values."""
    rows = [row for first, last in WEEKS for row in range(_row(first), _row(last) + QUARTERS_PER_DAY)]
    _check_time_column(net.profiles["load"].time.to_list())
    loads = sorted({load["profile"] for load in document["loads"]})
    generators = sorted({generator["profile"] for generator in document["generators"]})
    _check_rooftop_profiles(net, document)
    columns: dict[str, npt.NDArray[np.float64]] = {}
    for name in loads:
        columns[f"load/{name}/p"] = net.profiles["load"][f"{name}_pload"].to_numpy()[rows]
        columns[f"load/{name}/q"] = net.profiles["load"][f"{name}_qload"].to_numpy()[rows]
    for name in generators:
        columns[f"generator/{name}/p"] = net.profiles["renewables"][name].to_numpy()[rows]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("time", *columns))
    for position, row in enumerate(rows):
        time = (YEAR_START + row * QUARTER_HOUR).isoformat(timespec="minutes")
        writer.writerow((time, *(repr(float(values[position])) for values in columns.values())))
    return text.getvalue().encode()


def _refuse_unknown(net: Any) -> None:
    """Refuse what the import has no rule for, instead of dropping it silently."""
    problems = [
        f"{len(net[table])} elements of {table}"
        for table in ("storage", "gen", "shunt", "ward", "xward", "trafo3w", "impedance", "dcline", "motor")
        if table in net and len(net[table])
    ]
    for table in ("bus", "line", "trafo", "load", "sgen", "ext_grid"):
        if not net[table].in_service.all():
            problems.append(f"elements of {table} out of service")
    if (net.load[["const_z_percent", "const_i_percent"]].to_numpy() != 0).any():
        problems.append("voltage-dependent loads")
    if (net.load.scaling != 1).any() or (net.sgen.scaling != 1).any():
        problems.append("scaled loads or generators")
    if (net.trafo.parallel != 1).any() or (net.trafo.tap_step_degree.fillna(0) != 0).any():
        problems.append("parallel or phase-shifting transformers")
    if len(net.ext_grid) != 1:
        problems.append(f"{len(net.ext_grid)} external grids")
    problems += [f"generator type {kind}" for kind in sorted(set(net.sgen.type) - set(CARRIERS))]
    if problems:
        raise InputError(f"no import rule for: {', '.join(problems)}")


def _nodes(net: Any, node_of: dict[int, int]) -> Iterator[dict[str, Any]]:
    seen: set[int] = set()
    for bus in sorted(node_of):
        if node_of[bus] in seen:
            continue
        seen.add(node_of[bus])
        longitude, latitude = json.loads(net.bus.at[bus, "geo"])["coordinates"]
        yield {
            "id": node_of[bus],
            "name": str(net.bus.at[bus, "name"]),
            "vn_kv": float(net.bus.at[bus, "vn_kv"]),
            "longitude": float(longitude),
            "latitude": float(latitude),
        }


def _lines(net: Any, node_of: dict[int, int]) -> Iterator[dict[str, Any]]:
    hanging = _open_ends(net, "l")
    for number, (line, row) in enumerate(net.line.sort_index().iterrows()):
        yield {
            "id": number,
            "name": str(row["name"]),
            "from_node": node_of[int(row.from_bus)],
            "to_node": node_of[int(row.to_bus)],
            "from_closed": (int(row.from_bus), line) not in hanging,
            "to_closed": (int(row.to_bus), line) not in hanging,
            **{field: _number(field, row[field]) for field in LINE_FIELDS},
        }


def _transformers(net: Any, node_of: dict[int, int]) -> Iterator[dict[str, Any]]:
    hanging = _open_ends(net, "t")
    for number, (transformer, row) in enumerate(net.trafo.sort_index().iterrows()):
        yield {
            "id": number,
            "name": str(row["name"]),
            "hv_node": node_of[int(row.hv_bus)],
            "lv_node": node_of[int(row.lv_bus)],
            "hv_closed": (int(row.hv_bus), transformer) not in hanging,
            "lv_closed": (int(row.lv_bus), transformer) not in hanging,
            **{field: _number(field, row[field]) for field in TRANSFORMER_FIELDS},
        }


def _external_grid(net: Any, node_of: dict[int, int]) -> dict[str, Any]:
    row = net.ext_grid.iloc[0]
    return {
        "name": str(row["name"]),
        "node": node_of[int(row.bus)],
        "vm_pu": float(row.vm_pu),
        "va_degree": float(row.va_degree),
    }


def _injections(table: Any, node_of: dict[int, int]) -> Iterator[dict[str, Any]]:
    """Describe the rows of the load table or, with their carrier, of the generator table."""
    for number, (_, row) in enumerate(table.sort_index().iterrows()):
        carrier = {"carrier": CARRIERS[row["type"]]} if row["type"] in CARRIERS else {}
        rating = {"p_mw": float(row.p_mw), "q_mvar": float(row.q_mvar), "profile": str(row.profile)}
        yield {"id": number, "name": str(row["name"]), "node": node_of[int(row.bus)], **carrier, **rating}


def _open_ends(net: Any, kind: str) -> set[tuple[int, int]]:
    """Return (bus, element) of each open switch at lines (kind l) or transformers (kind t)."""
    switches = net.switch[(net.switch.et == kind) & ~net.switch.closed]
    return {(int(bus), int(element)) for bus, element in _rows(switches, "bus", "element")}


def _rows(table: Any, *columns: str) -> Any:
    return table[list(columns)].itertuples(index=False)


def _number(field: str, value: Any) -> str | int | float:
    if isinstance(value, str):
        return value
    return int(value) if field in WHOLE_NUMBERS else float(value)


def _row(day: date) -> int:
    """Return the profile row of 00:00 UTC+1 of a day."""
    return (day - YEAR_START.date()).days * QUARTERS_PER_DAY


def _check_time_column(labels: list[str]) -> None:
    """Check that row i starts 15 i minutes after the year does: the labels are German local time, with summer time."""
    germany = ZoneInfo("Europe/Berlin")
    for row, label in enumerate(labels):
        local = (YEAR_START.astimezone(UTC) + row * QUARTER_HOUR).astimezone(germany)
        if f"{local:%d.%m.%Y %H:%M}" != label:
            raise InputError(f"profile row {row} is labelled {label}, expected {local:%d.%m.%Y %H:%M}")


def _check_rooftop_profiles(net: Any, document: dict[str, Any]) -> None:
    """Check that what the carrier table calls roof-top solar never produces at night (22:00 to 02:00 UTC+1)."""
    for name in sorted({g["profile"] for g in document["generators"] if g["carrier"] == "rooftop_solar"}):
        days = net.profiles["renewables"][name].to_numpy().reshape(-1, QUARTERS_PER_DAY)
        if days[:, :8].any() or days[:, 88:].any():
            raise InputError(f"profile {name} of low-voltage renewables produces at night, so it is not solar")


def main(arguments: list[str]) -> int:
    """Import all grids of `CODES` below the folder named by the only argument."""
    if len(arguments) != 1 or not re.fullmatch(r"[^-].*", arguments[0]):
        print("usage: python -m scripts.import_simbench FOLDER", file=sys.stderr)
        return InputError.exit_status
    import simbench  # noqa: PLC0415 - only the import itself needs this heavy package

    try:
        for code in CODES:
            import_grid(simbench.get_simbench_net(code), code, Path(arguments[0]) / code)
            print(f"wrote {Path(arguments[0]) / code}")
    except GridleafError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
