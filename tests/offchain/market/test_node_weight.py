"""Node weights. By hand: weights 90, 60, 40, 30, 20 and 100 make a generator 18 + 12 + 12 + 3 + 2 + 10 = 57."""

from dataclasses import fields
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.market.credit import WAD
from offchain.market.day_close import close_day
from offchain.market.node_facts import CarbonBook, day_facts
from offchain.market.node_weight import (
    CONSUMER,
    GENERATOR,
    Components,
    MemberFacts,
    NodeWeight,
    carbon_weights,
    certificate_weights,
    line_weight,
    node_weights,
    participation_weight,
    volume_weights,
)
from offchain.market.records import Agreement
from offchain.market.settlement import settle_day
from tests.offchain.market.market_cases import DAY, PAPER_TARIFFS, POINT, sheet
from tests.support.paper_tables import GOLDEN

VECTORS = GOLDEN["formula_vectors"]
DECAY = Fraction(951229424500714009, 10**18)
WEIGHT = st.fractions(0, 100)
ALL = {"credit": 90, "volume": 60, "participation": 40, "certificates": 30, "carbon": 20, "line": 100}


def near(value, expected):
    return abs(Fraction(value) - Fraction(Decimal(expected))) < Fraction(1, 10**9)


def weight(coefficients, **components):
    values = {name: Fraction(value) for name, value in components.items()}
    return NodeWeight(member=1, coefficients=coefficients, components=Components(**values))


def test_hand_calculation():
    generator, consumer = weight(GENERATOR, **ALL), weight(CONSUMER, **ALL)
    assert (generator.weight, generator.reach) == (57, 100)
    assert (consumer.weight, consumer.reach) == (18 + 12 + 12 + 3 + 4, 100)


def test_an_absent_component_is_left_out_and_says_so():
    known = {name: value for name, value in ALL.items() if name not in {"participation", "line"}}
    found = weight(GENERATOR, **known)
    assert (found.weight, found.reach) == (35, 60)
    assert str(found) == (
        "member 1: 35.00 of 60 (credit 90.00 x 0.2, volume 60.00 x 0.2, participation absent, "
        "certificates 30.00 x 0.1, carbon 20.00 x 0.1, line absent)"
    )


def test_an_absent_component_is_not_a_component_of_zero():
    zero, absent = weight(GENERATOR, credit=50, line=0), weight(GENERATOR, credit=50)
    assert zero.weight == absent.weight == 10
    assert (zero.reach, absent.reach) == (30, 20)


@given(values=st.lists(WEIGHT, min_size=6, max_size=6), absent=st.sets(st.integers(0, 5)))
def test_weights_stay_between_zero_and_what_they_can_reach(values, absent):
    names = [field.name for field in fields(Components)]
    components = Components(**{n: v for i, (n, v) in enumerate(zip(names, values, strict=True)) if i not in absent})
    for coefficients in (GENERATOR, CONSUMER):
        found = NodeWeight(member=1, coefficients=coefficients, components=components)
        assert 0 <= found.weight <= found.reach <= 100


def test_volume_of_the_tables():
    """Eq. (18): the largest contract is 310 kWh, the smallest energy 50 kWh."""
    volumes = {row["node"]: (int(row["actual_kWh"]), int(row["contract_kWh"])) for row in GOLDEN["nodes"]}
    found = volume_weights(volumes)
    for row in VECTORS["volume_weight"]["rows"]:
        assert near(found[row["node"]], row["W_d"]), row


def test_volume_of_who_had_no_agreement_is_zero_and_moves_nobody():
    assert volume_weights({1: (50, 100), 2: (100, 100), 3: (0, 0)}) == {
        1: Fraction(100 * 25, 75),
        2: 100,
        3: 0,
    }
    assert volume_weights({1: (0, 0)}) == {1: 0}


def test_the_smallest_volume_is_the_smallest_of_both_columns():
    """All deliver more than they agreed on: m = 100, so (100 - 50) / 100 and (150 - 50) / 100."""
    assert volume_weights({1: (300, 100), 2: (200, 150)}) == {1: 50, 2: 100}


def test_participation_grows_less_and_less_and_decays():
    found, decays = Fraction(0), {30, 60, 90}
    expected = {(row["k"], key): value for row in VECTORS["participation"] for key, value in row.items() if key != "k"}
    seen = set()
    for k in range(1, 91):
        found = participation_weight(found, k)
        seen |= check(expected, k, "W_g_before_decay", found)
        if k in decays:
            found *= DECAY
            seen |= check(expected, k, "W_g_after_decay", found)
    assert seen == set(expected)
    assert participation_weight(Fraction(99), 1) == 100


def check(expected, k, key, value):
    if (k, key) not in expected:
        return set()
    assert near(value, expected[k, key])
    return {(k, key)}


def test_certificates_and_carbon_of_the_vectors():
    certificates, carbon = VECTORS["certificate_weight"], VECTORS["carbon_weight"]
    assert list(certificate_weights(dict(enumerate(certificates["holdings"]))).values()) == certificates["W"]
    balances = [q + b - e for q, b, e in zip(carbon["quota"], carbon["bought"], carbon["emitted"], strict=True)]
    assert balances == carbon["A_ce"]
    assert list(carbon_weights(dict(enumerate(balances))).values()) == carbon["W"]


def test_what_would_divide_by_zero_is_defined():
    assert certificate_weights({1: 0, 2: 0}) == {1: 0, 2: 0}
    assert carbon_weights({1: 7, 2: 7}) == {1: 0, 2: 0}
    assert carbon_weights({}) == {}
    assert line_weight(0, 0) == 100
    assert volume_weights({1: (2, 2)}, adjustment=Fraction(1)) == {1: 0}


@pytest.mark.parametrize(
    ("transmissions", "failures", "expected"), [(200, 3, Fraction("98.5")), (None, 3, None), (5, None, None)]
)
def test_line(transmissions, failures, expected):
    assert line_weight(transmissions, failures) == expected


def test_members_from_facts():
    """Two members; only what is known weighs, and only among those for whom it is known."""
    first, second, third = node_weights(
        [
            MemberFacts(member=7, generates=False, credit=Fraction(50), certificates_wh=300),
            MemberFacts(
                member=3,
                generates=True,
                credit=Fraction(80),
                contracted_wh=100,
                delivered_wh=100,
                certificates_wh=100,
                carbon_g=-5,
                transmissions=10,
                failures=1,
            ),
            MemberFacts(member=9, generates=True, carbon_g=15),
        ]
    )
    assert first.components == Components(
        credit=Fraction(80),
        volume=Fraction(100),
        certificates=Fraction(25),
        carbon=Fraction(0),
        line=Fraction(90),
    )
    assert second.components == Components(credit=Fraction(50), certificates=Fraction(75))
    assert third.components == Components(carbon=Fraction(100))
    assert [w.member for w in (first, second, third)] == [3, 7, 9]


def test_facts_of_a_day():
    """Member 1 delivers 80 of 100 Wh, 2 takes all; 3 did not trade; only 2 has a carbon book."""
    deal = Agreement(id=1, seller=1, buyer=2, wh_per_hour=50, first_hour=DAY.start, hours=2, price=POINT // 2)
    sheets = [sheet(1, exports={0: 30, 1: 50}), sheet(2, imports={0: 50, 1: 50})]
    settled = settle_day([deal], sheets, hours=DAY, tariffs=PAPER_TARIFFS)
    close = close_day(settled, {1: WAD, 2: WAD // 2}, tariffs=PAPER_TARIFFS)
    facts = day_facts(
        close,
        {1: True, 2: False, 3: False, 4: True},
        credit={3: WAD // 4, 2: 0},
        certificates={1: 70},
        carbon={2: CarbonBook(quota=100, bought=20, emitted=150)},
    )
    known = {"contracted_wh": 0, "delivered_wh": 0, "certificates_wh": 0}
    assert facts == (
        MemberFacts(
            member=1,
            generates=True,
            credit=Fraction(80),
            contracted_wh=100,
            delivered_wh=80,
            certificates_wh=70,
        ),
        MemberFacts(
            member=2,
            generates=False,
            credit=Fraction(100),
            contracted_wh=100,
            delivered_wh=100,
            certificates_wh=0,
            carbon_g=-30,
        ),
        MemberFacts(member=3, generates=False, credit=Fraction(25), **known),
        MemberFacts(member=4, generates=True, **known),
    )
    assert [fact.certificates_wh for fact in day_facts(close, {1: True})] == [None]
    first, *_ = node_weights(facts)
    assert first.components.participation is first.components.line is first.components.carbon is None
