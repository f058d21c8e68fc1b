"""Which carbon roots stand on the chain, from the events of CarbonLedger."""

from collections.abc import Iterable

from offchain.index.records import IndexedEvent


def posted_roots(events: Iterable[IndexedEvent]) -> dict[int, IndexedEvent]:
    """The event that posted the root of each unix hour."""
    return {
        event.values["hour"]: event
        for event in events
        if event.contract == "CarbonLedger" and event.name == "RootPosted"
    }
