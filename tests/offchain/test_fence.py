"""Only offchain/chain speaks to chains, and nothing in offchain or deployment stands on Brownie."""

import ast

import pytest

from offchain.files import PROJECT

OFFCHAIN = PROJECT / "offchain"
DEPLOYMENT = PROJECT / "deployment"
CHAIN_LIBRARIES = {"web3", "eth_account", "eth_abi"}


def imported(source):
    """The top-level packages that a module's source imports, wherever in it and by name at run time too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"}:
                found.add(str(node.args[0].value).split(".")[0])
    return found


def modules():
    found = sorted(OFFCHAIN.rglob("*.py"))
    assert OFFCHAIN / "chain" / "connection.py" in found
    return found


def test_the_fence_sees_every_way_to_import():
    source = """
import web3.types
from eth_abi.abi import decode
def late():
    import eth_account as accounts
    importlib.import_module("brownie.network")
"""
    assert imported(source) == {"web3", "eth_abi", "eth_account", "brownie"}


def test_only_the_chain_package_imports_the_chain_libraries():
    outside = [path for path in modules() if OFFCHAIN / "chain" not in path.parents]
    trespassers = {str(path): imported(path.read_text()) & CHAIN_LIBRARIES for path in outside}
    assert {path: names for path, names in trespassers.items() if names} == {}


def test_the_chain_package_does_use_them():
    inside = [imported(path.read_text()) for path in modules() if OFFCHAIN / "chain" in path.parents]
    assert set().union(*inside) >= CHAIN_LIBRARIES


@pytest.mark.parametrize("forbidden", ["brownie", "scripts", "tests"])
def test_nothing_off_chain_imports(forbidden):
    assert [str(path) for path in modules() if forbidden in imported(path.read_text())] == []


@pytest.mark.parametrize("forbidden", ["brownie", "scripts", "tests", *sorted(CHAIN_LIBRARIES)])
def test_no_deployment_imports(forbidden):
    """A plan and its proof need nothing but our own client."""
    found = sorted(DEPLOYMENT.rglob("*.py"))
    assert {DEPLOYMENT / "check.py", DEPLOYMENT / "plan" / "market.py"} <= set(found)
    assert [str(path) for path in found if forbidden in imported(path.read_text())] == []
