"""Whole market days at random: the contract against the model, against the program off chain, in any order."""

import struct

from brownie.test import given
from hypothesis import settings
from hypothesis import strategies as st
from market_model import Deal, Tariffs, settle_day
from region import (
    DAY,
    DAY_END,
    FEED_IN,
    FIRST_HOUR,
    GRID_FEE,
    MEMBER_IDS,
    NAMEPLATE,
    NOTHING,
    POINT,
    PURCHASE,
    TICK,
    Region,
    actor,
    agreement,
)

from offchain.market import records, settlement

TRADERS = ("seller", "second_seller", "prosumer", "buyer", "second_buyer")
CONSUMERS = ("buyer", "second_buyer")
BUYERS = (*CONSUMERS, "prosumer")
TARIFFS = Tariffs(FEED_IN // TICK, PURCHASE // TICK, GRID_FEE // TICK)


@st.composite
def deals(draw):
    seller = draw(st.sampled_from(("seller", "second_seller", "prosumer")))
    buyer = draw(st.sampled_from([name for name in BUYERS if name != seller]))
    first = draw(st.integers(0, 23))
    return Deal(
        seller=seller,
        buyer=buyer,
        wh=draw(st.integers(1, NAMEPLATE // 6)),
        first=first,
        count=draw(st.integers(1, 24 - first)),
        ticks=draw(st.integers(TARIFFS.feed_in, TARIFFS.purchase - TARIFFS.grid_fee)),
    )


# Up to 65 kWh in an hour, and in a quarter of the hours nothing.
register = st.binary(min_size=48, max_size=48).map(
    lambda data: [wh if wh % 4 else 0 for wh in struct.unpack("<24H", data)]
)
# Consumers have no export register that moves.
meters = st.fixed_dictionaries(
    {name: st.tuples(register, st.just(NOTHING) if name in CONSUMERS else register) for name in TRADERS}
)


def as_agreement(deal: Deal, salt: int) -> tuple[int, ...]:
    return agreement(
        seller=MEMBER_IDS[deal.seller],
        buyer=MEMBER_IDS[deal.buyer],
        whPerHour=deal.wh,
        firstHour=FIRST_HOUR + deal.first,
        hourCount=deal.count,
        price=deal.ticks * TICK,
        expiry=2**64 - 1,
        salt=salt,
    )


def settle_off_chain(contracts: list[Deal], readings: dict) -> dict[str, int]:
    """The same day by the program that runs beside the chain."""
    agreements = [
        records.Agreement(
            id=number,
            seller=MEMBER_IDS[deal.seller],
            buyer=MEMBER_IDS[deal.buyer],
            wh_per_hour=deal.wh,
            first_hour=FIRST_HOUR + deal.first,
            hours=deal.count,
            price=deal.ticks * TICK,
        )
        for number, deal in enumerate(contracts)
    ]
    sheets = [
        records.DaySheet(member=MEMBER_IDS[name], import_wh=tuple(imports), export_wh=tuple(exports))
        for name, (imports, exports) in readings.items()
    ]
    day = settlement.settle_day(
        agreements,
        sheets,
        hours=range(FIRST_HOUR, FIRST_HOUR + 24),
        tariffs=records.Tariffs(feed_in=FEED_IN, purchase=PURCHASE, grid_fee=GRID_FEE),
    )
    names = {number: name for name, number in MEMBER_IDS.items()}
    return {names[member]: gain for member, gain in day.balances} | {"grid_company": day.grid}


@settings(max_examples=20)
@given(
    contracts=st.lists(deals(), min_size=1, max_size=6),
    readings=meters,
    order=st.tuples(st.permutations(range(6)), st.integers(0, 6)),
    turns=st.permutations(TRADERS),
)
def test_a_day_is_settled_as_the_model_and_the_program_do(region, contracts, readings, order, turns):
    region.fund("grid_company", 10_000 * POINT)
    for name in ("buyer", "second_buyer", "prosumer"):
        region.fund(name, 2_000 * POINT)
    before = region.balances()
    numbers = region.register(*(as_agreement(deal, salt) for salt, deal in enumerate(contracts)))
    Region.go(DAY_END)
    region.submit(
        *(region.sheet(name, imports=imports, exports=exports) for name, (imports, exports) in readings.items())
    )

    # Any order of agreements and members, residuals before, between or after the agreements.
    places, cut = order
    batches = [[numbers[i] for i in part if i < len(numbers)] for part in (places[:cut], places[cut:])]
    members = [MEMBER_IDS[name] for name in turns]
    by = {"from": actor("stranger")}
    if batches[0]:
        region.market.settle(batches[0], by)
    region.market.settleResidual(members, DAY, by)
    if batches[1]:
        region.market.settle(batches[1], by)

    gains = {name: balance - before[name] for name, balance in region.balances().items()}
    debts = region.market.totalDebt()
    gains["grid_company"] += debts  # what it earned and lent
    model = settle_day(
        contracts,
        exports={name: exports for name, (_, exports) in readings.items()},
        imports={name: imports for name, (imports, _) in readings.items()},
        tariffs=TARIFFS,
    )
    assert gains == model
    assert gains == settle_off_chain(contracts, readings)
    assert sum(gains.values()) == 0
    assert debts == sum(max(0, -region.market.freeOf(member)) for member in members)
    assert all(region.market.reservedOf(member) == 0 for member in members)
    region.assert_book_balances()
