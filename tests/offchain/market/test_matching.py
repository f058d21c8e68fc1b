"""Matching of offers. By hand: asks 0.50 (100 Wh), 0.55 (100 Wh); a bid of 0.60 for 150 Wh takes 100 and 50.

Prices are halfway: (0.50 + 0.60) / 2 = 0.55 and (0.55 + 0.60) / 2 = 0.575.
"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from offchain.market.matching import StandingOffer, match_offers
from offchain.market.offers import Offer, Side
from offchain.units import PRICE_TICK
from tests.offchain.market.market_cases import DAY, PAPER_TARIFFS, POINT


def offer(place, side, price, wh, **changes):
    fields = {
        "member": place,
        "nonce": 0,
        "first_hour": DAY.start + 6,
        "hours": 3,
        "bundled": False,
        "partial": True,
        "expiry": 0,
    }
    made = Offer(side=side, price=price * POINT // 100, wh_per_hour=wh, **(fields | changes))
    return StandingOffer(place=place, offer=made, left_wh=wh)


def trades(*offers):
    return [(m.sell.place, m.buy.place, m.wh_per_hour, m.price) for m in match_offers(offers)]


SELL, BUY = Side.SELL, Side.BUY


def test_hand_calculation():
    assert trades(offer(1, SELL, 55, 100), offer(2, BUY, 60, 150), offer(3, SELL, 50, 100)) == [
        (3, 2, 100, 55 * POINT // 100),
        (1, 2, 50, 575 * POINT // 1000),
    ]


def test_at_equal_prices_who_came_first_is_served_first():
    assert trades(offer(2, SELL, 50, 100), offer(1, SELL, 50, 100), offer(4, BUY, 50, 30), offer(3, BUY, 50, 80)) == [
        (1, 3, 80, POINT // 2),
        (1, 4, 20, POINT // 2),
        (2, 4, 10, POINT // 2),
    ]


def test_prices_that_do_not_meet_make_no_match():
    assert trades(offer(1, SELL, 51, 100), offer(2, BUY, 50, 100)) == []


def test_window_and_certificate_must_be_the_same():
    buy = offer(9, BUY, 60, 100)
    others = [{"first_hour": DAY.start + 7}, {"hours": 2}, {"bundled": True}]
    assert trades(buy, *(offer(i, SELL, 50, 100, **change) for i, change in enumerate(others))) == []


def test_what_may_not_be_taken_in_parts_is_taken_whole_or_not_at_all():
    whole = offer(1, SELL, 50, 100, partial=False)
    assert trades(whole, offer(2, BUY, 60, 99)) == []
    assert trades(whole, offer(2, BUY, 60, 99), offer(3, BUY, 55, 101)) == [(1, 3, 100, 525 * POINT // 1000)]
    begun = replace(offer(1, SELL, 50, 100, partial=False), left_wh=99)
    assert trades(begun, offer(2, BUY, 60, 99)) == []


def test_nobody_trades_with_itself_and_the_next_one_is_served():
    own = offer(1, SELL, 45, 100, member=7)
    assert trades(own, offer(2, SELL, 50, 100), offer(3, BUY, 60, 100, member=7)) == [(2, 3, 100, 55 * POINT // 100)]


def test_a_named_counterparty_is_the_only_one():
    sell = offer(1, SELL, 50, 100, counterparty=3)
    assert trades(sell, offer(2, BUY, 70, 100), offer(3, BUY, 60, 100)) == [(1, 3, 100, 55 * POINT // 100)]
    assert trades(sell, offer(3, BUY, 60, 100, counterparty=2)) == []


def test_prices_are_rounded_down_to_the_tick():
    sell, buy = offer(1, SELL, 50, 10), offer(2, BUY, 50, 10)
    buy = replace(buy, offer=replace(buy.offer, price=buy.offer.price + PRICE_TICK))
    assert trades(sell, buy) == [(1, 2, 10, POINT // 2)]


@st.composite
def books(draw):
    lowest, highest = PAPER_TARIFFS.feed_in // PRICE_TICK, PAPER_TARIFFS.highest_price // PRICE_TICK
    book = []
    for place in range(draw(st.integers(0, 12))):
        price = draw(st.one_of(st.integers(lowest, highest), st.sampled_from([lowest, highest, 5000]))) * PRICE_TICK
        made = offer(
            place,
            draw(st.sampled_from(Side)),
            0,
            draw(st.integers(1, 9)),
            member=draw(st.integers(1, 5)),
            partial=draw(st.booleans()),
            bundled=draw(st.booleans()),
            counterparty=draw(st.sampled_from([0, 0, 6])),
        )
        book.append(replace(made, offer=replace(made.offer, price=price)))
    return book


@given(book=books(), data=st.data())
def test_laws_of_matching(book, data):
    """Nobody gets more than offered or a price beyond its limit; no pair that could still trade is left."""
    matches = match_offers(book)
    left = {entry.place: entry.left_wh for entry in book}
    for match in matches:
        assert match.wh_per_hour > 0
        assert match.sell.offer.price <= match.price <= match.buy.offer.price
        assert match.sell.offer.member != match.buy.offer.member
        assert match.sell.offer.bundled == match.buy.offer.bundled
        assert match.sell.offer.counterparty == match.buy.offer.counterparty == 0
        for side in (match.sell, match.buy):
            left[side.place] -= match.wh_per_hour
            assert side.offer.partial or match.wh_per_hour == side.offer.wh_per_hour
    assert min(left.values(), default=0) >= 0
    rest = [replace(entry, left_wh=left[entry.place]) for entry in book]
    assert match_offers(rest) == ()
    assert match_offers(data.draw(st.permutations(book))) == matches
