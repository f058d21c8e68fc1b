"""The power points of a regional chain: supply is escrow, and the contracts hold what their events say."""

from collections.abc import Iterable, Mapping

from offchain.day.driver.audit import contradictions, refuse
from offchain.day.driver.evidence import Evidence, Question, RegionEvidence
from offchain.day.points.records import PointTotals
from offchain.points.history import PointsBook, points_of
from offchain.rewards.history.credit import credit_of


def queries(evidence: Evidence) -> Iterable[Question]:
    """Supply and escrow as PowerPoint says, and what the reward pool owes."""
    for region in evidence.regions:
        yield Question(region.name, "PowerPoint", "escrow")
        yield Question(region.name, "PowerPoint", "totalSupply")
        yield Question(region.name, "RewardPool", "outstanding")
        for name in ("MarginDesk", "DeviceRegistry"):
            yield Question(region.name, "PowerPoint", "balanceOf", (region.chain.addresses[name],))


def audit_points(evidence: Evidence) -> Mapping[str, PointTotals]:
    """Add up the points of every region.

    Raises:
        LawViolation: supply and escrow differ, or a contract says something else than its events.
    """
    totals = {}
    for region in evidence.regions:
        book = points_of(region.chain.events)
        totals[region.name] = _totals(region, book)
        refuse(region.name, _contradictions(region, totals[region.name]))
    return totals


def _totals(region: RegionEvidence, book: PointsBook) -> PointTotals:
    addresses = region.chain.addresses
    return PointTotals(
        deposited=book.deposited,
        withdrawn=book.withdrawn,
        supply=book.supply,
        margins=book.balances.get(addresses["MarginDesk"], 0),
        bonds=book.balances.get(addresses["DeviceRegistry"], 0),
        rewards=credit_of(region.chain.events).outstanding,
    )


def _contradictions(region: RegionEvidence, totals: PointTotals) -> Iterable[str]:
    chain, escrow = region.chain, region.chain.answer("PowerPoint", "escrow")
    desk, registry = (
        chain.answer("PowerPoint", "balanceOf", chain.addresses[name]) for name in ("MarginDesk", "DeviceRegistry")
    )
    yield from contradictions(
        {
            "deposited into escrow": (totals.deposited, escrow.deposited),
            "withdrawn from escrow": (totals.withdrawn, escrow.withdrawn),
            "the supply of points": (totals.supply, chain.answer("PowerPoint", "totalSupply")),
            "what the desk holds": (totals.margins, desk),
            "what the device registry holds": (totals.bonds, registry),
            "what the reward pool owes": (totals.rewards, chain.answer("RewardPool", "outstanding")),
        }
    )
