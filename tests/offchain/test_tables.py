"""The tables of engines, solvers, ladders and rulebooks: their rows decide, nobody asks which row it has."""

import ast

import pytest

from offchain.auction import ladder
from offchain.chain.engines import table as engines
from offchain.files import PROJECT
from offchain.grid.solvers import table as solvers
from offchain.market import rulebooks

TABLES = {
    "engines": (engines, engines.ENGINES),
    "solvers": (solvers, solvers.SOLVERS),
    "ladders": (ladder, ladder.LADDERS),
    "rulebooks": (rulebooks, rulebooks.RULEBOOKS),
}


def rows(module, table):
    """What the rows are called where they are defined, and in the table."""
    known = list(table.values())
    return {name for name, value in vars(module).items() if any(value is row for row in known)}, set(table)


def asked(source, constants, names):
    """The lines that compare with a row, or a name with that of a row."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
            labels = {part.id if isinstance(part, ast.Name) else getattr(part, "attr", None) for part in parts}
            texts = {part.value for part in parts if isinstance(part, ast.Constant)}
            if labels & constants or ("name" in labels and texts & names):
                lines.append(node.lineno)
    return lines


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_found_by_its_own_name(name):
    module, table = TABLES[name]
    constants, names = rows(module, table)
    assert len(constants) >= len(table) == len(names)
    assert [row.name for row in table.values()] == list(table)


@pytest.mark.parametrize("name", TABLES)
def test_nobody_asks_which_row_it_has(name):
    """Of the modules that know the table."""
    module, table = TABLES[name]
    constants, names = rows(module, table)
    files = [file for top in ("offchain", "scripts") for file in sorted((PROJECT / top).rglob("*.py"))]
    sources = {str(file): file.read_text() for file in files}
    known = {file: text for file, text in sources.items() if module.__name__ in text or file == module.__file__}
    assert len(known) > 1
    found = {file: asked(text, constants, names) for file, text in known.items()}
    assert {file: lines for file, lines in found.items() if lines} == {}


def test_a_question_is_seen_however_it_is_asked():
    questions = ["book is PAPER", "rulebooks.PAPER == book", 'book.name == "paper"']
    others = ['kind == "paper"', "book is other", "settle(PAPER)"]
    assert [asked(text, {"PAPER"}, {"paper"}) for text in questions + others] == [[1]] * 3 + [[]] * 3
