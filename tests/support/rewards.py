"""The reward pool as tests use it: its parameters, the calendar of the region, and what actors do with it."""

from datetime import UTC, datetime
from typing import Final

from tests.support.bank import bill_of, reference, signed_bill
from tests.support.region import DAY, DEVICE_IDS, FINAL, MEMBER_IDS, POINT, UTC_OFFSET, Region, actor, only

REWARDS: Final = {
    "soldRate": POINT // 50,  # [point-wei/kWh]
    "boughtRate": POINT // 100,  # [point-wei/kWh]
    "usedRate": POINT // 100,  # [point-wei/kWh]
    "welcome": 5 * POINT,
    "memberDayCap": 20 * POINT,
    "computeDayCap": 2 * POINT,
    "yearlyBudget": 500_000 * POINT,
}
SELLER, BUYER = MEMBER_IDS["seller"], MEMBER_IDS["buyer"]
DEVICE = DEVICE_IDS["seller"]
WELCOME, SOLD, BOUGHT, USED, COMPUTE, BLOCK = range(6)
ORGANISATION = reference("an organisation, salted")
DAY_SECONDS = 86_400
YEAR = 2100
FUNDS = 1_000 * POINT


def moment(year, month, day, hour=0):
    """A time of the region's clock [s]."""
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) - UTC_OFFSET * 3_600


def month_number(year, month):
    return year * 12 + month - 1


def market_day(time):
    return (time // 3_600 + UTC_OFFSET) // 24


def reward(pool, member, amount, cause=SOLD):
    return pool.reward(member, amount, cause, {"from": actor("rewarder")})


def pay(region, pool, payer, amount, credit, *, name="a bill"):
    bill = bill_of(actor(payer), amount, name=name)
    return pool.payBill(bill, signed_bill(region.points, bill), credit, {"from": actor(payer)})


def parameters(pool, region, **changes):
    unknown = changes.keys() - REWARDS.keys()
    assert not unknown, unknown
    return pool.setParameters(tuple((REWARDS | changes).values()), {"from": region.deployer})


def certify(region, wh, *, day=DAY, issue_at=FINAL):
    """Let the seller's device export so much in one hour of a day, and certify it once final."""
    Region.go((day + 1) * DAY_SECONDS - UTC_OFFSET * 3_600)
    region.submit(region.device_sheet("seller", exports=only({12: wh}), day=day))
    Region.go(issue_at)
    region.certificates.issueDay(DEVICE, day, {"from": actor("stranger")})


def open_welcome(pool, device=DEVICE, organisation=ORGANISATION, *, by="operator"):
    return pool.openWelcome(device, organisation, {"from": actor(by)})
