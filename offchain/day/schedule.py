"""When things happen on a trading day, and in which order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from offchain.chain.client import Client
from offchain.chain.clock import Clock
from offchain.chain.keys import local_key
from offchain.chain.sender import Transaction
from offchain.day.journal import Journal
from offchain.day.region import RegionDay

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Stage:
    """Something every region does at the same time."""

    name: str
    after: int
    """Block time at which it begins, counted from local midnight of the day of delivery [s]."""
    steps: tuple[Callable[[RegionDay], None], ...]


STAGES = (
    Stage("members and points", -DAY + HOUR, (RegionDay.register_members, RegionDay.deposit_points)),
    Stage("agreements", -DAY + 10 * HOUR, (RegionDay.register_agreements,)),
    Stage("meter sheets", DAY + 6 * HOUR, (RegionDay.submit_sheets,)),
    Stage("settlement", DAY + 12 * HOUR, (RegionDay.settle,)),
    Stage(
        "carbon, certificates, quotas",
        8 * DAY,
        (
            RegionDay.post_carbon,
            RegionDay.issue_certificates,
            RegionDay.retire_certificates,
            RegionDay.draw_quotas,
        ),
    ),
    Stage("end", 9 * DAY, ()),
)


def run_day(regions: Sequence[RegionDay], main: Journal, *, clock: Clock, midnight: int) -> Mapping[str, float]:
    """Run every stage in every region and anchor each regional chain after each stage.

    Args:
        regions: the regional chains with their plans.
        main: the main chain.
        clock: of all chains.
        midnight: local midnight of the day of delivery [s].

    Returns:
        How long each stage took [s of real time].

    Raises:
        GridleafError: a chain refused something; its message says what.
    """
    durations = {}
    for stage in STAGES:
        started = perf_counter()
        clock.reach(midnight + stage.after)
        for region in regions:
            for step in stage.steps:
                step(region)
        _anchor([region.client for region in regions], main)
        durations[stage.name] = perf_counter() - started
    return durations


def _anchor(regional: Sequence[Client], main: Journal) -> None:
    """The relayer records each regional chain's latest block on the main chain."""
    board, relayer = main.client.contract("AnchorBoard"), local_key("relayer")
    blocks = [(client.endpoint.chain_id, client.block()) for client in regional]
    main.send(
        [
            (Transaction(board("anchor", chain_id, block.number, bytes.fromhex(block.hash[2:])), relayer), 1)
            for chain_id, block in blocks
        ]
    )
