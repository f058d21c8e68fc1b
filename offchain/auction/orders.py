"""An auction hour in integers: orders, limited lines, and the objective that makes its clearing unique.

Power is in W held for one hour. A price counts ticks and an intensity counts the units of the market's resolution;
the prices of the objective, which carry the tie-break below the tick, are in point-wei/kWh.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from offchain.errors import InputError

FACTOR_SCALE = 10**9
"""A factor of 1 in the integers of a network."""
MAX_NODES = 128
MAX_LINES = 255
MAX_ORDERS = 256
MAX_POWER = 2**40 - 1
"""[W]"""
MAX_PRICE = 2**23 - 1
"""[ticks of 1e14 point-wei/kWh]; the least is one tick further down."""
MAX_INTENSITY = 1_500
"""[gCO2e/kWh]"""


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """How finely a market counts prices and intensities.

    The tie-break adds 3e-4 tick per gCO2e/kWh, and less than one unit of intensity for the place in the list: less than
    half a tick altogether.
    """

    tick: int
    """[point-wei/kWh]"""
    units_per_gram: int
    """Units of intensity in 1 gCO2e/kWh."""
    index_step: int
    """What each place in the list costs a load or adds to a generator's price in the objective [point-wei/kWh]."""

    @property
    def intensity_step(self) -> int:
        """What one unit of intensity adds to a generator's price in the objective [point-wei/kWh]."""
        return 3 * self.tick // (10_000 * self.units_per_gram)

    @property
    def price_limit(self) -> int:
        """Largest price [ticks]."""
        return MAX_PRICE * (CHAIN_TICK // self.tick)


CHAIN_TICK = 10**14
CHAIN = Resolution(tick=CHAIN_TICK, units_per_gram=1, index_step=10**6)
"""What the contracts count: ticks of 1e14 point-wei/kWh (0.1 per MWh) and gCO2e/kWh."""
FINE = Resolution(tick=10**9, units_per_gram=1000, index_step=1)
"""For prices that are not rounded to the tick: 1e-6 per MWh and mgCO2e/kWh."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """Somebody's offer to generate, or bid to consume, at a node for one hour."""

    node: int
    is_load: bool
    price: int
    """Limit price [ticks]: the least a generator takes, the most a load pays."""
    intensity: int
    """[units of the resolution]; 0 for a load."""
    lower: int
    """Least power once it takes part [W]."""
    upper: int
    """Largest power [W]."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """Nodes and limited lines; a line's flow is the sum over nodes of factor x (generation - load)."""

    nodes: int
    limits: tuple[int, ...]
    """Per line [W]; 0 for the balance of an island."""
    factors: tuple[tuple[int, ...], ...]
    """Power transfer distribution factors x 1e9, (lines, nodes)."""


@dataclass(frozen=True, kw_only=True)
class Market:
    """The orders of an hour on a network, checked when built.

    Raises:
        InputError: names every rule that the market breaks.
    """

    network: Network
    orders: tuple[Order, ...]
    resolution: Resolution = CHAIN

    def __post_init__(self) -> None:
        problems = [*_network_problems(self.network), *_order_problems(self)]
        if problems:
            raise InputError("; ".join(problems))

    @cached_property
    def prices(self) -> tuple[int, ...]:
        """Price of each order in the objective [point-wei/kWh]: its limit price and the tie-break."""
        tick, step, place = self.resolution.tick, self.resolution.intensity_step, self.resolution.index_step
        return tuple(
            order.price * tick + (-place * index if order.is_load else step * order.intensity + place * index)
            for index, order in enumerate(self.orders, start=1)
        )

    @cached_property
    def largest_price(self) -> int:
        """Largest limit price by magnitude [point-wei/kWh]."""
        return max((abs(order.price) for order in self.orders), default=0) * self.resolution.tick

    def restricted(self, members: frozenset[int]) -> "Market":
        """The market of a coalition: absent orders have no power, minimum outputs are relaxed to 0.

        The coalition of everybody is the market itself.
        """
        if len(members) == len(self.orders):
            return self
        orders = tuple(pair[position in members] for position, pair in enumerate(self._in_coalitions))
        return replace(self, orders=orders)

    @cached_property
    def _in_coalitions(self) -> tuple[tuple[Order, Order], ...]:
        """Each order as it is when absent from a coalition and when taking part."""
        return tuple((replace(order, lower=0, upper=0), replace(order, lower=0)) for order in self.orders)


def _network_problems(network: Network) -> list[str]:
    problems = []
    if not 1 <= network.nodes <= MAX_NODES:
        problems.append(f"network: {network.nodes} nodes, allowed are 1 to {MAX_NODES}")
    if len(network.limits) > MAX_LINES or len(network.limits) != len(network.factors):
        problems.append(f"network: {len(network.limits)} limits and {len(network.factors)} rows, at most {MAX_LINES}")
    for line, (limit, row) in enumerate(zip(network.limits, network.factors, strict=False)):
        if not 0 <= limit <= MAX_POWER:
            problems.append(f"line {line}: limit {limit} W, allowed are 0 to {MAX_POWER}")
        if len(row) != network.nodes or any(abs(factor) >= 2**31 for factor in row):
            problems.append(f"line {line}: needs one 32-bit factor for each of {network.nodes} nodes")
    return problems


def _order_problems(market: Market) -> list[str]:
    problems = []
    if len(market.orders) > MAX_ORDERS:
        problems.append(f"{len(market.orders)} orders, at most {MAX_ORDERS}")
    limit = market.resolution.price_limit
    top = MAX_INTENSITY * market.resolution.units_per_gram
    for position, order in enumerate(market.orders):
        if not 0 <= order.node < market.network.nodes:
            problems.append(f"order {position}: node {order.node} is not one of {market.network.nodes}")
        if not 0 <= order.lower <= order.upper <= MAX_POWER:
            problems.append(f"order {position}: needs 0 <= {order.lower} <= {order.upper} <= {MAX_POWER} W")
        if not -limit - 1 <= order.price <= limit:
            problems.append(f"order {position}: price {order.price} ticks, allowed are {-limit - 1} to {limit}")
        if not 0 <= order.intensity <= (0 if order.is_load else top):
            problems.append(f"order {position}: intensity {order.intensity}, allowed are 0 to {top}, 0 for a load")
    return problems
