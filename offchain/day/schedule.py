"""When things happen on a trading day, and in which order: in the regions and, between them, on the main chain."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from offchain.chain.client import Client
from offchain.chain.clock import Clock
from offchain.chain.keys import local_key
from offchain.chain.sender import Transaction
from offchain.day import (
    auction,
    certificate_sale,
    certification,
    emissions,
    energy_rewards,
    entry,
    metering,
    next_day,
    quota_trade,
    trade,
)
from offchain.day.auction import AuctionDay
from offchain.day.driver.journal import Journal
from offchain.day.driver.region import RegionDay

HOUR = 3600
DAY = 24 * HOUR
GATE = 11 * HOUR
"""When the auction's orders close, on the day before delivery; its tables can be challenged for half an hour, and
better prices of a congested hour replace the posted ones for ten minutes."""


@dataclass(frozen=True)
class Stage:
    """Something every region, or the auction on the main chain, does at the same time."""

    name: str
    after: int
    """Block time at which it begins, counted from local midnight of the day of delivery [s]."""
    steps: tuple[Callable[[RegionDay], None], ...] = ()
    auction: tuple[Callable[[AuctionDay], None], ...] = ()


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
        (auction.register_units, auction.fund_accounts),
    ),
    Stage("agreements, orders", -DAY + 10 * HOUR, (trade.register_agreements,), (auction.place_orders,)),
    Stage("auction: clearing, coalition tables", -DAY + GATE, auction=(auction.clear, auction.post_tables)),
    Stage("auction: ladder, second clearing", -DAY + 12 * HOUR, auction=(auction.clear_adjusted,)),
    Stage("auction: awards", -DAY + 13 * HOUR, auction=(auction.award,)),
    Stage("meter sheets", DAY + 6 * HOUR, (entry.state_escrow, metering.submit_sheets), (auction.state_escrow,)),
    Stage("settlement", DAY + 12 * HOUR, (metering.estimate_missing, trade.settle)),
    Stage(
        "silence, close, penalty shares",
        DAY + 18 * HOUR,
        (trade.settle_silent, trade.close_day, trade.claim_shares, trade.pay_bill),
    ),
    Stage("meters of the next day", 2 * DAY + 6 * HOUR, (next_day.measure_next_day,)),
    Stage("corrections", 3 * DAY, (metering.correct_sheets,)),
    Stage(
        "reconciliation, carbon, certificates, quotas",
        8 * DAY,
        (
            trade.reconcile,
            emissions.post_carbon,
            certification.issue_certificates,
            certification.claim_welcomes,
            energy_rewards.deliver_bundled,
            certification.retire_certificates,
            certificate_sale.sell_certificates,
            emissions.draw_quotas,
            quota_trade.trade_quotas,
        ),
    ),
    Stage("correction after sale", 8 * DAY + 12 * HOUR, (certificate_sale.correct_after_sale,)),
    Stage("certificates of the next day", 9 * DAY, (next_day.issue_next_day,)),
    Stage("rewards", 11 * DAY, (energy_rewards.close_rewards,)),
)


def run_day(regions: Sequence[RegionDay], main: AuctionDay, *, clock: Clock, midnight: int) -> Mapping[str, float]:
    """Run every stage in every region and anchor each regional chain after each stage.

    Args:
        regions: the regional chains with their plans.
        main: the main chain with the plan of its auction.
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
        for act in stage.auction:
            act(main)
        _anchor([region.client for region in regions], main.journal)
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
