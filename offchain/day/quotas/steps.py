"""Once sheets are final allowances are granted and drawn down; with offsets they change hands against points."""

from offchain.chain.keys import Key
from offchain.day.driver.chain_day import Own, Sent, struct
from offchain.day.driver.mechanism import Step, in_every_region
from offchain.day.driver.region import RegionDay
from offchain.day.driver.timetable import DAY, HOUR
from offchain.day.quotas.plan import OFFSET_GRAMS, OFFSET_PRICE, PRICE, allowance, offered, traders
from offchain.quotas.records import OFFSETS
from offchain.units import POINT

LIFE = 24 * HOUR  # [s]
GRAMS_PER_TONNE = 1_000_000


def draw_quotas(region: RegionDay) -> None:
    """The regulator grants a year's allowances; the day's emissions are drawn down by proof, whoever brings it."""
    plan, consumers = region.plan, region.plan.members.consumers
    grants: list[Sent] = [("CarbonQuota", "grant", (m.id, plan.date.year, allowance(plan, m)), 1) for m in consumers]
    region.send(grants, region.role("regulator"))
    draws: list[Sent] = []
    for consumer in consumers:
        intensities = [int(value) for value in plan.intensity[:, consumer.node]]
        proofs = [tree.proof(consumer.node) for tree in plan.trees]
        draws.append(("CarbonQuota", "drawDownDay", (consumer.id, plan.day, intensities, proofs), 1))
    region.send(draws, region.courier)


def trade_quotas(region: RegionDay) -> None:
    """The first consumer sells allowances to the second, which sells it offsets; what is left over is cancelled."""
    first, second = (region.member(member.id) for member in traders(region.plan))
    year, amount = region.plan.date.year, offered(region.plan)
    taken = amount // 2
    certified = (traders(region.plan)[1].id, OFFSET_GRAMS, region.reference("entry of the offset registry"))
    region.send([("CarbonQuota", "certifyOffsets", certified, 1)], region.role("regulator"))
    _open_accounts(region, {first: _cost(OFFSET_GRAMS // 10, OFFSET_PRICE), second: _cost(taken, PRICE)})
    placed = region.send_each(
        [
            (first, "QuotaExchange", "place", (False, year, amount, PRICE, 0), None),
            (first, "QuotaExchange", "place", (True, OFFSETS, OFFSET_GRAMS // 10, OFFSET_PRICE, 0), None),
        ]
    )
    sale, purchase = (event.values.id for event in region.events(placed, "OrderPlaced"))
    region.send_each(
        [
            (second, "QuotaExchange", "take", (sale, taken, PRICE), None),
            (second, "QuotaExchange", "take", (purchase, OFFSET_GRAMS // 10, OFFSET_PRICE), None),
        ]
    )
    region.send_each([(first, "QuotaExchange", "cancel", (sale,), None)])
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
    exchange, now = region.contract("QuotaExchange").address, region.client.block().time
    region.mint(
        [
            struct(
                to=key.address, amount=budget, bankReference=region.reference(f"deposit for quotas of {key.address}")
            )
            for key, budget in budgets.items()
        ],
        deadline=now + LIFE,
    )
    members = [member.id for member in traders(region.plan)]
    approvals: list[Own] = []
    payments: list[Own] = []
    for member, (key, budget) in zip(members, budgets.items(), strict=True):
        approvals.append((key, "PowerPoint", "approve", (exchange, budget), None))
        approvals.append((key, "CarbonQuota", "setOperator", (exchange, True), None))
        payments.append((key, "QuotaExchange", "deposit", (member, budget), None))
    region.send_each(approvals)
    region.send_each(payments)


def _withdraw_all(region: RegionDay, keys: tuple[Key, Key]) -> None:
    """Sellers take what they have received."""
    exchange = region.contract("QuotaExchange")
    calls: list[Own] = []
    for member, key in zip(traders(region.plan), keys, strict=True):
        free = int(region.client.call(exchange("accountOf", member.id)).free)
        if free:
            calls.append((key, "QuotaExchange", "withdraw", (free,), None))
    region.send_each(calls)


def _cost(grams: int, price: int) -> int:
    """Whole points that cover so much at a price [point-wei]; the bank mints whole cents."""
    exact = grams * price // GRAMS_PER_TONNE
    return -(-exact // POINT) * POINT
