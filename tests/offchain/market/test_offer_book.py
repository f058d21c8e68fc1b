"""The offer book: what goes in comes out, cancelled and expired offers stand aside, nothing is half done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offchain.errors import InputError
from offchain.market.matching import match_offers
from offchain.market.offer_book import BookEntry, OfferBook
from offchain.market.offer_files import COLUMNS, parse_price, price_text, read_offers, write_matches, write_offers
from offchain.market.offers import LARGEST_NONCE, Offer, Side
from offchain.market_time import MarketCalendar
from offchain.members.records import UINT32_MAX
from offchain.units import PRICE_TICK
from tests.offchain.market.market_cases import PAPER_TARIFFS

CALENDAR = MarketCalendar(1)
HEADER = ",".join(COLUMNS)
LINES = (
    "1,0,sell,0,2016-01-15,6,3,100,0.5000,unbundled,yes,2016-01-14T10:59:00+01:00,0aff",
    "2,0,buy,1,2016-01-15,6,3,60,0.6000,unbundled,yes,2016-01-14T10:59:00+01:00,",
    "3,4,buy,0,2016-01-15,6,3,70,0.5500,unbundled,no,2016-01-14T10:00:00+01:00,",
)
SIX = 403565  # unix hour of 2016-01-15 06:00 +01:00
GATE = 1452765600  # 2016-01-14 11:00 +01:00: 13 h before 2016-01-15 begins


def parse(*lines):
    return read_offers("\n".join([HEADER, *lines, ""]), "offers.csv", calendar=CALENDAR, tariffs=PAPER_TARIFFS)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'book.db'}"


@pytest.fixture
def filled(url):
    with OfferBook.open(url) as book:
        assert book.add(parse(*LINES)) == 3
    return url


def standing(url, now):
    with OfferBook.open(url) as book:
        return [entry.place for entry in book.standing(now, CALENDAR)]


def test_a_line_is_the_offer_it_says():
    (offer, signature), *_ = parse(*LINES)
    assert signature == "0aff"
    assert offer == Offer(
        member=1,
        nonce=0,
        side=Side.SELL,
        wh_per_hour=100,
        first_hour=SIX,
        hours=3,
        price=5000 * PRICE_TICK,
        bundled=False,
        partial=True,
        expiry=GATE - 60,
    )


def test_columns_may_come_in_any_order():
    names = list(reversed(COLUMNS))
    line = ",".join(reversed(LINES[0].split(",")))
    assert read_offers(f"{','.join(names)}\n{line}\n", "x", calendar=CALENDAR, tariffs=PAPER_TARIFFS) == parse(LINES[0])


@st.composite
def offers(draw):
    hour, member = draw(st.integers(0, 23)), draw(st.integers(1, UINT32_MAX))
    return Offer(
        member=member,
        nonce=draw(st.integers(0, LARGEST_NONCE)),
        side=draw(st.sampled_from(Side)),
        counterparty=draw(st.just(0) | st.integers(0, UINT32_MAX).filter(lambda other: other != member)),
        wh_per_hour=draw(st.integers(1, UINT32_MAX)),
        first_hour=CALENDAR.first_hour(draw(st.integers(10_000, 30_000))) + hour,
        hours=draw(st.integers(1, 24 - hour)),
        price=draw(st.integers(4000, 7100)) * PRICE_TICK,
        bundled=draw(st.booleans()),
        partial=draw(st.booleans()),
        expiry=draw(st.integers(0, 2**32)),
    )


@given(found=st.lists(st.tuples(offers(), st.binary(max_size=4)), max_size=4))
def test_csv_and_database_give_back_what_they_took(found):
    signed = [(offer, signature.hex()) for offer, signature in found]
    unique = list({(offer.member, offer.nonce): (offer, s) for offer, s in signed}.values())
    with OfferBook.open("sqlite://") as book:
        assert book.add(unique) == len(unique)
        entries = book.entries()
    assert [(entry.offer, entry.signature) for entry in entries] == unique
    text = write_offers(entries, calendar=CALENDAR)
    assert list(read_offers(text, "x", calendar=CALENDAR, tariffs=PAPER_TARIFFS)) == unique


def test_importing_twice_changes_nothing(filled):
    with OfferBook.open(filled) as book:
        before = book.entries()
        assert book.add(parse(*LINES)) == 0
        assert book.entries() == before


def test_other_terms_under_the_same_nonce_are_refused_and_nothing_is_taken(filled):
    changed = LINES[0].replace("0.5000", "0.5100")
    with (
        pytest.raises(InputError, match="offer 0 of member 1 is in the book with other terms"),
        OfferBook.open(filled) as book,
    ):
        book.add(parse(LINES[0].replace("1,0,", "8,0,"), changed))
    with OfferBook.open(filled) as book:
        assert [entry.offer.member for entry in book.entries()] == [1, 2, 3]


def test_cancelled_expired_and_matched_offers_stand_aside(filled):
    assert standing(filled, GATE - 3600) == [1, 2, 3]
    assert standing(filled, GATE - 3599) == [1, 2]
    assert standing(filled, GATE - 60) == [1, 2]
    assert standing(filled, GATE - 59) == []
    with OfferBook.open(filled) as book:
        book.cancel(1, 0)
    assert standing(filled, 0) == [2, 3]
    with OfferBook.open(filled) as book:
        assert book.cancel_below(2, 0) == 0
        assert book.cancel_below(2, 1) == 1
        assert book.cancel_below(2, 1) == 0
    assert standing(filled, 0) == [3]
    with OfferBook.open(filled) as book:
        assert [entry.state(GATE, CALENDAR) for entry in book.entries()] == ["cancelled", "cancelled", "expired"]


def test_after_gate_closure_nothing_stands(url):
    late = LINES[0].replace("T10:59", "T23:00")
    with OfferBook.open(url) as book:
        book.add(parse(late))
        assert len(book.standing(GATE - 1, CALENDAR)) == 1
        assert book.standing(GATE, CALENDAR) == ()


def test_an_unknown_offer_is_not_cancelled(filled):
    with pytest.raises(InputError, match="offer 5 of member 3 is not in the book"), OfferBook.open(filled) as book:
        book.cancel(3, 5)


def test_matches_are_kept_once(filled):
    """The bid of 0.60 takes 60 of the 100 Wh; the 40 that are left are not the whole 70 of member 3."""
    with OfferBook.open(filled) as book:
        book.record(match_offers(book.standing(0, CALENDAR)))
        assert match_offers(book.standing(0, CALENDAR)) == ()
        (match,) = book.matches()
        assert [entry.left_wh for entry in book.entries()] == [40, 0, 70]
    sell, buy, wh, price = match
    assert (sell.offer.member, buy.offer.member, wh, price) == (1, 2, 60, 5500 * PRICE_TICK)
    assert write_matches([match], calendar=CALENDAR).splitlines() == [
        "seller,seller_nonce,buyer,buyer_nonce,day,hour,hours,wh_per_hour,price,certificate",
        "1,0,2,0,2016-01-15,6,3,60,0.5500,unbundled",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (LINES[0].replace("sell", "lend"), "line 2: side 'lend' cannot be read"),
        (LINES[0].replace("2016-01-15", "15.1.2016"), "line 2: day '15.1.2016' cannot be read"),
        (LINES[0].replace(",6,3,", ",24,3,"), "line 2: hour 24 is not within 0 to 23"),
        (LINES[0].replace(",6,3,", ",22,3,"), "offer 0 of member 1: 3 hours from hour 403581 are not within 1 to 2"),
        (LINES[0].replace("0.5000", "0.50001"), "price '0.50001' is no multiple of 0.0001 points per kWh"),
        (LINES[0].replace("0.5000", "nan"), "price 'nan' is no multiple"),
        (LINES[0].replace("0.5000", "0.7101"), "price 710100000000000000 is not within 400000000000000000 to 710"),
        (LINES[0].replace(",100,", ",0,"), "0 Wh per hour is not within 1 to 4294967295"),
        (
            LINES[0].replace("1,0,sell", "0,-1,sell"),
            "member is not within 1 to .*; .* nonce is not within 0 to 16777215",
        ),
        (LINES[0].replace("sell,0", "sell,1"), "counterparty 1 is not another member, or 0 for anybody"),
        (LINES[0].replace("unbundled", "loose"), "certificate 'loose' cannot be read"),
        (LINES[0].replace("yes", "maybe"), "partial 'maybe' cannot be read"),
        (LINES[0].replace("+01:00", ""), "expiry '2016-01-14T10:59:00' cannot be read"),
        (LINES[0].replace("0aff", "0afg"), "line 2: non-hexadecimal number"),
        (LINES[0] + ",7", "line 2: needs 13 fields"),
        ("1,0,sell", "line 2: needs 13 fields"),
        ('"1', "line .*: unexpected end of data"),
    ],
)
def test_a_line_that_is_no_offer_is_refused(line, message):
    with pytest.raises(InputError, match=message):
        parse(line)


def test_every_bad_line_is_named():
    with pytest.raises(InputError, match=r"offers.csv: line 2: side .*; line 4: price 'x'"):
        parse(LINES[0].replace("sell", "lend"), LINES[1], LINES[2].replace("0.5500", "x"))


def test_other_columns_are_refused():
    with pytest.raises(InputError, match=r"offers.csv: columns must be member, nonce"):
        read_offers("member,side\n", "offers.csv", calendar=CALENDAR, tariffs=PAPER_TARIFFS)


def test_nobody_reads_a_book_while_somebody_else_changes_it(filled):
    impatient = f"{filled}?timeout=0.05"
    with OfferBook.open(filled) as book:
        with pytest.raises(InputError, match="database is locked"), OfferBook.open(impatient) as other:
            other.record(match_offers(other.standing(0, CALENDAR)))
        book.record(match_offers(book.standing(0, CALENDAR)))
    with OfferBook.open(impatient) as book:
        assert len(book.matches()) == 1


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////nowhere/at/all.db", "unknown://host/x"])
def test_a_database_that_cannot_be_opened_is_named(url):
    with pytest.raises(InputError, match=f"offer book {url}: "), OfferBook.open(url):
        raise AssertionError("it opened")


def test_a_file_that_is_no_database_is_named(tmp_path):
    file = tmp_path / "book.db"
    file.write_text("no database " * 100)
    with pytest.raises(InputError, match="file is not a database"), OfferBook.open(f"sqlite:///{file}"):
        raise AssertionError("it opened")


@given(ticks=st.integers(0, 2**24 - 1))
def test_prices_are_read_as_written(ticks):
    assert parse_price(price_text(ticks * PRICE_TICK)) == ticks * PRICE_TICK


def test_left_over_of_a_cancelled_offer_is_nothing():
    offer = parse(LINES[0])[0][0]
    assert BookEntry(place=1, offer=offer, signature="", matched_wh=30, cancelled=True).left_wh == 0
