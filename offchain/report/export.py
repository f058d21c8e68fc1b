"""A report's figures as JSON, for programs and for comparing two runs."""

import json
from dataclasses import asdict
from datetime import date

from offchain.report.records import DayReport


def as_json(report: DayReport) -> str:
    """Every figure of the report; units as in `records.py` and `auction_records.py`.

    Durations are left out: all else repeats exactly. So is the drawing of the merit order.
    """
    document = asdict(report)
    del document["run"]["stages"], document["auction"]["picture"]
    return json.dumps(document, indent=1, default=_plain) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not part of a report")
