"""A mechanism is a folder and a line: `greetings` runs, is audited and is shown, and no other file knows it."""

import json
from types import SimpleNamespace

import pytest

from offchain.chain.abi import contract_at, creation
from offchain.chain.build import Build
from offchain.chain.client import Client
from offchain.chain.clock import SimulatedClock
from offchain.chain.keys import local_key
from offchain.chain.local import ChainPlan, fund, local_chains
from offchain.day.driver.course import run_course
from offchain.day.driver.gathering import gather
from offchain.day.driver.main_chain import MainDay
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, timetable
from offchain.day.driver.trading_day import TradingDay
from offchain.day.mechanisms import MECHANISMS
from offchain.errors import LawViolation
from offchain.files import PROJECT
from offchain.index.store import Store
from offchain.report.export import as_json
from offchain.report.page import render
from tests.offchain.day.greetings.mechanism import GREETINGS
from tests.offchain.report.report_cases import region, sample_report

MIDNIGHT = 4_102_444_800  # [s]


def _deploy(endpoint):
    """A chain whose only contract is the manager of its roles."""
    admin, build = local_key("administrator"), Build(PROJECT / "build")
    artefact = build.artefact("RoleManager")
    fund(endpoint, [admin.address])
    call = creation("RoleManager", admin.address, abi=artefact.abi, bytecode=artefact.bytecode)
    receipt = Client(endpoint).send(call, admin)
    manager = contract_at("RoleManager", receipt.contract_address, abi=artefact.abi, block=receipt.block)
    return Client(endpoint, contracts=[manager], errors=build.errors)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A main chain and a regional one, on the morning of the day before."""
    chains = [ChainPlan("main", 31000, 0), ChainPlan("rural", 31001, 0)]
    plan = SimpleNamespace(region=SimpleNamespace(name="rural"))
    with local_chains(chains, genesis_time=MIDNIGHT - DAY, folder=tmp_path_factory.mktemp("chains")) as endpoints:
        main, rural = (_deploy(endpoint) for endpoint in endpoints)
        yield TradingDay(
            regions=(RegionDay(plan, rural, progress=lambda *_: None),),
            main=MainDay(None, main, progress=lambda *_: None),
        )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    index = Store(f"sqlite:///{tmp_path_factory.mktemp('index') / 'day.db'}")
    yield index
    index.close()


def test_its_steps_are_in_the_timetable_of_all():
    names = [step.name for step in timetable((*MECHANISMS, GREETINGS))]
    assert names.index("anchoring: D-1 01:00") == names.index("greetings: greet") + 1
    assert [name for name in names if name != "greetings: greet"] == [step.name for step in timetable(MECHANISMS)]


def test_it_is_missed_then_runs_is_audited_and_shown(day, store):
    """Before its step the audit names what is missing; after it the page and the figures have it."""
    with pytest.raises(LawViolation, match=r"chain rural differs from the plan: greetings are \[\], planned"):
        GREETINGS.audit(gather(day, store, mechanisms=(GREETINGS,)))
    clock = SimulatedClock(day.clients)
    durations = run_course(day, timetable((GREETINGS,)), clock=clock, midnight=MIDNIGHT)
    assert list(durations) == ["D-1 01:00: greetings"]
    evidence = gather(day, store, mechanisms=(GREETINGS,))
    (greeted,) = evidence.chains["rural"].of("RoleManager", "RoleLabel")
    assert MIDNIGHT - DAY + 3_600 < greeted.time < MIDNIGHT - DAY + 3_660
    assert evidence.main.of("RoleManager", "RoleLabel") == []
    report = sample_report(region(), more=(GREETINGS.section(evidence, GREETINGS.audit(evidence)),))
    assert "<p>good morning, &lt;rural&gt;, by role 0</p>" in render(report)
    assert json.loads(as_json(report))["regions"][0]["greetings"] == "good morning, <rural>"
