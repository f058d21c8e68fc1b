"""Of several proofs of one dispatch, the one at which the loads pay least."""

import pytest

from offchain.auction.cheapest_prices import load_payment, with_cheapest_prices
from offchain.auction.clearing import Clearing, clear
from offchain.auction.network import Line, limited_network
from offchain.auction.optimality import certify
from offchain.auction.orders import Market
from offchain.auction.outcome import bus_prices
from tests.offchain.auction.auction_cases import (
    MW,
    POINT_WEI_PER_MWH,
    generator,
    golden_case,
    load,
    random_market,
    tight_market,
)


def test_price_between_a_bid_and_an_offer_is_the_lowest():
    """10 MW cross a full line, and the load behind it takes no more than 10 MW: any price from 20 to 90 proves that.

    Posted with 90 at the load's bus; the cheapest is 20, where the line has no price left to speak of.
    """
    line = Line(name="01", first=0, second=1, x_pu=0.1, limit_mw=10.0)
    orders = (generator(200, 100 * MW), load(900, 10 * MW, node=1), load(150, 50 * MW, node=1))
    market = Market(network=limited_network(2, [line]), orders=orders)
    dispatch = (10 * MW, 10 * MW, 0)
    mu = market.prices[0]
    dear = Clearing(
        market=market,
        dispatch=dispatch,
        certificate=certify(market, dispatch, mu=mu, nu=[70 * POINT_WEI_PER_MWH - 10**10]),
    )
    assert bus_prices(dear)[1] == pytest.approx(90, abs=1e-3)
    cheap = with_cheapest_prices(dear)
    assert bus_prices(cheap) == pytest.approx([20, 20], abs=1e-3)
    assert cheap.dispatch == dispatch


def test_prices_that_nothing_can_change_stay():
    cleared = clear(golden_case(congested=True).market(12))
    assert with_cheapest_prices(cleared).certificate.nu == pytest.approx(cleared.certificate.nu, rel=1e-6)


def test_never_dearer_and_always_proven():
    changed = 0
    for seed in range(150):
        market, _ = (tight_market if seed % 3 else random_market)(seed)
        cleared = clear(market)
        cheapest = with_cheapest_prices(cleared)
        assert load_payment(cheapest) <= load_payment(cleared)
        assert cheapest.certificate.gap <= cheapest.certificate.epsilon
        changed += load_payment(cheapest) < 0.9999 * load_payment(cleared)
        if not cleared.congested:
            assert cheapest is cleared
    assert changed > 0
