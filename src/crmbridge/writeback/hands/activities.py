"""Carries out notes and tasks: makes each once, whatever happens, and archives those that crmbridge made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial
from itertools import groupby, islice
from typing import Final, Literal

import sqlalchemy as sa

from crmbridge.connector import UNANSWERED as NO_ANSWER
from crmbridge.connector import Activity, Created, Creation, Outcome, Tie
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.model.base import Ref
from crmbridge.model.changes import ActivityChange, RowOutcome
from crmbridge.store import Owned, Row
from crmbridge.writeback.desk import CONFIRMED, NOT_SENT, SENDING, Desk
from crmbridge.writeback.hands.following import Following
from crmbridge.writeback.sending import halved
from crmbridge.writeback.verdicts import EDITED_SINCE, NOT_OURS, NOTHING_WRITTEN, UNANSWERED

Kind = Literal["note", "task"]

TOO_LONG: Final = RowOutcome(state="invalid", reason="too-long")


@dataclass(frozen=True)
class Doing:
    """A row that makes a note or a task, or archives one."""

    row: Row
    change: ActivityChange

    def owned(self, made: str) -> Owned:
        """The note or task as the manifest names it."""
        subject = self.change.subject
        return Owned(self.change.object, subject.object, subject.id, made)


Decided = Sequence[tuple[Doing, RowOutcome]]


@dataclass(frozen=True)
class ActivityHand:
    """Makes notes and tasks, and archives those that it made.

    No platform refuses to make a note twice. So nothing whose answer is missing is sent again by the same run: the
    row is ``unknown``, and the next run looks for the note among those of its record, by the key in its text.
    """

    desk: Desk

    def write(self, rows: Iterator[Row]) -> None:
        """Write a batch of one kind at a time."""
        for (name, makes), group in groupby(_doings(rows), key=_kind):
            while batch := list(islice(group, self.desk.connector.capabilities.write_batch)):
                if makes:
                    self._make(name, batch)
                else:
                    self._archive(name, batch)

    def settle(self, rows: Sequence[Row]) -> None:
        """Look for what an earlier run may have made; archiving is done again."""
        for (name, makes), group in groupby(_doings(rows), key=_kind):
            items = list(group)
            if makes:
                self._end(self._found(name, items))
            else:
                self._end([(item, NOT_SENT) for item in items])

    # Making

    def _make(self, name: Kind, batch: Sequence[Doing]) -> None:
        composed = {item.row.number: self._composed(item.change) for item in batch}
        written = Following(self.desk).told({item.change.subject for item in batch})
        decided: list[tuple[Doing, RowOutcome]] = []
        going: list[tuple[Doing, Creation]] = []
        for item in batch:
            creation = composed[item.row.number]
            if item.change.subject not in written:
                decided.append((item, NOTHING_WRITTEN))
            elif creation is None:
                decided.append((item, TOO_LONG))
            else:
                going.append((item, creation))
        self._intend(decided, [item for item, _ in going])
        self._create(name, going)

    def _create(self, name: Kind, going: Sequence[tuple[Doing, Creation]]) -> None:
        """Send rows whose intents are in the journal, once."""
        creations = [creation for _, creation in going]
        connector = self.desk.connector
        try:
            told = halved(self.desk.fenced(partial(connector.create, name)), creations, _refused)
        except RetryLater:
            self._end([(item, UNANSWERED) for item, _ in going])
            raise
        answers = {answer.trace: answer for answer in told}
        if going:
            self._end([(item, _told(answers.get(creation.trace))) for item, creation in going])

    def _composed(self, change: ActivityChange) -> Creation | None:
        """The note or task in the platform's words; None if it does not hold so long a text."""
        activity = Activity(
            object=change.object,
            trace=change.key,
            # Noon in UTC is the same day nearly everywhere.
            at=datetime.combine(change.day, time(12), UTC),
            text=change.after or change.before or "",
            subject=change.title,
            owner_id=change.owner_id,
            links=(Tie(target=change.subject),),
        )
        try:
            return self.desk.connector.compose(activity)
        except FixRequest:
            return None

    def _found(self, name: Kind, items: Sequence[Doing]) -> Decided:
        """Find what was made by the key in its text, among the notes or tasks of its record."""
        connector = self.desk.connector
        near = self._near(name, items)
        composed = [creation for item in items if (creation := self._composed(item.change))]
        names = sorted({prop for creation in composed for prop in creation.properties})
        ids = iter(sorted(set().union(*near.values())))
        texts: dict[str, str] = {}
        while part := list(islice(ids, connector.capabilities.read_batch)):
            for record in connector.read_records(name, part, names):
                texts[record.id] = "\n".join(filter(None, record.properties.values()))
        return [(item, _settled(item.change.key, near[item.change.subject], texts)) for item in items]

    def _near(self, name: Kind, items: Sequence[Doing]) -> dict[Ref, set[str]]:
        """Ids of the notes or tasks of each row's record."""
        near: dict[Ref, set[str]] = {item.change.subject: set() for item in items}
        for source, group in groupby(sorted(near), key=lambda ref: ref.object):
            for link in self.desk.connector.read_links(source, name, [ref.id for ref in group]):
                near.setdefault(link.source, set()).add(link.target.id)
        return near

    # Archiving

    def _archive(self, name: Kind, batch: Sequence[Doing]) -> None:
        owned = self._ours(name, batch)
        ours = {item.row.number: item for item in batch if item.owned(item.change.made or "") in owned}
        edited = self._edited(name, ours.values())
        decided: list[tuple[Doing, RowOutcome]] = []
        going: list[Doing] = []
        for item in batch:
            if item.row.number not in ours:
                decided.append((item, NOT_OURS))
            elif item.change.made in edited:
                decided.append((item, EDITED_SINCE))
            else:
                going.append(item)
        self._intend(decided, going)
        ids = list(dict.fromkeys(item.change.made for item in going if item.change.made))
        connector = self.desk.connector
        try:
            told = halved(self.desk.fenced(partial(connector.archive, name)), ids, _kept)
        except RetryLater:
            self._end([(item, NOT_SENT) for item in going])
            raise
        answers = {answer.id: answer for answer in told}
        if going:
            self._end([(item, _gone(answers.get(item.change.made or ""))) for item in going])

    def _edited(self, name: Kind, items: Iterable[Doing]) -> set[str]:
        """Ids of the notes or tasks in which a person has set anything that crmbridge wrote: text, state, day."""
        connector = self.desk.connector
        written = {item.change.made: creation for item in items if (creation := self._composed(item.change))}
        ids = [id_ for id_ in written if id_]
        if not ids or not connector.capabilities.history:
            return set()
        names = sorted({prop for creation in written.values() for prop in creation.properties})
        versions = connector.read_authors(name, ids, names)
        return {id_ for id_ in ids if any(one.author == "person" for one in versions.get(id_, {}).values())}

    def _ours(self, name: Kind, batch: Iterable[Doing]) -> set[Owned]:
        found: set[Owned] = set()
        subjects = sorted({item.change.subject for item in batch})
        with self.desk.store.reading() as tx:
            for source, group in groupby(subjects, key=lambda ref: ref.object):
                known = self.desk.journal.manifest.owned_by(tx, name, source, [ref.id for ref in group])
                found |= {Owned(name, source, id_, made) for id_, made in known}
        return found

    # The journal

    def _intend(self, decided: Decided, going: Iterable[Doing]) -> None:
        entries = [(item.row, outcome) for item, outcome in decided]
        self.desk.intend([*entries, *((item.row, SENDING) for item in going)])

    def _end(self, decided: Decided) -> None:
        self.desk.end([(item.row, outcome) for item, outcome in decided], lambda tx: self._keep(tx, decided))

    def _keep(self, tx: sa.Connection, decided: Decided) -> None:
        """Put what was made into the manifest, and take out what was archived."""
        manifest = self.desk.journal.manifest
        for item, outcome in decided:
            if outcome.state == "confirmed" and outcome.made:
                manifest.own(tx, self.desk.plan_id, [item.owned(outcome.made)])
            elif outcome.state == "confirmed" and item.change.made:
                manifest.disown(tx, [item.owned(item.change.made)])


def _doings(rows: Iterable[Row]) -> Iterator[Doing]:
    return (Doing(row, row.change) for row in rows if isinstance(row.change, ActivityChange))


def _kind(item: Doing) -> tuple[Kind, bool]:
    """What a row makes or archives, and which of both."""
    return item.change.object, item.change.after is not None


def _refused(creation: Creation, code: str) -> Created:
    return Created(trace=creation.trace, ok=False, code=code)


def _kept(id_: str, code: str) -> Outcome:
    return Outcome(id=id_, ok=False, code=code)


def _told(answer: Created | None) -> RowOutcome:
    """What the platform said of a row that makes something."""
    if answer is None or answer.code == NO_ANSWER:
        return UNANSWERED
    if answer.ok:
        return RowOutcome(state="confirmed", made=answer.id)
    return RowOutcome(state="rejected", reason=answer.code or "REFUSED")


def _gone(answer: Outcome | None) -> RowOutcome:
    """What the platform said of a row that archives something."""
    if answer is None or answer.code == NO_ANSWER:
        return UNANSWERED
    return CONFIRMED if answer.ok else RowOutcome(state="rejected", reason=answer.code or "REFUSED")


def _settled(key: str, near: Iterable[str], texts: dict[str, str]) -> RowOutcome:
    """Judge a row that may have been sent by the notes of its record."""
    made = next((id_ for id_ in sorted(near) if key in texts.get(id_, "")), None)
    return RowOutcome(state="confirmed", reason="read-back", made=made) if made else NOT_SENT
