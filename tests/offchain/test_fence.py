"""Only offchain/chain speaks to chains, and nothing in offchain or deployment stands on Brownie."""

import ast

import pytest

from offchain.files import PROJECT

OFFCHAIN = PROJECT / "offchain"
DEPLOYMENT = PROJECT / "deployment"
CHAIN_LIBRARIES = {"urllib3", "rlp", "eth_keys", "eth_account", "eth_abi"}


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


@pytest.mark.parametrize("forbidden", ["brownie", "web3", "scripts", "tests"])
def test_nothing_off_chain_imports(forbidden):
    assert [str(path) for path in modules() if forbidden in imported(path.read_text())] == []


@pytest.mark.parametrize("forbidden", ["brownie", "scripts", "tests", *sorted(CHAIN_LIBRARIES)])
def test_no_deployment_imports(forbidden):
    """A plan and its proof need nothing but our own client."""
    found = sorted(DEPLOYMENT.rglob("*.py"))
    assert {DEPLOYMENT / "check.py", DEPLOYMENT / "plan" / "market.py"} <= set(found)
    assert [str(path) for path in found if forbidden in imported(path.read_text())] == []


def handles(path):
    """Whether a module makes transactions or takes a contract by its name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "offchain.chain.sender":
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "contract":
            return True
    return False


def test_the_calls_of_a_subject_are_its_only_door_to_the_chain():
    """What its events add up to is compared with what contracts answer.

    The day sends what the calls have made and asks at its end what audits and outcome need.
    """
    speaking = {path.relative_to(OFFCHAIN).parts for path in modules() if handles(path)}
    outside = {parts for parts in speaking if parts[0] != "chain"}
    doors = {parts for parts in outside if {"calls", "calls.py"} & set(parts)}
    assert {parts[0] for parts in doors} == {
        "members", "points", "market", "certificates", "rewards", "quotas", "carbon", "auction", "anchoring",
    }  # fmt: skip
    assert outside - doors == {
        ("market", "history", "check.py"), ("market", "history", "terms.py"),
        ("day", "driver", "gathering.py"), ("day", "driver", "journal.py"), ("day", "outcome.py"),
    }  # fmt: skip


def test_the_day_s_journal_sends_transactions_and_makes_none():
    tree = ast.parse((OFFCHAIN / "day" / "driver" / "journal.py").read_text())
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert "self.client.send_many" in called
    assert not {name for name in called if name == "Transaction" or name.endswith((".contract", ".call"))}


def test_the_day_signs_no_paper_itself():
    day = [path for path in modules() if OFFCHAIN / "day" in path.parents]
    named = {
        (path.name, node.module)
        for path in day
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    assert ("steps.py", "offchain.market") in named
    assert {
        entry for entry in named if entry[1] == "offchain.chain.typed_data" or entry[1].endswith(".papers")
    } == set()
