"""What a report shows of statements. Energy in Wh, carbon in gCO2e."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StatementRow:
    """A member's statement and its figures."""

    member: int
    name: str
    file: str
    """Beside the page."""
    consumed: int
    certified: int
    """Of it, covered by retired certificates."""
    location: int
    market: int
    traced: int
    losses: int
