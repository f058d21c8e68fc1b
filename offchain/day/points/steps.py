"""Points come in against deposits, the bank states its escrow account, a bill is paid."""

from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.points.plan import BILL_AMOUNT, best_seller, deposits
from offchain.market.calls import withdraw_margin
from offchain.members.calls.devices import bond_amount
from offchain.points import calls
from offchain.points.records import Bill, Deposit

BILL_LIFE = 24 * HOUR  # [s]


def mint_points(region: RegionDay) -> None:
    """The bank mints against deposits that its second person has confirmed."""
    paid_in = [
        Deposit(to=region.member(m).address, amount=value, reference=region.reference(f"deposit of member {m}"))
        for m, value in _deposits(region).items()
    ]
    bank, second = region.role("bank"), region.role("bank cosigner")
    region.journal.send(calls.mint(region.client, paid_in, deadline=region.day_starts, second=second, key=bank))


def state_escrow(region: RegionDay) -> None:
    """The bank states what the escrow account held when the day of delivery ended: all deposits, nothing withdrawn."""
    balance, document = sum(_deposits(region).values()), region.reference("the bank's statement of the escrow account")
    region.journal.send(calls.state_escrow(region.client, balance, document=document, key=region.role("bank")))


def pay_bill(region: RegionDay) -> None:
    """The best seller withdraws points from its margin account and pays a bill that the utility has signed."""
    best, client = best_seller(region.plan), region.client
    key = region.member(best)
    bill = Bill(
        payer=key.address,
        amount=BILL_AMOUNT,
        reference=region.reference(f"bill of member {best}"),
        deadline=client.block().time + BILL_LIFE,
    )
    utility = calls.sign_bill(client, bill, key=region.role("utility"))
    region.journal.send(withdraw_margin(client, BILL_AMOUNT, key=key))
    region.journal.send(calls.pay_bill(client, bill, utility=utility, key=key))


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
    return deposits(region.plan, bond=bond_amount(region.client))
