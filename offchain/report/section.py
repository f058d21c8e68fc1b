"""What a subject brings to a report: chapters, pieces of chapters, laws, labels, figures for programs, files.

The report knows no subject. A piece is a template that lies beside the code that fills it; it can use the filters of
`offchain/drawing/environment.py` and `check("name")`, which draws the label of that name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from offchain.report.checks import Check


class Slot(IntEnum):
    """Where in a chapter a piece stands."""

    TILES = 1
    """Large figures in a row."""
    PICTURE = 2
    """Over the whole width, before the cards."""
    CARD = 3
    """In columns."""
    LATER_CARD = 4
    """In columns that begin anew below the cards."""
    WIDE = 5
    """Over the whole width, after the cards."""
    DETAILS = 6
    """To be opened, in a last card of the chapter."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a chapter."""

    chapter: str
    """The chapter's name."""
    slot: Slot
    place: int
    """Within its slot: lower numbers come first."""
    template: Path
    values: Mapping[str, Any]
    """For the template, by name."""


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """A heading of the page, with an entry in its list of sections."""

    name: str
    """By which pieces and laws call it."""
    anchor: str
    link: str
    """Its entry in the list."""
    title: str
    place: int
    """On the page: lower numbers come first."""
    note: str = ""
    """Beside the title."""
    css: str = ""
    """A class of its heading."""


@dataclass(frozen=True, kw_only=True)
class Law:
    """A conservation law on a chapter's figures: what it leaves over, and how much it may."""

    chapter: str
    law: str
    residual: str
    allowed: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Section:
    """What a subject shows."""

    chapters: tuple[Chapter, ...] = ()
    pieces: tuple[Piece, ...] = ()
    laws: tuple[Law, ...] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    """How each kind of figure is checked, by the names that the pieces use."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """For programs, by key."""
    regional: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """For programs: by region, then by key; what has the same key as another section's is put together."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Texts beside the page, by path."""
