"""Settlement of a market day.

By hand (Xiong et al. 2023, Table 1, node 2): C = 200 kWh at U = 0.63 yuan/kWh, delivered E_f = 200, taken E_y = 180:
V_f = 180 * 0.63 + 20 * 0.40 = 121.4, V_y = 180 * 0.67 = 120.6, V_g = 180 * 0.04 - 20 * 0.40 = -0.8.
Node 26 takes 80 of 60 agreed: V_f = 60 * 0.67 = 40.2, V_y = 60 * 0.71 + 20 * 0.75 = 57.6, V_g = 17.4.
"""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import InputError
from offchain.market.laws import check_settlement
from offchain.market.records import Agreement, Tariffs
from offchain.market.rulebooks import share
from offchain.market.settlement import exchange, settle_day
from offchain.units import PRICE_TICK
from tests.offchain.market.market_cases import DAY, PAPER_TARIFFS, POINT, market_days, sheet
from tests.support.paper_tables import ROWS

KWH = 1000


def points(text):
    return int(Decimal(text) * POINT)


def agreement(number=1, **changes):
    fields = {"seller": 1, "buyer": 2, "wh_per_hour": 100, "first_hour": DAY.start, "hours": 1, "price": POINT // 2}
    return Agreement(id=number, **(fields | changes))


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: f"node-{row['node']}")
def test_tables_1_and_2_of_the_paper(row):
    """All 30 nodes: income or expense, and revenue of the grid company, to the printed two decimals."""
    partner = ROWS[row["partner"]]
    seller, buyer = (row, partner) if row["role"] == "gen" else (partner, row)
    legs = exchange(
        [(int(seller["actual_kWh"] * KWH), int(buyer["actual_kWh"] * KWH))],
        price=points(row["price_yuan_per_kWh"]),
        tariffs=PAPER_TARIFFS,
    )
    assert (legs.seller if row["role"] == "gen" else -legs.buyer) == points(row["printed"]["money_yuan"])
    assert legs.grid == points(row["printed"]["grid_revenue_yuan"])
    assert legs.seller + legs.buyer + legs.grid == 0


def test_day_of_one_agreement_by_hand():
    """Node 2 and 17 of the table, delivered in hour 5; 7 kWh besides in hour 9 are the grid company's business."""
    deal = agreement(wh_per_hour=200_000, first_hour=DAY.start + 5, price=points("0.63"))
    sheets = [sheet(1, exports={5: 200_000, 9: 7_000}), sheet(2, imports={5: 180_000, 9: 7_000})]
    day = settle_day([deal], sheets, hours=DAY, tariffs=PAPER_TARIFFS)
    assert day.balances == ((1, points("121.4") + points("2.8")), (2, -points("120.6") - points("5.25")))
    assert day.grid == points("-0.8") + points("5.25") - points("2.8")
    assert [(r.member, r.export_wh, r.import_wh) for r in day.residuals] == [(1, 7_000, 0), (2, 0, 7_000)]


def test_meter_shared_in_proportion_by_hand():
    """10 Wh for agreements of 7 and 8 Wh: floor(70/15) = 4 and floor(80/15) = 5, 1 Wh of dust on nobody's bill."""
    deals = [agreement(1, wh_per_hour=7), agreement(2, wh_per_hour=8, buyer=3)]
    sheets = [sheet(1, exports={0: 10}), sheet(2, imports={0: 7}), sheet(3, imports={0: 8})]
    day = settle_day(deals, sheets, hours=DAY, tariffs=PAPER_TARIFFS)
    assert [item.exchange.matched_wh for item in day.agreements] == [4, 5]
    assert [item.exchange.shortfall_wh for item in day.agreements] == [3, 3]
    assert (day.export_dust_wh, day.import_dust_wh) == (1, 0)


def test_both_beyond_the_agreement_settle_the_rest_with_the_grid():
    """100 Wh agreed, 150 delivered and 130 taken: 100 at U, then 50 at S and 30 at B."""
    sheets = [sheet(1, exports={0: 150}), sheet(2, imports={0: 130})]
    day = settle_day([agreement()], sheets, hours=DAY, tariffs=PAPER_TARIFFS)
    assert day.agreements[0].exchange.matched_wh == 100
    assert day.balances == ((1, points("0.05") + points("0.02")), (2, -points("0.054") - points("0.0225")))


@given(data=st.data(), contracted=st.lists(st.integers(1, 2**32 - 1), min_size=1, max_size=8))
def test_enough_metered_energy_never_makes_a_default(data, contracted):
    total = sum(contracted)
    metered = data.draw(st.one_of(st.integers(total, 2 * total), st.integers(0, total)))
    shares = [share(metered, c, contracted_sum_wh=total) for c in contracted]
    if metered >= total:
        assert shares == contracted
    else:
        assert all(part <= c for part, c in zip(shares, contracted, strict=True))
        assert 0 <= metered - sum(shares) < len(contracted)


def slow_balances(agreements, sheets, tariffs):
    """Eqs. (26)-(31) as printed (with the + of the correction), in fractions of kWh and points, hour by hour."""
    meter = {s.member: s for s in sheets}
    S, B, G = (Fraction(value, POINT) for value in (tariffs.feed_in, tariffs.purchase, tariffs.grid_fee))
    money = dict.fromkeys(sorted(meter), Fraction(0))
    grid = Fraction(0)
    for h, hour in enumerate(DAY):
        running = [a for a in agreements if a.first_hour <= hour < a.first_hour + a.hours]
        for a in running:
            parts = []
            for metered, others in (
                (meter[a.seller].export_wh[h], [x for x in running if x.seller == a.seller]),
                (meter[a.buyer].import_wh[h], [x for x in running if x.buyer == a.buyer]),
            ):
                part = Fraction(metered * a.wh_per_hour, sum(x.wh_per_hour for x in others))
                parts.append(Fraction(min(part.__floor__(), a.wh_per_hour), KWH))
            E_f, E_y = parts
            U = Fraction(a.price, POINT)
            if E_f >= E_y:
                V_f, V_y, V_g = E_y * U + (E_f - E_y) * S, E_y * (U + G), E_y * G - (E_f - E_y) * S
            else:
                V_f, V_y, V_g = E_f * U, E_f * (U + G) + (E_y - E_f) * B, E_f * G + (E_y - E_f) * B
            money[a.seller] += V_f
            money[a.buyer] -= V_y
            grid += V_g
        for member, s in meter.items():
            sold = sum(a.wh_per_hour for a in running if a.seller == member)
            bought = sum(a.wh_per_hour for a in running if a.buyer == member)
            leg = Fraction(max(0, s.export_wh[h] - sold), KWH) * S - Fraction(max(0, s.import_wh[h] - bought), KWH) * B
            money[member] += leg
            grid -= leg
    return {member: value * POINT for member, value in money.items()}, grid * POINT


@given(day=market_days())
def test_agrees_with_the_equations_in_fractions_and_obeys_every_law(day):
    agreements, sheets = day
    settled = settle_day(agreements, sheets, hours=DAY, tariffs=PAPER_TARIFFS)
    assert (dict(settled.balances), settled.grid) == slow_balances(agreements, sheets, PAPER_TARIFFS)
    check_settlement(settled, sheets, tariffs=PAPER_TARIFFS)


@given(day=market_days(), data=st.data())
def test_order_never_matters(day, data):
    agreements, sheets = day
    shuffled = settle_day(
        data.draw(st.permutations(agreements)), data.draw(st.permutations(sheets)), hours=DAY, tariffs=PAPER_TARIFFS
    )
    assert shuffled == settle_day(agreements, sheets, hours=DAY, tariffs=PAPER_TARIFFS)


SHEETS = [sheet(1, exports={0: 100}), sheet(2, imports={0: 100})]
CHEAP, DEAR = PAPER_TARIFFS.feed_in - PRICE_TICK, PAPER_TARIFFS.highest_price + PRICE_TICK


@pytest.mark.parametrize(
    ("agreements", "sheets", "message"),
    [
        ([agreement(buyer=1)], SHEETS, "agreement 1: member 1 trades with itself"),
        ([agreement(wh_per_hour=0)], SHEETS, "agreement 1: 0 Wh per hour is not within 1 to 4294967295"),
        ([agreement(wh_per_hour=2**32)], SHEETS, "agreement 1: 4294967296 Wh per hour is not within"),
        ([agreement(hours=0)], SHEETS, "hours 403535 to 403535 are not within the day 403535 to 403559"),
        ([agreement(first_hour=DAY.start - 1, hours=2)], SHEETS, "hours 403534 to 403536 are not within the day"),
        ([agreement(first_hour=DAY.stop - 1, hours=2)], SHEETS, "hours 403558 to 403560 are not within the day"),
        ([agreement(price=CHEAP)], SHEETS, f"price {CHEAP} is not within {CHEAP + PRICE_TICK} to"),
        ([agreement(price=DEAR)], SHEETS, f"price {DEAR} is not within .* to {DEAR - PRICE_TICK}"),
        ([agreement(price=POINT // 2 + 1)], SHEETS, f"price {POINT // 2 + 1} is not a multiple of {PRICE_TICK}"),
        ([agreement(), agreement()], SHEETS, "agreement 1 is given 2 times"),
        ([agreement()], [*SHEETS, SHEETS[0]], "sheet of member 1 is given 2 times"),
        ([agreement(buyer=9)], SHEETS, "member 9 has agreements and no day sheet"),
        ([], [sheet(1, imports={0: 2**32})], "sheet of member 1, import: hour 0: 4294967296 Wh"),
    ],
)
def test_bad_day_is_refused(agreements, sheets, message):
    with pytest.raises(InputError, match=message):
        settle_day(agreements, sheets, hours=DAY, tariffs=PAPER_TARIFFS)


def test_all_problems_are_named_at_once():
    with pytest.raises(InputError, match=r"member 1 trades with itself; .*0 Wh per hour.*; member 8 has agreements"):
        settle_day(
            [agreement(buyer=1), agreement(2, wh_per_hour=0, seller=8)], SHEETS, hours=DAY, tariffs=PAPER_TARIFFS
        )


@pytest.mark.parametrize(
    ("tariffs", "message"),
    [
        (Tariffs(feed_in=1, purchase=POINT, grid_fee=0), "feed-in tariff 1 is not a multiple"),
        (Tariffs(feed_in=0, purchase=POINT, grid_fee=-PRICE_TICK), f"grid fee tariff -{PRICE_TICK} is not a multiple"),
        (Tariffs(feed_in=POINT, purchase=POINT, grid_fee=PRICE_TICK), f"feed-in tariff {POINT} is above purchase less"),
    ],
)
def test_tariffs_that_could_pay_a_defaulter_are_refused(tariffs, message):
    with pytest.raises(InputError, match=message):
        settle_day([], [], hours=DAY, tariffs=tariffs)
