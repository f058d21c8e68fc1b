"""One region is deployed per run; every test starts from that state."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brownie.network.contract import ContractContainer
from brownie.project import compiler, get_loaded_projects

from deployment.plan.rewards import REWARDS as REWARD_CONTRACTS
from offchain.files import PROJECT
from tests.support.auction_house import House, open_auction
from tests.support.bank import mint, reference
from tests.support.delivering import Rewarded, deploy_rewards
from tests.support.deploying import deploy_into, deploy_region, handle, settings_of, some_of
from tests.support.isolation import taken_back
from tests.support.region import (
    DEVICES,
    MEMBERS,
    POINT,
    START,
    Region,
    actor,
    device,
    node_of,
    registration,
)
from tests.support.rewards import FUNDS, YEAR, moment

HARNESS = PROJECT / "tests" / "contracts" / "harness"


@pytest.fixture(scope="session")
def region() -> Region:
    """All contracts and roles, members, bonded devices, 1,000 points on every margin account."""
    Region.go(START)
    deployed = deploy_region(actor("deployer"))
    register_members(deployed)
    register_devices(deployed)
    for name in ("grid_company", "seller", "buyer", "second_seller", "second_buyer", "prosumer"):
        deployed.fund(name, 1_000 * POINT)
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
def pool(region: Region) -> Any:
    """The reward pool with its roles, without points yet (after the region, so that no test takes it away)."""
    region.site = deploy_into(region, some_of(REWARD_CONTRACTS, "RewardPool"), settings=settings_of())
    region.pool = handle(region.site, "RewardPool")
    return region.pool


@pytest.fixture
def funded(region: Region, pool: Any) -> Any:
    """The pool with points, early on a market day."""
    mint(region.points, (pool, FUNDS, reference("pool")))
    Region.go(moment(YEAR, 1, 2))
    return pool


@pytest.fixture(scope="session")
def energy_rewards(region: Region, pool: Any, harness: dict[str, ContractContainer]) -> Rewarded:
    """Rewards for delivered energy, paid from the pool, over agreements that tests enter."""
    region.rewarded = deploy_rewards(region, harness["AgreementRecords"])
    return region.rewarded


@pytest.fixture(scope="session")
def libraries(region: Region, harness: dict[str, ContractContainer]) -> Any:
    """The libraries, opened (after the region, so that no test takes it away)."""
    return harness["LibraryHarness"].deploy({"from": actor("deployer")})


@pytest.fixture(scope="module")
def house(region: Region) -> Iterator[House]:
    """The auction, deployed for one module's tests."""
    with taken_back():
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


def register_members(region: Region) -> None:
    """Register everybody but the grid company, which the market's deployment begins with."""
    _, *others = MEMBERS
    registrations = [
        registration(name, node=node_of(name), kind=int(kind), importW=import_w, exportW=export_w)
        for name, kind, import_w, export_w in others
    ]
    region.join(*registrations, signers=[name for name, *_ in others])


def register_devices(region: Region) -> None:
    """Record a device for each of its owners, who post the bonds."""
    records = [device(owner, carrier=carrier) for owner, carrier in DEVICES.items()]
    region.devices.register(records, {"from": actor("operator")})
    for number, owner in enumerate(DEVICES, start=1):
        region.post_bond(owner, number)
