"""The index of a market in which everything happens: what it rebuilds is what the contracts answer at every block."""

import pytest
from market_days import MarketDays

from offchain.index.flows import lots_of
from offchain.index.lots import Holder
from offchain.index.market_check import check_market
from offchain.index.market_events import CONTRACTS, MarketEvents, margins_of
from offchain.index.sync import sync

CHAIN = "rural"


@pytest.fixture
def days(region):
    """Both days, up to the last reconciliation."""
    told = MarketDays(region)
    told.run()
    return told


def test_at_every_block_the_accounts_and_lots_are_what_the_contracts_answer(days, index):
    region = days.region
    sync(region.client, index)
    events, terms = index.events(CHAIN), index.chain(CHAIN).market
    followed = MarketEvents(terms)
    seen = {(event.contract, event.name) for event in events}
    assert not followed._handlers.keys() - seen, "the comparisons would be about less than there is"
    first = max(contract.block for contract in region.client.contracts if contract.name in CONTRACTS)
    shortages = set()
    for height in range(first, region.client.block().number + 1):
        upto = [event for event in events if event.block <= height]
        assert check_market(upto, region.client, terms=terms, block=height) >= 8
        shortages.add(compare_lots(upto, region, terms, height) < 0)
    assert shortages == {True, False}


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
