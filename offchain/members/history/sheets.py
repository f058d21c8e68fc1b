"""Day sheets with every revision, rebuilt from the events of DaySheets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offchain.index.records import IndexedEvent, Plain
from offchain.market_time import HOURS_PER_DAY
from offchain.members.sheet_words import unpack, unpack_signed

NOTHING = (0,) * HOURS_PER_DAY


@dataclass(frozen=True, kw_only=True)
class Revision:
    """What a meter said, or the operator for it, 24 hourly energies of each register [Wh]."""

    revision: int
    estimated: bool
    import_wh: tuple[int, ...]
    export_wh: tuple[int, ...]
    import_difference: tuple[int, ...]
    """From the revision that it replaced; nothing of a first one."""
    export_difference: tuple[int, ...]
    time: int
    """When it was accepted [s, unix]."""
    transaction: str


@dataclass(frozen=True, kw_only=True)
class SheetRecord:
    """A meter's market day."""

    meter: int
    day: int
    revisions: tuple[Revision, ...]
    """The present one last."""

    @property
    def present(self) -> Revision:
        """The revision that counts."""
        return self.revisions[-1]


def sheets_of(events: Iterable[IndexedEvent]) -> dict[tuple[int, int], SheetRecord]:
    """Every sheet by meter and day, from the contract's events in the order of the chain."""
    revisions: dict[tuple[int, int], tuple[Revision, ...]] = {}
    for event in events:
        if event.contract != "DaySheets" or event.name not in {"SheetAccepted", "SheetEstimated", "SheetCorrected"}:
            continue
        key = event.values["meter"], event.values["day"]
        earlier = revisions.get(key, ())
        revision = _corrected(earlier[-1], event) if event.name == "SheetCorrected" else _first(event)
        revisions[key] = (*earlier, revision)
    return {(meter, day): SheetRecord(meter=meter, day=day, revisions=r) for (meter, day), r in revisions.items()}


def sheet_rows(sheets: Mapping[tuple[int, int], SheetRecord]) -> list[dict[str, Plain]]:
    """One row per revision for an export, by meter, day and revision."""
    return [
        {
            "meter": sheet.meter,
            "day": sheet.day,
            "revision": revision.revision,
            "estimated": revision.estimated,
            "present": revision is sheet.present,
            "time": revision.time,
            "transaction": revision.transaction,
            "import_wh": list(revision.import_wh),
            "export_wh": list(revision.export_wh),
            "import_difference_wh": list(revision.import_difference),
            "export_difference_wh": list(revision.export_difference),
        }
        for _, sheet in sorted(sheets.items())
        for revision in sheet.revisions
    ]


def _first(event: IndexedEvent) -> Revision:
    return Revision(
        revision=event.values.get("revision", 0),
        estimated=event.name == "SheetEstimated",
        import_wh=unpack(event.values["importWh"]),
        export_wh=unpack(event.values["exportWh"]),
        import_difference=NOTHING,
        export_difference=NOTHING,
        time=event.time,
        transaction=event.transaction,
    )


def _corrected(old: Revision, event: IndexedEvent) -> Revision:
    imports = unpack_signed(event.values["importDifference"])
    exports = unpack_signed(event.values["exportDifference"])
    return Revision(
        revision=event.values["revision"],
        estimated=False,
        import_wh=_sum(old.import_wh, imports),
        export_wh=_sum(old.export_wh, exports),
        import_difference=imports,
        export_difference=exports,
        time=event.time,
        transaction=event.transaction,
    )


def _sum(wh: tuple[int, ...], differences: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(old + difference for old, difference in zip(wh, differences, strict=True))
