"""What `python -m offchain trace` does: one snapshot from JSON, or days of a grid from its profiles."""

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import typer
from joblib import parallel_config
from rich.console import Console
from rich.progress import track

from offchain.carbon.adapters.snapshot_json import TraceInput, load_trace_input
from offchain.carbon.factors import FACTOR_TABLE, generator_intensities, load_factors
from offchain.carbon.laws import check_trace
from offchain.carbon.long_run import trace_days
from offchain.carbon.picture import write_picture
from offchain.carbon.run_files import TableFormat, missing_days, open_run, write_day
from offchain.carbon.trace import Trace, trace
from offchain.errors import InputError
from offchain.grid.case import load_case
from offchain.grid.data_files import CHECKSUM_FILE
from offchain.grid.profiles import load_profiles

PICTURE_UNIT = "tCO2/MWh"


def trace_file(file: Path, *, picture: Path | None) -> None:
    """Trace one snapshot and print it as JSON."""
    given = load_trace_input(file)
    result = trace(given.snapshot, given.intensities)
    check_trace(given.snapshot, result, intensities=given.intensities)
    if picture is not None:
        write_picture(picture, result, coordinates=given.coordinates, unit=PICTURE_UNIT)
    typer.echo(json.dumps(trace_document(given, result), indent=1))


def trace_document(given: TraceInput, result: Trace) -> dict[str, Any]:
    """Lay a trace out as JSON: intensity [tCO2/MWh], null where no power flows; rates [tCO2/h]; powers [MW].

    A branch is written [from, to, rate at the sending end, rate at the receiving end] in the direction of its flow, and
    the difference is its loss; one that is fed from both ends has a negative rate at its receiving end.
    """
    snapshot = given.snapshot
    forward = (snapshot.p_from_mw >= snapshot.p_to_mw)[0]
    rate = result.branch_rate[0]
    generation, load, loss = (float(total[0]) for total in result.totals)
    return {
        "intensity": [float(v) if live else None for v, live in zip(result.intensity[0], result.live[0], strict=True)],
        "load_rate": result.load_rate[0].tolist(),
        "branch_rate": [
            [int(a), int(b), float(sent), 0.0 - float(received)]
            for a, b, (sent, received) in zip(
                np.where(forward, snapshot.from_node, snapshot.to_node),
                np.where(forward, snapshot.to_node, snapshot.from_node),
                np.where(forward[:, np.newaxis], rate, rate[:, ::-1]),
                strict=True,
            )
        ],
        "loss_rate": result.loss_rate[0].tolist(),
        "generator_loss_power": result.generator_loss_mw[0].tolist(),
        "generator_loss_rate": result.generator_loss_rate[0].tolist(),
        "totals": {"generation": generation, "load": load, "loss": loss},
    }


def trace_period(
    grid: Path, *, first: str, last: str, out: Path, kind: str, steps: int, country: str, jobs: int
) -> None:
    """Trace the days that the folder of the run does not hold yet, with a progress bar on stderr."""
    table_format, days = _format(kind), _days(first, last)
    case = load_case(grid)
    profiles = load_profiles(grid, case)
    unknown = [day for day in days if day not in profiles.days]
    if unknown:
        known = f"{len(profiles.days)} days from {profiles.days[0]} to {profiles.days[-1]}"
        raise InputError(f"no profile of {case.code} for {unknown[0]}; there are {known}")
    factors = load_factors(FACTOR_TABLE)
    intensities = generator_intensities(case, factors, country=country)
    facts = {
        "grid": case.code,
        "checksums": (grid / CHECKSUM_FILE).read_text("utf-8").splitlines(),
        "factors": factors.version,
        "country": country,
        "steps": steps,
        "format": table_format,
    }
    open_run(out, facts)
    left = missing_days(out, days, kind=table_format)
    with parallel_config(n_jobs=jobs):
        results = trace_days(case, profiles, days=left, intensities=intensities, steps=steps)
        for day, result in track(results, description=case.code, total=len(left), console=Console(file=sys.stderr)):
            write_day(out, day, result=result, kind=table_format)
    typer.echo(f"{len(left)} days traced, {len(days) - len(left)} were there: {out}")


def _format(kind: str) -> TableFormat:
    try:
        return TableFormat(kind)
    except ValueError as error:
        raise InputError(f"format {kind} is unknown; allowed are {', '.join(TableFormat)}") from error


def _days(first: str, last: str) -> list[date]:
    """List the days of a period."""
    ends = []
    for text in (first, last):
        try:
            ends.append(date.fromisoformat(text))
        except ValueError as error:
            raise InputError(f"date {text} is not a date; allowed is YYYY-MM-DD") from error
    if ends[0] > ends[1]:
        raise InputError(f"--from {first} is after --to {last}")
    return [ends[0] + timedelta(days=day) for day in range((ends[1] - ends[0]).days + 1)]
