"""Plans the removal of all that crmbridge has put on the platform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain, groupby, islice
from typing import Final

import sqlalchemy as sa

from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.changes import (
    AccountChange,
    ActivityChange,
    Change,
    DefinitionChange,
    GroupChange,
    LabelChange,
    MembershipChange,
    PropertyChange,
    RecordChange,
    SegmentChange,
)
from crmbridge.model.plan import Finding, Plan
from crmbridge.model.properties import PropertyDefinition
from crmbridge.store import Confirmed, Journal, Mirror, Owned, written
from crmbridge.writeback.guard import REVIEW
from crmbridge.writeback.planning.assembling import Planning, store_plan
from crmbridge.writeback.standing import history, spot, undone

ORIGIN: Final = "uninstall"
PAGE: Final = 500
"""Things looked up at a time: memory stays flat."""

_TOLD: Final[Mapping[str, str]] = {"reason": "uninstall", "by": "core"}

Places = set[tuple[str, str]]
"""Of what belongs to the account: object and name."""


def plan_uninstall(planning: Planning, *, removes: bool) -> Plan:
    """Plan to remove all that crmbridge created, and to put back what it wrote over; nothing is sent.

    Args:
        planning: What to work with.
        removes: True if the platform lets properties, groups and lists be removed.

    Raises:
        LeaseLost: Another run has taken over.
    """
    journal = Journal(planning.store, planning.connection)
    mirror = Mirror(planning.store, planning.connection, planning.config.prefix)
    made = partial(Uninstall, journal=journal, mirror=mirror, as_of=planning.as_of, removes=removes)
    return store_plan(planning, planning.header(ORIGIN), lambda tx: [made(tx)])


@dataclass
class Uninstall:
    """Streams what is taken away: what stands on records first, then what it rests on; made for one transaction.

    Values of a property that goes, and members of a list that goes, go with it and are no rows.
    """

    tx: sa.Connection
    journal: Journal
    mirror: Mirror
    as_of: date
    removes: bool
    _rows: int = 0
    _whole: int = 0
    _losing: int = 0

    def rows(self) -> Iterator[Change]:
        """Stream values, then labels, members, notes and tasks, then lists, properties and groups."""
        manifest = self.journal.manifest
        segments, properties, groups = (manifest.owned(self.tx, kind) for kind in ("segment", "property", "group"))
        for change in chain(self._values(properties), self._on_records(segments)):
            self._rows += 1
            yield change
        for whole in self._of_account(segments, properties, groups):
            self._whole += 1
            yield whole

    def findings(self) -> Iterable[Finding]:
        """It always waits for approval; a platform that keeps what was made stops it."""
        if self._whole and not self.removes:
            what = f"this connector does not remove {self._whole} groups, properties and lists: remove them by hand"
            yield Finding(severity="error", code="not-supported", message=what)
        if self._rows or self._whole:
            what = f"all that crmbridge created is removed, and {self._losing} records lose values of its properties"
            yield Finding(severity="park", code="uninstall", message=f"{what}: {REVIEW}")

    def _values(self, owned: Places) -> Iterator[PropertyChange]:
        """Put back what stood in properties that stay."""
        for page in self.journal.manifest.all_confirmed():
            for name, group in groupby(page, key=lambda item: item.subject.object):
                items = list(group)
                losing = {item.subject for item in items if (name, item.property) in owned and item.value is not None}
                self._losing += len(losing)
                staying = [item for item in items if (name, item.property) not in owned and item.value is not None]
                yield from self._restored(name, staying)

    def _restored(self, name: ObjectName, items: Sequence[Confirmed]) -> Iterator[PropertyChange]:
        past = history(written(self.tx, self.journal.connection, name, {item.subject.id for item in items}))
        definitions = self.mirror.definitions(self.tx, name)
        for item in items:
            there = {"subject": item.subject, "property": item.property, "before": item.value, "policy": "restore"}
            empty = PropertyChange.model_validate({**there, **_TOLD, "after": None})
            steps = past[spot(empty)].steps if spot(empty) in past else ()
            kind = definitions[item.property].type if item.property in definitions else "string"
            after = undone(kind, item.sent, steps) if steps else None
            if after != item.sent:
                yield empty.model_copy(update={"after": after})

    def _on_records(self, segments: Places) -> Iterator[RecordChange]:
        wanted = (item for item in self.journal.manifest.everything() if item.id)
        for (kind, name), group in groupby(wanted, key=lambda item: (item.kind, item.object)):
            if kind == "label":
                yield from map(_label, group)
            elif kind == "membership":
                yield from (_membership(item) for item in group if (name, item.name) not in segments)
            else:
                while page := list(islice(group, PAGE)):
                    yield from self._activities(name, page)

    def _activities(self, name: ObjectName, page: Sequence[Owned]) -> Iterator[ActivityChange]:
        """Archive notes and tasks, with the text that they were made with."""
        past = written(self.tx, self.journal.connection, name, {item.id for item in page})
        made = {row.made: row.change for row in past if isinstance(row.change, ActivityChange) and row.made}
        for item in page:
            known = made.get(item.name)
            facts = known.model_dump() if known else {"key": item.name, "day": self.as_of}
            text = facts.get("after") or facts.get("before") or ""
            where = {"subject": Ref(name, item.id), "object": item.kind, "made": item.name}
            yield ActivityChange.model_validate({**facts, **where, **_TOLD, "before": text, "after": None})

    def _of_account(self, segments: Places, properties: Places, groups: Places) -> Iterator[AccountChange]:
        for name, item in sorted(segments):
            yield SegmentChange.model_validate({"object": name, "title": item, "remove": True, **_TOLD})
        for name, item in sorted(properties):
            yield DefinitionChange(before=self._definition(name, item), after=None, **_TOLD)
        for name, item in sorted(groups):
            facts = {"object": name, "name": item, "label": item, "remove": True}
            yield GroupChange.model_validate({**facts, **_TOLD})

    def _definition(self, name: ObjectName, item: str) -> PropertyDefinition:
        """The definition as it stands; of one that is gone already only the name is known."""
        known = self.mirror.definitions(self.tx, name).get(item)
        return known or PropertyDefinition(object=name, name=item, label=item, type="string")


def _label(item: Owned) -> LabelChange:
    name, id_, label = item.name.split(":", 2)
    where = {"subject": Ref(item.object, item.id), "target": Ref(name, id_), "label": label}
    return LabelChange.model_validate({**where, **_TOLD, "before": True, "after": False})


def _membership(item: Owned) -> MembershipChange:
    where = {"subject": Ref(item.object, item.id), "segment": item.name}
    return MembershipChange.model_validate({**where, **_TOLD, "before": True, "after": False})
