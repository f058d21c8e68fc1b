"""What the documents name exists: every path, every symbol, every link."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from offchain.commands.app import COMMANDS
from offchain.files import PROJECT

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
SOURCES = ("contracts", "interfaces", "offchain", "deployment", "scripts", "tests", "benchmarks", "toolchain", "papers")
SUFFIXES = (
    ".py",
    ".sol",
    ".md",
    ".json",
    ".toml",
    ".yaml",
    ".yml",
    ".j2",
    ".csv",
    ".txt",
    ".in",
    ".cjs",
    ".svg",
    ".png",
)
WRITTEN_BY_RUNS = (
    "reports/",
    "chains/",
    "deployments/",
    "build/",
    ".venv/",
    "node_modules/",
    "day.json",
    "outcome.json",
)
CHANGES = "CHANGELOG.md"  # tells what was, under the names of its time
WORD = re.compile(r"[A-Za-z_]\w*")
SYMBOL = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?")
FORMULA_WORDS = {"true", "false", "null", "none"}


def named(document: Path) -> Iterator[str]:
    """What stands between single backticks, outside of code blocks."""
    text = re.sub(r"^```.*?^```|^    .*?$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    for found in re.findall(r"`([^`\n]+)`", text):
        yield from (part.strip() for part in re.split(r",\s+|\s+/\s+", found))


def is_path(text: str) -> bool:
    return bool(re.fullmatch(r"[\w.<>*/-]+", text)) and (text.endswith(SUFFIXES) or text.endswith("/") or "/" in text)


@cache
def words() -> frozenset[str]:
    """Every word of every source, and the names of files."""
    found: set[str] = set()
    for root in SOURCES:
        for file in (PROJECT / root).rglob("*"):
            if file.suffix in {".py", ".sol", ".j2", ".cjs", ".json", ".toml"} and "vectors" not in file.parts:
                found |= set(WORD.findall(file.read_text())) | {file.stem}
    for file in ("Makefile", "pyproject.toml", "brownie-config.yaml", "package.json"):
        found |= set(WORD.findall((PROJECT / file).read_text()))
    return frozenset(found)


@cache
def files() -> frozenset[str]:
    """Every file of the project by its path, and by its name alone."""
    ignored = {".venv", "node_modules", "build", ".git", "chains", "reports", "deployments"}
    found = [f.relative_to(PROJECT) for f in PROJECT.rglob("*") if not ignored & set(f.relative_to(PROJECT).parts)]
    return frozenset({str(path) for path in found} | {path.name for path in found})


def is_known(path: str) -> bool:
    """By its path from the project's folder, or by its name alone; <chain> and * stand for anything."""
    if path.startswith(WRITTEN_BY_RUNS) or path.removesuffix("/") in {r.removesuffix("/") for r in WRITTEN_BY_RUNS}:
        return True
    pattern = re.compile(re.sub(r"<\w+>|\\\*", r"[^/]*", re.escape(path.removesuffix("/")).replace(r"<", "<")))
    return any(pattern.fullmatch(file) for file in files())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_exists(document: Path):
    if document.name == CHANGES:
        return
    paths = {text.partition(":")[0] for text in named(document) if is_path(text.partition(":")[0])}
    assert {path for path in paths if not is_known(path)} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_symbol_exists(document: Path):
    if document.name == CHANGES:
        return
    symbols = set()
    for text in named(document):
        path, _, behind = text.partition(": ")
        symbol = behind if behind and is_path(path) else text
        if SYMBOL.fullmatch(symbol) and not is_path(symbol):
            symbols.add(symbol.removesuffix("()"))
    unknown = {symbol for symbol in symbols if set(symbol.split(".")) - words() - FORMULA_WORDS}
    assert unknown == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text())
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_a_wrong_name_is_found(tmp_path: Path):
    """The test can fail: names that nobody has are neither files nor words."""
    assert not is_known("offchain/nowhere/nothing.py")
    assert "a_symbol_of_" + "nobody" not in words()
    document = tmp_path / "d.md"
    document.write_text("`offchain/units.py: watts`, `a b`, `x`\n\n    `indented`\n")
    assert list(named(document)) == ["offchain/units.py: watts", "a b", "x"]


def test_the_readme_names_every_subject_of_the_contracts_and_every_command():
    text = (PROJECT / "README.md").read_text()
    (row,) = re.findall(r"^\| `contracts/` \| (.+) \|$", text, re.MULTILINE)
    folders = {folder.name for folder in (PROJECT / "contracts").iterdir() if folder.is_dir()}
    assert set(re.findall(r"`(\w+)`", row)) == folders
    (commands,) = re.findall(r"# commands without Brownie: (.+)$", text, re.MULTILINE)
    assert commands.split(", ") == [name for name, _ in COMMANDS]


def test_every_document_is_linked_from_the_readme():
    readme = (PROJECT / "README.md").read_text()
    assert [path.name for path in (PROJECT / "docs").glob("*.md") if f"docs/{path.name}" not in readme] == []
