"""The market as the paper writes it, hour by hour, in plain integers: written apart from the contracts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

WEI_PER_WH_TICK = 10**11  # 1 tick = 1e14 point-wei/kWh


class Deal(NamedTuple):
    """An agreement within one day: energy per hour [Wh], window in hours of the day, price in ticks."""

    seller: str
    buyer: str
    wh: int
    first: int
    count: int
    ticks: int

    @property
    def window(self) -> range:
        return range(self.first, self.first + self.count)


class Tariffs(NamedTuple):
    """Ticks."""

    feed_in: int
    purchase: int
    grid_fee: int


def paper(delivered: int, taken: int, price: int, *, feed_in: int, purchase: int, fee: int) -> tuple[int, int, int]:
    """Xiong et al. 2023, Eqs. (26)-(31), corrected: V_f, V_y, V_g in Wh x ticks, case by case as the paper has them."""
    if delivered >= taken:
        seller = taken * price + (delivered - taken) * feed_in  # Eq. (26), with a plus
        buyer = taken * (price + fee)  # Eq. (27)
        grid = taken * fee - (delivered - taken) * feed_in  # Eq. (28)
    else:
        seller = delivered * price  # Eq. (29)
        buyer = delivered * (price + fee) + (taken - delivered) * purchase  # Eq. (30)
        grid = delivered * fee + (taken - delivered) * purchase  # Eq. (31)
    return seller, buyer, grid


def settle_day(
    deals: Sequence[Deal],
    *,
    exports: Mapping[str, Sequence[int]],
    imports: Mapping[str, Sequence[int]],
    tariffs: Tariffs,
) -> dict[str, int]:
    """What each member and the grid company ("grid_company") come to have more [point-wei]."""
    sold: dict[tuple[str, int], int] = defaultdict(int)
    bought: dict[tuple[str, int], int] = defaultdict(int)
    for deal in deals:
        for hour in deal.window:
            sold[deal.seller, hour] += deal.wh
            bought[deal.buyer, hour] += deal.wh
    gains: dict[str, int] = defaultdict(int)
    for deal in deals:
        for hour in deal.window:
            delivered = min(deal.wh, exports[deal.seller][hour] * deal.wh // sold[deal.seller, hour])
            taken = min(deal.wh, imports[deal.buyer][hour] * deal.wh // bought[deal.buyer, hour])
            received, paid, grid = paper(
                delivered, taken, deal.ticks, feed_in=tariffs.feed_in, purchase=tariffs.purchase, fee=tariffs.grid_fee
            )
            gains[deal.seller] += received
            gains[deal.buyer] -= paid
            gains["grid_company"] += grid
    for name in exports:
        for hour in range(24):
            leg = max(0, exports[name][hour] - sold[name, hour]) * tariffs.feed_in
            leg -= max(0, imports[name][hour] - bought[name, hour]) * tariffs.purchase
            gains[name] += leg
            gains["grid_company"] -= leg
    return {name: gain * WEI_PER_WH_TICK for name, gain in gains.items()}
