"""Do the tests notice faults? `python -m analysis.mutation run` tries a sample of mutants, `check` compares the list.

`survivors.toml` holds the last campaign's counts and the mutants that no test noticed, each with the reason why. `run`
goes on where it was stopped; it names survivors without a reason. `check` fails on an entry that is no mutant of the
contracts any more, on one without a reason, and where less than 95 % were noticed.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any, Final

from analysis.mutants import Mutant, all_mutants, sample
from analysis.programs import FOLDER
from analysis.workbench import Outcome, Workbench
from offchain.files import PROJECT

SURVIVORS: Final = FOLDER / "survivors.toml"
RESULTS: Final = PROJECT / "reports" / "mutation.json"
NOTICED: Final = 0.95
"""Least share of mutants that the tests must notice."""


def main(words: Sequence[str]) -> int:
    """Run a campaign, or check the committed list."""
    parser = argparse.ArgumentParser(prog="python -m analysis.mutation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("act", choices=["run", "check"])
    parser.add_argument("--size", type=int, default=200, help="how many mutants are tried")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(words)
    return check() if given.act == "check" else campaign(seed=given.seed, size=given.size, workers=given.workers)


def check() -> int:
    """Compare the committed list with the contracts."""
    listed = _listed()
    known = {mutant.key for mutant in all_mutants()}
    wrong = [f"{s['key']} ({s['fault']}) is no mutant any more" for s in listed["survivor"] if s["key"] not in known]
    wrong += [f"{s['key']} ({s['fault']}) has no reason" for s in listed["survivor"] if not s["reason"].strip()]
    tried, noticed = listed["campaign"]["tried"], listed["campaign"]["noticed"]
    if noticed != tried - len(listed["survivor"]):
        wrong.append(f"{tried} mutants less {len(listed['survivor'])} survivors are not {noticed}")
    if noticed < NOTICED * tried:
        wrong.append(f"{noticed} of {tried} mutants were noticed, less than {NOTICED:.0%}")
    print("\n".join(wrong) or f"mutants: {noticed} of {tried} noticed in the last campaign, every survivor explained")
    return 1 if wrong else 0


def campaign(*, seed: int, size: int, workers: int) -> int:
    """Try a sample of mutants; those that do not compile or change no bytecode are replaced by the next."""
    results, lock = _results(), threading.Lock()
    with tempfile.TemporaryDirectory(prefix="gridleaf-mutants-") as folder, ThreadPoolExecutor(workers) as pool:
        benches: Queue[Workbench] = Queue()
        for number in range(workers):
            benches.put(Workbench(Path(folder) / str(number)))

        def attempt(mutant: Mutant) -> Outcome:
            if mutant.key not in results:
                bench = benches.get()
                try:
                    outcome = bench.outcome(mutant)
                finally:
                    benches.put(bench)
                with lock:
                    results[mutant.key] = outcome
                    _save(results)
                print(f"{outcome}: {mutant}", flush=True)
            return Outcome(results[mutant.key])

        tried = _first(size, sample(all_mutants(), seed=seed), attempt, pool)
    return _report(tried)


def _first(
    size: int, order: Sequence[Mutant], attempt: Callable[[Mutant], Outcome], pool: ThreadPoolExecutor
) -> dict[Mutant, Outcome]:
    """The first mutants of that number that are faults at all, and what became of them."""
    found: dict[Mutant, Outcome] = {}
    place = 0
    while len(found) < size and place < len(order):
        batch = order[place : place + size - len(found)]
        place += len(batch)
        outcomes = zip(batch, pool.map(attempt, batch), strict=True)
        found.update((mutant, outcome) for mutant, outcome in outcomes if outcome.is_fault)
    return found


def _report(tried: dict[Mutant, Outcome]) -> int:
    explained = {survivor["key"] for survivor in _listed()["survivor"]}
    survivors = [mutant for mutant, outcome in tried.items() if outcome is Outcome.SURVIVED]
    noticed = len(tried) - len(survivors)
    for subject, count in sorted(Counter(mutant.subject for mutant in tried).items()):
        print(f"{subject}: {count - sum(s.subject == subject for s in survivors)} of {count} noticed")
    print(f"all: {noticed} of {len(tried)} noticed")
    unexplained = [mutant for mutant in survivors if mutant.key not in explained]
    for mutant in unexplained:
        print(f"survived without a reason: {mutant}")
    return 1 if unexplained or noticed < NOTICED * len(tried) else 0


def _listed() -> dict[str, Any]:
    held = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))
    return {"survivor": [], **held}


def _results() -> dict[str, str]:
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def _save(results: dict[str, str]) -> None:
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
