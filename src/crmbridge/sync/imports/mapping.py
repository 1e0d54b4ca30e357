"""Mappings: which column of a file holds what. They are data: one TOML file each, a client's own by its path."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from crmbridge.errors import FixConfig
from crmbridge.model.base import Frozen
from crmbridge.model.invalid import explain
from crmbridge.model.touchpoints import ACTIONS, CHANNELS

SKIP: Final = "skip"
"""What a value is translated to if its rows are no touchpoints."""

OTHERS: Final = "*"
"""Stands for every value that a table of values does not name."""

ColumnName = Literal[
    "key",
    "time",
    "clock",
    "person",
    "email",
    "contact",
    "company",
    "domain",
    "deal",
    "channel",
    "action",
    "direction",
    "subject",
    "content",
    "topic",
    "duration",
    "bot",
]
"""What a column may hold; ``docs/howto/touchpoints.md`` tells what each is."""

ENDS: Final[tuple[ColumnName, ...]] = ("person", "email", "contact", "company", "domain", "deal")
"""The columns that say whom a touchpoint was with."""

FORMATS: Final = (
    "iso",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y, %H:%M:%S",
    "%d.%m.%Y, %H:%M",
    "%d.%m.%Y",
    "%d.%m.%y %H:%M",
    "%d.%m.%y",
)
"""ISO 8601 and the German ways to write a time; ``05/06/2026`` is read only if a mapping says which way round it is."""

CLOCKS: Final = {"unix": 1, "unix_ms": 1_000, "unix_us": 1_000_000}
"""Formats that count from 1970 → how many make a second."""

_ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "channel": CHANNELS,
    "action": ACTIONS,
    "direction": ("in", "out", "both", "internal"),
}
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "values": ("channel", "action", "direction"),
    "pages": ("channel", "action", "topic"),
    "constants": ("channel", "action", "direction", "subject", "topic"),
}
"""Which fields each table of a mapping may name."""


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError('name a time zone as "Europe/Berlin"') from None
    return name


class TouchpointMapping(Frozen):
    """Which column of a file holds what, and what its values mean.

    Attributes:
        source: What the import is called if nobody names it; empty for the name of the file. Files of one source may
            overlap: a row that is there already is not counted twice.
        columns: What a column holds → how its head may read. Case, hyphens and underscores make no difference, and the
            first head that the file has counts.
        formats: How a time may be written, tried in this order: ``iso``, ``unix`` (seconds since 1970), ``unix_ms``,
            ``unix_us``, or as Python's ``strptime`` takes it.
        zone: The time zone of times that name none; None for the account's.
        duration_unit: Of numbers; ``1:30`` is always minutes and seconds.
        delimiter: What stands between cells; found out if it is None.
        values: What a value of the file means, whatever its case: ``*`` stands for all others, ``skip`` leaves rows
            out.
        pages: A part of ``content`` → what it says about a view of that page; the first that fits counts.
        constants: What holds for each row that does not say otherwise.
    """

    source: str = Field(default="", pattern=r"^[a-z0-9_-]*$")
    columns: Mapping[ColumnName, tuple[str, ...]]
    formats: tuple[str, ...] = FORMATS
    zone: Annotated[str, AfterValidator(_check_zone)] | None = None
    duration_unit: Literal["s", "ms", "min"] = "s"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    values: Mapping[str, Mapping[str, str]] = {}
    pages: Mapping[str, Mapping[str, str]] = {}
    constants: Mapping[str, str] = {}

    model_config = ConfigDict(ignored_types=(cached_property,))

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if not self.columns.get("time"):
            raise ValueError("columns.time is required: a touchpoint has a day")
        if not any(self.columns.get(name) for name in ENDS):
            raise ValueError(f"columns names nobody: give one of {', '.join(ENDS)}")
        told = {
            "values": self.values,
            "pages": self.pages,
            "constants": {k: {"": v} for k, v in self.constants.items()},
        }
        for table, fields in told.items():
            for name, meanings in fields.items():
                _check_known(table, name, meanings.values())
        return self

    @cached_property
    def meanings(self) -> Mapping[str, Mapping[str, str]]:
        """Values in the comparable form → what they mean; our own words mean themselves."""
        return {
            name: {comparable(word): word for word in allowed}
            | {comparable(text): meaning for text, meaning in self.values.get(name, {}).items()}
            for name, allowed in _ALLOWED.items()
        }


def comparable(text: str) -> str:
    """Bring a head or a value into the form in which it is compared."""
    return " ".join(text.casefold().replace("-", " ").replace("_", " ").split())


def mapping_names() -> list[str]:
    """The mappings that come with crmbridge."""
    folder = files(__package__).joinpath("mappings")
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def load_mapping(name: str) -> TouchpointMapping:
    """Read a mapping: one that comes with crmbridge by its name, or a file by its path.

    Raises:
        FixConfig: There is none, or it does not validate; all faults in one message.
    """
    if name in mapping_names():
        text = files(__package__).joinpath("mappings", f"{name}.toml").read_text("utf-8")
        return TouchpointMapping.model_validate(tomllib.loads(text))
    path = Path(name)
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError:
        raise FixConfig(
            f"there is no mapping {name!r}: name one of {', '.join(mapping_names())}, or a TOML file of your own"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FixConfig(f"{path} is no TOML in UTF-8: {error}") from None
    try:
        return TouchpointMapping.model_validate(values)
    except ValidationError as error:
        faults = explain(error, TouchpointMapping)
    raise FixConfig("\n  ".join([f"{path} needs mending:", *faults]))


def _check_known(table: str, name: str, meanings: Iterable[str]) -> None:
    if name not in _FIELDS[table]:
        raise ValueError(f"{table}.{name}: unknown; allowed are {', '.join(_FIELDS[table])}")
    allowed = _ALLOWED.get(name)
    unknown = sorted(set(meanings) - {*allowed, SKIP}) if allowed else []
    if allowed and unknown:
        raise ValueError(f"{table}.{name}: {', '.join(unknown)}: none of {', '.join(allowed)}, {SKIP}")
