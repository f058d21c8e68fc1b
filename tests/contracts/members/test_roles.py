"""Every guarded function is opened to exactly one role or left to governance, as the plan of the deployment says."""

import re

import pytest
from brownie import ZERO_ADDRESS

from deployment.plan.chains import MAIN, REGION
from deployment.roles import Role
from offchain.files import PROJECT
from tests.support.allowances import QUOTA
from tests.support.region import FOREVER, REASON, ROLES, actor
from tests.support.reverts import reverts
from tests.support.rewards import REWARDS

CONTRACTS = PROJECT / "contracts"
SHORT_NAMES = {
    "FreezeList": "freezes",
    "MemberRegistry": "registry",
    "DeviceRegistry": "devices",
    "DaySheets": "sheets",
    "SheetHold": "sheets",
    "PowerPoint": "points",
    "GreenCertificate": "certificates",
    "CertificateHoldings": "certificates",
    "CertificateIssuance": "certificates",
    "CertificateCorrections": "certificates",
    "CarbonLedger": "ledger",
    "CarbonQuota": "quota",
    "QuotaExchange": "exchange",
    "MarginAccounts": "market",
    "BilateralMarket": "market",
    "MemberCredit": "market",
    "MarginDesk": "desk",
    "AnchorBoard": "anchors",
    "RewardPool": "pool",
}
# One call of each guarded function, with arguments that reach the guard.
SECOND = (ZERO_ADDRESS, b"")
CALLS = {
    ("freezes", "freeze"): (ZERO_ADDRESS, 1, REASON, FOREVER, SECOND),
    ("freezes", "lift"): (ZERO_ADDRESS, REASON, FOREVER, SECOND),
    ("registry", "register"): ([], []),
    ("registry", "suspend"): (1, 1),
    ("registry", "liftSuspension"): (1, 1),
    ("registry", "replaceMeterKey"): (1, ZERO_ADDRESS, FOREVER, b""),
    ("registry", "revokeMeterKey"): (1,),
    ("registry", "assignGroup"): (1, 1),
    ("devices", "register"): ([],),
    ("devices", "replaceMeterKey"): (1, ZERO_ADDRESS, FOREVER, b""),
    ("devices", "revokeMeterKey"): (1,),
    ("devices", "forfeitBond"): (1, ZERO_ADDRESS, REASON, FOREVER, SECOND),
    ("devices", "setBondAmount"): (1,),
    ("sheets", "estimate"): ([],),
    ("points", "mint"): (([], FOREVER), SECOND),
    ("points", "stateEscrow"): (1, REASON),
    ("points", "setDailyMintLimit"): (1,),
    ("certificates", "setRenewableCarriers"): (2,),
    ("certificates", "withdraw"): (ZERO_ADDRESS, [], [], REASON),
    ("certificates", "reissue"): ([], [], REASON),
    ("certificates", "revoke"): (1, 1, REASON),
    ("certificates", "correct"): ((1, 1, 1, [0] * 3, [0] * 3), b"", REASON),
    ("certificates", "lock"): (ZERO_ADDRESS, [], []),
    ("certificates", "unlock"): (ZERO_ADDRESS, [], []),
    ("certificates", "deliver"): (ZERO_ADDRESS, ZERO_ADDRESS, 1, 1, [0] * 3),
    ("quota", "grant"): (1, 2100, 1),
    ("quota", "certifyOffsets"): (1, 1, REASON),
    ("quota", "setParameters"): (tuple(QUOTA.values()),),
    ("ledger", "post"): (1, []),
    ("sheets", "attachMarket"): (ZERO_ADDRESS,),
    ("market", "admit"): (ZERO_ADDRESS, 1),
    ("market", "enterWeight"): (1, 1),
    ("desk", "payReserve"): (ZERO_ADDRESS, 1),
    ("market", "pause"): (),
    ("market", "unpause"): (),
    ("exchange", "pause"): (),
    ("exchange", "unpause"): (),
    ("anchors", "registerChain"): (5,),
    ("anchors", "anchor"): (5, 1, b"\x01" * 32),
    ("pool", "openWelcome"): (1, REASON),
    ("pool", "reward"): (1, 1, 1),
    ("pool", "release"): (ZERO_ADDRESS, 1),
    ("pool", "setParameters"): (tuple(REWARDS.values()),),
}
GOVERNANCE = {
    ("devices", "setBondAmount"),
    ("points", "setDailyMintLimit"),
    ("quota", "setParameters"),
    ("sheets", "attachMarket"),
    ("market", "admit"),
    ("market", "enterWeight"),
    ("desk", "payReserve"),
    ("pool", "release"),
    ("pool", "setParameters"),
}
ADMIN = 0
OPENED = {function: role for role, functions in ROLES.items() for function in functions} | {
    ("pool", "openWelcome"): "OPERATOR",
    ("pool", "reward"): "REWARDER",
}


@pytest.fixture
def contracts(region, pool):
    return vars(region) | {"pool": pool}


def guarded_in_source() -> set[tuple[str, str]]:
    declaration = re.compile(r"function (\w+)\([^)]*\)[^{;]*\brestricted\b")
    return {
        (SHORT_NAMES[file.stem], function)
        for file in CONTRACTS.rglob("*.sol")
        if "auction" not in file.parts  # its own test is in test_auction_orders.py
        for function in declaration.findall(file.read_text())
    }


def test_every_guarded_function_has_a_role_or_is_governances():
    assert guarded_in_source() == set(OPENED) | GOVERNANCE == set(CALLS)
    assert not set(OPENED) & GOVERNANCE


def test_the_plan_opens_what_the_tests_open():
    planned = {
        (SHORT_NAMES[contract], function): role.name
        for plan in (REGION, MAIN)
        for (contract, function), role in plan.functions.items()
        if contract in SHORT_NAMES
    }
    assert planned == OPENED


@pytest.mark.parametrize(("name", "function"), sorted(OPENED))
def test_a_guarded_function_opens_to_its_role_only(region, contracts, name, function):
    contract = contracts[name]
    own = OPENED[name, function].lower()
    refuse_all(contract, name, function, others=[role.lower() for role in ROLES if role.lower() != own] + ["deployer"])
    number = getattr(region.roles, own.upper())()
    selector = contract.signatures[function]
    assert tuple(region.roles.canCall(actor(own), contract, selector)) == (True, 0)
    assert region.roles.getTargetFunctionRole(contract, selector) == number


@pytest.mark.parametrize(("name", "function"), sorted(GOVERNANCE))
def test_parameters_are_governances(region, contracts, name, function):
    contract = contracts[name]
    refuse_all(contract, name, function, others=[role.lower() for role in ROLES])
    assert region.roles.getTargetFunctionRole(contract, contract.signatures[function]) == ADMIN


def refuse_all(contract, name, function, *, others):
    for other in ("stranger", *others):
        with reverts("AccessManagedUnauthorized", actor(other)):
            getattr(contract, function)(*CALLS[name, function], {"from": actor(other)})


def test_the_numbers_of_the_roles_are_those_of_the_plan(region):
    assert {role: getattr(region.roles, role)() for role in ROLES} == {role.name: int(role) for role in Role}
