"""A report's figures as JSON, for programs and for comparing two runs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import Any

from offchain.report.records import DayReport


def as_json(report: DayReport) -> str:
    """Every figure of the report; units as in the records of its subjects.

    Durations and drawings are left out: all else repeats exactly.
    """
    document: dict[str, Any] = {"run": report.run, "regions": [_region(report, name) for name in report.regions]}
    for section in report.sections:
        document = _joined(document, section.figures)
    return json.dumps(document, indent=1, default=_plain) + "\n"


def _region(report: DayReport, name: str) -> dict[str, Any]:
    figures: dict[str, Any] = {"name": name}
    for section in report.sections:
        figures = _joined(figures, section.regional.get(name, {}))
    return figures


def _joined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables in one, and so with the tables under a key of both."""
    both = {key: _joined(first[key], second[key]) for key in second if isinstance(first.get(key), Mapping)}
    return {**first, **second, **both}


def _plain(value: object) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} is not part of a report")
