"""The files of a long run: one per table and day, so that an interrupted run goes on where it stopped.

    FOLDER/run.json                    what the run is made from
    FOLDER/nodes/2016-07-18.parquet    time, node, intensity
    FOLDER/loads/...                   time, load, power, rate
    FOLDER/generators/...              time, generator, power, rate, and its part of the network losses
    FOLDER/branches/...                time, branch, rate at both ends and of the loss
    FOLDER/totals/...                  time, rates of generation, loads and losses

A day's `totals` are written last: where they are, the day is complete. Power in MW, intensity in gCO2e/kWh, rates in
kgCO2e/h; times are the start of a step in the market's UTC+1.
"""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from offchain.carbon.long_run import DayTrace
from offchain.errors import InputError
from offchain.files import write_atomically

RUN_FILE = "run.json"
LAST_TABLE = "totals"
UTC_OFFSET_HOURS = 1
MINUTES_PER_DAY = 1440


class TableFormat(StrEnum):
    """How tables are written."""

    PARQUET = "parquet"
    CSV = "csv"


def open_run(folder: Path, facts: Mapping[str, Any]) -> None:
    """Start a run in a folder, or go on with the one that is there.

    Raises:
        InputError: the folder holds a run made from something else, or something else than a run.

    """
    file = folder / RUN_FILE
    text = json.dumps(facts, indent=1, sort_keys=True) + "\n"
    if file.exists():
        if file.read_text("utf-8") != text:
            raise InputError(f"{folder} holds a run made from other data or options; choose another folder with --out")
        return
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty and holds no run; choose another folder with --out")
    write_atomically(file, text)


def missing_days(folder: Path, days: Sequence[date], *, kind: TableFormat) -> tuple[date, ...]:
    """Return the days that are not complete yet."""
    return tuple(day for day in days if not _file(folder, LAST_TABLE, day, kind).exists())


def write_day(folder: Path, day: date, *, result: DayTrace, kind: TableFormat) -> None:
    """Write the tables of a day, `totals` last, each whole or not at all."""
    tables = day_tables(day, result)
    for name in sorted(tables, key=lambda name: name == LAST_TABLE):
        sink = io.BytesIO()
        if kind is TableFormat.PARQUET:
            pyarrow.parquet.write_table(tables[name], sink)
        else:
            pyarrow.csv.write_csv(tables[name], sink)
        write_atomically(_file(folder, name, day, kind), sink.getvalue())


def day_tables(day: date, result: DayTrace) -> dict[str, pa.Table]:
    """Lay a day out as tables: one row per step and element, steps first."""
    steps = len(result.intensity)
    minutes = MINUTES_PER_DAY // steps
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=UTC_OFFSET_HOURS)
    times = [start + timedelta(minutes=minutes * step) for step in range(steps)]
    stamps = pa.array(times, type=pa.timestamp("s", tz=f"+{UTC_OFFSET_HOURS:02d}:00"))

    def table(element: str, **columns: Any) -> pa.Table:
        count = next(iter(columns.values())).shape[1]
        rows = np.repeat(np.arange(steps), count)
        ids = np.tile(np.arange(count, dtype=np.int32), steps)
        values = {name: pa.array(column.ravel(), from_pandas=True) for name, column in columns.items()}
        return pa.table({"time": stamps.take(pa.array(rows)), element: ids, **values})

    losses = result.branch_rate.sum(axis=2)
    return {
        "nodes": table("node", intensity=result.intensity),
        "loads": table("load", power=result.load_mw, rate=result.load_rate),
        "generators": table(
            "generator",
            power=result.generation_mw,
            rate=result.generation_rate,
            loss_power=result.generator_loss_mw,
            loss_rate=result.generator_loss_rate,
        ),
        "branches": table(
            "branch", from_rate=result.branch_rate[:, :, 0], to_rate=result.branch_rate[:, :, 1], loss_rate=losses
        ),
        LAST_TABLE: pa.table(
            {
                "time": stamps,
                "generation_rate": result.generation_rate.sum(axis=1),
                "load_rate": result.load_rate.sum(axis=1),
                "loss_rate": losses.sum(axis=1),
            }
        ),
    }


def _file(folder: Path, table: str, day: date, kind: TableFormat) -> Path:
    return folder / table / f"{day}.{kind}"
