"""Every custom error of the contracts is named by a test that meets it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from offchain.files import PROJECT


def declared() -> set[str]:
    """The custom errors of contracts and interfaces."""
    files = [file for root in ("contracts", "interfaces") for file in (PROJECT / root).rglob("*.sol")]
    return {name for file in files for name in re.findall(r"^ *error (\w+)\(", file.read_text(), re.MULTILINE)}


def words(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def named(tree: ast.AST) -> set[str]:
    """What `reverts` is asked for; where that is a variable, every word of the function, its parameters included."""
    found: set[str] = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "reverts":
                error = call.args[0]
                found |= {error.value} if isinstance(error, ast.Constant) else set(words(function))
    return found


def test_every_error_is_met_by_a_test():
    files: list[Path] = sorted((PROJECT / "tests" / "contracts").rglob("test_*.py"))
    met = {name for file in files for name in named(ast.parse(file.read_text()))}
    assert sorted(declared() - met) == []


def test_a_word_outside_of_reverts_names_nothing():
    tree = ast.parse(
        "@cases('By_Parameter')\n"
        "def test_one(error):\n    with reverts(error): pass\n"
        "def test_two():\n    with reverts('By_Name', 1): pass\n    x = 'Beside'\n"
        "def test_three():\n    x = 'Elsewhere'\n"
    )
    assert named(tree) == {"By_Parameter", "By_Name"}
