"""Progress bars of a run: one per chain and operation."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from offchain.day.driver.journal import Progress as Told


class Bars:
    """The bars of a run, by chain."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def of(self, chain: str) -> Told:
        """What a chain's journal tells."""
        return lambda operation, done, total: self._show(chain, operation, done=done, total=total)

    def _show(self, chain: str, operation: str, *, done: int, total: int) -> None:
        if (chain, operation) not in self._tasks:
            self._tasks[chain, operation] = self._bars.add_task(operation, chain=chain, total=0)
        task = self._tasks[chain, operation]
        already = 0 if self._bars.tasks[task].finished else self._bars.tasks[task].completed
        self._bars.update(task, total=total, completed=max(done, already) if done < total else total)


@contextmanager
def progress_bars(console: Console) -> Iterator[Bars]:
    """Bars on a console, as long as the day runs."""
    columns = (
        TextColumn("{task.fields[chain]:>6}  {task.description:36}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        yield Bars(bars)
