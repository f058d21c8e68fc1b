"""What holds for every ladder of the table; that the contract computes the same: tests/contracts/auction."""

import random
import re
from fractions import Fraction

import pytest

from offchain.auction.ladder import LADDERS, ladder_adders, ladder_costs
from offchain.files import PROJECT
from tests.offchain.auction.auction_cases import MW, generator, load, one_bus

KILOWATT = 1000


@pytest.fixture(params=LADDERS.values(), ids=LADDERS)
def rule(request):
    return request.param


def test_the_table_knows_its_rules_by_their_names_and_the_contracts_numbers():
    source = (PROJECT / "contracts" / "auction" / "lib" / "LadderPrice.sol").read_text()
    of_the_contract = re.search(r"enum Rule \{([^}]+)\}", source)[1].replace(",", " ").split()
    assert of_the_contract == ["Paper", "Repaired"]
    assert {name: (rule.name, rule.settings) for name, rule in LADDERS.items()} == {
        "paper": ("paper", (0, 5 * 10**12, 10 * 10**12)),
        "repaired": ("repaired", (1, 20 * 10**12, 40 * 10**12)),
        "none": ("none", (1, 0, 0)),
    }


def test_a_larger_share_never_costs_less_and_nobody_is_paid(rule):
    draw = random.Random(rule.name)  # noqa: S311  test data
    for _ in range(200):
        shares = sorted(draw.randrange(-(10**6), 10**6) for _ in range(draw.randrange(1, 12)))
        costs = ladder_costs(shares, rule)
        assert costs[0] == 0
        assert list(costs) == sorted(costs)


def test_a_side_without_orders_costs_nothing(rule):
    assert ladder_costs([], rule) == ()


def test_by_hand_where_all_run_and_none_is_negative(rule):
    """Shares 0, 10 and 50 g: mean 20. Costs 0, 10 r1, 20 r1 + 30 r2; the second runs 1 kW, the third 2 kW for an hour.

    On the other side a load alone has the least share, whatever it is.
    """
    market = one_bus(*(generator(1, MW) for _ in range(3)), load(500, MW))
    adders = ladder_adders(market, (MW, KILOWATT, 2 * KILOWATT, MW), shares=[0, 10, 50, 700], rule=rule)
    assert adders == (0, 10 * rule.below, Fraction(20 * rule.below + 30 * rule.above, 2), 0)


def test_what_cannot_run_is_not_charged(rule):
    assert ladder_adders(one_bus(generator(1, 0), generator(1, MW)), (0, MW), shares=[9, 0], rule=rule) == (0, 0)
