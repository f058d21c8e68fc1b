"""Local chains start, are watched and stop; nothing outlives whoever started them."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from offchain.chain.client import Client
from offchain.chain.connection import Connection
from offchain.chain.endpoints import Endpoint
from offchain.chain.engines.port import ChainPlan
from offchain.chain.local import local_chains, plans
from offchain.errors import ChainError, InputError
from offchain.files import PROJECT
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.chain

PLAN = ChainPlan("rural", 31001, 0)
RUN = """
import sys, time
from pathlib import Path
from offchain.chain.engines.port import ChainPlan
from offchain.chain.local import local_chains
plans = [ChainPlan("rural", 31001, 0), ChainPlan("urban", 31002, 0)]
with local_chains(plans, genesis_time=1450000000, folder=Path(sys.argv[1])) as endpoints:
    print("ready", flush=True)
    time.sleep(3_600)
"""


def chain_processes(folder):
    """The process ids whose command line names a chain folder below `folder`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().decode()
        except OSError:  # it has just ended
            continue
        if f"--cache-path\0{folder}" in command:
            found.append(int(entry.parent.name))
    return found


def gone(folder):
    end = time.monotonic() + PATIENCE
    while chain_processes(folder) and time.monotonic() < end:
        time.sleep(0.02)
    return not chain_processes(folder)


@pytest.fixture
def running(tmp_path):
    """A Python process of its own that runs two chains in `tmp_path`."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_the_plans_are_main_and_regions_on_consecutive_ports():
    assert plans(("rural", "urban"), first_port=8600) == (
        ChainPlan("main", 31000, 8600),
        ChainPlan("rural", 31001, 8601),
        ChainPlan("urban", 31002, 8602),
    )


@pytest.mark.parametrize("port", [0, 1023, 65534, 70000])
def test_ports_that_do_not_exist_or_are_the_systems_are_refused(port):
    with pytest.raises(InputError, match=rf"port {port} is not allowed: --first-port is 1024 to 65533"):
        plans(("rural", "urban"), first_port=port)


def test_a_chain_starts_as_planned_and_stops(tmp_path):
    with local_chains([PLAN], genesis_time=1_450_000_000, folder=tmp_path) as (endpoint,):
        block = Client(endpoint).block()
        assert (block.number, block.time) == (0, 1_450_000_000)
        assert Connection(endpoint).request("eth_chainId") == hex(31001)
        info = Connection(endpoint).request("anvil_nodeInfo")
        assert (info["hardFork"], info["transactionOrder"]) == ("Prague", "fifo")
        assert endpoint.log == tmp_path / "rural" / "anvil.log"
        assert len(chain_processes(tmp_path)) == 1
    assert chain_processes(tmp_path) == []
    with pytest.raises(ChainError, match=r"chain rural .* does not answer .*its log is .*rural/anvil\.log"):
        Client(endpoint).block()


def test_each_block_is_one_second_after_the_one_before(chain):
    connection = Connection(chain)
    genesis = Client(chain).block().time
    for position in range(1, 4):
        connection.request("evm_mine")
        assert Client(chain).block().time == genesis + position


def test_an_error_inside_stops_the_chains(tmp_path):
    with pytest.raises(ZeroDivisionError), local_chains([PLAN], genesis_time=1, folder=tmp_path):
        assert len(chain_processes(tmp_path)) == 1
        raise ZeroDivisionError
    assert chain_processes(tmp_path) == []


def test_a_second_chain_that_cannot_start_stops_the_first(tmp_path):
    busy = tmp_path / "urban"
    busy.write_text("a file where the folder should be")
    with (
        pytest.raises(InputError, match=re.escape(str(busy))),
        local_chains([PLAN, ChainPlan("urban", 31002, 0)], genesis_time=1, folder=tmp_path),
    ):
        pytest.fail("started over a damaged folder")
    assert chain_processes(tmp_path) == []


def test_a_killed_chain_makes_the_next_call_an_error_that_names_chain_and_log(chain, client, tmp_path):
    (process,) = chain_processes(tmp_path)
    os.kill(process, signal.SIGKILL)
    begin = time.monotonic()
    with pytest.raises(ChainError, match=r"chain rural .* does not answer .*; its log is .*rural/anvil\.log"):
        client.block()
    assert time.monotonic() - begin < PATIENCE


def test_a_chain_that_hangs_is_an_error_after_the_timeout(chain, tmp_path):
    (process,) = chain_processes(tmp_path)
    os.kill(process, signal.SIGSTOP)
    begin = time.monotonic()
    with pytest.raises(ChainError, match=r"chain rural .* does not answer"):
        Connection(chain, timeout=0.5).request("eth_chainId")
    assert time.monotonic() - begin < PATIENCE
    os.kill(process, signal.SIGCONT)


def test_killing_the_parent_leaves_no_chain(running, tmp_path):
    assert len(chain_processes(tmp_path)) == 2
    running.send_signal(signal.SIGKILL)
    assert gone(tmp_path)


def test_terminating_the_parent_leaves_no_chain(running, tmp_path):
    running.send_signal(signal.SIGTERM)
    assert gone(tmp_path)


def test_ctrl_c_leaves_no_chain(running, tmp_path):
    running.send_signal(signal.SIGINT)
    assert running.wait(PATIENCE) != 0
    assert "KeyboardInterrupt" in running.stderr.read()
    assert chain_processes(tmp_path) == []


def test_ctrl_c_at_a_terminal_leaves_the_chains_to_us(tmp_path):
    """A terminal interrupts the whole process group; what we still do before we end must find the chain alive."""
    script = """
import sys, time
from pathlib import Path
from offchain.chain.client import Client
from offchain.chain.engines.port import ChainPlan
from offchain.chain.local import local_chains
with local_chains([ChainPlan("rural", 31001, 0)], genesis_time=7, folder=Path(sys.argv[1])) as (endpoint,):
    try:
        print("ready", flush=True)
        time.sleep(3_600)
    except KeyboardInterrupt:
        time.sleep(0.5)
        print("time", Client(endpoint).block().time)
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.read() == "time 7\n"
    assert chain_processes(tmp_path) == []


def test_the_folder_of_a_killed_run_does_not_block_the_next(running, tmp_path):
    running.send_signal(signal.SIGKILL)
    assert gone(tmp_path)
    (tmp_path / "rural" / "states").mkdir(exist_ok=True)
    (tmp_path / "rural" / "states" / "state.json").write_text("half a sta")
    with local_chains([PLAN], genesis_time=7, folder=tmp_path) as (endpoint,):
        assert Client(endpoint).block().time == 7


def test_a_second_run_in_the_same_folder_is_refused_and_the_first_goes_on(tmp_path):
    with local_chains([PLAN], genesis_time=1_450_000_000, folder=tmp_path) as (endpoint,):
        with (
            pytest.raises(
                InputError, match=r"folder .*rural is in use by another run; choose another with --chains-folder"
            ),
            local_chains([PLAN], genesis_time=1, folder=tmp_path),
        ):
            pytest.fail("two runs share a folder")
        assert Client(endpoint).block().time == 1_450_000_000


def test_a_port_in_use_is_one_line_that_names_it_and_the_option(chain, tmp_path):
    port = int(chain.url.rsplit(":", 1)[1])
    with (
        pytest.raises(InputError) as caught,
        local_chains([ChainPlan("urban", 31002, port)], genesis_time=1, folder=tmp_path / "other"),
    ):
        pytest.fail("started on a port in use")
    assert str(caught.value) == f"port {port} for chain urban is in use; choose others with --first-port"
    assert not (tmp_path / "other").exists()


def test_a_port_taken_between_check_and_start_is_the_same_line(chain, tmp_path, monkeypatch):
    """The other chain has our chain id and answers on our port: it must not pass for ours."""
    monkeypatch.setattr("offchain.chain.local._check_port", lambda plan: None)
    port = int(chain.url.rsplit(":", 1)[1])
    with (
        pytest.raises(InputError) as caught,
        local_chains([ChainPlan("rural", 31001, port)], genesis_time=1, folder=tmp_path / "other"),
    ):
        pytest.fail("took somebody else's chain for its own")
    assert str(caught.value) == f"port {port} for chain rural is in use; choose others with --first-port"


def test_an_anvil_that_refuses_to_start_is_an_error_that_names_its_log(tmp_path):
    with (
        pytest.raises(ChainError, match=r"chain rural ended with status \d+ on start; its log is .*anvil\.log"),
        local_chains([ChainPlan("rural", -1, 0)], genesis_time=1, folder=tmp_path),
    ):
        pytest.fail("started with an impossible chain id")


def test_another_chain_id_than_expected_is_refused(chain):
    other = Endpoint("urban", chain.url, 31002)
    with pytest.raises(InputError) as caught:
        Connection(other).check_chain_id()
    assert str(caught.value) == f"chain urban ({chain.url}) has chain id 31001, expected 31002"


def test_local_chains_are_reached_past_a_proxy_of_the_environment(chain, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert Connection(chain).request("eth_chainId") == hex(31001)
