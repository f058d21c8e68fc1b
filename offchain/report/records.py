"""A report of a trading day: when and where it was run, and what every subject shows of it."""

from dataclasses import dataclass
from datetime import date

from offchain.report.section import Section


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What the run was made from."""

    date: date
    seed: int
    utc_offset_hours: int


@dataclass(frozen=True, kw_only=True)
class DayReport:
    """Everything on the page and beside it."""

    run: RunFacts
    regions: tuple[str, ...]
    """By name, in their order."""
    chains: int
    sections: tuple[Section, ...]
    """Laws, figures and files stand in their order."""
