"""A card in the chapter of every region."""

from collections.abc import Mapping
from pathlib import Path

from offchain.day.driver.evidence import Evidence
from offchain.report.checks import Check
from offchain.report.section import Piece, Section, Slot

CARD = Path(__file__).with_name("greetings.html.j2")


def section(_: Evidence, findings: Mapping[str, tuple[str, int]]) -> Section:
    return Section(
        pieces=tuple(
            Piece(chapter=name, slot=Slot.CARD, place=130, template=CARD, values={"words": words, "admin": admin})
            for name, (words, admin) in findings.items()
        ),
        checks={"greetings": Check.AGREED},
        regional={name: {"greetings": words} for name, (words, _) in findings.items()},
    )
