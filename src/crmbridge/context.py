"""What a hook may know besides its subject: its settings, its logger and the day of the run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from crmbridge.model.portfolio import Portfolio


class PluginSettings(BaseModel):
    """Base of a plugin's settings: its section ``[plugins.NAME]``. Unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


S = TypeVar("S", bound=PluginSettings)


class Drop(Enum):
    """The type of ``DROP``."""

    DROP = "drop"


DROP: Final = Drop.DROP
"""Returned by a ``transform_*`` hook: leave this value out. A dropped record is unknown, not deleted."""


@dataclass(frozen=True, kw_only=True)
class PluginContext(Generic[S]):
    """What a plugin knows when it registers. Fields may be added in any release.

    Attributes:
        plugin: The plugin's name.
        settings: Its validated settings.
        log: Its own logger.
    """

    plugin: str
    settings: S
    log: logging.Logger


@dataclass(frozen=True, kw_only=True)
class RunContext(PluginContext[S]):
    """What a plugin knows when it judges. Fields may be added in any release.

    Attributes:
        connection: Name of the connection.
        run_id: Name of the run; never make a value of it.
        today: The run's as-of date in the account's time zone: the only clock there is.
        timezone: IANA name of that zone.
        stats: Figures over all cases.
        wanted: Properties that will be written, as object and name; None if all are. Ask ``wants``.
    """

    connection: str
    run_id: str
    today: date
    timezone: str = "UTC"
    stats: Portfolio = field(default_factory=Portfolio)
    wanted: frozenset[tuple[str, str]] | None = None

    def wants(self, record: str, *names: str) -> bool:
        """True if any of these properties of a ``contact``, ``company`` or ``deal`` will be written.

        Values that nobody wants are thrown away: what is costly to work out need not be.
        """
        return self.wanted is None or any((record, name) in self.wanted for name in names)


@dataclass(frozen=True, kw_only=True)
class CommandSpec:
    """A command that a plugin adds to the command line.

    Attributes:
        name: As typed.
        run: A function with Typer annotations; its docstring is the help.
    """

    name: str
    run: Callable[..., Any]
