"""Points come in against deposits, the bank states its escrow account, a bill is paid."""

from offchain.day.certificates.steps import bond_of_device
from offchain.day.driver.chain_day import struct
from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.points.plan import BILL_AMOUNT, best_seller, deposits
from offchain.points.papers import BILL

BILL_LIFE = 24 * HOUR  # [s]


def mint_points(region: RegionDay) -> None:
    """The bank mints against deposits that its second person has confirmed."""
    deposits = [
        struct(to=region.member(m).address, amount=value, bankReference=region.reference(f"deposit of member {m}"))
        for m, value in _deposits(region).items()
    ]
    region.mint(deposits, deadline=region.day_starts)


def state_escrow(region: RegionDay) -> None:
    """The bank states what the escrow account held when the day of delivery ended: all deposits, nothing withdrawn."""
    region.state_escrow(sum(_deposits(region).values()), region.reference("the bank's statement of the escrow account"))


def pay_bill(region: RegionDay) -> None:
    """The best seller withdraws points from its margin account and pays a bill that the utility has signed."""
    best = best_seller(region.plan)
    key, utility = region.member(best), region.role("utility")
    bill = struct(
        payer=key.address,
        amount=BILL_AMOUNT,
        billId=region.reference(f"bill of member {best}"),
        deadline=region.client.block().time + BILL_LIFE,
    )
    signature = region.domain("PowerPoint").sign(utility, BILL, bill)
    region.send([("MarginDesk", "withdraw", (BILL_AMOUNT,), 1)], key)
    region.send([("PowerPoint", "payBill", (bill, (utility.address, signature)), 1)], key)


STEPS = (
    Step(name="points: mint", at=-DAY + HOUR, act=in_every_region(mint_points)),
    Step(name="points: state escrow", at=DAY + 6 * HOUR, act=in_every_region(state_escrow)),
    Step(
        name="points: pay a bill",
        at=DAY + 18 * HOUR,
        after=("market: claim penalty shares",),
        act=in_every_region(pay_bill),
    ),
)


def _deposits(region: RegionDay) -> dict[int, int]:
    """What each member pays into escrow [point-wei]."""
    return deposits(region.plan, bond=bond_of_device(region))
