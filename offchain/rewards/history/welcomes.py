"""Welcome grants by device, rebuilt from the events of RewardPool."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from offchain.index.records import IndexedEvent, Plain, exact


@dataclass(frozen=True, kw_only=True)
class WelcomeRecord:
    """What a device earns for its owner with its first certified energy."""

    device: int
    member: int
    organisation: str
    """Salted hash of the organisation's code."""
    baseline_wh: int
    """Certified before."""
    ends_at: int
    """What is not claimed until then lapses [s, unix]."""
    paid: int
    """Credited so far [point-wei]."""


def welcomes_of(events: Iterable[IndexedEvent]) -> dict[int, WelcomeRecord]:
    """Every welcome grant by device, from the pool's events in the order of the chain."""
    welcomes: dict[int, WelcomeRecord] = {}
    for event in events:
        if event.contract != "RewardPool":
            continue
        if event.name == "WelcomeOpened":
            welcomes[event.values["device"]] = _opened(event.values)
        elif event.name == "WelcomeClaimed":
            welcome = welcomes[event.values["device"]]
            welcomes[welcome.device] = replace(welcome, paid=welcome.paid + event.values["granted"])
    return welcomes


def welcome_rows(welcomes: Mapping[int, WelcomeRecord]) -> list[dict[str, Plain]]:
    """One row per grant for an export, by device."""
    return [{**vars(welcome), "paid": exact(welcome.paid)} for _, welcome in sorted(welcomes.items())]


def _opened(values: Mapping[str, Plain]) -> WelcomeRecord:
    return WelcomeRecord(
        device=values["device"],
        member=values["member"],
        organisation=values["organisation"],
        baseline_wh=values["baselineWh"],
        ends_at=values["endsAt"],
        paid=0,
    )
