"""The command line: one line per error, the right exit status, nothing left running."""

import signal
import subprocess
import sys

import pytest

from offchain.files import PROJECT
from tests.support.command_line import offchain
from tests.support.patience import PATIENCE


@pytest.fixture
def running(anvil, first_port, tmp_path):
    """`chains start` as a user runs it."""
    command = [sys.executable, "-m", "offchain", "chains", "start", "--at", "2016-01-14T23:00:00"]
    options = ["--first-port", str(first_port), "--chains-folder", str(tmp_path)]
    with subprocess.Popen([*command, *options], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline() for _ in range(4)]
        assert lines[3] == "Ctrl-C stops them\n"
        yield process
        process.kill()


def test_chains_start_answer_and_stop_on_ctrl_c(running, first_port):
    answer = offchain("chains", "status", "--first-port", first_port)
    assert answer.returncode == 0
    assert answer.stdout.splitlines() == [
        f"chain {name} (http://127.0.0.1:{first_port + n}): id {31000 + n}, block 0, 2016-01-14 23:00:00 UTC"
        for n, name in enumerate(("main", "rural", "urban"))
    ]
    running.send_signal(signal.SIGINT)
    assert running.wait(PATIENCE) == 0
    assert running.stdout.read() == "stopped\n"
    answer = offchain("chains", "status", "--first-port", first_port)
    assert answer.returncode == 1
    assert answer.stderr == f"chain main (http://127.0.0.1:{first_port}) does not answer (NewConnectionError)\n"


def test_a_second_run_on_the_same_ports_is_one_line_and_status_2(running, first_port, tmp_path):
    answer = offchain("chains", "start", "--first-port", first_port, "--chains-folder", tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == f"port {first_port} for chain main is in use; choose others with --first-port\n"
    assert offchain("chains", "status", "--first-port", first_port).returncode == 0


def test_a_wrong_chain_id_is_one_line_and_status_2(running, first_port, tmp_path):
    config = tmp_path / "chains.toml"
    config.write_text(f'[[chain]]\nname = "rural"\nurl = "http://127.0.0.1:{first_port}"\nchain_id = 4101\n')
    answer = offchain("chains", "status", "--config", config)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == f"chain rural (http://127.0.0.1:{first_port}) has chain id 31000, expected 4101\n"


def test_a_wrong_config_is_one_line_and_status_2(tmp_path):
    answer = offchain("chains", "status", "--config", tmp_path / "none.toml")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.count("\n") == 1
    assert answer.stderr.startswith(f"{tmp_path / 'none.toml'}: cannot be read as TOML")


def test_an_unknown_option_is_status_2():
    assert offchain("chains", "status", "--colour").returncode == 2
