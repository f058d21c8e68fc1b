"""What the market computes with: tariffs, agreements, day sheets. Energy in Wh, prices in point-wei per kWh, int."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Tariffs:
    """What the grid company pays and asks (Xiong et al. 2023, S, B and G), each [point-wei/kWh]."""

    feed_in: int
    purchase: int
    grid_fee: int

    @property
    def highest_price(self) -> int:
        """Above it a buyer would rather buy from the grid company [point-wei/kWh]; the lowest price is `feed_in`."""
        return self.purchase - self.grid_fee


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """A seller delivers a flat amount per hour to a buyer over a window of whole hours within one market day."""

    id: int
    seller: int
    buyer: int
    wh_per_hour: int
    first_hour: int
    """Unix hour in which delivery begins."""
    hours: int
    price: int
    """[point-wei/kWh]"""
    bundled: bool = False
    """The energy comes with its certificates."""
    related: bool = False
    """Both parties belonged to one owner group at registration: no credit weight comes from it."""

    @property
    def wh(self) -> int:
        """Everything that is agreed [Wh]."""
        return self.wh_per_hour * self.hours

    @property
    def window(self) -> range:
        """The unix hours of delivery."""
        return range(self.first_hour, self.first_hour + self.hours)
