"""What the generator drafts before ids are given: records that know each other as objects."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from crmbridge.sandbox.records import IMPORT, Source, Version
from crmbridge.sandbox.times import DAY

HOUR = 3_600_000


@dataclass(slots=True, eq=False)
class Draft:
    """A record to be; times are epoch milliseconds, the id is given when all are drafted."""

    values: dict[str, str]
    created: int
    updated: int = 0
    source: Source = IMPORT
    history: dict[str, list[Version]] = field(default_factory=dict)
    id: str = ""

    def touch(self, moment: int) -> None:
        """Move the modification date forward."""
        self.updated = max(self.updated, moment)


@dataclass(slots=True, eq=False)
class Company(Draft):
    """A company, its people, and addresses there that are nobody's record."""

    language: str = "de"
    domain: str = ""
    employees: int = 0
    owner: int = 0
    people: list[Person] = field(default_factory=list)
    strangers: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Person(Draft):
    """A contact; ``job`` is the kind of work that the generator had in mind, whatever the title says."""

    language: str = "de"
    job: str = ""
    first: str = ""
    last: str = ""
    email: str = ""
    company: Company | None = None
    owner: int = 0


@dataclass(slots=True, eq=False)
class Deal(Draft):
    """A deal with its cast; ``end`` is when it closed, or the as-of moment."""

    company: Company | None = None
    cast: dict[Person, frozenset[str]] = field(default_factory=dict)
    linked: list[Person] = field(default_factory=list)
    end: int = 0
    topic: str = ""
    owner: int = 0
    open: bool = True


@dataclass(slots=True, eq=False)
class Activity(Draft):
    """An email or a meeting and what it is logged with."""

    kind: str = "emails"
    people: list[Person] = field(default_factory=list)
    company: Company | None = None
    deal: Deal | None = None


def chance(dice: random.Random, share: float) -> bool:
    """Throw the dice: true in this share of cases."""
    return dice.random() < share


def in_office(dice: random.Random, moment: int) -> int:
    """Return a moment in the working hours of that day, or of the Friday before a weekend."""
    day = moment // DAY
    weekday = (day + 3) % 7  # 1 January 1970 was a Thursday
    day -= max(weekday - 4, 0)
    return day * DAY + 7 * HOUR + dice.randrange(9 * HOUR)
