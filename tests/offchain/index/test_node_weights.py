"""Node weights from a real chain, against what its contracts answer and against a calculation by hand.

Of the first day hydro is owed for 2 x 10 kWh and delivers 6 kWh in the second hour. By hand:
credit 1/2 + 1/2 x 10/60 - 1/2 x 4/20 = 29/60; volume 16 of the mill's 40 kWh, above the farm's zero; 6 of 10 kWh of
certificates, stake included; 200 g of allowances between nothing and the mill's 600. As a generator it weighs
0.2 x 100 x 29/60 + 0.2 x 40 + 0.1 x 60 + 0.1 x 100/3 = 27 of 60.
"""

from dataclasses import dataclass
from fractions import Fraction

import pytest

from offchain.certificates.history.holdings import certificates_held
from offchain.errors import InputError, LawViolation
from offchain.index.store import Store
from offchain.index.sync import sync
from offchain.market.credit import DECAY, WAD
from offchain.market.history.closed_days import closed_days
from offchain.market.history.terms import market_facts, terms_of
from offchain.market.history.weights import weight_rows, weights_after
from offchain.market.node_weight import Components
from offchain.quotas.history import AllowanceYear, allowances_of
from tests.offchain.index.market_days import NEXT
from tests.offchain.index.weighed_days import ENTERED, HARVEST, LATER, YEAR, WeighedDays
from tests.support.live_region import DAY, POINT, key_of


@dataclass
class Story:
    """What happened, and how it stood when both days were over: before certificates were lost and a member left."""

    days: WeighedDays
    head: int
    events: list
    terms: object

    @property
    def region(self):
        return self.days.region

    @property
    def ids(self):
        return self.days.ids

    @property
    def by_then(self):
        return [event for event in self.events if event.block <= self.head]

    def read(self, contract, function, *arguments, block=None):
        """What a contract answered after a block, by default when both days were over."""
        call = self.region.contract(contract)(function, *arguments)
        return self.region.client.call(call, block=block or self.head)


@pytest.fixture(scope="module")
def story(deployed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("region")
    index = Store(f"sqlite:///{folder / 'index.db'}")
    with deployed.borrowed(folder) as region:
        days = WeighedDays(region)
        days.run()
        head = days.region.client.block().number
        days.lose_certificates()
        days.leave()
        days.default_later()
        days.end_year()
        sync(days.region.client, index, facts=market_facts)
        yield Story(days, head, index.events("rural"), terms_of(index.chain("rural")))
    index.close()


@pytest.fixture(scope="module")
def closed(story):
    return {closed.day: closed for closed in closed_days(story.events, terms=story.terms)}


def test_every_weight_is_what_the_chain_says(story, closed):
    """Also 30 days after the market began, when nobody sends a sheet."""
    assert list(closed) == [DAY, NEXT, LATER]
    for day, found in closed.items():
        block = found.event.block
        assert [len(found.close.weights), len(found.close.opening)] == [5 if day == DAY else 2] * 2
        for member, weight in found.close.weights:
            assert weight == found.credit[member] == story.read("MarketReader", "weightOf", member, block=block)
        for member, weight in found.close.opening:
            credit = story.read("MarketReader", "creditOf", member, block=block)
            assert (credit.weight, credit.day) == (weight, day)
        pool = story.read("BilateralMarket", "poolOf", day, block=block)
        assert (pool.rate, pool.contractedWh) == (found.close.pool.rate, 60_000 if day == DAY else 20_000)


def test_weights_decay_also_of_who_does_not_settle(story, closed):
    last, before = closed[LATER], closed[NEXT].credit
    hydro, bakery, wind, shop = (story.ids[name] for name in ("hydro", "bakery", "wind", "shop"))
    for member in (bakery, wind):
        assert 0 < last.credit[member] == before[member] * DECAY // WAD < before[member]
    assert dict(last.close.opening)[hydro] == before[hydro] * DECAY // WAD
    assert last.credit[shop] == before[shop] == ENTERED


def test_groups_are_those_of_the_last_agreement(story, closed):
    """So hydro's penalty of 0.176 is the bakery's alone, though the wind had left the group when the day was settled.

    The farm's 2.2 are shared by wind, bakery and hydro with 52, 40 and 29 of 121.
    """
    wind, hydro, bakery = (story.ids[name] for name in ("wind", "hydro", "bakery"))
    block = closed[DAY].event.block
    assert story.read("MarketReader", "creditOf", wind, block=block).group == 7
    shares = dict(closed[DAY].close.pool.shares)
    claimed = [e.values for e in story.events if e.name == "SharesClaimed" and e.values["day"] == DAY]
    assert {values["member"]: values["amount"] for values in claimed} == {wind: shares[wind]}
    by_hand = {wind: Fraction(22 * 52, 1210), bakery: Fraction(22 * 40, 1210) + Fraction(176, 1000)}
    for member, share in (by_hand | {hydro: Fraction(22 * 29, 1210)}).items():
        assert abs(shares[member] - share * POINT) < 10


def test_a_member_by_hand(story):
    found = weights_after(story.events, terms=story.terms, day=DAY, block=story.head)
    [hydro] = [weight for weight in found.weights if weight.member == story.ids["hydro"]]
    rounding = Fraction(100, WAD)
    assert abs(hydro.components.credit - Fraction(2900, 60)) <= rounding
    assert hydro.components == Components(
        credit=hydro.components.credit, volume=Fraction(40), certificates=Fraction(60), carbon=Fraction(100, 3)
    )
    assert abs(hydro.weight - 27) <= rounding
    [row] = [row for row in weight_rows(found) if row["member"] == story.ids["hydro"]]
    assert row == {
        "day": DAY,
        "block": story.head,
        "member": story.ids["hydro"],
        "weighs_as": "generator",
        "credit": "48.333333",
        "volume": "40.000000",
        "participation": "absent",
        "certificates": "60.000000",
        "carbon": "33.333333",
        "line": "absent",
        "weight": "27.000000",
        "reach": "60.000000",
    }


def test_who_is_weighed_and_as_what(story):
    """The farm is a prosumer, the shop has a weight from before and no agreement; a consumer has no line."""
    found = weights_after(story.by_then, terms=story.terms)
    names = {member: name for name, member in story.ids.items()}
    generators, consumers = ("hydro", "wind", "farm"), ("mill", "bakery", "shop")
    assert {names[m]: kind for m, kind in found.generates.items()} == (
        dict.fromkeys(generators, True) | dict.fromkeys(consumers, False)
    )
    [shop] = [row for row in weight_rows(found) if row["member"] == story.ids["shop"]]
    assert found.day == NEXT
    assert (shop["weighs_as"], shop["line"], shop["reach"]) == ("consumer", None, "70.000000")
    assert (shop["credit"], shop["volume"]) == ("80.000000", "0.000000")


def test_who_has_exited_is_not_weighed(story):
    ids = story.ids
    weighed = [set(weights_after(story.events, terms=story.terms, day=day).generates) for day in (NEXT, LATER)]
    assert weighed[0] - weighed[1] == {ids["shop"]}
    assert weighed[1] == {ids[name] for name in ("hydro", "wind", "farm", "mill", "bakery")}


def test_holdings_count_up_to_the_close_or_up_to_a_block(story, closed):
    found = weights_after(story.events, terms=story.terms, day=DAY)
    block = closed[DAY].event.block
    assert (found.day, found.block) == (DAY, block)
    by_member = {weight.member: weight.components for weight in found.weights}
    assert [components.certificates for components in by_member.values()] == [0] * 6
    carbon = {"mill": 100, "bakery": 50, "hydro": 0, "wind": 0, "farm": 0, "shop": 0}
    assert {name: by_member[story.ids[name]].carbon for name in carbon} == carbon
    with pytest.raises(InputError, match=r"^no market day is closed yet; there are no weights$"):
        weights_after(story.events, terms=story.terms, block=block - 1)


def test_without_their_contracts_certificates_and_carbon_are_absent(story):
    some = [event for event in story.events if event.contract not in {"GreenCertificate", "CarbonQuota"}]
    found = weights_after(some, terms=story.terms)
    for weight, row in zip(found.weights, weight_rows(found), strict=True):
        assert weight.components.certificates is weight.components.carbon is None
        assert (row["certificates"], row["carbon"], weight.reach) == ("absent", "absent", 40)


def test_a_day_that_is_not_closed_is_one_line(story):
    message = (
        r"^market day 2100-01-04 was not closed with agreements; the first that was is 2100-01-02, the last 2100-01-31$"
    )
    with pytest.raises(InputError, match=message):
        weights_after(story.events, terms=story.terms, day=NEXT + 1)


CONCERNING_WIND = {
    ("BilateralMarket", "WeightEntered"): "member",
    ("BilateralMarket", "AgreementRegistered"): "seller",
    ("BilateralMarket", "AgreementSettled"): "seller",
    ("DaySheets", "SheetAccepted"): "meter",
    ("MemberRegistry", "GroupAssigned"): "id",
}


@pytest.mark.parametrize("place", CONCERNING_WIND)
def test_an_event_that_is_missing_breaks_the_law(story, place):
    wind, field = story.ids["wind"], CONCERNING_WIND[place]
    first = next(e for e in story.events if (e.contract, e.name) == place and e.values[field] == wind)
    missing = [event for event in story.events if event is not first]
    with pytest.raises(LawViolation, match=r"^I-14: day 2100-01-02 closes by the events with .*\d+, \d+ on chain"):
        list(closed_days(missing, terms=story.terms))


def test_a_market_without_a_beginning_breaks_the_law(story):
    missing = [event for event in story.events if event.name != "AuthorityUpdated"]
    with pytest.raises(LawViolation, match="the market closes days and was never created; events are missing"):
        list(closed_days(missing, terms=story.terms))


def test_allowances_are_what_the_contract_says(story):
    compare_years(story, allowances_of(story.by_then), block=story.head)
    found = allowances_of(story.events)
    compare_years(story, found, block=story.region.client.block().number)
    mill, bakery = story.ids["mill"], story.ids["bakery"]
    assert (found[mill, YEAR].settled, found[mill, YEAR].balance, found[mill, YEAR + 1].carried) == (True, 600, 335)
    assert (found[bakery, YEAR].balance, found[bakery, YEAR + 1].balance) == (-500, 400)


def compare_years(story, found, *, block):
    for member in story.ids.values():
        for year in (YEAR, YEAR + 1):
            ours = found.get((member, year), AllowanceYear())
            status, *parts = story.read("CarbonQuota", "statusOf", member, year, block=block)
            assert [ours.granted, ours.traded, ours.carried, ours.drawn] == parts, (member, year)
            assert ours.balance == story.read("CarbonQuota", "balanceOf", member, year, block=block)
            assert ours.settled == (status == 2)


def test_stake_counts_and_what_is_gone_does_not(story):
    hydro, bakery = key_of("hydro").address, key_of("bakery").address
    contract = story.region.contract("GreenCertificate").address
    assert certificates_held(story.by_then) == {hydro: 6000, bakery: 4000, contract: 2500}
    assert certificates_held(story.events) == {hydro: 6000, bakery: 2500, contract: 2500}
    assert [story.read("GreenCertificate", "balanceOf", a, HARVEST) for a in (hydro, bakery)] == [3500, 4000]
