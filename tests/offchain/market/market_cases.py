"""Market days for tests: random ones, and the tariffs of the paper."""

from hypothesis import strategies as st

from offchain.market.records import Agreement, Tariffs
from offchain.members.records import DaySheet
from offchain.units import PRICE_TICK

POINT = 10**18
PAPER_TARIFFS = Tariffs(feed_in=40 * POINT // 100, purchase=75 * POINT // 100, grid_fee=4 * POINT // 100)
DAY = range(403535, 403559)


def sheet(member, *, imports=None, exports=None):
    """Make a day sheet from {hour of the day: Wh}."""
    wh = [tuple((register or {}).get(hour, 0) for hour in range(24)) for register in (imports, exports)]
    return DaySheet(member=member, import_wh=wh[0], export_wh=wh[1])


@st.composite
def market_days(draw):
    """Agreements among up to five members who may each buy and sell, and the sheets of all of them."""
    members = draw(st.lists(st.integers(1, 99), min_size=2, max_size=5, unique=True))
    tick = st.integers(PAPER_TARIFFS.feed_in // PRICE_TICK, PAPER_TARIFFS.highest_price // PRICE_TICK)
    amounts = st.one_of(st.integers(1, 9), st.integers(1, 2**32 - 1))
    agreements = []
    for number in range(draw(st.integers(0, 7))):
        seller, buyer = draw(st.permutations(members))[:2]
        first = draw(st.integers(0, 23))
        agreements.append(
            Agreement(
                id=number,
                seller=seller,
                buyer=buyer,
                wh_per_hour=draw(amounts),
                first_hour=DAY.start + first,
                hours=draw(st.integers(1, min(4, 24 - first))),
                price=draw(tick) * PRICE_TICK,
            )
        )
    energy = st.one_of(st.just(0), st.integers(0, 30), st.integers(0, 2**32 - 1))
    register = st.dictionaries(st.integers(0, 23), energy, max_size=24)
    sheets = [sheet(member, imports=draw(register), exports=draw(register)) for member in members]
    return agreements, sheets
