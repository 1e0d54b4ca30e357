"""The review of a plan: notes or tasks that say what changes and why, and lists of the records that change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Final, Literal, cast

import sqlalchemy as sa

from crmbridge.config import Review as Config
from crmbridge.model.base import Ref
from crmbridge.model.changes import (
    ActivityChange,
    Change,
    LabelChange,
    MembershipChange,
    Place,
    PropertyChange,
    SegmentChange,
)
from crmbridge.model.plan import REVIEWER, Finding, PlanHeader
from crmbridge.model.properties import PropertySpec
from crmbridge.model.records import Record
from crmbridge.store import Mirror, Plans

LONGEST: Final = 60_000
"""Most characters of a text; HubSpot holds 65,536.
https://developers.hubspot.com/docs/api-reference/latest/crm/activities/notes/guide"""

PAGE: Final = 200
"""Records told of together: memory stays flat."""

Listed = Literal["contact", "company", "deal"]
Told = tuple[Ref, Sequence[Change]]


@dataclass(frozen=True)
class Review:
    """Streams what tells people in the CRM of a plan's other rows, which are stored already; made for one transaction.

    Attributes:
        specs: Properties by object and platform name: their labels, and those of their options.
    """

    tx: sa.Connection
    mirror: Mirror
    plans: Plans
    header: PlanHeader
    config: Config
    specs: Mapping[Place, PropertySpec] = field(default_factory=dict)

    def rows(self) -> Iterator[Change]:
        """Notes or tasks by record, then each list with its members; nothing if the plan changes no record."""
        if self.config.activity != "off":
            yield from self._activities()
        if self.config.segments:
            yield from self._segments()

    def findings(self) -> tuple[Finding, ...]:
        """There is nothing to say."""
        return ()

    def _activities(self) -> Iterator[ActivityChange]:
        every = self.plans.of_records(self.tx, self.header.id)
        for name, records in groupby(every, key=lambda told: told[0].object):
            if name in self.config.objects:
                while page := list(islice(records, PAGE)):
                    yield from self._page(page)

    def _page(self, page: Sequence[Told]) -> Iterator[ActivityChange]:
        records = self.mirror.get(self.tx, Record, page[0][0].object, [ref.id for ref, _ in page])
        for ref, changes in page:
            if ref.id in records:
                yield self._activity(records[ref.id], changes)

    def _activity(self, record: Record, changes: Iterable[Change]) -> ActivityChange:
        lines = list(filter(None, (self._line(change) for change in changes)))
        facts = (self.header.connection, str(self.header.as_of), str(record.ref), *lines)
        key = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]
        name = cast("Literal['note', 'task']", self.config.activity)
        count = "1 change" if len(lines) == 1 else f"{len(lines)} changes"
        return ActivityChange(
            subject=record.ref,
            object=name,
            key=key,
            day=self.header.as_of,
            title=f"Review: {count} by crmbridge" if name == "task" else "",
            after=_text(lines, key),
            owner_id=getattr(record, "owner_id", None),
            reason=count,
            by=REVIEWER,
        )

    def _line(self, change: Change) -> str | None:
        """One change as a line for a reader; none for a stamp, which goes with the others."""
        why = f" ({change.reason})" if change.reason else ""
        match change:
            case PropertyChange(stamp=False):
                spec = self.specs.get(change.place)
                what = spec.label if spec else change.property
                return f"{what}: {_shown(spec, change.was)} → {_shown(spec, change.becomes)}{why}"
            case LabelChange():
                verb = "added" if change.after else "removed"
                return f"Label {change.label!r} with {change.target}: {verb}{why}"
            case _:
                return None

    def _segments(self) -> Iterator[Change]:
        digests = {
            name: hashlib.sha256("\n".join(ref.id for ref in records).encode()).hexdigest()[:6]
            for name, records in groupby(self.plans.changed(self.tx, self.header.id), key=lambda ref: ref.object)
        }
        for name, records in groupby(self.plans.changed(self.tx, self.header.id), key=lambda ref: ref.object):
            title = f"crmbridge {self.header.as_of} {name} #{digests[name]}"
            yield SegmentChange(object=cast("Listed", name), title=title, reason="records of this plan", by=REVIEWER)
            for ref in records:
                yield MembershipChange(
                    subject=ref, segment=title, before=False, after=True, reason="changed by this plan", by=REVIEWER
                )


def _text(lines: Sequence[str], key: str) -> str:
    """Join as many lines as there is room for; the last one names the note, so that it is found again."""
    room = LONGEST - 200
    kept = list[str]()
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            kept.append(f"… and {len(lines) - len(kept)} more")
            break
        kept.append(line)
    return "\n".join(["Changed by crmbridge:", *kept, f"crmbridge {key}"])


def _shown(spec: PropertySpec | None, value: str | None) -> str:
    """A value as people see it: options by their labels."""
    if value is None:
        return "(empty)"
    labels = {option.value: option.label for option in spec.options} if spec else {}
    return ", ".join(labels.get(part, part) for part in value.split(";")) if labels else value
