"""The report of a trading day as one self-contained HTML page: no script, no request to anywhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from offchain.drawing.environment import environment
from offchain.files import write_atomically
from offchain.report.checks import Check
from offchain.report.export import as_json
from offchain.report.records import DayReport
from offchain.report.section import Chapter, Law, Piece, Slot

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, kw_only=True)
class FilledChapter:
    """A chapter and its pieces as markup, by slot."""

    chapter: Chapter
    slots: Mapping[str, tuple[Markup, ...]]


def render(report: DayReport) -> str:
    """Render the page as HTML text.

    Raises:
        ValueError: a piece or a law names a chapter that no section brings, or two chapters share a name.
    """
    chapters = _chapters(report)
    labels = {name: check for section in report.sections for name, check in section.checks.items()}

    def check(name: str) -> Markup:
        label = labels[name]
        return Markup('<span class="check {0}" title="{1}">{0}</span>').format(label, label.meaning)

    filler = environment(TEMPLATES, check=check)
    return filler.get_template("day.html.j2").render(
        report=report,
        laws=_laws(report, chapters),
        chapters=[_filled(chapter, report, filler=filler) for chapter in chapters.values()],
        legend=[label for label in Check if label in labels.values()],
    )


def write_report(report: DayReport, path: Path) -> None:
    """Render a report to a file, with its figures and its other files beside it.

    A reader sees the old page or the new one, never a part; the page is written last.
    """
    page, figures = render(report), as_json(report)
    for section in report.sections:
        for name, text in section.files.items():
            write_atomically(path.parent / name, text)
    write_atomically(path.with_name("day.json"), figures)
    write_atomically(path, page)


def _chapters(report: DayReport) -> dict[str, Chapter]:
    """All chapters by name, in the order of the page."""
    found = [chapter for section in report.sections for chapter in section.chapters]
    names = [chapter.name for chapter in found]
    used = {piece.chapter for section in report.sections for piece in section.pieces}
    used |= {law.chapter for section in report.sections for law in section.laws}
    if unknown := sorted(used - set(names)):
        raise ValueError(f"no section brings the chapter {', '.join(unknown)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"several chapters are called {', '.join(twice)}")
    return {chapter.name: chapter for chapter in sorted(found, key=lambda chapter: chapter.place)}


def _laws(report: DayReport, chapters: Iterable[str]) -> list[Law]:
    """Chapter by chapter, in the order of the sections."""
    laws = [law for section in report.sections for law in section.laws]
    return [law for name in chapters for law in laws if law.chapter == name]


def _filled(chapter: Chapter, report: DayReport, *, filler: Environment) -> FilledChapter:
    pieces = [piece for section in report.sections for piece in section.pieces if piece.chapter == chapter.name]
    return FilledChapter(
        chapter=chapter,
        slots={
            slot.name: tuple(
                _markup(piece, filler) for piece in sorted(pieces, key=lambda piece: piece.place) if piece.slot == slot
            )
            for slot in Slot
        },
    )


def _markup(piece: Piece, filler: Environment) -> Markup:
    template = filler.from_string(piece.template.read_text("utf-8"))
    return Markup(template.render(piece.values))  # noqa: S704  the environment escapes every value
