"""How long a trading day takes and how much memory all its processes use together, beside the targets.

`python benchmarks/bench_day.py`: runs `make day`'s program once on a free range of ports. Memory is the resident set of
the program and of every chain it started, added up and sampled every 50 ms, so shared pages count more than once.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parent.parent
TARGET_SECONDS = 180
TARGET_MEGABYTES = 1500


def resident_bytes(root: psutil.Process) -> int:
    """Resident memory of a process and its descendants."""
    total = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def main() -> int:
    """Run the day, print the figures, return its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(PROJECT / "scripts" / "day.py"), "--first-port", "18600"]
        command += ["--chains-folder", f"{folder}/chains", "--page", f"{folder}/index.html"]
        started, peak = time.perf_counter(), 0
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            root = psutil.Process(process.pid)
            while process.poll() is None:
                try:
                    peak = max(peak, resident_bytes(root))
                except psutil.NoSuchProcess:
                    break
                time.sleep(0.05)
        seconds, megabytes = time.perf_counter() - started, peak / 1e6
    print("a trading day of both regions, three chains, after set-up")
    print(f"  time    {seconds:7.1f} s    target {TARGET_SECONDS} s    ratio {seconds / TARGET_SECONDS:.2f}")
    print(f"  memory  {megabytes:7.0f} MB   target {TARGET_MEGABYTES} MB  ratio {megabytes / TARGET_MEGABYTES:.2f}")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
