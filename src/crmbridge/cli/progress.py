"""Shows how far a command is, on stderr: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_EVERY: Final = 10_000
"""Where there are no bars, a long stream tells so often how far it is."""

Meter = Callable[[str, int, int | None], None]
"""Called with a stream, how much of it is done, and how much there is, if that is known."""


@contextmanager
def metered(screen: Screen) -> Iterator[Meter]:
    """Show streams, side by side or one after another; all end with the block."""
    if screen.err.is_terminal:
        with _bars(screen) as meter:
            yield meter
        return
    lines = _Lines(screen)
    yield lines
    lines.close()


def counting(meter: Meter, known: Mapping[str, int] | None = None) -> Callable[[str, int], None]:
    """Make a meter of one that is told how much was added; ``known`` says how much there is of a stream."""
    done: Counter[str] = Counter()

    def add(stream: str, more: int) -> None:
        done[stream] += more
        meter(stream, done[stream], (known or {}).get(stream))

    return add


class _Lines:
    """A line per stream, and one now and then if it is long."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._done: dict[str, int] = {}
        self._told: Counter[str] = Counter()

    def __call__(self, stream: str, done: int, total: int | None) -> None:
        self._done[stream] = done
        if done - self._told[stream] >= LINE_EVERY:
            self._told[stream] = done
            self._tell(stream, f"of {total:,} " if total else "so far")

    def close(self) -> None:
        """Tell the figure of each stream."""
        for stream in self._done:
            self._tell(stream, "")

    def _tell(self, stream: str, rest: str) -> None:
        self._screen.note(f"  {stream}: {self._done[stream]:,} {rest}".rstrip())


@contextmanager
def _bars(screen: Screen) -> Iterator[Meter]:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description:<24}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.completed:>9,.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen.err) as progress:
        tasks: dict[str, TaskID] = {}

        def step(stream: str, done: int, total: int | None) -> None:
            if stream not in tasks:
                tasks[stream] = progress.add_task(stream, total=total)
            progress.update(tasks[stream], completed=done, total=total)

        yield step
        _finish(progress)


def _finish(progress: Progress) -> None:
    """Fill the bars of what has ended."""
    for task in progress.tasks:
        if not task.finished:
            progress.update(task.id, total=max(task.completed, 1), completed=max(task.completed, 1))
