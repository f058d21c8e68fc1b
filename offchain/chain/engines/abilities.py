"""What an engine lets us do to a chain besides sending transactions; a chain of somebody else's lets us do nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Requests(Protocol):
    """Takes JSON-RPC requests to one chain, as a connection does."""

    def request(self, method: str, *params: object) -> Any:
        """The result of one request."""

    def batch(self, requests: Iterable[tuple[str, Sequence[object]]]) -> list[Any]:
        """The results of many requests in their order."""


@dataclass(frozen=True, kw_only=True)
class Mining:
    """Makes blocks when we want them."""

    hold: Callable[[Requests], None]
    """Let transactions wait until we mine."""
    release: Callable[[Requests], None]
    """Mine transactions as they come, as a chain does when it starts."""
    mine: Callable[[Requests], None]
    """Mine what waits; the block is one second after the one before."""
    mine_at: Callable[[Requests, int], None]
    """Mine a block with this time [s, unix]."""


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Keeps the state of a chain, to go back to."""

    save: Callable[[Requests], str]
    """The name of the state that the chain has now."""
    restore: Callable[[Requests, str], None]
    """Go back to a state; it can be gone back to once."""


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """Everything that can be asked of an engine; None is what it cannot do."""

    fund: Callable[[Requests, Sequence[str]], None] | None = None
    """Give accounts enough of the chain's coin to pay for any number of transactions."""
    mining: Mining | None = None
    saving: Saving | None = None
    reorganise: Callable[[Requests, int], None] | None = None
    """Replace this many of the last blocks by empty ones."""
    roll_back: Callable[[Requests, int], None] | None = None
    """Take this many of the last blocks away."""
    ordered_batches: bool = True
    """The transactions in a batch of requests are taken up in its order."""


NO_ABILITIES = Abilities()
"""Of a chain that is not ours."""
