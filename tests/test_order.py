"""The order of packages: left knows nothing of right, on both sides of the chain, and no file is in a circle."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from offchain.files import PROJECT

PYTHON = [
    "errors",
    "units",
    "files",
    "market_time",
    "merkle",
    "grid",
    "chain",
    "index",
    "drawing",
    "anchoring",
    "privacy",
    "carbon",
    "members",
    "points",
    "certificates",
    "rewards",
    "quotas",
    "auction",
    "market",
    "computing",
    "consensus",
    "park",
    "lots",
    "regions",
    "statements",
    "explorer",
    "report",
    "day",
    "commands",
    "services",
    "deployment",
    "benchmarks",
    "papers",
    "scripts",
]
"""`offchain` and what stands on it; a module knows those before its own package, and its own."""

CONTRACTS = (
    ("libraries",),
    ("anchoring", "privacy"),
    ("members",),
    ("points",),
    ("carbon", "certificates", "market", "auction"),
    ("quotas", "rewards"),
    ("computing", "committee", "park"),
)
"""Folders of `contracts/` and `interfaces/`; those side by side know nothing of each other."""

TOP = ("deployment", "benchmarks", "papers", "scripts")


def package_of(module: str) -> str:
    """The package of the order to which a module belongs."""
    first, *rest = module.split(".")
    return rest[0] if first == "offchain" and rest else first


def imports(tree: ast.AST) -> Iterator[str]:
    """What a module imports anywhere in it; `from offchain.day import plan` counts as offchain.day."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            yield from ([f"offchain.{alias.name}" for alias in node.names] if module == "offchain" else [module])


def modules() -> dict[str, Path]:
    """Every module that has a place in the order, by its dotted name."""
    found = {}
    for top in ("offchain", *TOP):
        for file in sorted((PROJECT / top).rglob("*.py")):
            name = ".".join(file.relative_to(PROJECT).with_suffix("").parts)
            if name not in {"offchain.__init__", "offchain.__main__"}:
                found[name] = file
    return found


def sources() -> dict[Path, tuple[Path, ...]]:
    """Every source file of the contracts and what it imports of the others."""
    files = [*(PROJECT / "contracts").rglob("*.sol"), *(PROJECT / "interfaces").rglob("*.sol")]
    return {
        file: tuple(
            (file.parent / path).resolve()
            for path in re.findall(r'^import .*?"(\.[^"]+)";', file.read_text(), re.MULTILINE | re.DOTALL)
        )
        for file in files
    }


def folder_of(source: Path) -> str:
    return source.relative_to(PROJECT).parts[1]


def circle(edges: Mapping[Path, tuple[Path, ...]]) -> list[Path]:
    """One circle of files, empty if there is none."""
    done: set[Path] = set()

    def walk(file: Path, path: list[Path]) -> list[Path]:
        if file in path:
            return [*path[path.index(file) :], file]
        if file in done:
            return []
        for target in edges[file]:
            if found := walk(target, [*path, file]):
                return found
        done.add(file)
        return []

    return next((found for file in sorted(edges) if (found := walk(file, []))), [])


def test_every_package_has_a_place():
    assert {package_of(name) for name in modules()} <= set(PYTHON)
    assert {folder_of(file) for file in sources()} <= {name for rank in CONTRACTS for name in rank}


def test_imports_go_left():
    place = {name: number for number, name in enumerate(PYTHON)}
    wrong = []
    for name, file in modules().items():
        own = package_of(name)
        for target in imports(ast.parse(file.read_text())):
            other = package_of(target)
            if target.split(".")[0] in {"offchain", *TOP} and other != own and place[other] > place[own]:
                wrong.append(f"{name} imports {target}")
    assert wrong == []


def test_contracts_know_only_what_stands_before_them():
    place = {name: number for number, rank in enumerate(CONTRACTS) for name in rank}
    wrong = [
        f"{file.name} ({folder_of(file)}) imports {target.name} ({folder_of(target)})"
        for file, targets in sources().items()
        for target in targets
        if folder_of(target) != folder_of(file) and place[folder_of(target)] >= place[folder_of(file)]
    ]
    assert wrong == []


def test_no_contract_source_is_in_a_circle():
    assert [file.name for file in circle(sources())] == []


def test_a_circle_is_found():
    a, b, c = Path("a"), Path("b"), Path("c")
    assert circle({a: (b,), b: (c,), c: (b,)}) == [b, c, b]
    assert circle({a: (b, c), b: (c,), c: ()}) == []


@pytest.mark.parametrize("root", ["contracts", "interfaces"])
def test_every_folder_of_sources_is_a_subject(root):
    loose = [file.name for file in (PROJECT / root).glob("*.sol")]
    assert loose == []


def test_a_deployed_contract_lies_at_the_top_of_its_subject():
    """Layers, words and libraries lie below, and a folder's top holds nothing else."""
    for file in (PROJECT / "contracts").rglob("*.sol"):
        subject, *below = file.relative_to(PROJECT / "contracts").parent.parts
        deployed = re.search(rf"^contract {file.stem}\b", file.read_text(), re.MULTILINE) is not None
        expected = [] if deployed or subject == "libraries" else ["parts", "types", "lib"]
        assert (below == []) == (expected == []), file
        assert set(below) <= set(expected), file


def test_no_module_only_passes_on_what_others_define():
    """An old path stays nowhere as a module of imports."""
    hollow = []
    for name, file in modules().items():
        body = [n for n in ast.parse(file.read_text()).body if not (isinstance(n, ast.Expr))]
        if body and all(isinstance(n, ast.Import | ast.ImportFrom) for n in body):
            hollow.append(name)
    assert hollow == []


def test_models_import_nothing_of_the_product():
    for file in (PROJECT / "tests" / "models").glob("*.py"):
        products = {name.split(".")[0] for name in imports(ast.parse(file.read_text()))}
        assert not products & {"offchain", "brownie", *TOP}, file
        others = {name for name in imports(ast.parse(file.read_text())) if name.startswith("tests")}
        assert all(name.startswith("tests.models") for name in others), (file, others)
