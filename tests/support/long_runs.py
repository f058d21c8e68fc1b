"""How much the long randomised runs try: a part with a fixed seed on every push, all of it with new seeds at night.

`PROFILE=nightly` chooses the night.
"""

import os
from dataclasses import dataclass
from typing import Any, Final

PROFILE: Final = os.environ.get("PROFILE", "push")


@dataclass(frozen=True, kw_only=True)
class Run:
    """How many examples a run tries."""

    push: int
    nightly: int


RUNS: Final = {
    "certificates machine": Run(push=12, nightly=120),
    "market machine": Run(push=6, nightly=60),
    "members machine": Run(push=20, nightly=200),
    "points machine": Run(push=20, nightly=200),
    "quota machine": Run(push=5, nightly=50),
    "market days": Run(push=400, nightly=4_000),
    "market orders": Run(push=60, nightly=600),
}
"""Histories of a machine; random days of a rulebook; days whose order of calls is changed."""


def examples(name: str) -> int:
    """How many examples the run tries in this profile."""
    return getattr(RUNS[name], PROFILE)


def settings_of(name: str) -> dict[str, Any]:
    """Hypothesis' settings of the run: how many examples, and whether they are always the same."""
    return {"max_examples": examples(name), "derandomize": PROFILE == "push"}
