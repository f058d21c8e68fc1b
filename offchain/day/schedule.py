"""When things happen on a trading day, and in which order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from offchain.chain.client import Client
from offchain.chain.clock import Clock
from offchain.chain.keys import local_key
from offchain.chain.sender import Transaction
from offchain.day import certification, emissions, entry, metering, trade
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
    Stage(
        "members, devices, points",
        -DAY + HOUR,
        (
            entry.register_members,
            entry.register_devices,
            entry.mint_points,
            entry.deposit_margin,
            entry.post_bonds,
            entry.open_welcomes,
        ),
    ),
    Stage("agreements", -DAY + 10 * HOUR, (trade.register_agreements,)),
    Stage("meter sheets", DAY + 6 * HOUR, (metering.submit_sheets,)),
    Stage("settlement", DAY + 12 * HOUR, (metering.estimate_missing, trade.settle, trade.pay_bill)),
    Stage("corrections", 3 * DAY, (metering.correct_sheets,)),
    Stage(
        "carbon, certificates, quotas",
        8 * DAY,
        (
            emissions.post_carbon,
            certification.issue_certificates,
            certification.claim_welcomes,
            certification.retire_certificates,
            emissions.draw_quotas,
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
