"""`python -m offchain statement`, over an index in a file."""

import json

import pytest
from typer.testing import CliRunner

from offchain.commands.app import app
from offchain.errors import InputError
from offchain.index.records import BlockPoint
from offchain.index.store import Store
from offchain.statements.carbon_day import carbon_file, carbon_text
from tests.offchain.statements.statement_cases import CHAIN, DAY, MILL, NAME, ledger, record

FIRST_DATE = "2016-07-18"


@pytest.fixture
def arguments(tmp_path):
    url = f"sqlite:///{tmp_path / 'index.db'}"
    store = Store(url)
    start = BlockPoint(number=0, hash=CHAIN.genesis)
    store.open_chain(type(CHAIN)(**{**vars(CHAIN), "head": start, "cursor": 0}))
    assert store.advance(CHAIN.name, ledger().events, base=start, head=CHAIN.head)
    store.close()
    carbon_file(tmp_path, CHAIN.name, DAY).write_text(carbon_text(record()))
    return ["--chain", "rural", "--database", url, "--records", str(tmp_path)]


def run(*words):
    result = CliRunner().invoke(app, ["statement", *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_every_form_of_a_members_statement(arguments, tmp_path):
    document = json.loads(run(str(MILL), "--format", "json", *arguments))
    assert (document["subject"]["member"], document["chain"]["block"]) == (MILL, CHAIN.head.number)
    assert run(str(MILL), "--format", "csv", *arguments).startswith("book,what,time,wh,")
    file = tmp_path / "page.html"
    assert run(str(MILL), "--output", str(file), *arguments) == ""
    assert f"<h1>{NAME}</h1>" in file.read_text()


def test_a_beneficiarys_statement(arguments):
    document = json.loads(run(NAME, "--format", "json", *arguments))
    assert [entry["wh"] for entry in document["retired"]] == [40_000]


def test_as_of_an_earlier_block(arguments):
    """Before the retirement: nothing is covered, and the statement says where it ends."""
    last = len(ledger().events) - 2
    document = json.loads(run(str(MILL), "--format", "json", "--block", str(last), *arguments))
    assert document["chain"]["block"] == last
    assert (document["retired"], document["balances"]) == ([], {"certificates": "40000"})


@pytest.mark.parametrize(
    "dates", [("--from", FIRST_DATE), ("--to", FIRST_DATE), ("--from", FIRST_DATE, "--to", "2016-12-31")]
)
def test_days_between_two_dates(arguments, dates):
    assert json.loads(run(str(MILL), "--format", "json", *dates, *arguments))["days"] == [FIRST_DATE]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((str(MILL), "--from", "2016-07-19"), "has no carbon record of chain rural for these days"),
        ((str(MILL), "--to", "2016-07-17"), "has no carbon record of chain rural for these days"),
        ((str(MILL), "--from", "18.7.2016"), "date 18.7.2016 is not a date; allowed is YYYY-MM-DD"),
        (("77",), "member 77 is unknown; members are 1 to 3"),
        (("nobody",), "chain rural has no certificates retired for nobody"),
    ],
)
def test_what_cannot_be_stated_is_one_line(arguments, words, message):
    with pytest.raises(InputError, match=message):
        run(*words, *arguments)


def test_the_record_of_the_case_is_of_its_day():
    assert record().day == DAY
