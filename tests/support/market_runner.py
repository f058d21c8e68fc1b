"""Whole market days in two calls: agreements in a block before the gate closes, everything else in one after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_abi import decode

from offchain.chain.abi import Contract
from offchain.market.penalties import margins
from offchain.market.records import Agreement
from offchain.market.rulebooks import Rulebook
from offchain.members.records import DaySheet
from tests.support.evm import Evm
from tests.support.random_market import TARIFFS, RandomDay
from tests.support.region import DAY, FIRST_HOUR, GATE, pack

POCKET: Final = 10**19  # of every member beside its margins [point-wei]
AFTER: Final = 8 * 86_400  # from the beginning of a day until its sheets are final for long [s]
ZEROS: Final = ((0, 0, 0), (0, 0, 0))
RESULT_TYPES: Final = ("(int256,uint256,uint256,int256)[]", "int256[3]", "int256[3]")
NEVER: Final = 2**256 - 1  # weight of a member that did not settle


@dataclass(frozen=True)
class DayResult:
    """Changes by member: free after settlement and claims, shares, weight after the day, free after reconciliation."""

    members: dict[int, tuple[int, int, int | None, int]]
    grid: tuple[int, int]
    """The grid company's changes by settlement and in all [point-wei]."""
    reserve: int
    """What reconciliation brings the reserve [point-wei]."""


@dataclass(frozen=True)
class RunDay:
    """A day as it came out of the contracts."""

    result: DayResult
    unshared: int
    """Penalties that went to the reserve since nobody may share them [point-wei]."""


@dataclass(frozen=True)
class Runner:
    """A market in a world that is nothing but a test contract."""

    evm: Evm
    world: Contract
    market: Contract
    rulebook: Rulebook
    first_hour: int = FIRST_HOUR

    @classmethod
    def deploy(cls, project: Any, harness: Any, rulebook: Rulebook, *, kind: str = "DayRunner") -> "Runner":
        evm = Evm(GATE - 3_600)
        world = evm.deploy(harness[kind])
        tariffs = TARIFFS.feed_in, TARIFFS.purchase, TARIFFS.grid_fee
        setup = (world.address, 1, 0, tariffs, rulebook.number)
        market = evm.deploy(project.BilateralMarket, world.address, setup)
        others = [
            evm.deploy(container, market.address, world.address)
            for container in (project.OfferDesk, project.ResidualSettlement, project.Reconciliation)
        ]
        evm.send(world, "attach", market.address, *(other.address for other in others))
        return cls(evm, world, market, rulebook)

    def run(self, day: RandomDay, order: Sequence[int], *, people: Sequence[int] = ()) -> RunDay:
        """Take a day through; agreements are settled in this order, members claim in the order of `people`."""
        people_by_id = {person[0]: person for person in people_of(day, self.rulebook)}
        people = [people_by_id[member] for member in people or people_by_id]
        deals = [deal_of(a) for a in day.agreements]
        before, after = self.world("agree", people, deals), self.world("run", DAY, people, order)
        *_, (_, answer) = self.evm.simulate([(GATE - 60, [before]), (FIRST_HOUR * 3_600 + AFTER, [after])])
        results, grid, reserve = decode(RESULT_TYPES, answer)
        deposits = {person[0]: person[3] for person in people}
        members = {
            member: (settled - deposits[member], shares, None if weight == NEVER else weight, final - deposits[member])
            for member, (settled, shares, weight, final) in zip(deposits, results, strict=True)
        }
        result = DayResult(members, (grid[1] - grid[0], grid[2] - grid[0]), reserve[2] - reserve[1])
        return RunDay(result, reserve[1] - reserve[0])


def people_of(day: RandomDay, rulebook: Rulebook) -> list[tuple[Any, ...]]:
    """The members of a day with margins enough, what they measured, and what they measured in the end."""
    deposits = dict.fromkeys(day.members, POCKET)
    for agreement in day.agreements:
        needed = margins(agreement.wh, agreement.price, tariffs=TARIFFS, rulebook=rulebook)
        deposits[agreement.seller] += needed.seller
        deposits[agreement.buyer] += needed.buyer
    return [
        (
            member,
            day.groups.get(member, 0),
            day.weights[member],
            deposits[member],
            0 if member not in day.sheets else 1 + (member in day.estimated),
            member in day.final,
            words_of(day.sheets.get(member)),
            words_of(day.final.get(member)),
        )
        for member in day.members
    ]


def words_of(sheet: DaySheet | None) -> tuple[Any, Any]:
    return (pack(sheet.import_wh), pack(sheet.export_wh)) if sheet else ZEROS


def deal_of(a: Agreement) -> tuple[Any, ...]:
    return a.seller, a.buyer, a.wh_per_hour, a.first_hour, a.hours, a.bundled, a.price
