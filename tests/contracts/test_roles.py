"""Every guarded function is opened to exactly one role, and the numbers of the roles are stated once."""

import re
from pathlib import Path

import pytest
from region import ROLES, actor
from reverts import reverts

from scripts.plan import Role

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
SHORT_NAMES = {
    "MemberRegistry": "registry",
    "PowerPoint": "points",
    "GreenCertificate": "certificates",
    "CarbonLedger": "ledger",
    "CarbonQuota": "quota",
    "MarginAccounts": "market",
    "AnchorBoard": "anchors",
}
# One call of each guarded function, with arguments that reach the guard.
CALLS = {
    ("registry", "register"): ([],),
    ("points", "mint"): ("0x" + "11" * 20, 1, 1),
    ("certificates", "setRenewableCarriers"): (2,),
    ("quota", "grant"): (1, 2100, 1),
    ("quota", "surrender"): (1, 2100),
    ("ledger", "post"): (1, []),
    ("market", "pause"): (),
    ("market", "unpause"): (),
    ("anchors", "registerChain"): (5,),
    ("anchors", "anchor"): (5, 1, b"\x01" * 32),
}
OPENED = {function: role for role, functions in ROLES.items() for function in functions}


def guarded_in_source() -> set[tuple[str, str]]:
    declaration = re.compile(r"function (\w+)\([^)]*\)[^{;]*\brestricted\b")
    return {
        (SHORT_NAMES[file.stem], function)
        for file in CONTRACTS.rglob("*.sol")
        if file.parent.name != "auction"  # its own test is in test_auction_orders.py
        for function in declaration.findall(file.read_text())
    }


def test_every_guarded_function_has_a_role():
    assert guarded_in_source() == set(OPENED) == set(CALLS)


@pytest.mark.parametrize(("name", "function"), sorted(CALLS))
def test_a_guarded_function_opens_to_its_role_only(region, name, function):
    contract = getattr(region, name)
    call = getattr(contract, function)
    own = OPENED[name, function].lower()
    others = [role.lower() for role in ROLES if role.lower() != own]
    for other in ("stranger", "deployer", *others):
        with reverts("AccessManagedUnauthorized", actor(other)):
            call(*CALLS[name, function], {"from": actor(other)})
    number = getattr(region.roles, own.upper())()
    assert tuple(region.roles.canCall(actor(own), contract, contract.signatures[function])) == (True, 0)
    assert region.roles.getTargetFunctionRole(contract, contract.signatures[function]) == number


def test_the_numbers_of_the_roles_are_those_of_the_plan(region):
    assert {role: getattr(region.roles, role)() for role in ROLES} == {role.name: int(role) for role in Role}
