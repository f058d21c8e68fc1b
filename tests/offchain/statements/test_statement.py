"""The whole statement, in every form, and what it refuses to tell."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest

from offchain.errors import InputError, LawViolation
from offchain.index.records import FollowedChain
from offchain.statements.document import FIGURES, as_csv, as_json, totals
from offchain.statements.page import render
from offchain.statements.statement import beneficiary_statement, member_statement
from tests.offchain.statements.statement_cases import (
    CHAIN,
    DAY,
    FIRST_HOUR,
    MILL,
    MILL_ACCOUNT,
    NAME,
    NOBODY,
    NOON,
    PARK_ACCOUNT,
    ROOTS,
    WINDPARK,
    certificate,
    ledger,
    record,
)

RECORDS = {DAY: record()}
HASHED = "0x" + "5a17" * 16
# By hand, of the mill's 100 kWh at noon: 40 kWh of wind at 11 g, 60 kWh at (300,000 - 40 x 11) g / 960 kWh = 312.042 g
# -> 440 + 18,722.52 g; see test_scope2 for the others.
EXPECTED = {"location_based": 30_000, "market_based": 19_163, "flow_traced": 25_000, "network_losses": 1_000}


def of(book, member=MILL, **changes):
    return member_statement(book.events, **({"chain": CHAIN, "records": RECORDS, "member": member} | changes))


def test_figures_and_proofs_of_a_consumer():
    book = ledger()
    drawn = book.add("CarbonQuota", "DayDrawnDown", member=MILL, day=DAY, year=2016, amount=25_000, estimated=False)
    found = of(book)
    assert totals(found) == EXPECTED
    (day,) = found.consumed
    (hour,) = day.hours
    assert (hour.hour, hour.wh, hour.certified_wh, hour.residual) == (NOON, 100_000, 40_000, 312_042)
    assert (day.sheet, day.roots, day.drawn, day.estimated) == (book.events[4].transaction, {NOON: ROOTS}, drawn, False)
    (claim,) = found.claims
    assert (claim.by_itself, claim.retirement.wh, claim.retirement.country) == (True, 40_000, "DE")
    assert claim.retirement.transaction == book.events[-2].transaction
    assert found.balances == {"certificates": 0, "allowances 2016": -25_000}
    assert (found.unused, found.beneficiary, found.account) == (0, NAME, MILL_ACCOUNT)


def test_a_generator_has_its_books_and_no_consumption():
    found = of(ledger(), WINDPARK)
    assert (found.consumed, found.claims, found.balances) == ((), (), {"certificates": 20_000})
    assert [line.amount for line in found.lines] == [60_000, -40_000]
    assert json.loads(as_json(found))["figures"] == []


def test_the_corrected_sheet_counts_and_estimates_are_marked():
    book = ledger()
    book.add(
        "DaySheets",
        "SheetCorrected",
        meter=MILL,
        day=DAY,
        revision=1,
        importDifference=[0, 2**160 - 2**128 - 9_999 * 2**128, 0],
        exportDifference=[0, 0, 0],
    )
    (day,) = of(book).consumed
    assert [(hour.hour, hour.wh) for hour in day.hours] == [(NOON, 90_000)]
    assert day.sheet == book.events[-1].transaction
    late = ledger()
    late.sheet({0: 1}, day=DAY + 1, name="SheetEstimated")
    assert [d.day for d in of(late).consumed] == [DAY], "a day without a carbon record is not in the statement"
    estimated = ledger()
    estimated.events[4] = None
    estimated.events = [event for event in estimated.events if event]
    estimated.sheet({12: 100_000}, name="SheetEstimated")
    assert [d.estimated for d in of(estimated).consumed] == [True]


def test_others_may_retire_for_a_member_and_a_member_for_others():
    book = ledger()
    book.retire(15_000, holder=PARK_ACCOUNT)
    book.retire(5_000, holder=PARK_ACCOUNT, beneficiary=HASHED)
    found = of(book)
    assert [(claim.by_itself, claim.retirement.wh) for claim in found.claims] == [(True, 40_000), (False, 15_000)]
    assert found.hours[0].certified_wh == 55_000
    hashed = beneficiary_statement(book.events, chain=CHAIN, records=RECORDS, beneficiary=HASHED)
    assert [claim.retirement.wh for claim in hashed.claims] == [5_000]
    assert (hashed.member, hashed.consumed, hashed.lines) == (None, (), ())
    with pytest.raises(InputError, match="chain rural has no certificates retired for nobody"):
        beneficiary_statement(book.events, chain=CHAIN, records=RECORDS, beneficiary="nobody")


def test_what_contradicts_the_chain_is_refused():
    book = ledger()
    book.add("CarbonQuota", "DayDrawnDown", member=MILL, day=DAY, year=2016, amount=24_999, estimated=False)
    with pytest.raises(LawViolation, match=f"member 2 consumed 25000 gCO2e on day {DAY}, the chain drew 24999"):
        of(book)
    lost = ledger()
    lost.events = [event for event in lost.events if event.name != "CertificatesRetired"]
    with pytest.raises(LawViolation, match="certificates of member 2 come to 40000 Wh, its accounts hold 0 Wh"):
        of(lost)
    unrooted = ledger()
    unrooted.events = [e for e in unrooted.events if e.values.get("hour") != FIRST_HOUR]
    with pytest.raises(LawViolation, match=f"carbon record of hour {FIRST_HOUR} .* chain rural none"):
        of(unrooted)


def test_unknown_members_chains_and_days_are_named():
    with pytest.raises(InputError, match="member 9 is unknown; members are 1 to 3"):
        of(ledger(), 9)
    with pytest.raises(InputError, match="there is no carbon record"):
        of(ledger(), records={})
    main = FollowedChain(**{**vars(CHAIN), "name": "main", "facts": {}})
    with pytest.raises(InputError, match="chain main has no market"):
        of(ledger(), chain=main)


def test_json_says_what_every_figure_is():
    document = json.loads(as_json(of(ledger())))
    assert {entry["name"]: entry["grams"] for entry in document["figures"]} == EXPECTED
    assert {entry["name"]: entry["meaning"] for entry in document["figures"]} == FIGURES
    assert document["chain"] == {"name": "rural", "id": 31_001, "block": 99, "block_hash": "0x" + "99" * 32}
    (day,) = document["consumption"]
    assert day["hours"][0]["time"] == "2016-07-18T12:00+01:00"
    (claim,) = document["retired"]
    assert (claim["from"], claim["until"]) == ("2016-07-18T12:00+01:00", "2016-07-18T13:00+01:00")
    assert document["lines"][0]["amount"] == "40000"
    assert document["retired_unused_wh"] == 0


def test_every_row_of_the_csv_names_its_transaction():
    rows = list(csv.DictReader(io.StringIO(as_csv(of(ledger())))))
    assert [row["book"] for row in rows] == ["consumption", "retired for it", "certificates", "certificates"]
    assert all(re.fullmatch("0x[0-9a-f]{64}", row["transaction"]) for row in rows)
    assert [rows[0][name] for name in ("wh", "location_g", "market_g", "traced_g", "losses_g")] == [
        "100000",
        "30000",
        "19163",
        "25000",
        "1000",
    ]
    assert rows[0]["root_transaction"] == ROOTS


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.open, self.texts, self.links = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_is_whole_safe_and_names_every_transaction():
    book = ledger()
    book.move(NOBODY, MILL_ACCOUNT, 1, identifier=certificate(NOON + 3))
    names = {MILL: "<b>The mill</b>"}
    book.retire(1, beneficiary=names[MILL], identifier=certificate(NOON + 3), start=NOON, end=NOON + 4)
    found = of(book, records={DAY: record(names=names)})
    html = render(found)
    page = Page(html)
    shown = " ".join(page.texts)
    assert (page.open, page.links) == ([], [])
    assert "<script" not in html
    assert names[MILL] in shown
    assert not re.search(r"https?:|url\(", html)
    proofs = {found.consumed[0].sheet, ROOTS, *(line.transaction for line in found.lines)}
    assert [proof for proof in proofs if proof not in shown] == []
    for label in ("Location-based", "Market-based", "Flow-traced", "outside the standard", "Scope 3, category 3"):
        assert label in shown
