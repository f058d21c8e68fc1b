"""The index of a market in which everything happens: what it rebuilds is what the contracts answer at every block."""

from dataclasses import replace

import pytest

from offchain.chain.client import Client
from offchain.chain.local import local_chains
from offchain.errors import InputError, LawViolation
from offchain.index.store import Store
from offchain.index.sync import sync
from offchain.lots.flows import lots_of
from offchain.lots.trace import trace
from offchain.market.history.check import check_market
from offchain.market.history.events import MarketEvents, margins_of
from offchain.market.history.margins import CONTRACTS
from offchain.market.history.terms import market_facts, terms_of
from offchain.points.holders import Holder
from tests.offchain.conftest import PLAN
from tests.offchain.index.market_days import NEXT, MarketDays
from tests.support.live_region import DAY, POINT, START, LiveRegion

CHAIN = "rural"
MILLI = POINT // 1000


@pytest.fixture(scope="module")
def days(anvil, tmp_path_factory):
    """Both days, up to the last reconciliation, on a chain that still knows every block of the deployment."""
    folder = tmp_path_factory.mktemp("days")
    with local_chains([PLAN], genesis_time=START, folder=folder / "chains") as (endpoint,):
        told = MarketDays(LiveRegion(endpoint, folder))
        told.run()
        yield told


@pytest.fixture(scope="module")
def followed(days, tmp_path_factory):
    """The index of the days."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('index') / 'index.db'}")
    sync(days.region.client, store, facts=market_facts)
    yield store
    store.close()


@pytest.fixture(scope="module")
def events(followed):
    return followed.events(CHAIN)


@pytest.fixture(scope="module")
def terms(followed):
    return terms_of(followed.chain(CHAIN))


def test_at_every_block_the_accounts_and_lots_are_what_the_contracts_answer(days, events, terms):
    region = days.region
    first = max(contract.block for contract in region.client.contracts if contract.name in CONTRACTS)
    for height in range(first, region.client.block().number + 1):
        upto = [event for event in events if event.block <= height]
        assert check_market(upto, region.client, terms=terms, block=height) >= 8
        assert compare_lots(upto, region, terms, height) >= 0, height
    with pytest.raises(
        InputError, match=rf"block {first - 1} of .* is before its market, which is there from {first} on"
    ):
        check_market(events, region.client, terms=terms, block=first - 1)


def compare_lots(events, region, terms, height):
    """Lots are what everybody holds, and together what the desk holds; returns the grid company's funds."""
    ledger, book = lots_of(events, terms=terms), margins_of(events, terms=terms)
    held = book.held(book.holders)
    for holder, amount in held.items():
        assert amount >= 0, (height, holder)
        assert sum(lot.amount for lot in ledger.lots(holder)) == amount, (height, holder)
    desk = region.contract("MarginDesk").address
    gifts = sum(lot.amount for lot in ledger.lots(Holder("account", desk)))
    balance = region.client.call(region.contract("PowerPoint")("balanceOf", desk), block=height)
    assert sum(held.values()) + gifts == balance
    return book.funds


def test_every_event_is_needed(days, events, terms):
    """Without any one of them a law breaks or the contracts answer something else. Every kind of them has happened."""
    market, client = MarketEvents(terms), days.region.client
    moving = [place for place, event in enumerate(events) if market.follows(event)]
    assert {(events[place].contract, events[place].name) for place in moving} == market.followed
    silent = [place for place in moving if moves_nothing(events[place])]
    assert len(silent) == 3
    for place in moving:
        missing = [*events[:place], *events[place + 1 :]]
        if place in silent:
            check_all(missing, client, terms)
            continue
        with pytest.raises(LawViolation):
            check_all(missing, client, terms)


def moves_nothing(event):
    """A penalty that is shared moves when the shares are booked; sheets that did not change move nothing."""
    return event.values.get("rate", 0) > 0 or event.values.get("difference") == 0


def check_all(events, client, terms):
    lots_of(events, terms=terms)
    check_market(events, client, terms=terms, block=client.block().number)


def test_another_share_than_the_contract_s_is_noticed(days, events, terms):
    """Its points change hands within the desk, so every sum stays right."""
    [place] = [place for place, event in enumerate(events) if event.name == "SharesClaimed"]
    claimed = events[place]
    wrong = replace(claimed, values=claimed.values | {"amount": claimed.values["amount"] - 1})
    changed = [*events[:place], wrong, *events[place + 1 :]]
    height = claimed.block
    with pytest.raises(
        LawViolation, match=rf"I-14: after block {height} free of member 3 is \d+ by the events, \d+ on"
    ):
        upto = [event for event in changed if event.block <= height]
        check_market(upto, days.region.client, terms=terms, block=height)


# By hand, at 0.60 point/kWh: a seller's loss is 0.11, penalties at weight 50 are 0.11 x 16 / 10 for hydro, which is
# 4 kWh of 10 short in one hour, and twice 0.11 x 100 / 10 for the farm. The day's 60 kWh bring wind and bakery to a
# weight of 2/3, hydro to 1/2 + 1/12 - 1/10 = 29/60, the farm to 0. Hydro's penalty is shared by wind and bakery, the
# farm's by both and hydro: 40, 40 and 29 of 109. The wind is due 30 x 0.40 outside its agreement, and pays 4 x (0.60 +
# 0.11) + 0.176 late, for which the reserve waits until the wind deposits.
def test_what_came_to_whom_and_why(days, followed, events):
    def told(account):
        *_, last = trace(events, chain=followed.chain(CHAIN), account=account).holdings
        return [(movement.cause.kind, movement.amount / MILLI) for movement in last.movements]

    wind, hydro = 88 + 2200 * 40 / 109, 2200 * 29 / 109
    assert told(f"penalties:{DAY}") == near(("settlement", 2376), ("share", -wind), ("settlement", -hydro))
    assert told(f"penalties:{NEXT}") == near(("settlement", 2200), ("close", -2200))
    assert told("reserve") == near(("close", 2200), ("withdrawal", -2200))
    assert told(f"deferred:{NEXT + 1}") == near(("reconciliation", 2250), ("margin", 3016))  # 0.176 of it the reserve's
    paid = ("margin", 5000), ("collection", -5000), ("settlement", 7000), ("collection", -7000)
    assert told(f"deferred:{DAY}") == near(*paid)
    assert told(str(days.ids["wind"])) == near(
        ("margin", 30_000), ("settlement", 12_000), ("share", wind), ("collection", 5000), ("collection", 7000),
        ("withdrawal", -54_000 - wind), ("margin", 10_000 - 3016),
    )  # fmt: skip


def near(*movements):
    """Amounts in thousandths of a point, as exact as a float is."""
    return [(kind, pytest.approx(amount, rel=1e-15)) for kind, amount in movements]


def test_a_market_that_is_known_in_part_is_not_followed(region, index):
    some = [contract for contract in region.client.contracts if contract.name != "DeferredCredits"]
    with pytest.raises(InputError, match="has a market without DeferredCredits; its points could not be followed"):
        sync(Client(region.endpoint, contracts=some), index, facts=market_facts)
