"""One hour of the auction from orders to awards, against the arithmetic of offchain/auction; its money, its gas."""

import pytest

from offchain.auction.orders import CHAIN
from offchain.auction.settlement import locked, settle_awards
from offchain.merkle import leaf_hash, merkle_tree
from tests.support.auction_house import (
    BUYERS,
    GRID,
    HOUR,
    LIMITS,
    MONTH,
    SELLERS,
    TICK_PER_WH,
    Play,
    actor,
    by,
    golden_market,
    shown,
    small_market,
    two_zones,
)
from tests.support.region import Region, fields, plain

PLAYS = {
    "five regions": Play(golden_market(12)),
    "five regions, congested": Play(golden_market(12, limit_de=200)),
    "two regions": Play(small_market()),
    "two zones, congested": Play(two_zones()),
}


@pytest.fixture(params=PLAYS, ids=str)
def play(request, house):
    """Units of the play; they are gone after the test."""
    chosen = PLAYS[request.param]
    units = list(house.units)
    house.units.clear()
    house.register(chosen.market)
    yield chosen
    house.units[:] = units


def test_an_hour_is_paid_as_the_arithmetic_says(house, play):
    balances = {name: house.auction.balanceOf(actor(name)) for name in (SELLERS, BUYERS, GRID)}
    house.bring_to_award(play)
    transaction = house.auction.award(HOUR, play.orders, shown(play.second), by("stranger"))

    expected = settle_awards(play.market, play.second, limits=LIMITS)
    events = [fields(event) for event in transaction.events["Awarded"]]
    assert [event["price"] for event in events] == list(expected.prices)
    assert [event["energy"] for event in events] == list(play.second.dispatch)
    legs = [energy + ladder for energy, ladder in zip(expected.energy, expected.ladder, strict=True)]
    assert [event["leg"] for event in events] == legs
    assert sum(legs) + expected.rent + expected.ladder_account == 0

    hour = fields(transaction.events["HourAwarded"][0])
    assert (hour["rent"], hour["ladder"]) == (expected.rent, expected.ladder_account)
    for name, is_load in ((SELLERS, False), (BUYERS, True)):
        own = sum(leg for leg, order in zip(legs, play.market.orders, strict=True) if order.is_load == is_load)
        assert house.auction.balanceOf(actor(name)) == balances[name] + own
    assert house.auction.balanceOf(actor(GRID)) == balances[GRID] + expected.rent
    assert house.held() == house.region.points.balanceOf(house.auction)

    leaves = [
        leaf_hash(
            HOUR,
            position,
            house.units[position],
            energy,
            price % 2**256,
            abs(after.price - before.price),
        )
        for position, (energy, price, before, after) in enumerate(
            zip(play.second.dispatch, expected.prices, play.market.orders, play.second.market.orders, strict=True)
        )
    ]
    assert bytes(house.auction.hourOf(HOUR)[11]) == merkle_tree(leaves).root


def test_an_order_locks_the_most_it_can_be_asked_to_pay(house, play):
    before = house.auction.balanceOf(actor(BUYERS))
    house.place(play.market)
    amounts = locked(play.market.orders, limits=LIMITS, tick=CHAIN.tick)
    for position, amount in enumerate(amounts):
        assert house.auction.placementOf(HOUR, position)[2] * TICK_PER_WH == amount
    assert house.auction.balanceOf(actor(BUYERS)) == before - sum(amounts)


def test_ladder_payments_come_back_in_proportion_to_energy(house, play):
    house.bring_to_award(play)
    house.auction.award(HOUR, play.orders, shown(play.second), by("stranger"))
    expected = settle_awards(play.market, play.second, limits=LIMITS)
    collected, energy = house.auction.ladderMonth(MONTH)
    assert (collected, energy) == (expected.ladder_account, sum(play.second.dispatch))

    Region.go(HOUR * 3_600 + 31 * 86_400)
    before = {name: house.auction.balanceOf(actor(name)) for name in (SELLERS, BUYERS)}
    for name in (SELLERS, BUYERS):
        house.auction.claimLadder(MONTH, actor(name), by("stranger"))
    gained = {name: house.auction.balanceOf(actor(name)) - before[name] for name in before}
    assert sum(gained.values()) == collected
    assert abs(gained[SELLERS] - gained[BUYERS]) <= 1  # both sides move the same energy
    assert plain(house.auction.ladderMonth(MONTH)) == (0, 0)


def test_everybody_leaves_with_their_points(house):
    play = PLAYS["two regions"]
    house.units.clear()
    house.register(play.market)
    house.bring_to_award(play)
    house.auction.award(HOUR, play.orders, shown(play.second), by("stranger"))
    Region.go(HOUR * 3_600 + 31 * 86_400)
    for name in (SELLERS, BUYERS):
        house.auction.claimLadder(MONTH, actor(name), by("stranger"))
    for name in (SELLERS, BUYERS, GRID):
        held = house.auction.balanceOf(actor(name))
        if held:
            house.auction.withdraw(held, by(name))
    assert house.region.points.balanceOf(house.auction) == 0
    house.units.clear()
