"""Gas of the main operations, whole transactions, against benchmarks/gas.json.

`UPDATE_GAS=1 pytest tests/contracts/test_gas.py` writes the file anew; a change shows up as its diff. The state that a
figure starts from is in the operation's name: `first` writes slots that were empty, otherwise they were written before.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from auction_house import GATE, HOUR, WHOLE_REGION, Play, falsified, golden_market, open_auction, shown
from bank import bill_of, reference, signed_bill
from bank import mint as mint_batch
from gas_of_market import agreements, crowd, margin
from region import (
    DAY,
    DAY_END,
    DEVICE_IDS,
    DEVICES,
    FINAL,
    FIRST_HOUR,
    HYDRO,
    MEMBER_IDS,
    NAMEPLATE,
    POINT,
    START,
    Kind,
    Region,
    actor,
    device,
    node_of,
    only,
    pack,
    registration,
)

from offchain.auction.packing import pack_shares
from offchain.merkle import carbon_leaf, merkle_tree

COMMITTED = Path(__file__).resolve().parents[2] / "benchmarks" / "gas.json"
FULL = [NAMEPLATE // 2 + hour for hour in range(24)]
LESS = [wh - 1_000 for wh in FULL]
SELLER, BUYER = MEMBER_IDS["seller"], MEMBER_IDS["buyer"]
STRANGER_NODES = 128  # a tree of depth 7, as a medium-voltage grid has


def by(name):
    return {"from": actor(name)}


def join(region, count, kind):
    """Register newcomers of a kind in one batch."""
    names = [f"{kind.name} {index}" for index in range(count)]
    exports = 0 if kind is Kind.CONSUMER else NAMEPLATE
    terms = [registration(name, kind=int(kind), exportW=exports) for name in names]
    return region.join(*terms, signers=names)


def deployment(region):
    names = {
        "FreezeList": "freezes",
        "MemberRegistry": "registry",
        "DeviceRegistry": "devices",
        "DaySheets": "sheets",
        "PowerPoint": "points",
        "GreenCertificate": "certificates",
        "CarbonLedger": "ledger",
        "CarbonQuota": "quota",
        "BilateralMarket": "market",
        "MarginDesk": "desk",
        "MarketReader": "reader",
        "ResidualSettlement": "residuals",
        "Reconciliation": "reconciliation",
        "AnchorBoard": "anchors",
        "RewardPool": "pool",
        "RoleManager": "roles",
    }
    return {f"{contract}.deploy": getattr(region, name).tx.gas_used for contract, name in names.items()}


def members(region):
    one = join(region, 1, Kind.PROSUMER)
    fifty = join(region, 50, Kind.GENERATOR)
    record = region.devices.register([device("seller")] * 50, by("operator"))
    bond = region.post_bond("seller", len(DEVICES) + 1)
    freeze = region.freeze(actor("stranger"), START + 86_400)
    return {
        "MemberRegistry.register one": one.gas_used,
        "MemberRegistry.register each of 50": fifty.gas_used // 50,
        "DeviceRegistry.register each of 50": record.gas_used // 50,
        "DeviceRegistry.postBond": bond.gas_used,
        "FreezeList.freeze first of an account": freeze.gas_used,
    }


def sheets(region):
    Region.go(DAY_END + 86_400)
    first = region.submit(region.sheet("seller", exports=FULL))
    both_first = region.submit(region.sheet("prosumer", imports=FULL, exports=FULL))
    one = region.submit(region.sheet("seller", exports=FULL, day=DAY + 1))
    both = region.submit(region.sheet("prosumer", imports=FULL, exports=FULL, day=DAY + 1))
    of_device = region.submit(region.device_sheet("seller", exports=FULL))
    corrected = [region.submit(region.sheet("seller", exports=LESS, revision=1))]
    corrected.append(region.submit(region.sheet("prosumer", imports=LESS, exports=LESS, revision=1)))
    again = region.submit(region.sheet("prosumer", imports=FULL, exports=FULL, revision=2))
    Region.go(DAY_END + 86_400 + 12 * 3_600)
    guess = (BUYER, DAY + 1, pack(FULL), pack(only({})))
    guessed = region.sheets.estimate([guess], by("operator"))
    return {
        "DaySheets.submit first of a meter, one direction": first.gas_used,
        "DaySheets.submit first of a meter, both directions": both_first.gas_used,
        "DaySheets.submit one direction": one.gas_used,
        "DaySheets.submit both directions": both.gas_used,
        "DaySheets.submit first of a device meter": of_device.gas_used,
        "DaySheets.submit first correction, one direction": corrected[0].gas_used,
        "DaySheets.submit first correction, both directions": corrected[1].gas_used,
        "DaySheets.submit second correction, both directions": again.gas_used,
        "DaySheets.estimate first of a meter, one direction": guessed.gas_used,
    }


# The most that an operation may cost.
TARGETS = {
    "MemberRegistry.register each of 50": 90_000,
    "DaySheets.submit first of a meter, one direction": 135_000,
    "DaySheets.submit first of a device meter": 135_000,
    "DaySheets.submit first of a meter, both directions": 210_000,
    "DaySheets.submit first correction, one direction": 95_000,
    "DaySheets.submit first correction, both directions": 120_000,
    "PowerPoint.transfer to a holder": 42_000,
    "BilateralMarket.register steady state": 142_000,
    "BilateralMarket.register new third of a day": 177_000,
    "BilateralMarket.register first ever of a pair": 222_000,
    "BilateralMarket.settle each of 100 pairs": 52_000,
    "BilateralMarket.settle each of 100 pairs, the day after": 60_000,
    "BilateralMarket.settle each of 100 pairs, one default each": 58_000,
    "BilateralMarket.settle each of 40 pairs, 24 hours": 85_000,
    "BilateralMarket.close each of 10 defaults": 28_000,
    "BilateralMarket.claim": 40_000,
    "ResidualSettlement.settle each of 50": 60_000,
}


@pytest.mark.parametrize("name", TARGETS)
def test_committed_gas_is_within_its_target(name):
    assert json.loads(COMMITTED.read_text())[name] <= TARGETS[name]


def points(region):
    mint = region.mint(actor("buyer"), 9 * POINT)
    region.mint(actor("seller"), POINT)
    transfer = region.points.transfer(actor("seller"), POINT, by("buyer"))
    burn = region.points.burn(POINT, 1, by("buyer"))
    bill = bill_of(actor("buyer"), POINT)
    pay = region.points.payBill(bill, signed_bill(region.points, bill), by("buyer"))
    batch = mint_batch(region.points, *((actor(f"holder {index}"), POINT, reference(index)) for index in range(50)))
    Region.go(START + 86_400)
    first_burn = region.points.burn(POINT, 1, by("seller"))
    state = region.points.stateEscrow(region.points.closingSupply(), reference("document"), by("bank"))
    return {
        "PowerPoint.mint first of a holder": mint.gas_used,
        "PowerPoint.mint each of 50 first holders": batch.gas_used // 50,
        "PowerPoint.transfer to a holder": transfer.gas_used,
        "PowerPoint.burn": burn.gas_used,
        "PowerPoint.burn first of a day": first_burn.gas_used,
        "PowerPoint.payBill": pay.gas_used,
        "PowerPoint.stateEscrow": state.gas_used,
    }


def rewards(region):
    """Rewards of two days, and a bill paid with half of the credit once it is mature."""
    region.mint(region.pool, 100 * POINT)
    sold = 1
    Region.go(DAY_END)
    first = region.pool.reward(BUYER, POINT, sold, by("rewarder"))
    same_day = region.pool.reward(BUYER, POINT, sold, by("rewarder"))
    Region.go(DAY_END + 86_400)
    next_day = region.pool.reward(BUYER, POINT, sold, by("rewarder"))
    opened = region.pool.openWelcome(DEVICE_IDS["seller"], reference("organisation"), by("operator"))
    region.submit(region.device_sheet("seller", exports=FULL))
    Region.go(FINAL)
    region.certificates.issueDay(DEVICE_IDS["seller"], DAY, by("stranger"))
    claimed = region.pool.claimWelcome(DEVICE_IDS["seller"], by("seller"))
    bill = bill_of(actor("buyer"), POINT)
    paid = region.pool.payBill(bill, signed_bill(region.points, bill), POINT, by("buyer"))
    return {
        "RewardPool.reward first of a member": first.gas_used,
        "RewardPool.reward again on a day": same_day.gas_used,
        "RewardPool.reward on another day": next_day.gas_used,
        "RewardPool.openWelcome": opened.gas_used,
        "RewardPool.claimWelcome first of a member": claimed.gas_used,
        "RewardPool.payBill from one bucket": paid.gas_used,
    }


def certificates(region):
    Region.go(DAY_END)
    number = DEVICE_IDS["seller"]
    region.submit(region.device_sheet("seller", exports=FULL))
    Region.go(FINAL)
    issue = region.certificates.issueDay(number, DAY, by("stranger"))
    held = number << 56 | FIRST_HOUR << 24 | HYDRO << 16
    parties = (actor("seller"), actor("buyer"), held, 10)
    first = region.certificates.safeTransferFrom(*parties, b"", by("seller"))
    again = region.certificates.safeTransferFrom(*parties, b"", by("seller"))
    retirement = ("B" * 32, "P" * 32, FIRST_HOUR, FIRST_HOUR + 24, "0x4445")
    retire = region.certificates.retire(held, 10, retirement, by("seller"))
    return {
        "GreenCertificate.issueDay 24 hours": issue.gas_used,
        "GreenCertificate.safeTransferFrom to a new holder": first.gas_used,
        "GreenCertificate.safeTransferFrom to a holder": again.gas_used,
        "GreenCertificate.retire": retire.gas_used,
    }


def carbon(region):
    Region.go(DAY_END)
    node = node_of("buyer")
    hours = range(FIRST_HOUR, FIRST_HOUR + 24)
    trees = [merkle_tree([carbon_leaf(hour, n, 300_000 + n) for n in range(STRANGER_NODES)]) for hour in hours]
    post = region.ledger.post(FIRST_HOUR, [tree.root for tree in trees], by("carbon_provider"))
    grant = region.quota.grant(BUYER, 2100, 10**9, by("regulator"))
    region.submit(region.sheet("buyer", imports=FULL))
    Region.go(FINAL)
    proofs = [list(tree.proof(node)) for tree in trees]
    draw = region.quota.drawDownDay(BUYER, DAY, [300_000 + node] * 24, proofs, by("stranger"))
    return {
        "CarbonLedger.post 24 hours": post.gas_used,
        "CarbonQuota.grant first of a year": grant.gas_used,
        "CarbonQuota.drawDownDay 24 hours, depth 7": draw.gas_used,
    }


def anchors(region):
    region.anchors.registerChain(31001, by("regulator"))
    anchor = region.anchors.anchor(31001, 1, b"\x01" * 32, by("relayer"))
    return {"AnchorBoard.anchor": anchor.gas_used}


def auction(region):
    """The hour of five regions: 26 orders, two limited lines, nine orders in the largest region."""
    play = Play(golden_market(12))
    house = open_auction(region)
    house.register(play.market)
    placed = house.place(play.market)
    Region.go(GATE)
    close = house.auction.close(HOUR, play.orders, by("stranger"))
    clear = house.auction.clear(HOUR, shown(play.first), by("stranger"))
    post = house.post(play)
    house.tables.demand(HOUR, 0, 5_000, by("challenger"))
    house.tables.demand(HOUR, 0, WHOLE_REGION, by("challenger"))
    answer = house.tables.answerEntry(HOUR, play.opening(0, 5_000), play.dispatch_of(0, 5_000), by("stranger"))
    answer_region = house.tables.answerRegion(HOUR, play.region(0), by("stranger"))
    house.wait(1_800)
    adjust = house.auction.adjust(HOUR, play.orders, play.dispatch, play.allocations, by("stranger"))
    again = house.auction.clearAdjusted(HOUR, shown(play.second), by("stranger"))
    award = house.auction.award(HOUR, play.orders, shown(play.second), by("stranger"))
    return {
        "AuctionRegistry.deploy": house.registry.tx.gas_used,
        "Auction.deploy with its CoalitionTables": house.auction.tx.gas_used,
        "Auction.placeOrder first of an hour": placed[0].gas_used,
        "Auction.placeOrder": placed[1].gas_used,
        "Auction.close 26 orders": close.gas_used,
        "Auction.clear 26 orders, 2 lines, 5 nodes": clear.gas_used,
        "Auction.adjust 26 orders": adjust.gas_used,
        "Auction.clearAdjusted 26 orders, 2 lines, 5 nodes": again.gas_used,
        "Auction.award 26 orders": award.gas_used,
        "CoalitionTables.postTable 26 orders": post.gas_used,
        "CoalitionTables.answerEntry 26 orders": answer.gas_used,
        "CoalitionTables.answerRegion nine orders of five regions": answer_region.gas_used,
    }


def auction_under_dispute(region):
    """The same with a line that binds, a false entry, and a false allocation in the region of nine orders."""
    play = Play(golden_market(12, limit_de=200))
    house = open_auction(region)
    house.register(play.market)
    house.bring_to_clearing(play)
    clear = house.auction.clear(HOUR, shown(play.first), by("stranger"))
    lie = falsified(play.table, region=0, position=8_000, emission=1)
    house.post(play, table=lie)
    evidence = play.evidence(0, 8_000)
    entry = house.tables.challengeEntry(HOUR, play.opening(0, 8_000, table=lie), evidence, by("stranger"))
    shares = list(play.shares)
    shares[0] += 2
    shares[-1] -= 2
    allocations = pack_shares(shares)
    house.post(play, allocations=allocations, poster="challenger")
    shows = (play.orders, allocations, play.region(0))
    allocation = house.tables.challengeAllocation(HOUR, 0, *shows, by("second_buyer"))
    return {
        "Auction.clear 26 orders, 2 lines, 5 nodes, one binding": clear.gas_used,
        "CoalitionTables.challengeEntry 26 orders": entry.gas_used,
        "CoalitionTables.challengeAllocation nine orders of five regions": allocation.gas_used,
    }


def largest_auction(region):
    """Forty orders, seven to nine in each of five regions."""
    market = golden_market(12)
    more = [replace(order, price=order.price + 1) for order in market.orders if order.node != 0][:14]
    orders = (*market.orders, *more)
    play = Play(replace(market, orders=orders))
    house = open_auction(region)
    house.register(play.market)
    house.bring_to_clearing(play)
    clear = house.auction.clear(HOUR, shown(play.first), by("stranger"))
    return {"Auction.clear 40 orders, 2 lines, 5 nodes": clear.gas_used}


SCENARIOS = (
    deployment, members, sheets, points, rewards, margin, certificates, carbon, anchors, agreements, crowd,
    auction, auction_under_dispute, largest_auction,
)  # fmt: skip


@pytest.mark.usefixtures("pool")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_gas_is_as_committed(region, scenario):
    measured = scenario(region)
    committed = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    if os.environ.get("UPDATE_GAS") == "1":
        COMMITTED.write_text(json.dumps(dict(sorted((committed | measured).items())), indent=2) + "\n")
        return
    changed = {name: (committed.get(name), gas) for name, gas in measured.items() if committed.get(name) != gas}
    assert not changed, f"gas (committed, measured): {changed}; UPDATE_GAS=1 accepts"


@pytest.mark.usefixtures("pool")
def test_every_committed_figure_has_its_scenario(region):
    """Names that no scenario measures any more are dropped from the file by hand."""
    names = set(json.loads(COMMITTED.read_text()))
    source = "".join(file.read_text() for file in sorted(Path(__file__).parent.glob("*gas*.py")))
    deployed = set(deployment(region))
    assert {name for name in names if f'"{name}"' not in source} <= deployed
