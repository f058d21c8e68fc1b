"""What a report shows of anchors."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AnchorRow:
    """A regional block whose hash stands on the main chain."""

    chain: str
    height: int
    block_hash: str
