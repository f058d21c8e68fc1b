"""One region is deployed per run; every test starts from that state."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brownie.network.contract import ContractContainer
from brownie.project import compiler, get_loaded_projects

from offchain.files import PROJECT
from tests.support.allowances import QUOTA
from tests.support.auction_house import House, open_auction, state_kept
from tests.support.bank import mint, reference
from tests.support.delivering import Rewarded, deploy_rewards
from tests.support.isolation import taken_back
from tests.support.market_deployment import deploy_market
from tests.support.region import (
    BOND,
    DEVICES,
    HYDRO,
    MEMBERS,
    POINT,
    ROLES,
    START,
    UTC_OFFSET,
    Region,
    actor,
    device,
    node_of,
    registration,
)
from tests.support.rewards import FUNDS, REWARDS, YEAR, moment

DAILY_MINT_LIMIT = 10**6 * POINT
HARNESS = PROJECT / "tests" / "contracts" / "harness"


@pytest.fixture(scope="session")
def region(project: Any) -> Region:
    """All contracts and roles, members, bonded devices, 1,000 points on every margin account."""
    Region.go(START)
    deployed = deploy_region(project)
    for role in ROLES:
        if role != "GUARDIAN":
            open_role(deployed, role)
    register_members(deployed)
    register_devices(deployed)
    deploy_market(project, deployed)
    open_role(deployed, "GUARDIAN")
    for name in ("grid_company", "seller", "buyer", "second_seller", "second_buyer", "prosumer"):
        deployed.fund(name, 1_000 * POINT)
    contracts = (deployed.certificates, deployed.points, deployed.registry)
    deployed.sale = project.CertificateSale.deploy(*contracts, {"from": deployed.deployer})
    return deployed


@pytest.fixture(autouse=True)
def isolation(region: Region) -> Iterator[None]:
    """Every test starts from the deployed region and leaves no trace."""
    references = len(region.references)
    with taken_back():
        yield
    del region.references[references:]


@pytest.fixture(scope="session")
def project() -> Any:
    [loaded] = get_loaded_projects()
    return loaded


@pytest.fixture(scope="session")
def harness(project: Any) -> dict[str, ContractContainer]:
    """Contracts that only tests need: the libraries opened, wallets and tokens that strike back."""
    sources = {str(file.relative_to(PROJECT)): file.read_text() for file in sorted(HARNESS.glob("*.sol"))}
    builds = compile_once(sources)
    return {Path(name).stem: ContractContainer(project, builds[Path(name).stem]) for name in sources}


@pytest.fixture(scope="session")
def pool(project: Any, region: Region) -> Any:
    """The reward pool with its roles, without points yet (after the region, so that no test takes it away)."""
    by = {"from": region.deployer}
    deployed = project.RewardPool.deploy(
        region.roles, region.devices, region.certificates, region.market, tuple(REWARDS.values()), by
    )
    for role, function in (("OPERATOR", "openWelcome"), ("REWARDER", "reward")):
        selector = deployed.signatures[function]
        region.roles.setTargetFunctionRole(deployed, [selector], getattr(region.roles, role)(), by)
    region.pool = deployed
    return deployed


@pytest.fixture
def funded(region: Region, pool: Any) -> Any:
    """The pool with points, early on a market day."""
    mint(region.points, (pool, FUNDS, reference("pool")))
    Region.go(moment(YEAR, 1, 2))
    return pool


@pytest.fixture(scope="session")
def energy_rewards(project: Any, region: Region, pool: Any, harness: dict[str, ContractContainer]) -> Rewarded:
    """Rewards for delivered energy, paid from the pool, over agreements that tests enter."""
    region.rewarded = deploy_rewards(project, region, harness["AgreementRecords"])
    return region.rewarded


@pytest.fixture(scope="session")
def libraries(region: Region, harness: dict[str, ContractContainer]) -> Any:
    """The libraries, opened (after the region, so that no test takes it away)."""
    return harness["LibraryHarness"].deploy({"from": actor("deployer")})


@pytest.fixture(scope="module")
def house(region: Region) -> Iterator[House]:
    """The auction, deployed for one module's tests."""
    with state_kept():
        yield open_auction(region)


def compile_once(sources: dict[str, str]) -> dict[str, Any]:
    """Compile the test contracts, or take what was built from the same text before."""
    files = [file for root in ("contracts", "interfaces") for file in sorted((PROJECT / root).rglob("*.sol"))]
    digest = hashlib.sha256(json.dumps([sources, [file.read_text() for file in files]]).encode()).hexdigest()
    cache = PROJECT / "build" / "harness.json"
    if cache.exists():
        held = json.loads(cache.read_text())
        if held["digest"] == digest:
            return held["builds"]
    builds = compiler.compile_and_format(
        sources,
        solc_version="0.8.30",
        evm_version="prague",
        optimizer={"enabled": True, "runs": 200},
        allow_paths=str(PROJECT),
        remappings=["@openzeppelin=node_modules/@openzeppelin"],
    )
    wanted = {Path(name).stem: builds[Path(name).stem] for name in sources}
    cache.write_text(json.dumps({"digest": digest, "builds": wanted}))
    return wanted


def deploy_region(project: Any) -> Region:
    """Deploy everything but the market, which needs the grid company to be a member."""
    deployer = actor("deployer")
    by = {"from": deployer}
    roles = project.RoleManager.deploy(deployer, by)
    freezes = project.FreezeList.deploy(roles, by)
    registry = project.MemberRegistry.deploy(roles, freezes, UTC_OFFSET, by)
    points = project.PowerPoint.deploy(roles, freezes, DAILY_MINT_LIMIT, by)
    devices = project.DeviceRegistry.deploy(roles, registry, points, UTC_OFFSET, BOND, by)
    sheets = project.DaySheets.deploy(roles, devices, by)
    ledger = project.CarbonLedger.deploy(roles, by)
    quota = project.CarbonQuota.deploy(
        roles, sheets, ledger, points, actor("penalty_receiver"), tuple(QUOTA.values()), by
    )
    return Region(
        roles=roles,
        freezes=freezes,
        registry=registry,
        devices=devices,
        sheets=sheets,
        points=points,
        certificates=project.GreenCertificate.deploy(roles, sheets, 1 << HYDRO, False, "", by),
        ledger=ledger,
        quota=quota,
        exchange=project.QuotaExchange.deploy(roles, quota, by),
        market=None,
        anchors=project.AnchorBoard.deploy(roles, by),
        deployer=deployer,
    )


def open_role(region: Region, role: str) -> None:
    """Give a role to the actor of the same name, and open the role's functions to it."""
    number = getattr(region.roles, role)()
    region.roles.grantRole(number, actor(role.lower()), 0, {"from": region.deployer})
    for name, function in ROLES[role]:
        contract = getattr(region, name)
        selector = contract.signatures[function]
        region.roles.setTargetFunctionRole(contract, [selector], number, {"from": region.deployer})


def register_members(region: Region) -> None:
    registrations = [
        registration(name, node=node_of(name), kind=int(kind), importW=import_w, exportW=export_w)
        for name, kind, import_w, export_w in MEMBERS
    ]
    region.join(*registrations, signers=[name for name, *_ in MEMBERS])


def register_devices(region: Region) -> None:
    """Record a device for each of its owners, who post the bonds."""
    records = [device(owner, carrier=carrier) for owner, carrier in DEVICES.items()]
    region.devices.register(records, {"from": actor("operator")})
    for number, owner in enumerate(DEVICES, start=1):
        region.post_bond(owner, number)
