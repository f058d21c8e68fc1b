"""What a finished day has left on its chains: indexed events, and answers to what no event says.

Audits and sections read nothing else, so the same functions serve whoever has an index of the chains.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from offchain.chain.abi import Value
from offchain.chain.local import MAIN
from offchain.day.world.plan import DayPlan
from offchain.day.world.world import World
from offchain.errors import LawViolation
from offchain.index.records import FollowedChain, IndexedEvent


@dataclass(frozen=True)
class Question:
    """A view of a contract, asked on the last block."""

    chain: str
    contract: str
    function: str
    arguments: tuple[Value, ...] = ()


@dataclass(frozen=True)
class BlockQuestion:
    """The hash of the block that a chain has at a height."""

    chain: str
    height: int


Query: TypeAlias = Question | BlockQuestion


@dataclass(frozen=True, kw_only=True)
class ChainEvidence:
    """A chain after the day."""

    chain: FollowedChain
    addresses: Mapping[str, str]
    """Of its contracts, by name."""
    events: tuple[IndexedEvent, ...]
    """All, in the order of the chain."""
    answers: Mapping[Query, Value] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of the chain."""
        return self.chain.name

    def of(self, contract: str, *names: str) -> list[IndexedEvent]:
        """The events of a contract that have one of these names."""
        return [event for event in self.events if event.contract == contract and event.name in names]

    def only(self, contract: str, name: str) -> IndexedEvent:
        """The one event of that name.

        Raises:
            LawViolation: there is none, or there are several.
        """
        found = self.of(contract, name)
        if len(found) != 1:
            raise LawViolation(f"chain {self.name} has {len(found)} events {name} of {contract}, planned 1")
        return found[0]

    def answer(self, contract: str, function: str, *arguments: Value) -> Value:
        """What a view answered; it must be among the mechanism's queries."""
        return self.answers[Question(self.name, contract, function, arguments)]

    def hash_at(self, height: int) -> str:
        """The hash of the chain's block at a height; it must be among the mechanism's queries."""
        return str(self.answers[BlockQuestion(self.name, height)])


@dataclass(frozen=True, kw_only=True)
class RegionEvidence:
    """A region's plan beside its chain."""

    plan: DayPlan
    chain: ChainEvidence

    @property
    def name(self) -> str:
        """Of the region and its chain."""
        return self.plan.region.name


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All chains after the day, and what they should have come to."""

    world: World
    chains: Mapping[str, ChainEvidence]
    """By name."""

    @property
    def main(self) -> ChainEvidence:
        """The main chain."""
        return self.chains[MAIN]

    @property
    def regions(self) -> Iterator[RegionEvidence]:
        """The regions in their order."""
        for plan in self.world.regions:
            yield RegionEvidence(plan=plan, chain=self.chains[plan.region.name])

    def answered(self, answers: Mapping[Query, Value]) -> "Evidence":
        """The same with the answers of the chains."""
        chains = {name: replace(chain, answers=answers) for name, chain in self.chains.items()}
        return replace(self, chains=chains)
