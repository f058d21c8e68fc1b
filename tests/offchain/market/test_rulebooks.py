"""What holds under every rulebook of the table; that the contracts settle alike: tests/contracts/market."""

import re
from dataclasses import replace

import pytest

from offchain.errors import InputError
from offchain.files import PROJECT
from offchain.index.records import BlockPoint, FollowedChain
from offchain.market.day_close import close_day
from offchain.market.history.terms import MarketTerms, terms_of
from offchain.market.laws import check_close, check_settlement
from offchain.market.penalties import largest_factor, margins, penalty_rounded_up
from offchain.market.records import Agreement
from offchain.market.rulebooks import MARKET, PAPER, RULEBOOKS, rulebook_of
from offchain.market.settlement import Shortfall, settle_day
from offchain.market.silence import with_silent
from offchain.members.records import DaySheet
from tests.support.random_market import DRAWINGS, POINT, TARIFFS, WAD, generator, random_day

DAY = range(24, 48)
DEAL = Agreement(id=1, seller=1, buyer=2, wh_per_hour=1000, first_hour=30, hours=4, price=60 * POINT // 100)
DAYS = 40


@pytest.fixture(params=RULEBOOKS.values(), ids=RULEBOOKS)
def rulebook(request):
    return request.param


def metered(member, *, sold=0, bought=0):
    """A sheet with the same energy in the hours of the deal and nothing else [Wh]."""
    return DaySheet(
        member=member,
        import_wh=tuple(bought if hour in DEAL.window else 0 for hour in DAY),
        export_wh=tuple(sold if hour in DEAL.window else 0 for hour in DAY),
    )


def closed(rulebook, *, sold, bought):
    sheets = [metered(1, sold=sold), metered(2, bought=bought)]
    return close_day(
        settle_day([DEAL], sheets, hours=DAY, tariffs=TARIFFS, rulebook=rulebook), {1: WAD, 2: WAD}, tariffs=TARIFFS
    )


def test_the_table_knows_its_rulebooks_by_their_names_and_the_contracts_numbers():
    source = (PROJECT / "interfaces" / "market" / "IBilateralMarket.sol").read_text()
    names = re.findall(r"^\s*(\w+),? //", re.search(r"enum Rulebook \{(.+?)\}", source, re.DOTALL)[1], re.MULTILINE)
    assert [name.lower() for name in names] == ["market", "paper"]
    assert [(name, book.name, book.number) for name, book in RULEBOOKS.items()] == [
        (name.lower(), name.lower(), number) for number, name in enumerate(names)
    ]
    assert RULEBOOKS == {"market": MARKET, "paper": PAPER}


def test_a_number_of_a_contract_names_its_rulebook(rulebook):
    assert rulebook_of(rulebook.number) is rulebook
    with pytest.raises(InputError, match=r"^rulebook 7 is unknown; they are market, paper$"):
        rulebook_of(7)


def test_an_index_keeps_the_name(rulebook):
    terms = MarketTerms(grid_company=1, utc_offset_hours=8, tariffs=TARIFFS, rulebook=rulebook)
    chain = FollowedChain(
        name="rural", chain_id=31001, genesis="0x", facts=terms.facts, head=BlockPoint(number=0, hash="0x"), cursor=0
    )
    assert terms.facts["rulebook"] == rulebook.name
    assert terms_of(chain) == terms


def test_the_laws_hold_on_random_days_that_it_takes(rulebook):
    draw = generator(31)
    for _ in range(DAYS):
        day = random_day(draw, rulebook=rulebook)
        sheets = with_silent(day.agreements, tuple(day.sheets.values()))
        settlement = settle_day(day.agreements, sheets, hours=day.hours, tariffs=TARIFFS, rulebook=rulebook)
        check_settlement(settlement, sheets, tariffs=TARIFFS)
        check_close(close_day(settlement, day.weights, tariffs=TARIFFS, groups=day.groups))
        assert all(a.hours % rulebook.unit_hours(a) == 0 for a in day.agreements)


def test_what_is_delivered_and_taken_as_agreed_costs_its_price_and_nothing_more(rulebook):
    """4 kWh at 0.60 and the grid's 0.04: the buyer pays 2.56, the seller gets 2.40."""
    close = closed(rulebook, sold=1000, bought=1000)
    assert dict(close.balances) == {1: 240 * POINT // 100, 2: -256 * POINT // 100}
    assert (close.pool.total, close.settlement.grid) == (0, 16 * POINT // 100)
    assert [(r.export_wh, r.import_wh) for r in close.settlement.residuals] == [(0, 0), (0, 0)]


def test_who_delivers_nothing_pays_the_largest_penalty_and_no_more(rulebook):
    """The buyer loses 4 kWh at 0.75 - 0.04 - 0.60 = 0.11, in all 0.44; at full weight the factor is all of it."""
    (charge,) = closed(rulebook, sold=0, bought=1000).penalties
    loss = 44 * POINT // 100
    assert (charge.seller_compensation, charge.seller_penalty) == (loss, rulebook.penalty_factor * loss)
    assert (charge.buyer_compensation, charge.buyer_penalty) == (0, 0)
    reserved = margins(DEAL.wh, DEAL.price, tariffs=TARIFFS, rulebook=rulebook)
    assert charge.seller_compensation + charge.seller_penalty == reserved.seller == largest_factor(rulebook) * loss


def test_weight_counts_from_the_least_on(rulebook):
    shortfall = Shortfall(unit_wh=1000, wh=1000, squares=10**6)

    def charged(weight):
        return penalty_rounded_up(shortfall, rate=POINT, weight=weight, rulebook=rulebook)

    assert charged(WAD) == rulebook.penalty_factor * POINT
    least = rulebook.penalty_factor * POINT * rulebook.least_weight // WAD
    assert charged(0) == charged(rulebook.least_weight) == least
    assert charged(rulebook.least_weight) < charged((rulebook.least_weight + WAD) // 2) < charged(WAD)


def test_as_many_agreements_as_random_days_have_are_taken(rulebook):
    allowed = DRAWINGS[rulebook.name].most_agreements
    deals = [replace(DEAL, id=number, first_hour=24 + number, hours=1) for number in range(1, allowed + 1)]
    assert rulebook.day_problems(deals) == []


def test_paper_takes_one_agreement_of_a_member():
    deals = [DEAL, replace(DEAL, id=2, seller=3)]
    assert PAPER.day_problems(deals) == ["member 2 has 2 agreements, one is allowed"]
    assert MARKET.day_problems(deals) == []
