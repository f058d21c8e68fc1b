"""Rulebook `paper` at unbounded precision.

By hand (Xiong et al. 2023, Table 2, node 17): of 200 kWh at 0.63 yuan it took 180; its weight 95.60 falls by a tenth,
9.56, to 86.04. The seller lost (0.63 - 0.40) * 20 = 4.60; the penalty is 4.60 * (1 + 9.56) = 48.576, of which 43.976 go
to the others. Node 1 gains (100 - 97.67) * 310 / 2310 = 0.312683, since all 15 contracts sum to 2310 kWh.
"""

import json
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.market.paper import PaperNode, PaperTariffs, settle_paper_day
from offchain.market.paper_files import decimal_text, paper_day_json, read_paper_day
from tests.support.paper_tables import COLUMNS, GOLDEN, NOT_REPRODUCED, ROWS, VECTORS, compare
from tests.support.patience import PATIENCE

NODES, TARIFFS = read_paper_day(VECTORS)
CENT = Fraction(1, 100)


def settled(nodes=NODES, tariffs=TARIFFS):
    return {result.node: result for result in settle_paper_day(nodes, tariffs)}


def test_tables_1_and_2_come_out_to_the_printed_two_decimals():
    """Every cell but the seven that the vectors list with their reason."""
    differing, changed = compare({node: vars(result) for node, result in settled().items()})
    assert differing == set(NOT_REPRODUCED)
    assert changed == set()


def test_hand_calculation_of_node_17():
    day = settled()
    assert (day[17].penalty, day[17].credit_after) == (Fraction("48.576"), Fraction("86.04"))
    assert day[2].compensation == Fraction("4.6")
    assert day[1].credit_after == Fraction("97.67") + Fraction("2.33") * 310 / 2310


def test_unrounded_values_agree_with_the_golden_ones():
    for node, result in settled().items():
        expected = ROWS[node]["expected"]
        for field, column in COLUMNS.items():
            assert abs(getattr(result, field) - Fraction(expected[column])) < Fraction(1, 10**6), (node, field)
        assert abs(result.compensation - Fraction(expected["compensation_received_yuan"])) < Fraction(1, 10**6)


@pytest.mark.parametrize("case", GOLDEN["settlement_cases"], ids=lambda c: f"{c['Ef']}-{c['Ey']}-of-{c['C']}")
def test_single_contracts_in_a_day_of_2310_kwh(case):
    """Deliveries above, at and below the contract on either side; a third pair fills the day up."""
    contract = {"price": Fraction(case["U"]), "contracted": Fraction(case["C"])}
    rest = {
        "price": Fraction(case["U"]),
        "contracted": Fraction(case["total_contract"] - case["C"]),
        "actual": Fraction(case["total_contract"] - case["C"]),
        "weight": Fraction(50),
    }
    day = settled(
        [
            PaperNode(
                node=1, sells=True, partner=2, actual=Fraction(case["Ef"]), weight=Fraction(case["Wf"]), **contract
            ),
            PaperNode(
                node=2, sells=False, partner=1, actual=Fraction(case["Ey"]), weight=Fraction(case["Wy"]), **contract
            ),
            PaperNode(node=3, sells=True, partner=4, **rest),
            PaperNode(node=4, sells=False, partner=3, **rest),
        ]
    )
    found = {
        "Vf": day[1].money,
        "Vy": day[2].money,
        "Vg": day[1].grid_revenue,
        "Wf_after": day[1].credit_after,
        "Wy_after": day[2].credit_after,
        "Mf": day[1].penalty,
        "My": day[2].penalty,
        "comp_to_gen": day[1].compensation,
        "comp_to_load": day[2].compensation,
        "F_w": day[3].allocation + day[4].allocation,
    }
    for name, value in found.items():
        assert abs(value - Fraction(case[name])) < Fraction(1, 10**9), name


@st.composite
def paper_days(draw):
    """Up to six contracts, deliveries from nothing to far beyond."""
    energy = st.fractions(0, 400, max_denominator=100)
    nodes = []
    for pair in range(draw(st.integers(1, 6))):
        contract = {
            "price": draw(st.fractions(TARIFFS.feed_in, TARIFFS.purchase - TARIFFS.grid_fee, max_denominator=100)),
            "contracted": draw(st.fractions(CENT, 300, max_denominator=100)),
        }
        for node, partner, sells in ((2 * pair + 1, 2 * pair + 2, True), (2 * pair + 2, 2 * pair + 1, False)):
            actual = draw(st.one_of(st.just(contract["contracted"]), energy))
            weight = draw(st.one_of(st.sampled_from([Fraction(0), Fraction(100)]), st.fractions(0, 100)))
            nodes.append(PaperNode(node=node, sells=sells, partner=partner, actual=actual, weight=weight, **contract))
    return nodes


@given(nodes=paper_days(), data=st.data())
def test_laws_of_any_day(nodes, data):
    """Money sums to zero, weights stay in bounds, nobody gains by defaulting, order is irrelevant."""
    day = settled(nodes)
    by_number = {node.node: node for node in nodes}
    for seller in (node for node in nodes if node.sells):
        received, paid = day[seller.node], day[seller.partner]
        assert paid.money == received.money + received.grid_revenue
    for number, result in day.items():
        assert 0 <= result.credit_after <= 100
        if by_number[number].actual >= by_number[number].contracted:
            assert result.penalty == 0
            assert result.credit_after >= by_number[number].weight
        else:
            assert result.penalty >= 0
            assert result.credit_after <= by_number[number].weight
    penalties = sum(result.penalty for result in day.values())
    distributed = sum(result.compensation + result.allocation for result in day.values())
    assert distributed <= penalties
    if len(nodes) > 4 and sum(result.credit_after > 0 for result in day.values()) > 2:
        assert distributed == penalties
    assert settled(data.draw(st.permutations(nodes))) == day


def test_what_nobody_may_share_is_allocated_to_nobody():
    pair = [
        replace(NODES[1], partner=17),
        replace(NODES[16], partner=2),
    ]
    day = settled(pair)
    assert day[17].penalty > day[2].compensation > 0
    assert [result.allocation for result in day.values()] == [0, 0]


FIRST, SECOND = replace(NODES[0], partner=16), NODES[15]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([], "there is no node"),
        ([FIRST], "node 1: partner 16 is not given"),
        ([FIRST, FIRST, SECOND], "node 1 is given 2 times"),
        ([FIRST, replace(SECOND, partner=2)], "node 1: partner 16 names node 2 as its partner"),
        ([FIRST, replace(SECOND, sells=True)], "node 1: partner 16 has the same role"),
        ([FIRST, replace(SECOND, price=Fraction("0.5"))], "node 1: partner 16 states another price or contract"),
        ([replace(FIRST, price=Fraction("0.72")), SECOND], "node 1: price 0.72 is not within 0.4 to 0.71"),
        ([replace(FIRST, contracted=Fraction(0)), SECOND], "node 1: contract of 0 kWh is not above 0"),
        ([replace(FIRST, actual=Fraction(-1)), SECOND], "node 1: actual energy of -1 kWh is below 0"),
        ([replace(FIRST, weight=Fraction(101)), SECOND], "node 1: weight 101 is not within 0 to 100"),
    ],
)
def test_a_day_that_the_equations_do_not_cover_is_refused(nodes, message):
    with pytest.raises(InputError, match=message):
        settle_paper_day(nodes, TARIFFS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grid_fee": Fraction(-1)}, "a tariff is below 0"),
        ({"purchase": Fraction("0.43")}, "feed-in tariff is above purchase less grid fee"),
        ({"largest_weight": Fraction(0)}, "largest weight is not above 0 and up to 100"),
    ],
)
def test_tariffs_that_could_pay_a_defaulter_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        settle_paper_day(NODES, PaperTariffs(**{**vars(TARIFFS), **change}))


@given(value=st.fractions())
def test_decimal_text_is_the_fraction_to_50_digits(value):
    text = Fraction(Decimal(decimal_text(value)))
    assert abs(text - value) <= abs(value) / 10**49


@given(mantissa=st.integers(-(10**60), 10**60), places=st.integers(0, 70))
def test_finite_decimals_are_written_exactly(mantissa, places):
    value = Fraction(mantissa, 10**places)
    assert Fraction(decimal_text(value)) == value


def offchain(*words):
    command = [sys.executable, "-m", "offchain", *map(str, words)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_the_command_settles_a_day_without_a_chain(tmp_path):
    """The input as it is described: without what is expected."""
    keys = ("node", "role", "partner", "price_yuan_per_kWh", "contract_kWh", "actual_kWh", "credit_before")
    document = json.loads(VECTORS.read_text(encoding="utf-8"))
    day = {"params": document["params"], "nodes": [{key: row[key] for key in keys} for row in document["nodes"]]}
    file = tmp_path / "day.json"
    file.write_text(json.dumps(day))
    answer = offchain("settle", file)
    assert (answer.returncode, answer.stderr) == (0, "")
    rows = json.loads(answer.stdout)["nodes"]
    assert [row["node"] for row in rows] == list(range(1, 31))
    assert set(rows[0]) == {"node", "compensation", *COLUMNS}
    assert rows[1]["grid_revenue"] == "-0.8"
    assert rows[16]["penalty"] == "48.576"
    differing, _ = compare({row["node"]: row for row in rows})
    assert differing == set(NOT_REPRODUCED)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "an object with params and nodes is expected"),
        ('{"params": {"feed_in_S": NaN}}', "NaN is no number"),
        ("{}", "params is no object; params: feed_in_S is missing; .*nodes is not a list"),
        ('{"params": {}, "nodes": [7]}', "row 1 is no object"),
        ('{"params": {}, "nodes": [{"role": "grid"}]}', "row 1: role 'grid' is not one of gen, load"),
        ('{"params": {}, "nodes": [{"node": 1.5}]}', "row 1: node .* is not a whole number"),
        ('{"params": {}, "nodes": [{"actual_kWh": "much"}]}', "row 1: actual_kWh 'much' is not a decimal number"),
        ('{"params": {}, "nodes": [{"actual_kWh": 1e999999999}]}', "row 1: actual_kWh .* is not a decimal number"),
        ('{"params": {}, "nodes": [{"actual_kWh": true}]}', "row 1: actual_kWh True is not a decimal number"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, message):
    file = tmp_path / "day.json"
    file.write_text(content)
    with pytest.raises(InputError, match=message):
        read_paper_day(file)


def test_a_missing_file_is_one_line_and_status_2(tmp_path):
    answer = offchain("settle", tmp_path / "none.json")
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)


def test_numbers_may_stand_in_quotes(tmp_path):
    quoted = json.dumps(json.loads(VECTORS.read_text()), default=str)
    document = json.loads(quoted)
    for row in document["nodes"]:
        row["actual_kWh"] = str(row["actual_kWh"])
    file = tmp_path / "day.json"
    file.write_text(json.dumps(document))
    assert paper_day_json(settle_paper_day(*read_paper_day(file))) == paper_day_json(settle_paper_day(NODES, TARIFFS))
