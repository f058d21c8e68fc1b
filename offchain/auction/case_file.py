"""Reading an auction case from JSON; every problem of the file is reported at once."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from offchain.auction.case import AuctionCase, CaseOrder
from offchain.auction.network import Line, islands
from offchain.auction.orders import MAX_INTENSITY, MAX_LINES, MAX_NODES, MAX_ORDERS, MAX_POWER, MAX_PRICE
from offchain.auction.scales import GRAMS_PER_KWH
from offchain.errors import InputError
from offchain.units import WATTS_PER_MEGAWATT

LARGEST_MW = MAX_POWER / WATTS_PER_MEGAWATT
LARGEST_PRICE = MAX_PRICE / 10
"""[per MWh]; a tick is 0.1."""
SHOWN = 20


def read_case(file: Path) -> AuctionCase:
    """Read and check a case.

    Raises:
        InputError: the file cannot be read, is no JSON, or breaks a rule; names every broken rule.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{file} is not JSON: {error}") from error
    return parse_case(content)


def parse_case(content: object) -> AuctionCase:
    """Check a case as `json.loads` gives it, and build it.

    Raises:
        InputError: names every rule that the content breaks.
    """
    problems = list(_problems(content))
    if problems:
        more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise InputError("; ".join(problems[:SHOWN]) + more)
    data: dict[str, Any] = content  # type: ignore[assignment]  # what _problems has checked
    buses = tuple(data["network"]["buses"])
    orders = [_order(entry, buses, kind=entry["type"], price="quote") for entry in data["generators"]]
    orders += [_order(entry, buses, kind="load", price="bid") for entry in data["loads"]]
    return AuctionCase(
        buses=buses,
        lines=_lines(data["network"]["lines"], buses),
        orders=tuple(orders),
        profiles=tuple((kind, tuple(map(float, factors))) for kind, factors in data.get("profiles", {}).items()),
    )


def _order(entry: dict[str, Any], buses: tuple[str, ...], *, kind: str, price: str) -> CaseOrder:
    return CaseOrder(
        name=entry["id"],
        bus=buses.index(entry["region"]),
        kind=kind,
        pmin_mw=float(entry.get("pmin", 0)),
        pmax_mw=float(entry["pmax"]),
        price=float(entry[price]),
        intensity=float(entry.get("intensity", 0)),
    )


def _lines(entries: list[dict[str, Any]], buses: tuple[str, ...]) -> tuple[Line, ...]:
    """Lines, each named by its two buses; a second line of the same name gets #2, and so on."""
    lines: list[Line] = []
    taken: set[str] = set()
    for entry in entries:
        base = name = f"{entry['frm']}{entry['to']}"
        number = 1
        while name in taken:
            number += 1
            name = f"{base}#{number}"
        taken.add(name)
        limit = entry.get("limit_MW")
        lines.append(
            Line(
                name=name,
                first=buses.index(entry["frm"]),
                second=buses.index(entry["to"]),
                x_pu=float(entry["x_pu"]),
                limit_mw=None if limit is None else float(limit),
            )
        )
    return tuple(lines)


def _problems(content: object) -> Iterator[str]:
    """Every problem of a case; the rules of a table need the table itself to be there."""
    if not isinstance(content, dict):
        yield "the case must be a JSON object"
        return
    network = content.get("network")
    buses = network.get("buses") if isinstance(network, dict) else None
    if not isinstance(buses, list) or not all(isinstance(bus, str) and bus for bus in buses):
        yield "network.buses must be a list of names"
        buses = []
    elif len(set(buses)) != len(buses) or not 1 <= len(buses) <= MAX_NODES:
        yield f"network.buses must be 1 to {MAX_NODES} different names"
    lines = network.get("lines") if isinstance(network, dict) else None
    yield from _line_problems(lines, buses)
    for table, price in (("generators", "quote"), ("loads", "bid")):
        yield from _order_problems(content.get(table), buses, table=table, price=price)
    entries = [e for t in ("generators", "loads") for e in (content.get(t) or []) if isinstance(e, dict)]
    names = [str(entry["id"]) for entry in entries if isinstance(entry.get("id"), str)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        yield f"ids must be different: {', '.join(repeated)}"
    if len(entries) > MAX_ORDERS:
        yield f"{len(entries)} generators and loads, at most {MAX_ORDERS}"
    yield from _profile_problems(content.get("profiles", {}))


def _line_problems(lines: object, buses: list[str]) -> Iterator[str]:
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        yield "network.lines must be a list of objects"
        return
    limited = 0
    sound = True
    for position, line in enumerate(lines):
        ends = line.get("frm"), line.get("to")
        if ends[0] not in buses or ends[1] not in buses or ends[0] == ends[1]:
            yield f"line {position}: frm and to must be two of the buses"
            sound = False
        if not _number(line.get("x_pu")) or line["x_pu"] <= 0:
            yield f"line {position}: x_pu must be a positive number"
        limit = line.get("limit_MW")
        if limit is not None and not (_number(limit) and 0 <= limit <= LARGEST_MW):
            yield f"line {position}: limit_MW must be null or 0 to {LARGEST_MW:.0f}"
        limited += limit is not None
    if sound and buses:
        ends_only = [
            Line(name="", first=buses.index(e["frm"]), second=buses.index(e["to"]), x_pu=1, limit_mw=None)
            for e in lines
        ]
        limited += len(islands(len(buses), ends_only)) - 1
    if limited > MAX_LINES:
        yield f"network: {limited} limited lines and islands, at most {MAX_LINES}"


def _order_problems(entries: object, buses: list[str], *, table: str, price: str) -> Iterator[str]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        yield f"{table} must be a list of objects"
        return
    for position, entry in enumerate(entries):
        who = f"{table} {entry['id']}" if isinstance(entry.get("id"), str) else f"{table}[{position}]"
        if not isinstance(entry.get("id"), str) or not entry["id"]:
            yield f"{who}: id must be a name"
        if entry.get("region") not in buses:
            yield f"{who}: region must be one of the buses"
        low, high = entry.get("pmin", 0), entry.get("pmax")
        if not (_number(low) and _number(high) and 0 <= low <= high <= LARGEST_MW):
            yield f"{who}: needs 0 <= pmin <= pmax <= {LARGEST_MW:.0f} MW"
        if not _number(entry.get(price)) or abs(entry[price]) > LARGEST_PRICE:
            yield f"{who}: {price} must be a number from {-LARGEST_PRICE:.0f} to {LARGEST_PRICE:.0f} per MWh"
        if table == "loads":
            continue
        if not isinstance(entry.get("type"), str) or entry["type"] in ("", "load"):
            yield f"{who}: type must be a name other than load"
        top = MAX_INTENSITY / GRAMS_PER_KWH
        if not _number(entry.get("intensity")) or not 0 <= entry["intensity"] <= top:
            yield f"{who}: intensity must be a number from 0 to {top} t/MWh"


def _profile_problems(profiles: object) -> Iterator[str]:
    if not isinstance(profiles, dict):
        yield "profiles must be an object"
        return
    for kind, factors in profiles.items():
        if not isinstance(factors, list) or not factors or not all(_number(f) and 0 <= f <= 1 for f in factors):
            yield f"profile {kind} must be a list of numbers from 0 to 1"


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
