"""`make day` as a user runs it: a program of its own, on real chains, with the accidents that happen to programs."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psutil
import pytest

from offchain.carbon.factors import FACTOR_TABLE, load_factors
from offchain.day.world.plan import plan_day
from offchain.files import PROJECT
from offchain.regions import load_regions
from tests.support.patience import PATIENCE

DAY = [sys.executable, str(PROJECT / "scripts" / "day.py")]
RURAL = ["--region", "rural", "--date", "2016-07-20"]


@pytest.fixture
def arguments(tmp_path: Path, first_port: int) -> list[str]:
    return [
        *("--first-port", str(first_port)),
        *("--chains-folder", str(tmp_path / "chains")),
        *("--deployments", str(tmp_path / "deployments")),
        *("--page", str(tmp_path / "page" / "index.html")),
    ]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DAY, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)


def _chains(arguments: list[str]) -> list[psutil.Process]:
    """The anvil processes that listen on the ports of a run."""
    first = int(arguments[1])
    ports = {str(port) for port in range(first, first + 3)}
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words and Path(words[0]).name == "anvil" and ports & set(words):
            found.append(process)
    return found


def _await(condition, *, process: subprocess.Popen[str] | None = None) -> None:
    """Until the condition holds; a process that ends before it does says why."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if process is not None and process.poll() is not None:
            pytest.fail(f"the day ended with status {process.returncode}: {process.communicate()}")
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


DEPLOYING, TRADING = 10, 3_600
"""Seconds of the regional chain's time since its genesis: in the middle of the deployment; once members enter."""


@contextmanager
def _begun(arguments: list[str], *, age: int = TRADING) -> Iterator[subprocess.Popen[str]]:
    """A day in the middle of its transactions, once its regional chain is so old [s]."""
    process = subprocess.Popen(
        [*DAY, *RURAL, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        _await(lambda: _age(int(arguments[1]) + 1) >= age, process=process)
        assert len(_chains(arguments)) == 2
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _age(port: int) -> int:
    """From a chain's genesis to its latest block [s]; 0 while it does not answer."""
    try:
        return _block_time(port, "latest") - _block_time(port, "earliest")
    except OSError:
        return 0


def _block_time(port: int, block: str) -> int:
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": [block, False]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}", data=json.dumps(call).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return int(json.load(answer)["result"]["timestamp"], 16)


def test_whole_day_of_both_regions(arguments: list[str], tmp_path: Path):
    done = _run("--date", "2016-01-20", "--seed", "7", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "every law holds, every figure was audited on chain" in done.stdout
    page = (tmp_path / "page" / "index.html").read_text()
    figures = json.loads((tmp_path / "page" / "day.json").read_text())
    assert [region["name"] for region in figures["regions"]] == ["rural", "urban"]
    assert figures["run"] == {"date": "2016-01-20", "seed": 7, "utc_offset_hours": 1}
    for chain in figures["chains"]:
        assert all(contract["address"] in page for contract in chain["contracts"])
    for region in figures["regions"]:
        _check_market(region)
        assert len(set(region["roots"])) == 24
        assert region["certificates"]
        assert sum(row["retired"] for row in region["certificates"]) > 0
        _check_claims(region, page=tmp_path / "page")
    everywhere = [region["defaults"] for region in figures["regions"]]
    assert any(defaults["corrected"] for defaults in everywhere)
    assert any(row["member"] == defaults["late"] for defaults in everywhere for row in defaults["credit"])
    _check_auction(figures)
    assert _outcome(tmp_path) == _committed("all_2016-01-20_seed_7")
    assert not _chains(arguments)


def _check_market(region):
    """Every column of legs sums to zero but for what the pool moves, and the day's accidents have left their traces."""
    money, defaults = region["money"], region["defaults"]
    sums = {name: sum(row[name] for row in money) for name in money[0] if name not in {"group", "members"}}
    pool = sum(row["penalty"] for row in defaults["defaults"])
    assert sums == {"agreements": 0, "outside": 0, "defaults": -pool, "shares": pool, "corrections": 0}
    assert sum(row["share"] for row in defaults["credit"]) + defaults["dust"] <= pool
    assert any(row["compensation"] for row in defaults["defaults"])
    assert defaults["debts"]
    assert all(0 <= row["weight"] <= 10**18 for row in defaults["credit"])
    late = [row["weight"] for row in defaults["credit"] if row["member"] == defaults["late"]]  # when it had agreements
    assert all(weight < 10**18 // 2 for weight in late)


def _check_claims(region, *, page: Path):
    """What was corrected after the sale is missing from the next issuance; statements are there in every form."""
    claims = region["claims"]
    row = claims["correction"]
    assert (row["withdrawn"], row["withheld"]) == (0, row["lowered"])
    assert row["issued_next"] == row["measured_next"] - row["withheld"]
    assert claims["sale"]["paid"] == -(-claims["sale"]["sold"] * claims["sale"]["price"] // 1000)
    assert [trade["asset"] for trade in claims["trades"]] == ["allowances of 2016", "offsets"]
    assert any(row["certified"] > 0 and row["market"] != row["location"] for row in claims["statements"])
    for row in claims["statements"]:
        file = page / row["file"]
        assert row["name"] in file.read_text()
        document = json.loads(file.with_suffix(".json").read_text())
        assert document["consumed_wh"] == row["consumed"]
        assert file.with_suffix(".csv").read_text().startswith("book,")


def _check_auction(figures):
    """The auction's day as another program computed it from the same file: MWh and tCO2e before and after."""
    auction = figures["auction"]
    hours, orders = auction["hours"], auction["orders"]
    assert (len(hours), len(orders)) == (24, 26)
    assert sum(hour["first_emission"] for hour in hours) == pytest.approx(20_045.4e9, abs=1e6)
    assert sum(hour["emission"] for hour in hours) == pytest.approx(16_811.3879e9, abs=1e5)
    assert sum(hour["energy"] for hour in hours) == pytest.approx(27_807.523e6, abs=1e3)
    assert sum(sum(order["allocated"]) for order in orders) == pytest.approx(20_045.4e6, abs=12)
    legs = sum(order["leg"] - order["ladder"] for order in orders)
    assert legs + sum(hour["rent"] for hour in hours) + auction["ladder_account"] == 0
    assert auction["bonds"] == 24 * 100 * 10**18
    assert len(set(auction["awards_roots"])) == 24


def test_a_day_after_broken_ones_is_the_committed_day_and_repeats_exactly(arguments: list[str], tmp_path: Path):
    """Interrupted while it trades, then killed while it deploys, a day leaves nothing behind.

    The same transactions give the same blocks afterwards.
    """
    with _begun(arguments) as interrupted:
        os.killpg(interrupted.pid, signal.SIGINT)
        interrupted.wait(PATIENCE)
        assert interrupted.returncode != 0
        _await(lambda: not _chains(arguments))
        assert not (tmp_path / "page").exists()
    with _begun(arguments, age=DEPLOYING) as killed:
        killed.kill()
        killed.wait(PATIENCE)
        _await(lambda: not _chains(arguments))
        assert not (tmp_path / "page").exists()
    assert _run(*RURAL, "--seed", "1", *arguments).returncode == 0
    first = json.loads((tmp_path / "page" / "day.json").read_text())
    assert _outcome(tmp_path) == _committed("rural_2016-07-20_seed_1")
    assert _run(*RURAL, "--seed", "1", *arguments).returncode == 0
    again = json.loads((tmp_path / "page" / "day.json").read_text())
    assert again["anchors"] == first["anchors"], "the same transactions must give the same blocks"
    assert again == first


def test_another_seed_gives_other_agreements_under_the_same_flows():
    factors, region = load_factors(FACTOR_TABLE), load_regions()["rural"]
    day = date(2016, 7, 20)
    first, second = (plan_day(region, factors=factors, day=day, seed=seed) for seed in (1, 2))
    assert [tree.root for tree in first.trees] == [tree.root for tree in second.trees]
    assert first.market.close.balances != second.market.close.balances


def _outcome(folder: Path):
    return json.loads((folder / "page" / "outcome.json").read_text())


def _committed(name: str):
    """What a day left on the chains as first computed; another machine must come to the same."""
    return json.loads((PROJECT / "tests" / "vectors" / "day" / f"{name}.json").read_text())


@pytest.mark.parametrize("age", [DEPLOYING, TRADING])
def test_killed_chain_ends_the_day_with_one_line(arguments: list[str], tmp_path: Path, age: int):
    with _begun(arguments, age=age) as running:
        regional = next(p for p in _chains(arguments) if str(int(arguments[1]) + 1) in p.cmdline())
        regional.kill()
        _, errors = running.communicate(timeout=PATIENCE)
        assert running.returncode == 1
        assert re.search(r"^chain rural .*\n\Z", errors, re.MULTILINE), errors
        assert not _chains(arguments)
        assert not (tmp_path / "page").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--date", "2016-07-17"], r"1-MV-rural--0-sw cannot trade on 2016-07-17: allowed are .*, 2016-07-24"),
        (["--date", "1970-01-01"], r"1-MV-rural--0-sw cannot trade on 1970-01-01: allowed are .*, 2016-07-24"),
        (["--date", "20.7.2016"], r"date 20.7.2016 is not a date; allowed is YYYY-MM-DD"),
        (["--region", "coastal"], r"region coastal is unknown; allowed are all, rural, urban"),
        (["--first-port", "70000"], r"port 70000 is not allowed: --first-port is 1024 to 65533"),
    ],
)
def test_bad_input_is_one_line(words: list[str], message: str, arguments: list[str], tmp_path: Path):
    done = _run(*arguments, *words)
    assert done.returncode == 2
    assert re.fullmatch(message + r"\n", done.stderr), done.stderr
    assert not (tmp_path / "page").exists()
    assert not (tmp_path / "chains").exists()


def test_port_in_use_is_one_line(arguments: list[str], tmp_path: Path):
    with socket.socket() as holder:
        port = int(arguments[1]) + 1
        holder.bind(("127.0.0.1", port))
        holder.listen()
        done = _run(*RURAL, *arguments)
    assert done.returncode == 2
    assert re.fullmatch(rf"port {port} for chain rural is in use; choose others with --first-port\n", done.stderr)
    assert not (tmp_path / "page").exists()
    assert not _chains(arguments)


def test_damaged_data_is_one_line(arguments: list[str], tmp_path: Path):
    """In a copy of the project whose profiles have one byte changed; its contracts are compiled."""
    copy = tmp_path / "copy"
    for name in ("offchain", "deployment", "scripts", "data", "contracts", "interfaces"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "brownie-config.yaml", copy)
    (copy / "build").symlink_to(PROJECT / "build")
    profiles = copy / "data" / "grids" / "1-MV-rural--0-sw" / "profiles.csv"
    content = bytearray(profiles.read_bytes())
    content[len(content) // 2] ^= 1
    profiles.write_bytes(content)
    command = [sys.executable, str(copy / "scripts" / "day.py"), *RURAL, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert re.fullmatch(r".*profiles\.csv .*\n", done.stderr), done.stderr
    assert not (tmp_path / "page").exists()
