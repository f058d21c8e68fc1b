"""Once sheets are final allowances are granted and drawn down; with offsets they change hands against points."""

from offchain.chain.keys import Key
from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.quotas.plan import OFFSET_GRAMS, OFFSET_PRICE, PRICE, allowance, offered, traders
from offchain.points.calls import approve, mint
from offchain.points.records import Deposit
from offchain.quotas import calls
from offchain.quotas.records import OFFSETS, DayDraw, QuotaOrder
from offchain.units import POINT

LIFE = 24 * HOUR  # [s]
GRAMS_PER_TONNE = 1_000_000


def draw_quotas(region: RegionDay) -> None:
    """The regulator grants a year's allowances; the day's emissions are drawn down by proof, whoever brings it."""
    plan, consumers = region.plan, region.plan.members.consumers
    amounts = {member.id: allowance(plan, member) for member in consumers}
    region.journal.send(calls.grant(region.client, amounts, year=plan.date.year, key=region.role("regulator")))
    draws = [
        DayDraw(
            member=consumer.id,
            intensities=[int(value) for value in plan.intensity[:, consumer.node]],
            proofs=[tree.proof(consumer.node) for tree in plan.trees],
        )
        for consumer in consumers
    ]
    region.journal.send(calls.draw_down(region.client, draws, day=plan.day, key=region.courier))


def trade_quotas(region: RegionDay) -> None:
    """The first consumer sells allowances to the second, which sells it offsets; what is left over is cancelled."""
    first, second = (region.member(member.id) for member in traders(region.plan))
    client, journal, amount = region.client, region.journal, offered(region.plan)
    taken, bought = amount // 2, OFFSET_GRAMS // 10
    record, certified = region.reference("entry of the offset registry"), traders(region.plan)[1].id
    regulator = region.role("regulator")
    journal.send(calls.certify_offsets(client, certified, amount=OFFSET_GRAMS, record=record, key=regulator))
    _open_accounts(region, {first: _cost(bought, OFFSET_PRICE), second: _cost(taken, PRICE)})
    orders = [
        QuotaOrder(purchase=False, asset=region.plan.date.year, amount=amount, price=PRICE),
        QuotaOrder(purchase=True, asset=OFFSETS, amount=bought, price=OFFSET_PRICE),
    ]
    placed = journal.send(calls.place_orders(client, orders, key=first))
    sale, purchase = calls.placed_orders(client, placed)
    journal.send(
        [
            *calls.take_order(client, sale, amount=taken, limit=PRICE, key=second),
            *calls.take_order(client, purchase, amount=bought, limit=OFFSET_PRICE, key=second),
        ]
    )
    journal.send(calls.cancel_order(client, sale, key=first))
    _withdraw_all(region, (first, second))


STEPS = (
    Step(
        name="quotas: grant and draw down",
        at=8 * DAY,
        after=("carbon: post roots",),
        act=in_every_region(draw_quotas),
    ),
    Step(
        name="quotas: trade",
        at=8 * DAY,
        after=("quotas: grant and draw down",),
        act=in_every_region(trade_quotas),
    ),
)


def _open_accounts(region: RegionDay, budgets: dict[Key, int]) -> None:
    """Points for the traders, paid into the exchange, which may move what is theirs."""
    client, now = region.client, region.client.block().time
    paid_in = [
        Deposit(to=key.address, amount=budget, reference=region.reference(f"deposit for quotas of {key.address}"))
        for key, budget in budgets.items()
    ]
    bank, second = region.role("bank"), region.role("bank cosigner")
    region.journal.send(mint(client, paid_in, deadline=now + LIFE, second=second, key=bank))
    region.journal.send(
        [
            transaction
            for key, budget in budgets.items()
            for transaction in (
                *approve(client, calls.EXCHANGE, amount=budget, key=key),
                *calls.allow_exchange(client, key=key),
            )
        ]
    )
    region.journal.send(
        [
            transaction
            for member, (key, budget) in zip(traders(region.plan), budgets.items(), strict=True)
            for transaction in calls.deposit_points(client, member.id, amount=budget, key=key)
        ]
    )


def _withdraw_all(region: RegionDay, keys: tuple[Key, Key]) -> None:
    """Sellers take what they have received."""
    free = calls.free_points(region.client, [member.id for member in traders(region.plan)])
    region.journal.send(
        [
            transaction
            for key, amount in zip(keys, free, strict=True)
            if amount
            for transaction in calls.withdraw_points(region.client, amount, key=key)
        ]
    )


def _cost(grams: int, price: int) -> int:
    """Whole points that cover so much at a price [point-wei]; the bank mints whole cents."""
    exact = grams * price // GRAMS_PER_TONNE
    return -(-exact // POINT) * POINT
