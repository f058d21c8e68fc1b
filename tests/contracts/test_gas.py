"""Gas of the main operations, whole transactions, against benchmarks/gas.json.

`UPDATE_GAS=1 pytest tests/contracts/test_gas.py` writes the file anew; a change shows up as its diff. The state that a
figure starts from is in the operation's name: `first` writes slots that were empty, otherwise they were written before.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from offchain.auction.packing import pack_shares
from offchain.files import PROJECT
from offchain.merkle import carbon_leaf, merkle_tree
from tests.support.auction_house import GATE, HOUR, WHOLE_REGION, Play, falsified, golden_market, open_auction, shown
from tests.support.bank import bill_of, reference, signed_bill
from tests.support.bank import mint as mint_batch
from tests.support.certificates import ids_of, issue_days
from tests.support.delivering import CLOSABLE
from tests.support.gas_of_market import agreements, crowd, margin
from tests.support.region import (
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
    agreement,
    device,
    node_of,
    only,
    pack,
    registration,
)
from tests.support.selling import buy, offer

COMMITTED = PROJECT / "benchmarks" / "gas.json"
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
        "QuotaExchange": "exchange",
        "BilateralMarket": "market",
        "MarginDesk": "desk",
        "OfferDesk": "offers",
        "MarketReader": "reader",
        "ResidualSettlement": "residuals",
        "Reconciliation": "reconciliation",
        "AnchorBoard": "anchors",
        "RewardPool": "pool",
        "CertificateSale": "sale",
        "RoleManager": "roles",
    }
    deployed = {f"{contract}.deploy": getattr(region, name).tx.gas_used for contract, name in names.items()}
    return deployed | {"EnergyRewards.deploy": region.rewarded.rewards.tx.gas_used}


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
    """In time, unless it says otherwise; the second day has an agreement, the first one has none."""
    region.register(agreement(firstHour=FIRST_HOUR + 32))
    Region.go(DAY_END)
    first = region.submit(region.sheet("seller", exports=FULL))
    both_first = region.submit(region.sheet("prosumer", imports=FULL, exports=FULL))
    of_device = region.submit(region.device_sheet("seller", exports=FULL))
    corrected = [region.submit(region.sheet("seller", exports=LESS, revision=1))]
    corrected.append(region.submit(region.sheet("prosumer", imports=LESS, exports=LESS, revision=1)))
    again = region.submit(region.sheet("prosumer", imports=FULL, exports=FULL, revision=2))
    Region.go(DAY_END + 86_400)
    late = region.submit(region.sheet("second_seller", exports=FULL))
    one = region.submit(region.sheet("seller", exports=FULL, day=DAY + 1))
    both = region.submit(region.sheet("prosumer", imports=FULL, exports=FULL, day=DAY + 1))
    Region.go(DAY_END + 86_400 + 12 * 3_600)
    guess = (BUYER, DAY + 1, pack(FULL), pack(only({})))
    guessed = region.sheets.estimate([guess], by("operator"))
    return {
        "DaySheets.submit first of a meter, one direction": first.gas_used,
        "DaySheets.submit first of a meter, both directions": both_first.gas_used,
        "DaySheets.submit first of a meter, one direction, after the close": late.gas_used,
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
    "GreenCertificate.issueDay one hour": 92_000,
    "GreenCertificate.issueDay each of 24 hours": 10_000,
    "GreenCertificate.safeTransferFrom to a holder": 52_000,
    "GreenCertificate.safeBatchTransferFrom each of 24 hours, to a holder": 9_000,
    "GreenCertificate.retire first": 73_000,
    "GreenCertificate.retire again": 56_000,
    "GreenCertificate.retireBatch each of 10 beneficiaries": 30_000,
    "QuotaExchange.place sale": 110_000,
    "QuotaExchange.place purchase": 110_000,
    "QuotaExchange.take sale, first of both": 130_000,
    "QuotaExchange.take sale": 130_000,
    "QuotaExchange.take purchase, first of a seller": 130_000,
    "QuotaExchange.take purchase": 130_000,
    "QuotaExchange.cancel sale": 50_000,
    "QuotaExchange.cancel purchase": 50_000,
    "OfferDesk.register steady state": 142_000,
    "OfferDesk.register new third of a day": 177_000,
    "OfferDesk.register first ever of a pair": 222_000,
    "BilateralMarket.settle each of 100 pairs": 52_000,
    "BilateralMarket.settle each of 100 pairs, the day after": 60_000,
    "BilateralMarket.settle each of 100 pairs, one default each": 58_000,
    "BilateralMarket.settle each of 40 pairs, 24 hours": 85_000,
    "BilateralMarket.close each of 10 defaults": 28_000,
    "BilateralMarket.claim": 40_000,
    "ResidualSettlement.settle each of 50": 60_000,
}


@pytest.fixture(autouse=True)
def references(isolation, region):
    """The same bank references whatever other tests have deployed for the session: their bytes cost gas."""
    region.references[:] = range(1, 201)


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


TEXT = ("B" * 32, "P" * 32, FIRST_HOUR, FIRST_HOUR + 24, "0x4445")  # 64 bytes of text


def certificates(region):
    """Three days of a device: the first ever, another full one, one with a single hour."""
    number, contract = DEVICE_IDS["seller"], region.certificates
    Region.go(DAY_END + 2 * 86_400)
    days = {DAY: FULL, DAY + 1: FULL, DAY + 2: only({12: 5_000})}
    region.submit(*(region.device_sheet("seller", exports=hours, day=day) for day, hours in days.items()))
    Region.go(FINAL + 2 * 86_400)
    first, full, one = (contract.issueDay(number, day, by("stranger")).gas_used for day in days)
    return {
        "GreenCertificate.issueDay first of a device, each of 24 hours": first // 24,
        "GreenCertificate.issueDay each of 24 hours": full // 24,
        "GreenCertificate.issueDay one hour": one,
        **certificate_transfers(contract, number),
        **retirements(contract, number << 56 | FIRST_HOUR << 24 | HYDRO << 16),
        **payloads(contract, number << 56 | (FIRST_HOUR + 24) << 24 | HYDRO << 16),
        **stakes(region, number),
        **corrections(region, number),
    }


def certificate_transfers(contract, number):
    hours = [number << 56 | (FIRST_HOUR + hour) << 24 | HYDRO << 16 for hour in range(24)]
    parties = (actor("seller"), actor("buyer"))
    to_new, to_holder = (contract.safeTransferFrom(*parties, hours[0], 10, b"", by("seller")) for _ in range(2))
    batch = [contract.safeBatchTransferFrom(*parties, hours, [10] * 24, b"", by("seller")) for _ in range(2)]
    return {
        "GreenCertificate.safeTransferFrom to a new holder": to_new.gas_used,
        "GreenCertificate.safeTransferFrom to a holder": to_holder.gas_used,
        "GreenCertificate.safeBatchTransferFrom each of 24 hours, to a new holder": batch[0].gas_used // 24,
        "GreenCertificate.safeBatchTransferFrom each of 24 hours, to a holder": batch[1].gas_used // 24,
    }


def retirements(contract, held):
    first = contract.retire(held, 10, False, TEXT, by("seller"))
    again = contract.retire(held, 10, False, TEXT, by("seller"))
    several = contract.retireBatch([([held], [10], False, TEXT)] * 10, by("seller"))
    day = [held + (hour << 24) for hour in range(24)]
    whole = contract.retireBatch([(day, [10] * 24, True, TEXT)], by("seller"))
    return {
        "GreenCertificate.retire first": first.gas_used,
        "GreenCertificate.retire again": again.gas_used,
        "GreenCertificate.retireBatch each of 10 beneficiaries": several.gas_used // 10,
        "GreenCertificate.retireBatch each of 24 hours": whole.gas_used // 24,
    }


def payloads(contract, held):
    """With as little text as peers that keep a hash, and with as much as those that keep 576 bytes."""
    hash_only, text = ("0x" + "5a" * 32, "", 1, 2, b"DE"), ("b" * 64, "p" * 512, 1, 2, b"DE")
    first, again = (contract.retire(held, 10, False, hash_only, by("seller")).gas_used for _ in range(2))
    other = held + (8 << 24)  # in another word
    first_text, again_text = (contract.retire(other, 10, False, text, by("seller")).gas_used for _ in range(2))
    several = contract.retireBatch([([other], [10], False, text)] * 10, by("seller"))
    return {
        "GreenCertificate.retire hash only, first": first,
        "GreenCertificate.retire hash only, again": again,
        "GreenCertificate.retire 576 bytes, first": first_text,
        "GreenCertificate.retire 576 bytes, again": again_text,
        "GreenCertificate.retireBatch 576 bytes, each of 10": several.gas_used // 10,
    }


def stakes(region, number):
    """A day of certificates as stake, and back."""
    seller = actor("seller")
    hours = [number << 56 | (FIRST_HOUR + hour) << 24 | HYDRO << 16 for hour in range(24)]
    region.certificates.setApprovalForAll(actor("stake_keeper"), True, by("seller"))
    locked = region.certificates.lock(seller, hours, [10] * 24, by("stake_keeper"))
    unlocked = region.certificates.unlock(seller, hours, [10] * 24, by("stake_keeper"))
    return {
        "GreenCertificate.lock each of 24 hours, first of a holder": locked.gas_used // 24,
        "GreenCertificate.unlock each of 24 hours": unlocked.gas_used // 24,
    }


def sales(region):
    """Three purchases from one offer: the buyer's first of an hour, the next, and a whole day."""
    number = DEVICE_IDS["seller"]
    issue_days(region, {DAY: FULL})
    region.certificates.setApprovalForAll(region.sale, True, by("seller"))
    region.mint(actor("seller"), POINT)
    region.mint(actor("buyer"), 9 * POINT)
    region.points.approve(region.sale, 9 * POINT, by("buyer"))
    terms = offer(ids=tuple(ids_of(number, range(24))), wh=10**6)
    first, again = (buy(region, terms, (0, 10)) for _ in range(2))
    day = buy(region, terms, *((hour, 10) for hour in range(24)))
    return {
        "CertificateSale.buy first": first.gas_used,
        "CertificateSale.buy again": again.gas_used,
        "CertificateSale.buy each of 24 hours": day.gas_used // 24,
        "CertificateSale.cancel": region.sale.cancel(8, by("seller")).gas_used,
    }


def deliveries(region):
    """A day under one agreement, an hour under another; the day closed and claimed."""
    rewarded = region.rewarded
    region.mint(region.pool, 100 * POINT)
    whole, hour = rewarded.agree(wh=1_000, first=0, hours=24), rewarded.agree(wh=1_000, first=9, hours=1)
    measured = dict(enumerate(FULL))
    rewarded.meter(measured, measured)
    contract, number = rewarded.rewards, DEVICE_IDS["seller"]
    gas = [contract.deliver(DAY, index, number, by("stranger")).gas_used for index in (whole, hour)]
    Region.go(CLOSABLE)
    closed = contract.close(DAY, by("stranger"))
    claimed = contract.claim(BUYER, DAY, by("stranger"))
    return {
        "EnergyRewards.deliver 24 hours, first of a day": gas[0],
        "EnergyRewards.deliver one hour": gas[1],
        "EnergyRewards.close": closed.gas_used,
        "EnergyRewards.claim two causes, first of a member": claimed.gas_used,
    }


def corrections(region, number):
    sheet = region.device_sheet("seller", exports=[wh - 100 for wh in FULL], revision=1)
    corrected = region.certificates.correct(sheet, b"", b"\x01" * 32, by("issuer"))
    revoked = region.certificates.revoke(number, DAY, b"\x01" * 32, by("issuer"))
    return {
        "GreenCertificate.correct 24 hours downwards": corrected.gas_used,
        "GreenCertificate.revoke": revoked.gas_used,
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


def quota_orders(region):
    """First orders and trades of members, who had deposited points or not, and later ones."""
    exchange, price, amount = region.exchange, 92 * POINT, 10_000
    for name, member in (("seller", SELLER), ("buyer", BUYER), ("prosumer", MEMBER_IDS["prosumer"])):
        region.quota.grant(member, 2100, 10**6, by("regulator"))
        region.quota.setOperator(exchange, True, by(name))

    def placed(name, *, purchase):
        order = exchange.place(purchase, 2100, amount, price, 0, by(name))
        return order.return_value, order.gas_used

    def deposited(name):
        region.mint(actor(name), 10 * POINT)
        region.points.approve(exchange, 10 * POINT, by(name))
        return exchange.deposit(MEMBER_IDS[name], 10 * POINT, by(name)).gas_used

    deposited("second_buyer")
    placed("prosumer", purchase=False)
    first_deposit = deposited("buyer")
    (sale, first_sale), (purchase, first_purchase) = placed("seller", purchase=False), placed("buyer", purchase=True)
    bought = [exchange.take(sale, amount // 4, price, by("second_buyer")).gas_used for _ in range(2)]
    sold = [exchange.take(purchase, amount // 4, price, by("prosumer")).gas_used for _ in range(2)]
    back = [exchange.cancel(sale, by("seller")).gas_used, exchange.cancel(purchase, by("buyer")).gas_used]
    return {
        "QuotaExchange.deposit first of a member": first_deposit,
        "QuotaExchange.place sale": first_sale,
        "QuotaExchange.place purchase": first_purchase,
        "QuotaExchange.take sale, first of both": bought[0],
        "QuotaExchange.take sale": bought[1],
        "QuotaExchange.take purchase, first of a seller": sold[0],
        "QuotaExchange.take purchase": sold[1],
        "QuotaExchange.cancel sale": back[0],
        "QuotaExchange.cancel purchase": back[1],
        "QuotaExchange.withdraw": exchange.withdraw(POINT, by("buyer")).gas_used,
    }


def quota_years(region):
    """A year that is surrendered with offsets, and one that is closed with something missing."""
    certified = region.quota.certifyOffsets(BUYER, 10**6, b"\x01" * 32, by("regulator"))
    region.quota.grant(BUYER, 2100, 10**6, by("regulator"))
    region.quota.grant(SELLER, 2100, 10**6, by("regulator"))
    given = region.quota.transfer(BUYER, 2100, 10, by("seller"))
    Region.go(region.quota.settlementTimes(2100)[1])
    surrendered = region.quota.surrender(2100, 0, by("buyer"))
    closed = region.quota.close(SELLER, 2100, by("stranger"))
    return {
        "CarbonQuota.certifyOffsets first of a member": certified.gas_used,
        "CarbonQuota.transfer to a holder's first": given.gas_used,
        "CarbonQuota.surrender": surrendered.gas_used,
        "CarbonQuota.close first of a member": closed.gas_used,
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
    deployment, members, sheets, points, rewards, margin, certificates, carbon, quota_orders, quota_years, anchors,
    agreements, crowd, sales, deliveries, auction, auction_under_dispute, largest_auction,
)  # fmt: skip


@pytest.mark.usefixtures("pool", "energy_rewards")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_gas_is_as_committed(region, scenario):
    measured = scenario(region)
    committed = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    if os.environ.get("UPDATE_GAS") == "1":
        COMMITTED.write_text(json.dumps(dict(sorted((committed | measured).items())), indent=2) + "\n")
        return
    changed = {name: (committed.get(name), gas) for name, gas in measured.items() if committed.get(name) != gas}
    assert not changed, f"gas (committed, measured): {changed}; UPDATE_GAS=1 accepts"


@pytest.mark.usefixtures("pool", "energy_rewards")
def test_every_committed_figure_has_its_scenario(region):
    """Names that no scenario measures any more are dropped from the file by hand."""
    names = set(json.loads(COMMITTED.read_text()))
    scenarios = (Path(__file__), PROJECT / "tests" / "support" / "gas_of_market.py")
    source = "".join(file.read_text() for file in scenarios)
    deployed = set(deployment(region))
    assert {name for name in names if f'"{name}"' not in source} <= deployed
