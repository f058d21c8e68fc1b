"""Allowances and offsets change hands against points, at the limits that members have set."""

from offchain.chain.keys import Key
from offchain.day.driver.chain_day import Own, struct
from offchain.day.driver.region import RegionDay
from offchain.day.emissions import allowance
from offchain.day.world.participants import Participant
from offchain.units import POINT

PRICE = 80 * POINT
"""Of a tonne, about what the national market of China asked in 2024 [point-wei/tCO2e]."""
OFFSET_PRICE = 60 * POINT
"""[point-wei/tCO2e]"""
OFFERED_PERCENT = 5
"""Of its allowances, what the first consumer offers; half of it is taken, the rest is cancelled."""
OFFSETS = 0
"""The asset of certified offsets, which have no year."""
OFFSET_GRAMS = 10_000_000
"""Certified for the second consumer, who sells a tenth [gCO2e]."""
LIFE = 24 * 3600  # [s]
GRAMS_PER_TONNE = 1_000_000


def traders(region: RegionDay) -> tuple[Participant, Participant]:
    """The first consumer has allowances to spare, the second has offsets."""
    first, second, *_ = region.plan.members.consumers
    return first, second


def offered(region: RegionDay) -> int:
    """Allowances that the first consumer offers [gCO2e]."""
    return allowance(region.plan, traders(region)[0]) * OFFERED_PERCENT // 100


def trade_quotas(region: RegionDay) -> None:
    """The first consumer sells allowances to the second, which sells it offsets; what is left over is cancelled."""
    first, second = (region.member(member.id) for member in traders(region))
    year, amount = region.plan.date.year, offered(region)
    taken = amount // 2
    certified = (traders(region)[1].id, OFFSET_GRAMS, region.reference("entry of the offset registry"))
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
    members = [member.id for member in traders(region)]
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
    for member, key in zip(traders(region), keys, strict=True):
        free = int(region.client.call(exchange("accountOf", member.id)).free)
        if free:
            calls.append((key, "QuotaExchange", "withdraw", (free,), None))
    region.send_each(calls)


def _cost(grams: int, price: int) -> int:
    """Whole points that cover so much at a price [point-wei]; the bank mints whole cents."""
    exact = grams * price // GRAMS_PER_TONNE
    return -(-exact // POINT) * POINT
