"""Rows as CSV or JSON. Amounts of point-wei and all values of events are decimal text, in both."""

import csv
import io
import json
from collections.abc import Sequence
from enum import StrEnum

from offchain.index.records import Change, Plain, exact

Row = dict[str, Plain]


class Format(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSON = "json"


def change_row(change: Change) -> Row:
    """A change for an export."""
    event = change.event
    return {
        "cursor": change.cursor,
        "removed": change.removed,
        "contract": event.contract,
        "address": event.address,
        "event": event.name,
        "block": event.block,
        "block_hash": event.block_hash,
        "time": event.time,
        "transaction": event.transaction,
        "log_index": event.index,
        "values": exact(event.values),
    }


def written(rows: Sequence[Row], form: Format) -> str:
    """The rows as one text; CSV has a header unless there are no rows, and lists and structs as JSON."""
    if form is Format.JSON:
        return json.dumps(rows, indent=1) + "\n"
    output = io.StringIO()
    if rows:
        table = csv.DictWriter(output, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return output.getvalue()


def _cell(value: Plain) -> Plain:
    if value is None:
        return ""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, bool | list | dict) else value
