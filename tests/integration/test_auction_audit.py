"""Two auction hours on a main chain of their own, as the day runs them; the audit finds every figure that is off."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from deployment.deploy import construct
from deployment.deployer import ClientDeployer
from deployment.parameters import AUCTION_LADDER, AUCTION_LIMITS, TABLE_BOND
from deployment.plan.chains import MAIN
from deployment.roles import ADMIN_ROLE, Role
from deployment.settings import local_main_settings
from offchain.auction.case_file import parse_case
from offchain.auction.settlement import AwardSettlement
from offchain.chain.build import Build
from offchain.chain.client import Client
from offchain.chain.clock import SimulatedClock
from offchain.chain.engines.port import ChainPlan
from offchain.chain.keys import local_key
from offchain.chain.local import fund, local_chains
from offchain.day.auction.audit import AuctionFindings, audit_auction
from offchain.day.auction.mechanism import AUCTION
from offchain.day.auction.plan import POSTER, AuctionHour, AuctionPlan, order_key, plan_auction
from offchain.day.driver.course import run_course
from offchain.day.driver.evidence import Evidence, Question
from offchain.day.driver.gathering import gather
from offchain.day.driver.main_chain import MainDay
from offchain.day.driver.timetable import DAY, timetable
from offchain.day.driver.trading_day import TradingDay
from offchain.day.mechanisms import MECHANISMS
from offchain.errors import LawViolation
from offchain.files import PROJECT
from offchain.index.store import Store
from offchain.units import POINT

UTC_OFFSET = 1  # [h]
MIDNIGHT = 4_102_444_800 + 2 * DAY - UTC_OFFSET * 3_600  # 2100-01-03 00:00 local time [s]
HOUR = MIDNIGHT // 3_600
CASE = parse_case(
    {
        "network": {"buses": ["A", "B"], "lines": [{"frm": "A", "to": "B", "x_pu": 0.1, "limit_MW": 20}]},
        "generators": [
            {"id": "Coal", "region": "A", "type": "coal", "pmax": 80, "quote": 20, "intensity": 0.9},
            {"id": "Gas", "region": "B", "type": "gas", "pmax": 80, "quote": 50, "intensity": 0.4},
            {"id": "Wind", "region": "B", "type": "wind", "pmax": 30, "quote": 55, "intensity": 0},
        ],
        "loads": [
            {"id": "Mill", "region": "A", "pmax": 10, "bid": 60},
            {"id": "Town", "region": "B", "pmax": 70, "bid": 90},
        ],
        "profiles": {"wind": [1, 0], "load": [1, 0.2]},
    }
)  # fmt: skip


def _deploy(endpoint: Any) -> Client:
    """The main chain's contracts; the deployer lends its power over everything to those who act."""
    admin = local_key("deployer")
    names = ("operator", "bank", "relayer", "courier", POSTER)
    accounts = [order_key(name).address for name in (POSTER, *(order.name for order in CASE.orders))]
    fund(endpoint, [admin.address, *(local_key(name).address for name in names), *accounts])
    settings = replace(local_main_settings([], utc_offset_hours=UTC_OFFSET), daily_mint_limit=10**7 * POINT)
    build = Build(PROJECT / "build")
    deployer = ClientDeployer(endpoint, admin, build=build)
    site = construct(MAIN.parts, deployer, settings=settings)
    for role, name in ((ADMIN_ROLE, "operator"), (ADMIN_ROLE, "bank"), (Role.BANK_COSIGNER, "bank cosigner")):
        deployer.send(site.contracts["RoleManager"]("grantRole", role, local_key(name).address, 0))
    return Client(endpoint, contracts=site.contracts.values(), errors=build.errors)


@pytest.fixture(scope="module")
def day(anvil: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TradingDay]:
    """The day, run to its end."""
    plan = plan_auction(CASE, (HOUR, HOUR + 1), utc_offset_hours=UTC_OFFSET, rule=AUCTION_LADDER, limits=AUCTION_LIMITS)
    chain = [ChainPlan("main", 31000, 0)]
    with local_chains(chain, genesis_time=MIDNIGHT - DAY, folder=tmp_path_factory.mktemp("chains")) as (endpoint,):
        client = _deploy(endpoint)
        run = TradingDay(regions=(), main=MainDay(plan, client, progress=lambda *_: None))
        run_course(run, timetable(MECHANISMS), clock=SimulatedClock([client]), midnight=MIDNIGHT)
        yield run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    index = Store(f"sqlite:///{tmp_path_factory.mktemp('index') / 'day.db'}")
    yield index
    index.close()


@pytest.fixture(scope="module")
def evidence(day: TradingDay, store: Store) -> Evidence:
    return gather(day, store, mechanisms=(AUCTION,))


def test_day_is_what_was_planned(evidence: Evidence):
    """In the first hour coal serves the mill and fills the line of 20 MW; the town takes 50 MW from gas and wind.

    Coal is marginal before the line, gas beyond it; what their tie-break adds is rounded down for generators, up for
    loads. 1 tick on 1 MWh is 0.1 point.
    """
    findings = audit_auction(evidence)
    assert isinstance(findings, AuctionFindings)
    busy, calm = (event.values for event in findings.paid)
    coal, gas = (evidence.world.auction.hours[0].result.second.market.orders[i].price for i in (0, 1))
    awards = [(award.values["energy"] // 10**6, award.values["price"]) for award in findings.awarded[0]]
    assert awards == [(30, coal), (20, gas), (30, gas), (10, coal + 1), (70, gas + 1)]
    assert busy["rent"] == (20 * (gas - coal) + 10 + 70) * 10**17
    assert calm["rent"] == 0
    assert findings.bonds == 2 * TABLE_BOND
    assert findings.ladder_account == busy["ladder"] + calm["ladder"] > 0


def _planned(evidence: Evidence, plan: AuctionPlan) -> Evidence:
    """The same chain beside another plan."""
    return replace(evidence, world=replace(evidence.world, auction=plan))


Change = Callable[[AuctionHour], AuctionHour]


def _settled(change: Callable[[AwardSettlement], dict[str, Any]]) -> Change:
    return lambda hour: replace(hour, settlement=replace(hour.settlement, **change(hour.settlement)))


def _last_plus_one(values: tuple[int, ...]) -> tuple[int, ...]:
    return (*values[:-1], values[-1] + 1)


def _other_dispatch(number: str) -> Change:
    def change(hour: AuctionHour) -> AuctionHour:
        clearing = getattr(hour.result, number)
        moved = replace(clearing, dispatch=_last_plus_one(clearing.dispatch))
        return replace(hour, result=replace(hour.result, **{number: moved}))

    return change


def _other_price(hour: AuctionHour) -> AuctionHour:
    second = hour.result.second
    certificate = replace(second.certificate, mu=second.certificate.mu + 1)
    return replace(hour, result=replace(hour.result, second=replace(second, certificate=certificate)))


def _other_share(hour: AuctionHour) -> AuctionHour:
    allocation = hour.result.allocation
    shares = (*allocation.shares[:-1], allocation.shares[-1] + 1)
    return replace(hour, result=replace(hour.result, allocation=replace(allocation, shares=shares)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda hour: replace(hour, locked=_last_plus_one(hour.locked)), "OrderPlaced of hour {} has locked"),
        (lambda hour: replace(hour, table_hash=bytes(32)), "TablePosted of hour {} has tableHash"),
        (_other_share, "TablePosted of hour {} has allocations"),
        (_other_dispatch("first"), "FirstClearing of hour {} has dispatch"),
        (_other_dispatch("second"), "SecondClearing of hour {} has dispatch"),
        (_other_price, "SecondClearing of hour {} has prices"),
        (_settled(lambda s: {"prices": _last_plus_one(s.prices)}), "Awarded of hour {} has price"),
        (_settled(lambda s: {"prices": _last_plus_one(s.prices)}), "HourAwarded of hour {} has awardsRoot"),
        (_settled(lambda s: {"energy": _last_plus_one(s.energy)}), "Awarded of hour {} has leg"),
        (_settled(lambda s: {"ladder": _last_plus_one(s.ladder)}), "Awarded of hour {} has leg"),
        (_settled(lambda s: {"rent": s.rent + 1}), "HourAwarded of hour {} has rent"),
        (_settled(lambda s: {"ladder_account": s.ladder_account - 1}), "HourAwarded of hour {} has ladder"),
    ],
)  # fmt: skip
def test_audit_finds_a_figure_that_is_off(evidence: Evidence, change: Change, message: str):
    plan = evidence.world.auction
    changed = replace(plan, hours=(plan.hours[0], change(plan.hours[1])))
    with pytest.raises(LawViolation, match=r"chain main differs from the plan: .*" + message.format(HOUR + 1)):
        audit_auction(_planned(evidence, changed))


def _answered(evidence: Evidence, question: Question, answer: Any) -> Evidence:
    """The same chain, but that it gives another answer."""
    return evidence.answered({**evidence.main.answers, question: answer})


def test_audit_finds_an_account_that_is_off(evidence: Evidence):
    account = order_key("Town").address
    asked = Question("main", "Auction", "balanceOf", (account,))
    balance = evidence.main.answers[asked]
    message = rf"account {account} of the auction holds {balance + 1} point-wei, planned {balance}"
    with pytest.raises(LawViolation, match=message):
        audit_auction(_answered(evidence, asked, balance + 1))


def test_audit_finds_rent_that_goes_to_somebody_else(evidence: Evidence):
    stranger, grid_company = order_key("Town").address, local_key("grid company").address
    with pytest.raises(LawViolation, match=f"rent of the auction goes to {stranger}, planned {grid_company}"):
        audit_auction(_answered(evidence, Question("main", "Auction", "gridCompany"), stranger))


def test_audit_finds_an_event_too_few(evidence: Evidence):
    plan = evidence.world.auction
    with pytest.raises(LawViolation, match="2 events FirstClearing, planned 3"):
        audit_auction(_planned(evidence, replace(plan, hours=(*plan.hours, plan.hours[1]))))


def test_audit_finds_a_unit_too_few(evidence: Evidence):
    events = tuple(event for event in evidence.main.events if event.values.get("unit") != 1)
    chains = {"main": replace(evidence.main, events=events)}
    with pytest.raises(LawViolation, match="chain main differs from the plan: 4 units are registered, planned 5"):
        audit_auction(replace(evidence, chains=chains))


def test_audit_finds_points_that_belong_to_nobody(day: TradingDay, store: Store, evidence: Evidence):
    """Last: the poster takes a point of its bonds and sends it to the auction, where no account has it."""
    poster, house, client = order_key(POSTER), evidence.main.addresses["Auction"], day.main.client
    client.send(client.contract("CoalitionTables")("withdraw", POINT), poster)
    client.send(client.contract("PowerPoint")("transfer", house, POINT), poster)
    with pytest.raises(LawViolation) as error:
        audit_auction(gather(day, store, mechanisms=(AUCTION,)))
    found = re.findall(r"(\w+) holds (\d+) point-wei, its accounts say (\d+)", str(error.value))
    assert [(name, int(held) - int(owed)) for name, held, owed in found] == [
        ("Auction", POINT),
        ("CoalitionTables", -POINT),
    ]
