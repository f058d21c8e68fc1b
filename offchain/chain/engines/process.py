"""One process per chain: started in a folder of its own, awaited, and ended with us at the latest."""

import fcntl
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import getpid
from pathlib import Path

from offchain.chain.engines.port import ChainPlan
from offchain.errors import ChainError, InputError

PORT_OPTION = "--first-port"
FOLDER_OPTION = "--chains-folder"
READY_DEADLINE = 20.0  # [s]
STOP_DEADLINE = 5.0  # [s]


@contextmanager
def held_folder(folder: Path) -> Iterator[None]:
    """Hold a chain's folder; the lock ends with us, however we end.

    Raises:
        InputError: another run holds it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise InputError(f"folder {folder} cannot be used: {error}; choose another with {FOLDER_OPTION}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"folder {folder} is in use by another run; choose another with {FOLDER_OPTION}"
            raise InputError(message) from error
        yield


@contextmanager
def running(command: Sequence[str], plan: ChainPlan, *, log: Path, listening: str) -> Iterator[int]:
    """Run a chain's program until the context ends; the port that it listens on.

    Args:
        command: the program and its options.
        plan: of the chain.
        log: file for its output.
        listening: regular expression of what it prints when it is ready; its group is the port.

    Raises:
        InputError: the port is in use.
        ChainError: the program ends, or is not ready in time.
    """
    with log.open("w") as output:
        process = subprocess.Popen(
            [*_ending_with_us(), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us: we stop the chain when we are done with it
        )
    try:
        yield _await_port(plan, process, log=log, listening=listening)
    finally:
        _stop(process)


def port_in_use(plan: ChainPlan) -> InputError:
    """The error to raise when somebody else listens on a chain's port."""
    return InputError(f"port {plan.port} for chain {plan.name} is in use; choose others with {PORT_OPTION}")


def _ending_with_us() -> list[str]:
    """What to start a program through so that the kernel ends it when we die, even by kill -9 (Linux only).

    setpriv asks the kernel; the shell then makes sure that we did not die before it had asked.
    """
    if not shutil.which("setpriv"):
        return []
    return ["setpriv", "--pdeathsig", "KILL", "--", "sh", "-c", f'[ "$PPID" = {getpid()} ] && exec "$@"', "sh"]


def _await_port(plan: ChainPlan, process: subprocess.Popen[bytes], *, log: Path, listening: str) -> int:
    """The port that our own process says it listens on: nobody else's chain can answer for it."""
    end = time.monotonic() + READY_DEADLINE
    while time.monotonic() < end:
        text = log.read_text(errors="replace")
        if found := re.search(listening, text):
            return int(found[1])
        if process.poll() is not None:
            if "already in use" in text:
                raise port_in_use(plan)
            raise ChainError(f"chain {plan.name} ended with status {process.returncode} on start; its log is {log}")
        time.sleep(0.01)
    raise ChainError(f"chain {plan.name} is not ready after {READY_DEADLINE:g} s; its log is {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
