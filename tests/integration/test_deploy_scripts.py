"""The deployment as `brownie run deploy` makes it: roles, record, repetition, and a check that finds every fault."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from brownie import accounts, chain, web3
from brownie.project import get_loaded_projects

from deployment import settings
from deployment.check import DeploymentDiffers, check
from deployment.deploy import deploy
from deployment.deployer import ClientDeployer
from deployment.parameters import DAILY_MINT_LIMIT
from deployment.plan.chains import MAIN, REGION
from deployment.record import load
from deployment.roles import ADMIN_ROLE, GOVERNANCE_DELAY, Role
from offchain.carbon.factors import FACTOR_TABLE, load_factors
from offchain.chain.build import Build
from offchain.chain.keys import local_key
from offchain.chain.local import fund
from offchain.chain.typed_data import sign_typed
from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.members.papers import REGISTRATION
from offchain.members.records import Kind
from offchain.regions import load_regions
from scripts.brownie_deployer import BrownieDeployer, brownie_abi, brownie_client
from tests.support.isolation import taken_back
from tests.support.signing import domain_of

pytestmark = pytest.mark.contracts


@dataclass(frozen=True)
class Deployed:
    record: dict[str, Any]
    folder: Path
    project: Any

    def contract(self, name: str) -> Any:
        return self.project[name].at(self.record["contracts"][name]["address"])

    def check(self, **changes: Any) -> None:
        check({**self.record, **changes}, plan=REGION, client=brownie_client(), abi=brownie_abi)


def _deploy_region(folder: Path) -> dict[str, Any]:
    now = web3.eth.get_block("latest").timestamp
    terms = settings.local_settings(load_regions()["rural"], load_factors(FACTOR_TABLE), now=now)
    deployer = BrownieDeployer(accounts[0])
    return deploy(REGION, deployer, chain="region", settings=terms, holders=settings.local_holders(), folder=folder)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    folder = tmp_path_factory.mktemp("deployments")
    (project,) = get_loaded_projects()
    return Deployed(_deploy_region(folder), folder, project)


@pytest.fixture(autouse=True)
def isolation(deployed: Deployed):
    with taken_back():
        yield


@pytest.fixture
def governance(deployed: Deployed):
    """Governance's account, unlocked, with its time lock put aside so that faults can be injected at once."""
    address = deployed.record["roles"]["ADMIN"]
    web3.provider.make_request("anvil_impersonateAccount", [address])
    web3.provider.make_request("anvil_setBalance", [address, hex(10**18)])
    return accounts.at(address, force=True)


def _as_governance(deployed: Deployed, governance: Any, call: Any, *arguments: Any) -> None:
    """Schedule an act of governance, wait out the time lock, carry it out."""
    manager = deployed.contract("RoleManager")
    data = call.encode_input(*arguments)
    manager.schedule(call._address, data, 0, {"from": governance})
    chain.sleep(GOVERNANCE_DELAY + 1)
    chain.mine()
    manager.execute(call._address, data, {"from": governance})


def test_record_names_every_contract_with_its_code(deployed: Deployed):
    written = json.loads((deployed.folder / "region.json").read_text())
    assert written == deployed.record
    assert written["chainId"] == web3.eth.chain_id
    for entry in written["contracts"].values():
        assert entry["bytecodeHash"] == web3.to_hex(web3.keccak(web3.eth.get_code(entry["address"])))
    addresses = {name: entry["address"] for name, entry in written["contracts"].items()}
    assert written["contracts"]["DaySheets"]["arguments"] == [addresses["RoleManager"], addresses["DeviceRegistry"]]


def test_deployer_holds_no_role_and_governance_waits(deployed: Deployed):
    manager, deployer = deployed.contract("RoleManager"), deployed.record["deployer"]
    for role in (ADMIN_ROLE, *Role):
        assert manager.hasRole(role, deployer)[0] is False
    assert tuple(manager.hasRole(ADMIN_ROLE, deployed.record["roles"]["ADMIN"])) == (True, GOVERNANCE_DELAY)


def test_each_role_opens_its_function_to_its_holder_only(deployed: Deployed):
    registry, member = deployed.contract("MemberRegistry"), local_key("new member")
    terms = {
        "account": member.address,
        "meterKey": local_key("its meter").address,
        "node": 3,
        "kind": int(Kind.CONSUMER),
        "group": 0,
        "importW": 5_000,
        "exportW": 0,
        "deadline": web3.eth.get_block("latest").timestamp + 3600,
    }
    domain = domain_of("Gridleaf MemberRegistry", registry.address, chain_id=web3.eth.chain_id)
    acceptance = sign_typed(member, domain, types=REGISTRATION, message=terms)
    with pytest.raises(Exception, match="AccessManagedUnauthorized"):
        registry.register([tuple(terms.values())], [acceptance], {"from": accounts[0]})
    operator = accounts.add(local_key("operator").secret.hex())
    registry.register([tuple(terms.values())], [acceptance], {"from": operator})
    assert registry.idOf(member.address) == 2


def test_second_run_changes_nothing(deployed: Deployed):
    height = web3.eth.block_number
    assert _deploy_region(deployed.folder) == deployed.record
    assert web3.eth.block_number == height


def test_fresh_chain_is_deployed_anew(deployed: Deployed, tmp_path: Path):
    moved = json.loads(json.dumps(deployed.record))
    for number, entry in enumerate(moved["contracts"].values(), start=1):
        entry["address"] = web3.to_checksum_address(f"0xdead{number:036x}")
    (tmp_path / "region.json").write_text(json.dumps(moved))
    assert _deploy_region(tmp_path)["contracts"].keys() == deployed.record["contracts"].keys()
    assert json.loads((tmp_path / "region.json").read_text()) != moved


def test_other_code_at_a_recorded_address_is_refused(deployed: Deployed, tmp_path: Path):
    wrong = json.loads(json.dumps(deployed.record))
    wrong["contracts"]["PowerPoint"]["bytecodeHash"] = "0x" + "11" * 32
    (tmp_path / "region.json").write_text(json.dumps(wrong))
    with pytest.raises(InputError, match=r"region.json: the connected chain \d+ holds other code .* of PowerPoint"):
        _deploy_region(tmp_path)


def test_check_accepts_the_deployment(deployed: Deployed):
    deployed.check()


def test_check_finds_an_extra_holder(deployed: Deployed, governance: Any):
    manager = deployed.contract("RoleManager")
    _as_governance(deployed, governance, manager.grantRole, Role.BANK, accounts[7].address, 0)
    with pytest.raises(DeploymentDiffers, match=rf"role 2 is held by .*{accounts[7].address}"):
        deployed.check()


def test_check_finds_a_role_left_with_the_deployer(deployed: Deployed, governance: Any):
    manager, deployer = deployed.contract("RoleManager"), deployed.record["deployer"]
    _as_governance(deployed, governance, manager.grantRole, Role.GUARDIAN, deployer, 0)
    with pytest.raises(DeploymentDiffers, match=f"the deployer {deployer} still holds a role"):
        deployed.check()


def test_check_finds_a_missing_holder(deployed: Deployed, governance: Any):
    manager, holder = deployed.contract("RoleManager"), deployed.record["roles"]["OPERATOR"]
    _as_governance(deployed, governance, manager.revokeRole, Role.OPERATOR, holder)
    with pytest.raises(DeploymentDiffers, match=r"role 1 is held by \[\], planned"):
        deployed.check()


def test_check_finds_an_opened_function(deployed: Deployed, governance: Any):
    manager, quota = deployed.contract("RoleManager"), deployed.contract("CarbonQuota")
    selector = quota.signatures["grant"]
    _as_governance(deployed, governance, manager.setTargetFunctionRole, quota.address, [selector], Role.BANK)
    with pytest.raises(DeploymentDiffers, match=r"CarbonQuota.grant is opened by role 2, planned 3"):
        deployed.check()


def test_check_finds_a_closed_contract(deployed: Deployed, governance: Any):
    manager, market = deployed.contract("RoleManager"), deployed.contract("BilateralMarket")
    _as_governance(deployed, governance, manager.setTargetClosed, market.address, True)
    with pytest.raises(DeploymentDiffers, match=r"BilateralMarket is closed"):
        deployed.check()


@pytest.mark.parametrize(
    ("contract", "position", "value", "message"),
    [
        ("DeviceRegistry", 3, "2", r"DeviceRegistry.utcOffset is 1, constructed with 2"),
        ("PowerPoint", 2, "7", r"PowerPoint.dailyMintLimit is \d+, constructed with 7"),
        ("MemberRegistry", 2, "2", r"MemberRegistry.utcOffset is 1, constructed with 2"),
        ("GreenCertificate", 2, "0", r"GreenCertificate.renewableCarriers is \d+, constructed with 0"),
    ],
)
def test_check_finds_other_bounds(deployed: Deployed, contract: str, position: int, value: str, message: str):
    contracts = json.loads(json.dumps(deployed.record["contracts"]))
    contracts[contract]["arguments"][position] = value
    with pytest.raises(DeploymentDiffers, match=message):
        deployed.check(contracts=contracts)


def test_check_finds_another_floor_of_the_grid_account(deployed: Deployed):
    contracts = json.loads(json.dumps(deployed.record["contracts"]))
    contracts["BilateralMarket"]["arguments"][1][2] = "5"
    with pytest.raises(DeploymentDiffers, match=r"BilateralMarket.gridFloor is \d+, constructed with 5"):
        deployed.check(contracts=contracts)


def test_check_finds_a_stranger_admitted_to_the_accounts(deployed: Deployed, governance: Any):
    market, stranger = deployed.contract("BilateralMarket"), accounts[7].address
    _as_governance(deployed, governance, market.admit, stranger, 1)
    with pytest.raises(DeploymentDiffers, match=rf"BilateralMarket admits {stranger} to 1, planned 0"):
        deployed.check()


def test_check_finds_a_wrong_link(deployed: Deployed):
    contracts = json.loads(json.dumps(deployed.record["contracts"]))
    manager, freezes = deployed.contract("RoleManager"), deployed.contract("FreezeList")
    stranger = deployed.project.PowerPoint.deploy(manager, freezes, DAILY_MINT_LIMIT, {"from": accounts[5]})
    contracts["PowerPoint"]["address"] = stranger.address
    with pytest.raises(DeploymentDiffers, match=rf"MarginDesk.points is .*, planned PowerPoint at {stranger}"):
        deployed.check(contracts=contracts)


def test_check_finds_other_code(deployed: Deployed):
    contracts = json.loads(json.dumps(deployed.record["contracts"]))
    contracts["CarbonLedger"]["bytecodeHash"] = "0x" + "22" * 32
    with pytest.raises(DeploymentDiffers, match=r"code of CarbonLedger is 0x"):
        deployed.check(contracts=contracts)


def test_missing_record_says_which_command_writes_it(tmp_path: Path):
    with pytest.raises(InputError, match=r"nowhere.json is missing; `brownie run deploy` writes it"):
        load("nowhere", chain_id=31337, folder=tmp_path)


@pytest.fixture
def main_chain(tmp_path: Path) -> dict[str, Any]:
    terms = settings.local_main_settings([31001, 31002], utc_offset_hours=1)
    deployer = BrownieDeployer(accounts[1])
    return deploy(MAIN, deployer, chain="main", settings=terms, holders=settings.local_holders(), folder=tmp_path)


def test_main_chain(main_chain: dict[str, Any]):
    assert main_chain["deployer"] == accounts[1].address
    check(main_chain, plan=MAIN, client=brownie_client(), abi=brownie_abi)
    assert sorted(main_chain["contracts"]) == [
        "AnchorBoard", "Auction", "AuctionRegistry", "CoalitionTables", "FreezeList", "PowerPoint", "RoleManager",
    ]  # fmt: skip
    entry = main_chain["contracts"]["CoalitionTables"]
    assert entry["bytecodeHash"] == web3.to_hex(web3.keccak(web3.eth.get_code(entry["address"])))
    assert entry["block"] == main_chain["contracts"]["Auction"]["block"]


def _by_names(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says of contracts and roles, with names for addresses and without blocks and code."""
    names = {entry["address"]: name for name, entry in record["contracts"].items()} | {record["deployer"]: "deployer"}
    text = json.dumps({"contracts": record["contracts"], "roles": record["roles"]})
    for address, name in names.items():
        text = text.replace(address, name)
    return json.loads(re.sub(r'"(block|bytecodeHash)": [^,]+, ', "", text))


def test_a_bare_client_deploys_what_brownie_deploys(main_chain: dict[str, Any], tmp_path: Path):
    endpoint, key = brownie_client().endpoint, local_key("another deployer")
    fund(endpoint, [key.address])
    deployer = ClientDeployer(endpoint, key, build=Build(PROJECT / "build"))
    terms = settings.local_main_settings([31001, 31002], utc_offset_hours=1)
    record = deploy(MAIN, deployer, chain="other", settings=terms, holders=settings.local_holders(), folder=tmp_path)
    assert record["deployer"] == key.address
    assert record["contracts"].keys() == main_chain["contracts"].keys()
    assert _by_names(record) == _by_names(main_chain)
    assert _by_names(record)["contracts"]["PowerPoint"]["arguments"][:2] == ["RoleManager", "FreezeList"]
    board = get_loaded_projects()[0].AnchorBoard.at(record["contracts"]["AnchorBoard"]["address"])
    assert [board.isRegistered(number) for number in (31001, 31002, 31003)] == [True, True, False]


@pytest.mark.parametrize(
    ("contract", "path", "message"),
    [
        ("Auction", (4, 0), r"Auction.utcOffset is 1, constructed with 7"),
        ("Auction", (4, 1), r"Auction.ladderRule is 1, constructed with 7"),
        ("Auction", (4, 2), r"Auction.ladderLower is 20000000000000, constructed with 7"),
        ("Auction", (4, 3), r"Auction.ladderUpper is 40000000000000, constructed with 7"),
        ("Auction", (4, 4, 0), r"Auction.priceFloor is -5000, constructed with 7"),
        ("Auction", (4, 4, 1), r"Auction.priceCeiling is 40000, constructed with 7"),
        ("Auction", (4, 7), r"Auction.gridCompany is 0x\w+, constructed with 7"),
        ("CoalitionTables", (4,), r"CoalitionTables.smallestBond is 100000000000000000000, constructed with 7"),
        ("CoalitionTables", (5,), r"CoalitionTables.smallestDeposit is 1000000000000000000, constructed with 7"),
    ],
)
def test_check_finds_other_settings_of_the_auction(
    main_chain: dict[str, Any], contract: str, path: tuple[int, ...], message: str
):
    changed = json.loads(json.dumps(main_chain))
    given = changed["contracts"][contract]["arguments"]
    for index in path[:-1]:
        given = given[index]
    given[path[-1]] = "7"
    with pytest.raises(DeploymentDiffers, match=message):
        check(changed, plan=MAIN, client=brownie_client(), abi=brownie_abi)


def test_plan_names_every_guarded_function():
    """A function that a contract restricts and the plan forgets would be governance's alone, behind a week's lock."""
    guarded = set()
    for source in sorted((PROJECT / "contracts").glob("**/*.sol")):
        for name in re.findall(r"function (\w+)\([^)]*\)[^{;]*\brestricted\b", source.read_text()):
            guarded.add(name)
    planned = {function for plan in (REGION, MAIN) for _, function in plan.functions}
    assert guarded - GOVERNANCE_ONLY == planned


GOVERNANCE_ONLY = {
    *("setDailyMintLimit", "setBondAmount", "setParameters", "release"),
    *("admit", "attachMarket", "enterWeight", "payReserve"),
}
"""Guarded functions that are governance's on purpose."""
