"""Lanes of tests, each with what it needs; the folder or the fixtures of a test say which is its own."""

from pathlib import Path
from typing import Final

import pytest

LANES: Final = {
    "unit": "needs Python alone",
    "contracts": "needs the compiled contracts, on Brownie's chain or in this process",
    "chain": "starts chains of its own",
    "day": "runs whole days",
}
FOLDERS: Final = {"contracts": "contracts", "integration": "day"}
"""Folder below tests/ -> lane of its tests, if they carry no mark of their own."""


def mark(item: pytest.Item) -> None:
    """Give a test the mark of its lane."""
    if not any(item.get_closest_marker(lane) for lane in LANES):
        item.add_marker(_lane(item))


def lane_of(item: pytest.Item) -> str:
    """The lane of a marked test."""
    [lane] = [lane for lane in LANES if item.get_closest_marker(lane)]
    return lane


def _lane(item: pytest.Item) -> str:
    if "anvil" in getattr(item, "fixturenames", ()):
        return "chain"
    return FOLDERS.get(item.path.relative_to(Path(__file__).parent.parent).parts[0], "unit")
