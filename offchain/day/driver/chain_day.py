"""A chain on a trading day: its client, its journal, and who acts on it."""

from offchain.chain.keys import Key, local_key
from offchain.day.driver.journal import Journal


class ChainDay:
    """One chain on one trading day. What anybody may bring is brought by `courier`, who has no role."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.client = journal.client
        self.courier = local_key("courier")

    def role(self, name: str) -> Key:
        """The key of a role's holder."""
        return local_key(name)
