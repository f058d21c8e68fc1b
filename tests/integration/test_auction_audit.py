"""Two auction hours on a main chain of their own, as the day runs them; the audit finds every figure that is off."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from offchain.auction.case_file import parse_case
from offchain.auction.settlement import AwardSettlement
from offchain.chain.abi import contract_at, creation
from offchain.chain.client import Client
from offchain.chain.clock import SimulatedClock
from offchain.chain.deployment import read_artefact, read_errors
from offchain.chain.keys import local_key
from offchain.chain.local import ChainPlan, fund, local_chains
from offchain.day.auction import POSTER, AuctionDay, order_key
from offchain.day.auction_audit import AuctionAudit, audit_auction
from offchain.day.auction_plan import AuctionHour, AuctionPlan, plan_auction
from offchain.day.driver.journal import Journal
from offchain.day.schedule import DAY, run_day
from offchain.errors import LawViolation
from offchain.files import PROJECT
from offchain.units import POINT
from scripts.parameters import AUCTION_LADDER, AUCTION_LIMITS, AUCTION_RULE, DEMAND_DEPOSIT, TABLE_BOND

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
    admin, contracts = local_key("deployer"), []
    names = ("operator", "bank", "relayer", "courier", POSTER)
    accounts = [order_key(name).address for name in (POSTER, *(order.name for order in CASE.orders))]
    fund(endpoint, [admin.address, *(local_key(name).address for name in names), *accounts])

    def keep(name: str, address: str, block: int) -> str:
        contracts.append(contract_at(name, address, abi=read_artefact(PROJECT / "build", name)["abi"], block=block))
        return address

    def create(name: str, *arguments: Any) -> str:
        artefact = read_artefact(PROJECT / "build", name)
        call = creation(name, *arguments, abi=artefact["abi"], bytecode=artefact["bytecode"])
        receipt = Client(endpoint).send(call, admin)
        return keep(name, receipt.contract_address, receipt.block)

    manager = create("RoleManager", admin.address)
    freezes = create("FreezeList", manager)
    points = create("PowerPoint", manager, freezes, 10**7 * POINT)
    create("AnchorBoard", manager)
    registry = create("AuctionRegistry", manager)
    ladder = (AUCTION_RULE, AUCTION_LADDER.below, AUCTION_LADDER.above)
    limits = (AUCTION_LIMITS.floor, AUCTION_LIMITS.ceiling)
    grid = local_key("grid company").address
    terms = (UTC_OFFSET, *ladder, limits, TABLE_BOND, DEMAND_DEPOSIT, grid)
    create("Auction", manager, points, freezes, registry, terms)
    auction = contracts[-1]
    keep("CoalitionTables", Client(endpoint).call(auction("tables")), auction.block)
    client = Client(endpoint, contracts=contracts, errors=read_errors(PROJECT / "build"))
    for role, name in ((0, "operator"), (0, "bank"), (8, "bank cosigner")):
        client.send(client.contract("RoleManager")("grantRole", role, local_key(name).address, 0), admin)
    return client


@pytest.fixture(scope="module")
def auction(anvil: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuctionDay]:
    """The day, run to its end."""
    plan = plan_auction(CASE, (HOUR, HOUR + 1), rule=AUCTION_LADDER, limits=AUCTION_LIMITS)
    chain = [ChainPlan("main", 31000, 0)]
    with local_chains(chain, genesis_time=MIDNIGHT - DAY, folder=tmp_path_factory.mktemp("chains")) as (endpoint,):
        client = _deploy(endpoint)
        day = AuctionDay(plan, Journal(client, lambda *_: None))
        run_day([], day, clock=SimulatedClock([client]), midnight=MIDNIGHT)
        yield day


def test_day_is_what_was_planned(auction: AuctionDay):
    """In the first hour coal serves the mill and fills the line of 20 MW; the town takes 50 MW from gas and wind.

    Coal is marginal before the line, gas beyond it; what their tie-break adds is rounded down for generators, up for
    loads. 1 tick on 1 MWh is 0.1 point.
    """
    audit = audit_auction(auction)
    assert isinstance(audit, AuctionAudit)
    busy, calm = audit.paid
    coal, gas = (auction.plan.hours[0].result.second.market.orders[i].price for i in (0, 1))
    awards = [(award.values.energy // 10**6, award.values.price) for award in audit.awarded[0]]
    assert awards == [(30, coal), (20, gas), (30, gas), (10, coal + 1), (70, gas + 1)]
    assert busy.values.rent == (20 * (gas - coal) + 10 + 70) * 10**17
    assert calm.values.rent == 0
    assert audit.bonds == 2 * TABLE_BOND
    assert audit.ladder_account == busy.values.ladder + calm.values.ladder > 0


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
def test_audit_finds_a_figure_that_is_off(
    auction: AuctionDay, monkeypatch: pytest.MonkeyPatch, change: Change, message: str
):
    hours = auction.plan.hours
    changed = AuctionPlan(case=CASE, hours=(hours[0], change(hours[1])))
    monkeypatch.setattr(auction, "plan", changed)
    with pytest.raises(LawViolation, match=r"chain main differs from the plan: .*" + message.format(HOUR + 1)):
        audit_auction(auction)


def test_audit_finds_an_account_that_is_off(auction: AuctionDay, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(auction.deposits, "Town", auction.deposits["Town"] + 1)
    account = order_key("Town").address
    with pytest.raises(LawViolation, match=rf"account {account} of the auction holds \d+ point-wei, planned \d+"):
        audit_auction(auction)


def test_audit_finds_an_event_too_few(auction: AuctionDay, monkeypatch: pytest.MonkeyPatch):
    hours = auction.plan.hours
    monkeypatch.setattr(auction, "plan", SimpleNamespace(**_parts(auction.plan), hours=(*hours, hours[1])))
    with pytest.raises(LawViolation, match="2 events FirstClearing, planned 3"):
        audit_auction(auction)


def _parts(plan: AuctionPlan) -> dict[str, Any]:
    return {"case": plan.case, "network": plan.network, "units": plan.units}


def test_audit_finds_points_that_belong_to_nobody(auction: AuctionDay):
    """Last: the poster takes a point of its bonds and sends it to the auction, where no account has it."""
    poster, house = order_key(POSTER), auction.contract("Auction").address
    auction.send([("CoalitionTables", "withdraw", (POINT,), 1)], poster)
    auction.send([("PowerPoint", "transfer", (house, POINT), 1)], poster)
    with pytest.raises(LawViolation) as error:
        audit_auction(auction)
    found = re.findall(r"(\w+) holds (\d+) point-wei, its accounts say (\d+)", str(error.value))
    assert [(name, int(held) - int(owed)) for name, held, owed in found] == [
        ("Auction", POINT),
        ("CoalitionTables", -POINT),
    ]
