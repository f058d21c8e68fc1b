"""The commands as a user types them, from a member's acceptance to the trace of a point."""

import csv
import io
import json
import re
import subprocess
import sys

import pytest

from offchain.chain.keys import local_key
from offchain.chain.local import fund
from offchain.commands.app import main
from offchain.commands.points import in_points
from offchain.files import PROJECT
from offchain.index.records import BlockPoint, FollowedChain
from offchain.index.store import Store
from offchain.members.registrations import COLUMNS
from tests.offchain.index.market_days import NEXT, MarketDays
from tests.support.live_region import DAY, FOREVER, POINT, key_of
from tests.support.patience import PATIENCE

DATE = "2100-01-02"


@pytest.fixture
def run(region, tmp_path, monkeypatch, capsys):
    """Runs a command on the region's chain; gives what it printed."""
    config = tmp_path / "chains.toml"
    endpoint = region.endpoint
    config.write_text(f'[[chain]]\nname = "rural"\nurl = "{endpoint.url}"\nchain_id = {endpoint.chain_id}\n')
    database = f"sqlite:///{tmp_path / 'cli.db'}"
    on_chain = ["--config", str(config), "--project", str(region.folder)]
    options = {
        "chain": on_chain,
        "sync": [*on_chain, "--database", database],
        "folder": ["--project", str(region.folder)],
        "database": ["--database", database],
    }

    def command(*words, where, fails=0):
        line = ["offchain", *map(str, words), "--chain", "rural", *options[where]]
        monkeypatch.setattr(sys, "argv", line)
        with pytest.raises(SystemExit) as ended:
            main()
        region.connect()  # others' transactions have moved the nonces
        printed = capsys.readouterr()
        assert (ended.value.code or 0) == fails, printed.err
        return printed.err if fails else printed.out

    fund(endpoint, [local_key(name).address for name in ("deployer", "courier")])
    return command


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_member_joins_measures_and_follows_its_points(region, run, tmp_path):
    mill, key = local_key("mill"), local_key("meter of mill")
    members = tmp_path / "members.csv"
    members.write_text(
        f"{','.join(COLUMNS)},reference\n{mill.address},{key.address},12,consumer,0,50000,0,{FOREVER},,The mill\n"
    )
    register = ("members", "register", members, "--key", "deployer")
    assert "acceptance must be a signature" in run(*register, where="chain", fails=2)
    assert run("members", "accept", members, "--key", "mill", where="chain").endswith(f"{mill.address} has accepted\n")
    assert "has no terms for account" in run("members", "accept", members, "--key", "x", where="chain", fails=2)
    planned = run(*register, "--dry-run", where="chain")
    assert planned.startswith("would register 1 members in one transaction of ")
    assert run(*register, where="chain") == f"member 2: {mill.address} The mill\n"
    assert "MemberRegistry_AccountTaken" in run(*register, where="chain", fails=2)

    readings, sheet = tmp_path / "readings.csv", tmp_path / "sheet.json"
    readings.write_text("hour,import_wh,export_wh\n" + "".join(f"{hour},{hour * 10},0\n" for hour in range(24)))
    words = ("meter", "sign", readings, "--meter", 2, "--day", DATE, "--key", "meter of mill", "--out", sheet)
    assert run(*words, where="folder") == f"{sheet}: meter 2, {DATE}, revision 0, 2760 Wh in, 0 Wh out\n"
    early = run("meter", "submit", sheet, where="chain", fails=1)
    assert "DaySheets_DayNotOver" in early
    assert "nothing was sent" in early
    region.go(region.end_of(DAY))
    status = ("meter", "status", "--meter", 2, "--day", DATE)
    assert run(*status, where="chain").startswith(f"meter 2, {DATE}: no sheet\ndue 2100-01-03 12:00:00+01:00, final ")
    assert run("meter", "submit", sheet, where="chain").startswith("1 sheets in 1 transactions, ")
    assert run(*status, where="chain").startswith(f"meter 2, {DATE}: accepted, measured, revision 0\n")
    assert "is not a date" in run("meter", "status", "--meter", 2, "--day", "yesterday", where="chain", fails=2)

    reference = region.mint(mill.address, 5 * POINT)
    assert run("index", "sync", where="sync").startswith("rural: block ")
    assert run("index", "sync", where="sync").split(", ")[1] == "0 changes"
    rows = {name: table(run("index", name, where="database")) for name in ("members", "sheets", "points", "supply")}
    assert [(row["id"], row["kind"], row["status"]) for row in rows["members"]] == [
        ("1", "grid_company", "active"),
        ("2", "consumer", "active"),
    ]
    assert json.loads(rows["sheets"][0]["import_wh"]) == [hour * 10 for hour in range(24)]
    assert rows["points"] == [{"account": mill.address, "member": "2", "balance": str(5 * POINT)}]
    assert rows["supply"][0]["supply"] == rows["supply"][0]["deposited"] == str(5 * POINT)
    assert run("index", "devices", where="database") == run("index", "credit", where="database") == ""

    text = run("points", "trace", 2, where="database")
    assert text.startswith(
        f"{mill.address}, member 2\n{mill.address}: 5 points\n  5 by deposit 0x{reference.hex()} at 2"
    )
    traced = json.loads(run("points", "trace", mill.address, "--format", "json", where="database"))
    assert traced["holdings"][0]["lots"][0]["origins"] == {f"0x{reference.hex()}": str(5 * POINT)}
    assert "member 3 is unknown; members are 1 to 2" in run("points", "trace", 3, where="database", fails=2)
    assert "is neither an address" in run("points", "trace", "0x12", where="database", fails=2)


def test_a_consumer_follows_changes_by_cursor(region, run):
    region.mint(key_of("payer").address, POINT)
    run("index", "sync", where="sync")
    whole = json.loads(run("index", "events", "--format", "json", where="database"))
    assert [row["cursor"] for row in whole] == list(range(1, len(whole) + 1))
    assert whole[-1]["values"]["amount"] == str(POINT)
    height = region.client.block().number
    assert run("index", "points", "--block", height - 1, where="database") == ""
    region.reorganise(1)
    run("index", "sync", where="sync")
    news = table(run("index", "events", "--after", len(whole), where="database"))
    assert [(row["removed"], row["event"]) for row in news] == [("true", "PointsMinted"), ("true", "Transfer")]
    assert json.loads(news[0]["values"]) == whole[-1]["values"]
    assert len(table(run("index", "events", "--limit", 3, where="database"))) == 3
    assert run("index", "points", where="database") == ""


def test_a_database_without_the_chain_is_one_line(run):
    assert "has no chain rural; it has none; `index sync` reads a chain into it\n" in run(
        "index", "members", where="database", fails=2
    )


def test_mistakes_are_one_line_and_status_2():
    line = [sys.executable, "-m", "offchain", "index", "sync", "--chain", "moon", "--database", "sqlite://"]
    done = subprocess.run(line, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (2, "chain moon is unknown; allowed are main, rural, urban\n")


def test_the_market_s_accounts_are_exported_checked_and_traced(region, run):
    MarketDays(region).run()
    run("index", "sync", where="sync")
    rows = table(run("index", "margins", where="database"))
    desk = region.call("PowerPoint", "balanceOf", region.contract("MarginDesk").address)
    assert sum(int(row["held"]) for row in rows) == desk - POINT  # one came without a deposit
    by_holder = {row["holder"]: row for row in rows}
    hydro = by_holder["margin of member 2"]
    assert int(hydro["free"]) == int(hydro["held"]) == region.call("BilateralMarket", "freeOf", 2)
    assert by_holder["reserve of the market"] | {"held": ""} == dict.fromkeys(rows[0], "") | {
        "holder": "reserve of the market"
    }
    head = region.client.block().number
    answer = rf"rural: block {head}, \d+ answers of the market's contracts are what the events add up to\n"
    assert re.fullmatch(answer, run("index", "check", where="sync"))
    assert run("index", "check", "--block", head - 9, where="sync").startswith(f"rural: block {head - 9}, ")
    assert "is before its market" in run("index", "check", "--block", 3, where="sync", fails=2)

    text = run("points", "trace", "reserve", where="database")
    assert text.startswith("reserve of the market\nreserve of the market: 0 points\n  2100-01-0")
    assert "+2.2 from penalties of day 47484: close agreement 47484/0: +2200000000000000000, then 2.2\n" in text
    farm = json.loads(run("points", "trace", 6, "--format", "json", where="database"))
    owed, paid = region.client.call(region.contract("DeferredCredits")("owedTo", 6, NEXT + 1))
    assert owed > 0
    assert farm["deferred"] == [{"day": str(NEXT + 1), "owed": str(owed), "paid": str(paid)}]
    text = run("points", "trace", 6, where="database")
    assert f"\ndeferred: {in_points(owed)} points of day {NEXT + 1}, {in_points(paid)} paid\n" in f"{text}\n"
    assert "nor reserve, penalties:DAY or deferred:DAY" in run(
        "points", "trace", "penalties", where="database", fails=2
    )


def test_node_weights_are_exported(region, run):
    """The mill performs what it bought, 40 of the 60 kWh of the first day and 20 of 20 of the second one."""
    empty = run("index", "weights", where="database", fails=2)
    assert "has no chain rural; it has none" in empty
    run("index", "sync", where="sync")
    early = run("index", "weights", where="database", fails=2)
    assert early == "no market day is closed yet; there are no weights\n"
    MarketDays(region).run()
    run("index", "sync", where="sync")
    rows = table(run("index", "weights", "--day", DATE, where="database"))
    assert rows == table(run("index", "weights", "--day", DAY, where="database"))
    assert [(row["member"], row["weighs_as"]) for row in rows] == [
        ("2", "generator"), ("3", "generator"), ("4", "consumer"), ("5", "consumer"), ("6", "generator")
    ]  # fmt: skip
    mill = rows[2]
    assert mill == {
        "day": str(DAY),
        "block": mill["block"],
        "member": "4",
        "weighs_as": "consumer",
        "credit": "83.333333",
        "volume": "100.000000",
        "participation": "absent",
        "certificates": "0.000000",
        "carbon": "absent",
        "line": "",
        "weight": "36.666667",
        "reach": "50.000000",
    }
    *_, last = [
        row for row in json.loads(run("index", "weights", "--format", "json", where="database")) if row["member"] == 4
    ]
    assert (last["day"], last["credit"], last["line"]) == (NEXT, "100.000000", None)
    refused = {
        ("--day", "2100-01-09"): "market day 2100-01-09 was not closed with agreements; the first that was is",
        ("--day", "yesterday"): "day yesterday is neither a date, YYYY-MM-DD, nor a number of days since 1970\n",
        ("--day", "9999999999"): "day 9999999999 is neither a date",
        ("--block", int(mill["block"]) - 1): "no market day is closed yet",
    }
    for words, message in refused.items():
        assert run("index", "weights", *words, where="database", fails=2).startswith(message)


def test_a_chain_without_a_market_has_no_weights(run, tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'cli.db'}")
    genesis = BlockPoint(number=0, hash="0x00")
    store.open_chain(FollowedChain(name="rural", chain_id=31001, genesis="0x00", facts={}, head=genesis, cursor=0))
    store.close()
    assert run("index", "weights", where="database", fails=2) == "chain rural has no market\n"
