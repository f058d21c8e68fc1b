"""Who can hold points."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Holder:
    """Who holds points: an account, or somebody or something for whom a contract's account holds them."""

    place: str
    """`account`, `margin`, `bond`, `penalties`, `deferred` or `reserve`."""
    id: str | int
    """Address, member, device or market day; 0 of the reserve."""

    def __str__(self) -> str:
        texts = {
            "account": f"{self.id}",
            "margin": f"margin of member {self.id}",
            "bond": f"bond of device {self.id}",
            "penalties": f"penalties of day {self.id}",
            "deferred": f"deferred credits of day {self.id}",
            "reserve": "reserve of the market",
        }
        return texts[self.place]
