"""What audits refuse, on hand-made evidence: an event or an answer that is not what the day should have come to."""

from collections import namedtuple
from dataclasses import replace
from types import SimpleNamespace

import pytest

from offchain.chain.keys import NOBODY
from offchain.day.anchoring.audit import audit_anchors
from offchain.day.anchoring.audit import queries as anchor_queries
from offchain.day.anchoring.records import AnchorRow
from offchain.day.carbon.audit import audit_roots
from offchain.day.carbon.audit import queries as root_queries
from offchain.day.driver.audit import contradictions, differences, refuse
from offchain.day.driver.evidence import BlockQuestion, ChainEvidence, Evidence, Question
from offchain.day.members.audit import audit_sheets
from offchain.day.points.audit import audit_points
from offchain.day.points.audit import queries as point_queries
from offchain.day.points.records import PointTotals
from offchain.day.world.world import World
from offchain.errors import LawViolation
from offchain.index.records import BlockPoint, FollowedChain, IndexedEvent
from offchain.members.records import DaySheet
from offchain.members.sheet_words import pack

DAY, HOUR = 17_002, 17_002 * 24
DESK, REGISTRY, OWNER = (f"0x{number:040x}" for number in (1, 2, 3))
Escrow = namedtuple("Escrow", "deposited withdrawn")


def event(contract, name, **values):
    return IndexedEvent(
        contract=contract,
        address=NOBODY,
        name=name,
        values=values,
        block=7,
        block_hash="0x07",
        time=70,
        transaction="0x77",
        index=0,
    )


def chain(name, *events, chain_id=31_001):
    head = BlockPoint(number=9, hash="0x09")
    followed = FollowedChain(name=name, chain_id=chain_id, genesis="0x00", facts={}, head=head, cursor=len(events))
    return ChainEvidence(chain=followed, addresses={"MarginDesk": DESK, "DeviceRegistry": REGISTRY}, events=events)


def evidence(*events, main=(), answers=(), **plan):
    """A region called rural, beside the main chain."""
    region = SimpleNamespace(region=SimpleNamespace(name="rural"), day=DAY, hours=range(HOUR, HOUR + 1), **plan)
    chains = {"main": chain("main", *main, chain_id=31_000), "rural": chain("rural", *events)}
    return Evidence(world=World(regions=(region,), auction=None), chains=chains).answered(dict(answers))


def anchored(height, block_hash, chain_id=31_001):
    return event("AnchorBoard", "Anchored", chainId=chain_id, height=height, blockHash=block_hash)


def test_anchors_are_the_hashes_of_their_blocks():
    board = (anchored(5, "0x05"), anchored(5, "0xff", chain_id=31_099), anchored(6, "0x06"))
    found = evidence(main=board)
    assert anchor_queries(found) == [BlockQuestion("rural", 5), BlockQuestion("rural", 6)]
    hashes = {BlockQuestion("rural", 5): "0x05", BlockQuestion("rural", 6): "0x06"}
    rows = audit_anchors(found.answered(hashes))
    assert rows == tuple(AnchorRow(chain="rural", height=n, block_hash=f"0x0{n}") for n in (5, 6))
    with pytest.raises(LawViolation, match="anchor of chain rural at 6 is not its block's hash"):
        audit_anchors(found.answered(hashes | {BlockQuestion("rural", 6): "0x60"}))


ROOT = bytes(31) + b"\x07"
FINAL = Question("rural", "CarbonLedger", "finalRoot", (HOUR,))
TREES = (SimpleNamespace(root=ROOT),)


@pytest.mark.parametrize(
    ("posted", "final", "named"),
    [
        (bytes(32), ROOT, f"is 0x{ROOT.hex()}, posted 0x{bytes(32).hex()}, planned 0x{ROOT.hex()}"),
        (ROOT, bytes(32), f"is 0x{bytes(32).hex()}, posted 0x{ROOT.hex()}, planned 0x{ROOT.hex()}"),
        (None, ROOT, f"is 0x{ROOT.hex()}, posted none, planned 0x{ROOT.hex()}"),
    ],
)
def test_another_carbon_root_is_refused(posted, final, named):
    def found(posted, final):
        events = [event("CarbonLedger", "RootPosted", hour=HOUR, root=f"0x{posted.hex()}")] if posted else []
        return evidence(*events, answers={FINAL: final}, trees=TREES)

    assert list(root_queries(found(ROOT, ROOT))) == [FINAL]
    audit_roots(found(ROOT, ROOT))
    with pytest.raises(LawViolation, match=f"carbon root of hour {HOUR} {named}"):
        audit_roots(found(posted, final))


def accepted(meter, wh):
    words = {"importWh": list(pack((wh,) * 24)), "exportWh": list(pack((0,) * 24))}
    return event("DaySheets", "SheetAccepted", meter=meter, day=DAY, revision=0, **words)


def test_another_final_sheet_is_refused():
    """Member 1 imports 10 Wh an hour; a device's meter and a day before are not compared."""
    plan = {
        "members": SimpleNamespace(everybody=(SimpleNamespace(id=1),)),
        "readings": SimpleNamespace(final=(DaySheet(member=1, import_wh=(10,) * 24, export_wh=(0,) * 24),)),
    }
    before = replace(accepted(1, 3), values={**accepted(1, 3).values, "day": DAY - 1})
    findings = audit_sheets(evidence(accepted(1, 10), accepted(1 << 31, 99), before, **plan))
    assert findings.announced == {"rural": (accepted(1, 10), accepted(1 << 31, 99))}
    for events in ((accepted(1, 11),), ()):
        with pytest.raises(LawViolation, match="chain rural differs from the plan: final sheet of member 1 is "):
            audit_sheets(evidence(*events, **plan))


def moved(source, target, value):
    return event("PowerPoint", "Transfer", **{"from": source, "to": target, "value": value})


POINTS = (
    moved(NOBODY, OWNER, 100),
    event("PowerPoint", "PointsMinted", amount=100),
    moved(OWNER, DESK, 30),
    moved(OWNER, REGISTRY, 20),
    moved(OWNER, NOBODY, 5),
    event("PowerPoint", "PointsBurned", amount=5),
)
ANSWERS = {
    Question("rural", "PowerPoint", "escrow"): Escrow(100, 5),
    Question("rural", "PowerPoint", "totalSupply"): 95,
    Question("rural", "RewardPool", "outstanding"): 0,
    Question("rural", "PowerPoint", "balanceOf", (DESK,)): 30,
    Question("rural", "PowerPoint", "balanceOf", (REGISTRY,)): 20,
}


def test_points_are_added_up_from_their_events():
    found = evidence(*POINTS, answers=ANSWERS)
    assert set(point_queries(found)) == set(ANSWERS)
    totals = PointTotals(deposited=100, withdrawn=5, supply=95, margins=30, bonds=20, rewards=0)
    assert audit_points(found) == {"rural": totals}


@pytest.mark.parametrize(
    ("question", "answer", "message"),
    [
        ("escrow", Escrow(101, 5), "deposited into escrow is 100 by the events, 101 on chain"),
        ("escrow", Escrow(100, 6), "withdrawn from escrow is 5 by the events, 6 on chain"),
        ("totalSupply", 96, "the supply of points is 95 by the events, 96 on chain"),
        ("outstanding", 1, "what the reward pool owes is 0 by the events, 1 on chain"),
    ],
)
def test_an_answer_that_is_not_what_the_events_say_is_refused(question, answer, message):
    changed = {key: answer if key.function == question else value for key, value in ANSWERS.items()}
    with pytest.raises(LawViolation, match=f"chain rural differs from the plan: {message}$"):
        audit_points(evidence(*POINTS, answers=changed))


@pytest.mark.parametrize(("holder", "name"), [(DESK, "the desk"), (REGISTRY, "the device registry")])
def test_a_balance_that_is_not_what_the_transfers_say_is_refused(holder, name):
    asked = Question("rural", "PowerPoint", "balanceOf", (holder,))
    changed = ANSWERS | {asked: ANSWERS[asked] + 1}
    with pytest.raises(LawViolation, match=f"what {name} holds is {ANSWERS[asked]} by the events, "):
        audit_points(evidence(*POINTS, answers=changed))


def test_points_without_a_deposit_are_refused():
    with pytest.raises(LawViolation, match="I-05: balances sum to 96, escrow is 95 point-wei"):
        audit_points(evidence(*POINTS, moved(NOBODY, OWNER, 1), answers=ANSWERS))


def test_the_first_difference_of_each_kind_is_named():
    assert list(differences("x of", {1: 5, 2: 6, 3: 7}, {1: 5, 2: 8, 3: 9})) == ["x of 2 is 6, planned 8"]
    assert list(differences("x of", {1: 5}, {1: 5, 4: 1})) == ["x of 4 is None, planned 1"]
    assert list(differences("x of", {1: 5}, {1: 5})) == []
    assert list(contradictions({"a": (1, 1), "b": (2, 3), "c": (4, 5)})) == ["b is 2 by the events, 3 on chain"]
    refuse("rural", [])
    with pytest.raises(LawViolation, match=r"^chain rural differs from the plan: one; two$"):
        refuse("rural", ["one", "two"])


def test_exactly_one_event_of_a_name_is_the_only_one():
    closed = event("EnergyRewards", "RewardsClosed", day=DAY)
    assert chain("rural", closed, anchored(5, "0x05")).only("EnergyRewards", "RewardsClosed") == closed
    for events in ((), (closed, closed)):
        message = f"^chain rural has {len(events)} events RewardsClosed of EnergyRewards, planned 1$"
        with pytest.raises(LawViolation, match=message):
            chain("rural", *events).only("EnergyRewards", "RewardsClosed")
