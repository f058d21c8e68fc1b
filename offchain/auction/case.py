"""An auction case: network, orders and hourly profiles as a JSON file describes them, and the market of one hour.

An order's region is the bus of that name. What a generator can do in an hour is its bounds x the profile of its type,
if there is one; a load's bounds are x the profile `load`. A profile scales both bounds, so that they keep their
order.
"""

from dataclasses import dataclass

from offchain.auction.network import Line, limited_network
from offchain.auction.orders import CHAIN, Market, Order, Resolution
from offchain.auction.scales import intensity_units, ticks, whole_watts
from offchain.errors import InputError

HOURS = 24


@dataclass(frozen=True, kw_only=True)
class CaseOrder:
    """A generator or a load as the file has it."""

    name: str
    bus: int
    kind: str
    """Type of a generator, `load` for a load."""
    pmin_mw: float
    pmax_mw: float
    price: float
    """Limit price [per MWh]."""
    intensity: float
    """[tCO2e/MWh]; 0 for a load."""


@dataclass(frozen=True, kw_only=True)
class AuctionCase:
    """Everything of a file; orders are the generators and then the loads."""

    buses: tuple[str, ...]
    lines: tuple[Line, ...]
    orders: tuple[CaseOrder, ...]
    profiles: tuple[tuple[str, tuple[float, ...]], ...]
    """Kind and its factor of each hour."""

    @property
    def limited_lines(self) -> tuple[Line, ...]:
        """Lines with a limit, in the order of the network's."""
        return tuple(line for line in self.lines if line.limit_mw is not None)

    def market(self, hour: int, *, resolution: Resolution = CHAIN) -> Market:
        """The market of an hour.

        Raises:
            InputError: there is no such hour, a price is no multiple of the chain's tick, or an intensity no whole
                number of grams, at the chain's resolution.
        """
        profiles = dict(self.profiles)
        hours = min((len(factors) for factors in profiles.values()), default=HOURS)
        if not 0 <= hour < hours:
            raise InputError(f"hour {hour} is not in the file: 0 to {hours - 1}")
        if resolution == CHAIN:
            self._check_resolution()
        orders = []
        for order in self.orders:
            factor = profiles[order.kind][hour] if order.kind in profiles else 1.0
            orders.append(
                Order(
                    node=order.bus,
                    is_load=order.kind == "load",
                    price=ticks(order.price, resolution),
                    intensity=intensity_units(order.intensity, resolution),
                    lower=whole_watts(order.pmin_mw * factor),
                    upper=whole_watts(order.pmax_mw * factor),
                )
            )
        return Market(network=limited_network(len(self.buses), self.lines), orders=tuple(orders), resolution=resolution)

    def _check_resolution(self) -> None:
        rough = [o.name for o in self.orders if abs(o.price * 10 - round(o.price * 10)) > 1e-9 * max(1, abs(o.price))]
        if rough:
            raise InputError(f"quotes of {', '.join(rough)}: with the tick a quote is a multiple of 0.1 per MWh")
        rough = [o.name for o in self.orders if abs(o.intensity * 1000 - round(o.intensity * 1000)) > 1e-9]
        if rough:
            raise InputError(f"intensities of {', '.join(rough)}: with the tick a multiple of 0.001 t/MWh")
