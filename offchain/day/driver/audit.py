"""How audits compare a finished day, to the wei, the Wh and the gram, with its plan.

The plan was worked out in Python, the chain did its own arithmetic: a difference means that one of them is wrong.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from offchain.errors import LawViolation


def refuse(chain: str, problems: Iterable[str]) -> None:
    """Accept a chain on which nothing is wrong.

    Raises:
        LawViolation: there are problems; names all of them.
    """
    found = list(problems)
    if found:
        raise LawViolation(f"chain {chain} differs from the plan: {'; '.join(found)}")


def differences(what: str, found: Mapping[Any, Hashable], planned: Mapping[Any, Hashable]) -> Iterable[str]:
    """The first key under which two tables differ."""
    for number in sorted(found.keys() | planned.keys()):
        if found.get(number) != planned.get(number):
            yield f"{what} {number} is {found.get(number)}, planned {planned.get(number)}"
            return


def contradictions(answers: Mapping[str, tuple[Any, Any]]) -> Iterable[str]:
    """Where a contract's view is not what the events add up to: by what is asked, the events' value and the answer."""
    for what, (ours, theirs) in answers.items():
        if ours != theirs:
            yield f"{what} is {ours} by the events, {theirs} on chain"
            return
