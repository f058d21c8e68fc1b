"""Things that share a transaction."""

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def batches(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Cut items into pieces of at most `size`, in their order."""
    return [items[start : start + size] for start in range(0, len(items), size)]
