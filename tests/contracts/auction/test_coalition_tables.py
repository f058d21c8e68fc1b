"""Coalition tables under bond: what makes one void, what does not, and who is paid."""

from dataclasses import replace

import pytest
from brownie import chain

from offchain.auction.coalitions import emissions
from offchain.auction.owen import owen_values
from offchain.auction.packing import pack_dispatch, pack_shares
from offchain.auction.table import Entry
from tests.support.auction_house import (
    BOND,
    DEPOSIT,
    GATE,
    HOUR,
    MINUTE,
    POINT,
    WHOLE_REGION,
    House,
    Play,
    actor,
    by,
    dispatch_hash,
    falsified,
    golden_market,
    shown,
    small_market,
    two_zones,
)
from tests.support.evm import Evm
from tests.support.region import START, Region, fields
from tests.support.reverts import reverts

MW = 10**6
ENTRY, ALLOCATION, UNANSWERED = range(3)
COAL_AND_LOAD = 0b110  # in the part of node 1: its load without its gas, and node 0
COAL_AND_GAS = 0b101
EVERYBODY = 0b11  # in the part of node 0
ZONES = Play(two_zones())
GOLDEN = Play(golden_market(12))
DE200 = Play(golden_market(12, limit_de=200))


def entry_of(play: Play, node: int, position: int) -> Entry:
    return play.table.regions[play.nodes.index(node)].opening(position).entry


@pytest.fixture
def zones(house) -> House:
    """Two zones and the line between them, first clearing certified."""
    house.units.clear()
    house.register(ZONES.market)
    house.bring_to_table(ZONES)
    return house


def assert_void(house, transaction, *, fault, challenger="challenger", bond=BOND):
    event = fields(transaction.events["TableVoided"][0])
    assert (event["challenger"], event["fault"], event["reward"]) == (actor(challenger), fault, bond // 2)
    assert not house.tables.tableOf(HOUR)[6]
    burned = fields(transaction.events["PointsBurned"][0])
    assert (burned["holder"], burned["amount"]) == (house.tables, bond - bond // 2)


# Posting


def test_a_table_takes_the_bond_and_gives_it_back(zones):
    before = zones.tables.balanceOf(actor("poster"))
    transaction = zones.post(ZONES)
    event = fields(transaction.events["TablePosted"][0])
    assert (event["poster"], event["serial"], event["bond"]) == (actor("poster"), 1, BOND)
    assert zones.tables.balanceOf(actor("poster")) == before - BOND

    ends = chain[-1].timestamp + 30 * MINUTE
    with reverts("CoalitionTables_WindowOpen", HOUR, ends):
        zones.tables.releaseBond(HOUR, by("stranger"))
    with reverts("CoalitionTables_WindowOpen", HOUR, ends):
        zones.tables.finalAllocations(HOUR)
    Region.at(ends)
    zones.tables.releaseBond(HOUR, by("stranger"))
    assert zones.tables.balanceOf(actor("poster")) == before
    with reverts("CoalitionTables_NoBond", HOUR):
        zones.tables.releaseBond(HOUR, by("stranger"))


def test_allocations_add_up_to_the_emission(zones):
    shares = list(ZONES.shares)
    shares[0] += 1
    total = (ZONES.first.emission + 500) // 1000
    with reverts("CoalitionTables_AllocationSum", total + 1, total):
        zones.post(ZONES, allocations=pack_shares(shares))
    with reverts("OrderList_RowLength", 12, 18):
        zones.post(ZONES, allocations=pack_shares(shares[:2]))


def test_a_standing_table_is_not_replaced(zones):
    zones.post(ZONES)
    with reverts("CoalitionTables_Standing", HOUR, 1):
        zones.post(ZONES, poster="challenger")


def test_a_table_needs_a_cleared_hour_and_its_time(house):
    house.units.clear()
    house.register(ZONES.market)
    house.bring_to_clearing(ZONES)
    with reverts("OrderBook_Phase", HOUR, 1, 2):
        house.post(ZONES)
    house.auction.clear(HOUR, shown(ZONES.first), by("stranger"))
    Region.at(GATE + 120 * MINUTE + 1)
    with reverts("CoalitionTables_TooLate", HOUR, GATE + 120 * MINUTE):
        house.post(ZONES)


def test_a_poster_without_the_bond_posts_nothing(zones):
    with reverts("AuctionAccounts_Short", actor("stranger"), 0, BOND):
        zones.post(ZONES, poster="stranger")


# A table that is true stands


@pytest.mark.parametrize("play", [ZONES, Play(small_market())], ids=["two zones", "two regions"])
def test_no_true_entry_can_be_challenged(house, play):
    house.units.clear()
    house.register(play.market)
    house.bring_to_table(play)
    house.post(play)
    idle = pack_dispatch([0] * len(play.market.orders))
    for node in play.nodes:
        for position in range(len(play.rows(node))):
            for dispatch in (play.dispatch_of(node, position), idle, play.dispatch):
                evidence = (play.orders, play.network, dispatch)
                with reverts("CoalitionTables_EntryHolds", node, position):
                    house.tables.challengeEntry.call(HOUR, play.opening(node, position), evidence, by("challenger"))
    for position, order in enumerate(play.market.orders):
        shows = (play.orders, play.allocations, play.region(order.node))
        with reverts("CoalitionTables_AllocationHolds", position):
            house.tables.challengeAllocation.call(HOUR, position, *shows, by("challenger"))


def test_relaxed_minima_do_not_make_the_first_clearing_false(house):
    """A must-run unit at a loss: everybody's dispatch keeps its minimum, though a coalition could do without."""
    orders = list(small_market().orders)
    orders[0] = replace(orders[0], price=30_000, lower=40 * MW)
    play = Play(replace(small_market(), orders=tuple(orders)))
    house.units.clear()
    house.register(play.market)
    house.fund("auction sellers", 70_000 * POINT)
    house.bring_to_table(play)
    house.post(play)
    everybody = len(play.rows(0)) - 1
    better = pack_dispatch((0, 20 * MW, 20 * MW, 0))
    with reverts("CoalitionTables_EntryHolds", 0, everybody):
        house.tables.challengeEntry(
            HOUR, play.opening(0, everybody), (play.orders, play.network, better), by("challenger")
        )


# A table that is false does not


@pytest.mark.parametrize("change", ["emission", "value", "infeasible", "worse", "everybody"])
def test_a_false_entry_voids_the_table(zones, change):
    node, position = (0, EVERYBODY) if change == "everybody" else (1, COAL_AND_LOAD)
    true = entry_of(ZONES, node, position)
    dispatch = ZONES.dispatch_of(node, position)
    if change == "emission":
        lie = {"emission": true.emission + 1}
    elif change == "value":
        lie = {"value": true.value + 1}
    elif change == "infeasible":  # 31 MW over a line of 30
        dispatch = pack_dispatch((31 * MW, 0, 31 * MW))
        lie = {"dispatch_hash": dispatch_hash(dispatch), "value": 31 * MW * 10**17, "emission": 31 * MW * 900}
    elif change == "worse":  # says that nobody trades, which would be worth 0; shown is the true dispatch
        idle = pack_dispatch((0, 0, 0))
        lie = {"dispatch_hash": dispatch_hash(idle), "value": 0, "emission": 0}
    else:  # a clearing within epsilon of the first, one watt away from it
        dispatch = pack_dispatch((30 * MW - 1, 40 * MW + 1, 70 * MW))
        lie = {"dispatch_hash": dispatch_hash(dispatch), "emission": true.emission - 500}
    table = falsified(ZONES.table, region=node, position=position, **lie)
    zones.post(ZONES, table=table)
    before = zones.tables.balanceOf(actor("challenger"))
    transaction = zones.tables.challengeEntry(
        HOUR,
        ZONES.opening(node, position, table=table),
        (ZONES.orders, ZONES.network, dispatch),
        by("challenger"),
    )
    assert_void(zones, transaction, fault=ENTRY)
    assert zones.tables.balanceOf(actor("challenger")) == before + BOND // 2


def test_a_dispatch_better_by_epsilon_is_not_enough(zones):
    """Epsilon is two watts at the largest price: two watts of coal instead of gas are worth less."""
    node, position = 1, COAL_AND_LOAD
    true = entry_of(ZONES, node, position)
    epsilon = 2 * 900 * 10**14
    table = falsified(ZONES.table, region=1, position=position, value=true.value - epsilon, dispatch_hash=bytes(32))
    zones.post(ZONES, table=table)
    with reverts("CoalitionTables_EntryHolds", node, position):
        zones.tables.challengeEntry(
            HOUR, ZONES.opening(node, position, table=table), ZONES.evidence(node, position), by("challenger")
        )


def test_a_false_allocation_voids_the_table(zones):
    shares = list(ZONES.shares)
    shares[0] -= 2
    shares[1] += 2
    zones.post(ZONES, allocations=pack_shares(shares))
    transaction = zones.tables.challengeAllocation(
        HOUR, 1, ZONES.orders, pack_shares(shares), ZONES.region(1), by("challenger")
    )
    assert_void(zones, transaction, fault=ALLOCATION)


def test_the_shown_parts_must_be_the_committed_ones(zones):
    zones.post(ZONES)
    opening = ZONES.opening(1, COAL_AND_LOAD)
    lie = falsified(ZONES.table, region=1, position=COAL_AND_LOAD, emission=1)
    roots = [lie.roots[start : start + 32] for start in range(0, len(lie.roots), 32)]
    with reverts("CoalitionTable_NotInTable", ZONES.table.regions[1].tree.root, roots[1]):
        zones.tables.challengeEntry(HOUR, (*opening[:-1], roots), ZONES.evidence(1, COAL_AND_LOAD), by("challenger"))
    with reverts("CoalitionTable_NotInTable", lie.hash, ZONES.table.hash):
        zones.tables.challengeEntry(
            HOUR, ZONES.opening(1, COAL_AND_LOAD, table=lie), ZONES.evidence(1, COAL_AND_LOAD), by("challenger")
        )
    with reverts("CoalitionGame_Position", 8, 8):
        zones.tables.challengeEntry(HOUR, (1, 8, *opening[2:]), ZONES.evidence(1, COAL_AND_LOAD), by("challenger"))
    with reverts("CoalitionGame_NoRegion", 2):
        zones.tables.challengeEntry(HOUR, (2, *opening[1:]), ZONES.evidence(1, COAL_AND_LOAD), by("challenger"))
    other = Play(small_market())
    with reverts("CoalitionTables_OtherHash", dispatch_hash(other.orders), dispatch_hash(ZONES.orders)):
        zones.tables.challengeEntry(HOUR, opening, (other.orders, ZONES.network, ZONES.dispatch), by("challenger"))
    with reverts("CoalitionTables_NotOfRegion", 0, 1):
        zones.tables.challengeAllocation(HOUR, 0, ZONES.orders, ZONES.allocations, ZONES.region(1), by("challenger"))


def test_what_is_shown_has_the_length_of_its_kind(zones):
    zones.post(ZONES)
    region, position, value, dispatch, siblings, emission, blocks, roots = ZONES.opening(1, COAL_AND_LOAD)
    openings = (
        ((region, position, value, dispatch, siblings[:-1], emission, blocks, roots), (3, 4)),
        ((region, position, value, dispatch, siblings, emission[:-1], blocks, roots), (95, 96)),
        ((region, position, value, dispatch, siblings, emission, blocks, roots[:-1]), (1, 2)),
    )
    for opening, lengths in openings:
        with reverts("CoalitionTable_Length", *lengths):
            zones.tables.challengeEntry(HOUR, opening, ZONES.evidence(1, COAL_AND_LOAD), by("challenger"))
    node, packed, roots = ZONES.region(1)
    with reverts("CoalitionTable_Length", 127, 128):
        shows = (ZONES.orders, ZONES.allocations, (node, packed[:-1], roots))
        zones.tables.challengeAllocation(HOUR, 1, *shows, by("challenger"))


def test_the_window_ends(zones):
    zones.post(ZONES)
    ends = chain[-1].timestamp + 30 * MINUTE
    Region.at(ends)
    with reverts("CoalitionTables_WindowOver", HOUR, ends):
        zones.tables.challengeEntry(HOUR, ZONES.opening(1, 0), ZONES.evidence(1, 0), by("challenger"))


# After a void table


def test_challenging_oneself_costs_half_of_the_bond(zones):
    before = zones.tables.balanceOf(actor("poster"))
    void(zones, challenger="poster")
    assert zones.tables.balanceOf(actor("poster")) == before - (BOND - BOND // 2)


def void(house, *, poster="poster", challenger="challenger"):
    table = falsified(ZONES.table, region=1, position=COAL_AND_LOAD, emission=1)
    house.post(ZONES, table=table, poster=poster)
    return house.tables.challengeEntry(
        HOUR, ZONES.opening(1, COAL_AND_LOAD, table=table), ZONES.evidence(1, COAL_AND_LOAD), by(challenger)
    )


def test_a_lost_bond_does_not_come_back(zones):
    """Attack: the poster of a void table waits for the window to end and asks for its bond."""
    void(zones)
    zones.wait(31 * MINUTE)
    with reverts("CoalitionTables_NoBond", HOUR):
        zones.tables.releaseBond(HOUR, by("poster"))
    held = sum(zones.tables.balanceOf(actor(name)) for name in ("poster", "challenger"))
    assert zones.region.points.balanceOf(zones.tables) == held


def test_bonds_double_and_two_void_tables_are_the_last(zones):
    assert_void(zones, void(zones), fault=ENTRY)
    assert zones.tables.bondOf(actor("poster")) == 2 * BOND
    assert_void(zones, void(zones), fault=ENTRY, bond=2 * BOND)
    with reverts("CoalitionTables_PosterBarred", actor("poster"), 2):
        zones.post(ZONES)
    transaction = zones.post(ZONES, poster="challenger")
    assert fields(transaction.events["TablePosted"][0])["serial"] == 3
    zones.wait(30 * MINUTE)
    zones.auction.adjust(HOUR, ZONES.orders, ZONES.dispatch, ZONES.allocations, by("stranger"))


def test_no_ladder_without_a_standing_table(zones):
    with reverts("CoalitionTables_NoTable", HOUR):
        zones.auction.adjust(HOUR, ZONES.orders, ZONES.dispatch, ZONES.allocations, by("stranger"))
    void(zones)
    zones.wait(31 * MINUTE)
    with reverts("CoalitionTables_NoTable", HOUR):
        zones.auction.adjust(HOUR, ZONES.orders, ZONES.dispatch, ZONES.allocations, by("stranger"))


# Availability


def test_an_answer_earns_the_deposit(zones):
    zones.post(ZONES)
    before = {name: zones.tables.balanceOf(actor(name)) for name in ("poster", "challenger")}
    zones.tables.demand(HOUR, 1, COAL_AND_LOAD, by("challenger"))
    assert zones.tables.depositOf(HOUR, 0) == 2 * DEPOSIT
    zones.tables.demand(HOUR, 1, WHOLE_REGION, by("challenger"))
    asked = DEPOSIT + 2 * 16 * DEPOSIT
    assert zones.tables.balanceOf(actor("challenger")) == before["challenger"] - asked

    zones.tables.answerEntry(HOUR, ZONES.opening(1, COAL_AND_LOAD), ZONES.dispatch_of(1, COAL_AND_LOAD), by("stranger"))
    transaction = zones.tables.answerRegion(HOUR, ZONES.region(1), by("stranger"))
    assert zones.tables.balanceOf(actor("poster")) == before["poster"] + 17 * DEPOSIT
    assert fields(transaction.events["PointsBurned"][0])["amount"] == 16 * DEPOSIT  # what the doubling added
    with reverts("CoalitionTables_NotDemanded", 1, COAL_AND_LOAD):
        zones.tables.voidUnanswered(HOUR, 1, COAL_AND_LOAD, by("challenger"))


def test_an_unanswered_demand_voids_the_table(zones):
    zones.post(ZONES)
    before = zones.tables.balanceOf(actor("challenger"))
    zones.tables.demand(HOUR, 0, WHOLE_REGION, by("challenger"))
    deadline = chain[-1].timestamp + 10 * MINUTE
    Region.at(deadline)
    with reverts("CoalitionTables_AnswerTime", deadline, deadline):
        zones.tables.voidUnanswered(HOUR, 0, WHOLE_REGION, by("stranger"))
    Region.at(deadline + 1)
    with reverts("CoalitionTables_AnswerTime", deadline + 1, deadline):
        zones.tables.answerRegion(HOUR, ZONES.region(0), by("poster"))
    transaction = zones.tables.voidUnanswered(HOUR, 0, WHOLE_REGION, by("stranger"))
    assert_void(zones, transaction, fault=UNANSWERED)
    assert zones.tables.balanceOf(actor("challenger")) == before + BOND // 2


def test_a_wrong_answer_is_none(zones):
    zones.post(ZONES)
    zones.tables.demand(HOUR, 1, COAL_AND_LOAD, by("challenger"))
    asked = entry_of(ZONES, 1, COAL_AND_LOAD).dispatch_hash
    with reverts("CoalitionTables_OtherHash", dispatch_hash(ZONES.dispatch), asked):
        zones.tables.answerEntry(HOUR, ZONES.opening(1, COAL_AND_LOAD), ZONES.dispatch, by("poster"))
    with reverts("CoalitionTables_NotDemanded", 1, COAL_AND_GAS):
        zones.tables.answerEntry(HOUR, ZONES.opening(1, COAL_AND_GAS), ZONES.dispatch_of(1, COAL_AND_GAS), by("poster"))


def test_demands_come_early_and_once(zones):
    zones.post(ZONES)
    posted = chain[-1].timestamp
    zones.tables.demand(HOUR, 1, 0, by("challenger"))
    with reverts("CoalitionTables_AlreadyDemanded", 1, 0):
        zones.tables.demand(HOUR, 1, 0, by("challenger"))
    with reverts("CoalitionGame_Position", 8, 8):
        zones.tables.demand(HOUR, 1, 8, by("challenger"))
    Region.at(posted + 15 * MINUTE)
    with reverts("CoalitionTables_WindowOver", HOUR, posted + 15 * MINUTE):
        zones.tables.demand(HOUR, 1, 1, by("challenger"))


def test_flooding_a_poster_with_demands_is_not_affordable(zones):
    """Attack: more demands than anybody can answer in ten minutes. Each costs twice the one before."""
    zones.post(ZONES)
    paid = zones.tables.balanceOf(actor("challenger"))
    for position in range(8):
        zones.tables.demand(HOUR, 1, position, by("challenger"))
    assert paid - zones.tables.balanceOf(actor("challenger")) == (2**8 - 1) * DEPOSIT
    for position in range(8):
        zones.tables.answerEntry(HOUR, ZONES.opening(1, position), ZONES.dispatch_of(1, position), by("poster"))
    assert zones.region.points.balanceOf(zones.tables) == (
        sum(zones.tables.balanceOf(actor(name)) for name in ("poster", "challenger")) + BOND
    )


def test_no_table_has_more_than_32_demands(house):
    """The last costs 2^31 times the first; somebody who has that much demands one more."""
    house.units.clear()
    house.register(GOLDEN.market)
    house.bring_to_table(GOLDEN)
    house.post(GOLDEN)
    house.region.points.setDailyMintLimit(2**33 * DEPOSIT, by("deployer"))
    house.fund("challenger", 2**32 * DEPOSIT, at=house.tables)
    before = house.tables.balanceOf(actor("challenger"))
    for position in range(32):
        house.tables.demand(HOUR, 0, position, by("challenger"))
    assert before - house.tables.balanceOf(actor("challenger")) == (2**32 - 1) * DEPOSIT
    with reverts("CoalitionTables_TooManyDemands", 32):
        house.tables.demand(HOUR, 0, 32, by("challenger"))


def test_deposits_come_back_from_a_void_table(zones):
    table = falsified(ZONES.table, region=1, position=COAL_AND_LOAD, emission=1)
    zones.post(ZONES, table=table)
    before = zones.tables.balanceOf(actor("stranger"))
    zones.fund("stranger", DEPOSIT, at=zones.tables)
    zones.tables.demand(HOUR, 1, 0, by("stranger"))
    with reverts("CoalitionTables_DemandStands", HOUR, 1):
        zones.tables.refundDemand(HOUR, 1, 1, 0, by("stranger"))
    zones.tables.challengeEntry(
        HOUR, ZONES.opening(1, COAL_AND_LOAD, table=table), ZONES.evidence(1, COAL_AND_LOAD), by("challenger")
    )
    zones.post(ZONES, poster="challenger")  # the demand was against the other table
    with reverts("CoalitionTables_NotDemanded", 1, 0):
        zones.tables.voidUnanswered(HOUR, 1, 0, by("stranger"))
    zones.tables.refundDemand(HOUR, 1, 1, 0, by("stranger"))
    assert zones.tables.balanceOf(actor("stranger")) == before + DEPOSIT
    with reverts("CoalitionTables_NotDemanded", 1, 0):
        zones.tables.refundDemand(HOUR, 1, 1, 0, by("stranger"))


# Five regions, nine orders in one of them


@pytest.mark.parametrize("play", [GOLDEN, DE200], ids=["free lines", "congested"])
def test_a_table_of_9344_coalitions(house, play):
    house.units.clear()
    house.register(play.market)
    house.bring_to_table(play)
    nodes = {order.node for order in play.market.orders}
    assert nodes == set(range(5)) and len(play.rows(0)) == 2**13
    shares = list(play.shares)
    shares[3] += 1
    shares[4] += 1
    shares[20] -= 2
    lie = pack_shares(shares)
    house.post(play, allocations=lie)
    node, position = 0, 5_000
    with reverts("CoalitionTables_EntryHolds", node, position):
        house.tables.challengeEntry(HOUR, play.opening(node, position), play.evidence(node, position), by("challenger"))
    transaction = house.tables.challengeAllocation(
        HOUR, 20, play.orders, lie, play.region(play.market.orders[20].node), by("challenger")
    )
    assert_void(house, transaction, fault=ALLOCATION)


def test_owen_values_are_exact(harness):
    """The contract's sum over 2^13 coalitions, as an exact fraction, is the module's."""
    evm = Evm(START)
    opened = evm.deploy(harness["AuctionHarness"])
    play = GOLDEN
    counts = sum(sum(order.node == node for order in play.market.orders) << (8 * node) for node in range(5))
    expected = owen_values(emissions(play.market, play.power), play.coalitions)
    for node in range(5):
        _, blocks, _ = play.region(node)
        numerators, denominator = evm.ask(opened, "owenValues", blocks, counts, node)
        own = [value for value, order in zip(expected, play.market.orders, strict=True) if order.node == node]
        assert list(numerators) == [value * denominator for value in own]
