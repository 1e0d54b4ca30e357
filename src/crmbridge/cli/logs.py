"""Logging to stderr for the time of one command."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

_LEVELS: Final = (logging.WARNING, logging.INFO, logging.DEBUG)
HOOKS: Final = "crmbridge.hooks"
"""The logger on which the plugin host traces."""


class _ToStderr(logging.Handler):
    """Writes to whatever stderr is at that moment: a progress bar replaces it while it is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)


@contextmanager
def logging_to_stderr(verbose: int, *, trace: bool = False) -> Iterator[None]:
    """Log warnings, with ``verbose`` 1 also what is done, with 2 everything; ``trace`` adds calls of plugins."""
    ours, hooks = logging.getLogger("crmbridge"), logging.getLogger(HOOKS)
    handler = _ToStderr()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    before = ours.level, hooks.level
    ours.addHandler(handler)
    ours.setLevel(_LEVELS[min(verbose, len(_LEVELS) - 1)])
    if trace:
        hooks.setLevel(logging.INFO)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        ours.setLevel(before[0])
        hooks.setLevel(before[1])
