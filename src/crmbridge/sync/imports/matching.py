"""Whom a touchpoint was with, by what the mirror knows: addresses, ids and domains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import sqlalchemy as sa

from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.links import Link
from crmbridge.model.records import Company, Engagement
from crmbridge.store import Mirror, Tombstones, without
from crmbridge.sync.imports.rows import Aside, Row

TARGETS: Final[tuple[ObjectName, ...]] = ("contact", "company", "deal")
"""What a touchpoint is linked to."""

LINK_TYPE: Final = "import"
"""Tells the links of imports from those of a platform."""


class Matched(NamedTuple):
    """A touchpoint with its links.

    Attributes:
        is_whole: False if the file names somebody else, too, who is not known.
    """

    touch: Engagement
    links: tuple[Link, ...]
    is_whole: bool


class Matching:
    """Finds the records that rows name; one that was merged away is followed. It reads one snapshot of the mirror."""

    def __init__(self, mirror: Mirror, tx: sa.Connection) -> None:
        self._mirror = mirror
        self._tx = tx
        self._buried = Tombstones(mirror.connection).read(tx)

    def match(self, rows: Sequence[Row]) -> Iterator[Matched | Aside]:
        """Find whom rows are about; those that are about nobody known, or somebody who was forgotten, stay aside."""
        mails = self._mirror.addresses.find(self._tx, {row.email for row in rows if row.email})
        known = {
            "contact": self._living("contact", [row.contact for row in rows]),
            "company": self._living("company", [row.company for row in rows]),
            "deal": self._living("deal", [row.deal for row in rows]),
        }
        for row in rows:
            if self._is_forgotten(row):
                yield Aside(row.line, "the person was forgotten")
                continue
            ends = {
                "contact": known["contact"].get(row.contact or "") or mails.get(row.email or ""),
                "company": known["company"].get(row.company or "") or self._by_domain(row.domain),
                "deal": known["deal"].get(row.deal or ""),
            }
            missing = _missing(row, ends)
            if any(ends.values()):
                yield self._matched(row.touch, ends, is_whole=not missing)
            else:
                yield Aside(row.line, missing or "names no person, company or deal")

    def _matched(self, touch: Engagement, ends: dict[str, str | None], *, is_whole: bool) -> Matched:
        kept = without(touch, self._buried.found) if self._buried else touch
        links = (Link(kept.ref, Ref(name, id_), type_id=LINK_TYPE) for name in TARGETS if (id_ := ends[name]))
        return Matched(kept, tuple(links), is_whole)

    def _is_forgotten(self, row: Row) -> bool:
        named = (row.email, f"contact:{row.contact}" if row.contact else None)
        return bool(self._buried) and any(self._buried.has(what) for what in named if what)

    def _living(self, name: ObjectName, ids: Iterable[str | None]) -> dict[str, str]:
        """Id in the file → id of the record that lives."""
        asked = {id_ for id_ in ids if id_}
        if not asked:
            return {}
        moved = self._mirror.links.survivors(self._tx, name, asked)
        there = self._mirror.living(self._tx, name, {moved.get(id_, id_) for id_ in asked})
        return {id_: moved.get(id_, id_) for id_ in asked if moved.get(id_, id_) in there}

    def _by_domain(self, domain: str | None) -> str | None:
        return self._domains.get(domain) if domain else None

    @cached_property
    def _domains(self) -> dict[str, str]:
        """Domain → company; of several with the same domain the one with the smallest id. Read if a row names one."""
        found: dict[str, str] = {}
        for company in self._mirror.records("company"):
            assert isinstance(company, Company)
            for domain in company.domains:
                found.setdefault(domain, company.id)
        return found


def _missing(row: Row, ends: dict[str, str | None]) -> str:
    """What the row names and nobody knows."""
    reasons = []
    if (row.contact or row.email) and not ends["contact"]:
        reasons.append("no contact has this e-mail address" if row.email else "there is no such contact")
    if (row.company or row.domain) and not ends["company"]:
        reasons.append("no company has this domain" if row.domain else "there is no such company")
    if row.deal and not ends["deal"]:
        reasons.append("there is no such deal")
    return ", ".join(reasons)
