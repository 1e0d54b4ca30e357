"""From the values of one record's open centers to one value. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final, Protocol

from crmbridge.model.canonical import Invalid, canonical
from crmbridge.model.properties import Fold, PropertySpec
from crmbridge.model.proposals import Scalar

LONGEST_REASON: Final = 500
"""Characters, as of ``PropertyValue.reason``."""


class Undecided(Enum):
    """The type of ``UNDECIDED``."""

    UNDECIDED = "undecided"


UNDECIDED: Final = Undecided.UNDECIDED
"""The centers do not give one value: nothing is written."""


@dataclass(frozen=True)
class Folded:
    """One value of one record.

    Attributes:
        value: Canonical; None for "empty".
        reason: Why, in one line.
        by: The plugin.
        problem: Code of the invalid value for which nothing is written, if there is one.
    """

    value: str | Undecided | None
    reason: str = ""
    by: str = ""
    problem: str = ""


@dataclass(frozen=True)
class _Said:
    text: str | None
    on: date
    reason: str


class Valued(Protocol):
    """What is folded: a plugin's ``PropertyValue``, or the store's shorter form of it."""

    @property
    def value(self) -> Scalar:
        """Of the registered type."""
        ...

    @property
    def on(self) -> date | None:
        """The day it is about."""
        ...

    @property
    def reason(self) -> str:
        """Why, in one line."""
        ...


def fold(spec: PropertySpec, values: Sequence[Valued]) -> Folded:
    """Fold values, given in the order of their units, as ``spec.fold`` says; of equals the first counts.

    One value that the property cannot hold leaves the whole undecided: what that center says is then unknown.
    """
    try:
        said = [_Said(canonical(spec, item.value), item.on or date.min, item.reason) for item in values]
        if not said:
            return Folded(UNDECIDED, by=spec.by)
        text, reason = _FOLDS[spec.fold](spec, said)
    except Invalid as error:
        return Folded(UNDECIDED, by=spec.by, problem=error.code)
    return Folded(text, reason, spec.by)


def _union(spec: PropertySpec, said: Sequence[_Said]) -> tuple[str | None, str]:
    """All options, or all distinct lines; of a type that has neither, the newest value."""
    full = [item for item in said if item.text is not None]
    if spec.type not in ("multi", "string", "text") or not full:
        return _latest(spec, said)
    parts = [part for item in full for part in (item.text or "").split(";" if spec.type == "multi" else "\n")]
    joined = tuple(dict.fromkeys(parts)) if spec.type == "multi" else "\n".join(dict.fromkeys(parts))
    reasons = dict.fromkeys(item.reason for item in full if item.reason)
    return canonical(spec, joined), "; ".join(reasons)[:LONGEST_REASON]


def _latest(_spec: PropertySpec, said: Sequence[_Said]) -> tuple[str | None, str]:
    return _chosen(max(said, key=lambda item: item.on))


def _max(spec: PropertySpec, said: Sequence[_Said]) -> tuple[str | None, str]:
    full = [item for item in said if item.text is not None]
    return _chosen(max(full or said, key=lambda item: _rank(spec, item.text or "")))


def _strictest(spec: PropertySpec, said: Sequence[_Said]) -> tuple[str | None, str]:
    full = [item for item in said if item.text is not None]
    return _chosen(min(full or said, key=lambda item: _rank(spec, item.text or "")))


def _only_one(_spec: PropertySpec, said: Sequence[_Said]) -> tuple[str | Undecided | None, str]:
    return _chosen(said[0]) if len({item.text for item in said}) == 1 else (UNDECIDED, "")


def _chosen(item: _Said) -> tuple[str | None, str]:
    return item.text, item.reason


def _rank(spec: PropertySpec, text: str) -> tuple[Decimal, str]:
    """Order values: numbers by size, options by their place, days and times by their text."""
    if spec.type == "number":
        return Decimal(text or 0), ""
    places = {option.value: place for place, option in enumerate(spec.options)}
    return Decimal(places.get(text, 0)), text


_FOLDS: Mapping[Fold, Callable[[PropertySpec, Sequence[_Said]], tuple[str | Undecided | None, str]]] = {
    "union": _union,
    "max": _max,
    "latest": _latest,
    "strictest": _strictest,
    "only-one": _only_one,
}
