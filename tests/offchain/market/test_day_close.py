"""Penalties, weights and shares of a day.

By hand, rulebook `paper` (Xiong et al. 2023, Table 2, node 17): 200 kWh at 0.63, 180 taken, weight 95.60: compensation
4.60, penalty 4.60 * 9.56 = 43.976. Rulebook `market`: the shortfall is a tenth, so 4.60 * 2 * 0.956 * 0.1 = 0.87952.
"""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offchain.errors import InputError, LawViolation
from offchain.market.credit import DECAY, decay_index, opening_weight
from offchain.market.day_close import close_day
from offchain.market.laws import check_close, check_settlement
from offchain.market.penalties import margins
from offchain.market.records import Agreement
from offchain.market.rulebooks import MARKET, PAPER, RULEBOOKS
from offchain.market.settlement import settle_day
from offchain.market.silence import with_silent
from tests.models.slow_market import slow_day
from tests.offchain.market.market_cases import DAY, PAPER_TARIFFS, POINT, sheet
from tests.support.paper_tables import NOT_REPRODUCED, ROWS, compare
from tests.support.random_market import TARIFFS, WAD, generator, random_day

BOTH = pytest.mark.parametrize("rulebook", RULEBOOKS.values(), ids=RULEBOOKS)
SEEDS = st.integers(0, 2**32)


def settle(day, rulebook, agreements=None, sheets=None):
    agreements = day.agreements if agreements is None else agreements
    sheets = tuple(day.sheets.values()) if sheets is None else sheets
    sheets = with_silent(agreements, sheets)
    settlement = settle_day(agreements, sheets, hours=day.hours, tariffs=TARIFFS, rulebook=rulebook)
    check_settlement(settlement, sheets, tariffs=TARIFFS)
    close = close_day(settlement, day.weights, tariffs=TARIFFS, groups=day.groups)
    check_close(close)
    return close


def drawn(seed, rulebook):
    return random_day(generator(seed), rulebook=rulebook)


def points(text):
    return int(Decimal(text) * POINT)


def wad(weight):
    return int(Decimal(weight) * WAD / 100)


def paper_day(rulebook):
    """The 15 contracts of Tables 1 and 2 as one-hour agreements, settled and closed."""
    sellers = [row for row in ROWS.values() if row["role"] == "gen"]
    deals = [
        Agreement(
            id=row["node"],
            seller=row["node"],
            buyer=row["partner"],
            wh_per_hour=int(row["contract_kWh"] * 1000),
            first_hour=DAY.start + 9,
            hours=1,
            price=points(row["price_yuan_per_kWh"]),
        )
        for row in sellers
    ]
    sheets = [
        sheet(node, **{"exports" if row["role"] == "gen" else "imports": {9: int(row["actual_kWh"] * 1000)}})
        for node, row in ROWS.items()
    ]
    opening = {node: wad(row["credit_before"]) for node, row in ROWS.items()}
    settled = settle_day(deals, sheets, hours=DAY, tariffs=PAPER_TARIFFS, rulebook=rulebook)
    close = close_day(settled, opening, tariffs=PAPER_TARIFFS)
    check_close(close)
    return close


def test_tables_1_and_2_come_out_of_the_integers():
    close = paper_day(PAPER)
    weights, shares, results = dict(close.weights), dict(close.pool.shares), {}
    for item, charge in zip(close.settlement.agreements, close.penalties, strict=True):
        for node, money, paid in (
            (item.agreement.seller, item.exchange.seller, charge.seller_compensation + charge.seller_penalty),
            (item.agreement.buyer, -item.exchange.buyer, charge.buyer_compensation + charge.buyer_penalty),
        ):
            results[node] = {
                "money": Fraction(money, POINT),
                "grid_revenue": Fraction(item.exchange.grid, POINT),
                "credit_after": Fraction(100 * weights[node], WAD),
                "penalty": Fraction(paid, POINT),
                "allocation": Fraction(shares[node], POINT),
            }
    differing, changed = compare(results)
    assert differing == set(NOT_REPRODUCED)
    assert changed == set()


@pytest.mark.parametrize(("rulebook", "penalty"), [(PAPER, points("43.976")), (MARKET, points("0.87952"))])
def test_hand_calculation_of_node_17(rulebook, penalty):
    deal = Agreement(id=1, seller=2, buyer=17, wh_per_hour=200_000, first_hour=DAY.start, hours=1, price=points("0.63"))
    sheets = [sheet(2, exports={0: 200_000}), sheet(17, imports={0: 180_000})]
    settled = settle_day([deal], sheets, hours=DAY, tariffs=PAPER_TARIFFS, rulebook=rulebook)
    close = close_day(settled, {2: wad("86.47"), 17: wad("95.60")}, tariffs=PAPER_TARIFFS)
    (charge,) = close.penalties
    assert (charge.buyer_compensation, charge.buyer_penalty) == (points("4.6"), penalty)
    assert (charge.seller_compensation, charge.seller_penalty) == (0, 0)
    assert dict(close.weights) == {2: WAD, 17: wad("86.04")}
    assert (close.pool.total, close.pool.reserve) == (penalty, penalty)
    assert dict(close.balances) == {2: points("121.4") + points("4.6"), 17: -points("120.6") - points("4.6") - penalty}


@pytest.mark.parametrize(("rulebook", "shared", "node_1"), [(PAPER, 72.1123, 3.2423), (MARKET, 1.4422, 0.0648)])
def test_figures_of_the_tables_under_both_rulebooks(rulebook, shared, node_1):
    close, other = paper_day(rulebook), paper_day(PAPER)
    assert sum(c.seller_compensation + c.buyer_compensation for c in close.penalties) == points("7.2")
    assert round(close.pool.total / POINT, 4) == shared
    assert round(close.pool.shares[0][1] / POINT, 4) == node_1
    assert close.weights == other.weights
    assert close.settlement.balances == other.settlement.balances


@pytest.mark.parametrize(
    ("weight", "taken", "paper", "market"),
    [
        (5, 180, "6.9", "5.06"),
        (50, 180, "27.6", "5.06"),
        (95, 180, "48.3", "5.474"),
        (5, 0, "276", "92"),
        (50, 0, "2346", "92"),
        (95, 0, "4416", "133.4"),
    ],
)
def test_the_same_default_under_both_rulebooks(weight, taken, paper, market):
    """Under `paper` who is trusted least pays least, and up to a hundred times the loss."""
    deal = Agreement(id=1, seller=2, buyer=17, wh_per_hour=200_000, first_hour=DAY.start, hours=1, price=points("0.63"))
    sheets = [sheet(2, exports={0: 200_000}), sheet(17, imports={0: taken * 1000})]
    for rulebook, expected in ((PAPER, paper), (MARKET, market)):
        settled = settle_day([deal], sheets, hours=DAY, tariffs=PAPER_TARIFFS, rulebook=rulebook)
        (charge,) = close_day(settled, {2: WAD, 17: wad(weight)}, tariffs=PAPER_TARIFFS).penalties
        assert charge.buyer_compensation + charge.buyer_penalty == points(expected)


@settings(max_examples=200)
@BOTH
@given(seed=SEEDS)
def test_agrees_with_the_equations_in_fractions(rulebook, seed):
    """Less than one wei more per penalty, which rounds up; weights less than 1e-18 down per rounded term, of two."""
    day = drawn(seed, rulebook)
    close, slow = settle(day, rulebook), slow_day(day, tariffs=TARIFFS, rulebook=rulebook.name)
    for item, charge in zip(close.settlement.agreements, close.penalties, strict=True):
        seller, buyer, exact = item.agreement.seller, item.agreement.buyer, slow.agreements[item.agreement.id]
        legs = (item.exchange.seller, -item.exchange.buyer, item.exchange.grid)
        assert legs == (exact.received * POINT, exact.paid * POINT, exact.grid * POINT)
        assert charge.seller_compensation == exact.compensation[buyer] * POINT
        assert charge.buyer_compensation == exact.compensation[seller] * POINT
        for party, paid in (
            (seller, charge.seller_compensation + charge.seller_penalty),
            (buyer, charge.buyer_compensation + charge.buyer_penalty),
        ):
            assert 0 <= paid - exact.penalty[party] * POINT < 1
    for residual in close.settlement.residuals:
        assert residual.leg == slow.residuals[residual.member] * POINT
    for member, weight in close.weights:
        assert -2 < weight - slow.weights[member] * WAD / 100 <= 0


def shares_of_the_equations(close, groups):
    """Eq. (34) in fractions from the day's own penalties and weights."""
    weights = {member: Fraction(weight, WAD) for member, weight in close.weights}
    shares = dict.fromkeys(weights, Fraction(0))
    for charge in close.penalties:
        parties = (charge.agreement.seller, charge.agreement.buyer)
        out = {m for m in weights if m in parties or any(groups.get(m, 0) == groups.get(p, -1) for p in parties)}
        total = sum(weight for member, weight in weights.items() if member not in out)
        if total >= Fraction(1, 1000):
            for member in weights.keys() - out:
                shares[member] += charge.pool_entry * weights[member] / total
    return shares


@settings(max_examples=200)
@BOTH
@given(seed=SEEDS)
def test_shares_agree_with_the_naive_loop(rulebook, seed):
    """Down to the wei; what is lost to rounding is less than 1 wei per sharer and 1e-6 wei per entry."""
    day = drawn(seed, rulebook)
    close = settle(day, rulebook)
    for member, exact in shares_of_the_equations(close, day.groups).items():
        share = dict(close.pool.shares)[member]
        assert -2 < share - exact <= 0


@settings(max_examples=100)
@BOTH
@given(seed=SEEDS, data=st.data())
def test_order_never_matters(rulebook, seed, data):
    day = drawn(seed, rulebook)
    agreements = data.draw(st.permutations(day.agreements))
    sheets = data.draw(st.permutations(list(day.sheets.values())))
    assert settle(day, rulebook, agreements, sheets) == settle(day, rulebook)


@settings(max_examples=200)
@given(seed=SEEDS)
def test_in_the_market_no_settlement_costs_more_than_its_margin(seed):
    day = drawn(seed, MARKET)
    close = settle(day, MARKET)
    for item, charge in zip(close.settlement.agreements, close.penalties, strict=True):
        agreement = item.agreement
        reserved = margins(agreement.wh, agreement.price, tariffs=TARIFFS, rulebook=MARKET)
        assert item.exchange.seller + charge.seller_leg >= -reserved.seller
        assert item.exchange.buyer + charge.buyer_leg >= -reserved.buyer
        loss = charge.agreement.wh * 35 * 10**13
        assert charge.pool_entry <= 2 * loss


@settings(max_examples=100)
@BOTH
@given(seed=SEEDS, data=st.data())
def test_silence_is_the_worst_that_a_party_can_report(rulebook, seed, data):
    """Whatever the only agreement's silent party might have metered: its own penalty is never larger."""
    day = drawn(seed, rulebook)
    deal = data.draw(st.sampled_from(day.agreements)) if day.agreements else None
    if deal is None:
        return
    silent = data.draw(st.sampled_from([deal.seller, deal.buyer]))
    metered = data.draw(st.integers(0, deal.wh_per_hour))
    registers = dict.fromkeys(range(24), metered)
    mine = sheet(silent, imports=registers, exports=registers)
    others = [s for member, s in day.sheets.items() if member != silent]
    paid = []
    for sheets in (others, [*others, mine]):
        (charge,) = settle(day, rulebook, [deal], tuple(sheets)).penalties
        paid.append(charge.seller_penalty if silent == deal.seller else charge.buyer_penalty)
    assert paid[0] >= paid[1]


def test_related_parties_trade_without_gaining_weight():
    deals = [
        Agreement(
            id=1, seller=1, buyer=2, wh_per_hour=500, first_hour=DAY.start, hours=2, price=POINT // 2, related=True
        ),
        Agreement(id=2, seller=3, buyer=2, wh_per_hour=100, first_hour=DAY.start + 5, hours=1, price=POINT // 2),
    ]
    sheets = [
        sheet(1, exports={0: 500}),
        sheet(2, imports={0: 500, 1: 500, 5: 100}),
        sheet(3, exports={5: 100}),
    ]
    settled = settle_day(deals, sheets, hours=DAY, tariffs=PAPER_TARIFFS)
    close = close_day(settled, dict.fromkeys((1, 2, 3), WAD // 2), tariffs=PAPER_TARIFFS, groups={1: 7, 2: 7})
    assert dict(close.weights) == {1: WAD // 2, 2: WAD, 3: WAD}
    loss = 500 * (71 - 50) * 10**13
    (related, other) = close.penalties
    assert (related.seller_compensation, related.seller_penalty, other.pool_entry) == (loss, loss, 0)
    assert dict(close.pool.shares) == {1: 0, 2: 0, 3: loss - 1}
    assert (close.pool.reserve, close.pool.dust) == (0, 1)


def test_a_pool_without_sharers_of_weight_goes_to_the_reserve():
    """Two pairs; the second pair has 0.0999... points between them."""
    deals = [
        Agreement(id=i, seller=2 * i, buyer=2 * i + 1, wh_per_hour=100, first_hour=DAY.start, hours=1, price=POINT // 2)
        for i in (1, 2)
    ]
    related = [deals[0], replace(deals[1], related=True)]
    sheets = [sheet(2), sheet(3, imports={0: 100}), sheet(4, exports={0: 100}), sheet(5, imports={0: 100})]
    settled = settle_day(related, sheets, hours=DAY, tariffs=PAPER_TARIFFS)
    for weight, share in ((5 * 10**14 - 1, 0), (5 * 10**14, 1)):
        opening = {2: WAD, 3: WAD, 4: weight, 5: 5 * 10**14}
        pool = close_day(settled, opening, tariffs=PAPER_TARIFFS).pool
        assert bool(pool.shares[2][1]) == bool(share)
        assert pool.total > 0


def test_a_party_without_weight_is_refused():
    deal = Agreement(id=1, seller=1, buyer=2, wh_per_hour=1, first_hour=DAY.start, hours=1, price=POINT // 2)
    settled = settle_day([deal], [sheet(1), sheet(2)], hours=DAY, tariffs=PAPER_TARIFFS)
    with pytest.raises(InputError, match=rf"within 0 and {WAD}: member 1: None, member 2: {WAD + 1}"):
        close_day(settled, {2: WAD + 1}, tariffs=PAPER_TARIFFS)


def test_under_paper_a_second_agreement_of_a_day_is_refused():
    deal = Agreement(id=1, seller=1, buyer=2, wh_per_hour=1, first_hour=DAY.start, hours=1, price=POINT // 2)
    sheets = [sheet(1), sheet(2), sheet(3)]
    with pytest.raises(InputError, match="member 2 has 2 agreements, one is allowed"):
        settle_day([deal, replace(deal, id=2, seller=3)], sheets, hours=DAY, tariffs=PAPER_TARIFFS, rulebook=PAPER)


def test_weights_decay_every_thirty_closed_days():
    """exp(-0.05) is 0.9512294245007140090914...; two decays are its square, rounded down after each."""
    assert decay_index(0) == WAD
    assert decay_index(1) == DECAY == 951229424500714009
    assert decay_index(2) == DECAY * DECAY // WAD == 904837418035959572
    assert opening_weight(WAD // 2, last_day=129, day=130, first_day=100) == DECAY // 2
    assert opening_weight(WAD // 2, last_day=130, day=159, first_day=100) == WAD // 2
    assert opening_weight(WAD, last_day=100, day=100 + 779 * 30, first_day=100) == decay_index(779) == 1
    assert opening_weight(WAD, last_day=100, day=100 + 780 * 30, first_day=100) == decay_index(780) == 0
    assert decay_index(10**12) == 0


CLOSE = settle(drawn(5, MARKET), MARKET)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"pool": replace(CLOSE.pool, total=CLOSE.pool.total + 1)}, "pool differs from the penalties by 1 point-wei"),
        ({"pool": replace(CLOSE.pool, reserve=CLOSE.pool.reserve + 1)}, "shares, reserve and dust differ .* by -1"),
        ({"pool": replace(CLOSE.pool, dust=-1, reserve=CLOSE.pool.reserve + CLOSE.pool.dust + 1)}, "-1 .* are dust"),
        ({"pool": replace(CLOSE.pool, dust=CLOSE.pool.total, shares=(), reserve=0)}, "are dust, allowed 0"),
        (
            {"pool": replace(CLOSE.pool, shares=((0, -1), *CLOSE.pool.shares), reserve=CLOSE.pool.reserve + 1)},
            "a share of the pool or the reserve is below 0",
        ),
        ({"balances": ((0, 3), *CLOSE.balances)}, "balances after penalties sum to 3 point-wei"),
        ({"weights": ((9, WAD + 1),)}, f"member 9 has {WAD + 1}"),
    ],
)
def test_a_broken_close_is_found(broken, message):
    check_close(CLOSE)
    with pytest.raises(LawViolation, match=message):
        check_close(replace(CLOSE, **broken))
