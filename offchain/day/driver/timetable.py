"""When things happen on a trading day, and in which order."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from offchain.day.driver.mechanism import Mechanism, Step
from offchain.errors import InputError

HOUR = 3600
DAY = 24 * HOUR


def timetable(mechanisms: Sequence[Mechanism[Any]]) -> tuple[Step, ...]:
    """The steps of all mechanisms by time; at the same time, those that others come after first, then as they stand.

    Whoever closes every time comes last at each of them.

    Raises:
        InputError: two steps share a name, a step comes after one that does not exist at its time, or after itself
            through others.
    """
    steps = [step for mechanism in mechanisms for step in mechanism.steps]
    names = [step.name for step in steps]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"several steps are called {', '.join(twice)}; names are unique")
    closing = {mechanism.name: mechanism.closing for mechanism in mechanisms if mechanism.closing}
    ordered: list[Step] = []
    for moment in moments(sorted(steps, key=lambda step: step.at)):
        at = moment[0].at
        ordered += _ordered(moment)
        ordered += (Step(name=f"{name}: {clock(at)}", at=at, act=act) for name, act in closing.items())
    return tuple(ordered)


def moments(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    """Steps that are sorted by time, in groups of one time each."""
    return [tuple(group) for _, group in groupby(steps, key=lambda step: step.at)]


def written(steps: Sequence[Step]) -> str:
    """A timetable as text: a line for each step, its time and its name."""
    return "".join(f"{clock(step.at):10}  {step.name}\n" for step in steps)


def clock(at: int) -> str:
    """A time as days from the day of delivery D and local time: D-1 01:00."""
    days, rest = divmod(at, DAY)
    return f"D{f'{days:+d}' if days else ''} {rest // HOUR:02d}:{rest % HOUR // 60:02d}"


def _ordered(moment: Sequence[Step]) -> Iterator[Step]:
    """The steps of one time, each once those that it comes after are done."""
    names, waiting, done = {step.name for step in moment}, list(moment), set[str]()
    for step in moment:
        if unknown := sorted(set(step.after) - names):
            raise InputError(f"step {step.name} comes after {', '.join(unknown)}; {clock(step.at)} has no such step")
    while waiting:
        ready = [step for step in waiting if done.issuperset(step.after)]
        if not ready:
            raise InputError(f"steps {', '.join(step.name for step in waiting)} come after each other in a circle")
        waiting.remove(ready[0])
        done.add(ready[0].name)
        yield ready[0]
