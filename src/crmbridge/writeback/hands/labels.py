"""Carries out labels: looks which stand, journals each intent, links or unlinks, and keeps what follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import Final

import sqlalchemy as sa

from crmbridge.connector import NO_LABEL, LinkChange, LinkOutcome
from crmbridge.connector import UNANSWERED as NO_ANSWER
from crmbridge.errors import RetryLater
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.changes import LabelChange, RowOutcome
from crmbridge.model.links import Link
from crmbridge.store import Held, Owned, Progress, Row
from crmbridge.writeback.desk import CONFIRMED, NOT_SENT, SENDING, Desk
from crmbridge.writeback.sending import halved
from crmbridge.writeback.verdicts import MISSING, NOT_OURS, READ_BACK, THERE, UNANSWERED

BATCH: Final = 100
"""Rows sent together: the platform is asked once what stands there, and once to change it."""

UNLINKED: Final = RowOutcome(state="conflict", reason="no-longer-linked")

Pair = tuple[ObjectName, ObjectName]
Ends = tuple[str, str]
Standing = Mapping[Ends, set[str | None]]
"""The labels between two records, by their ids; None for the plain link. Records that are not linked are left out."""


@dataclass(frozen=True)
class Labelling:
    """A row that writes a label."""

    row: Row
    change: LabelChange

    @property
    def ends(self) -> Ends:
        """Both records."""
        return (self.change.subject.id, self.change.target.id)

    @property
    def owned(self) -> Owned:
        """The label as the manifest names it."""
        return Owned.label(self.change.subject, self.change.target, self.change.label)

    @property
    def sent(self) -> LinkChange:
        """The row as a connector takes it."""
        return LinkChange(source=self.change.subject, target=self.change.target, label=self.change.label)


Decided = Sequence[tuple[Labelling, RowOutcome]]


def look(change: LabelChange, standing: set[str | None] | None, *, ours: bool) -> RowOutcome | None:
    """Judge a row by what stands on the link; None if it may be sent. Pure.

    Args:
        change: The row.
        standing: Labels of the link, None among them for the plain one; None if the records are not linked.
        ours: True if crmbridge put the label there.
    """
    if (change.label in (standing or ())) == change.after:
        return THERE
    if change.after:
        return UNLINKED if standing is None else None
    return None if ours else NOT_OURS


@dataclass(frozen=True)
class LabelHand:
    """Puts labels on links that are there, and takes off those that crmbridge put on; it links nobody."""

    desk: Desk
    _kinds: dict[Pair, dict[str | None, str]] = field(default_factory=dict)

    def write(self, rows: Iterator[Row]) -> None:
        """Write a batch of one direction at a time."""
        for pair, group in groupby(_labellings(rows), key=_pair):
            self._learn(pair)
            while batch := list(islice(group, BATCH)):
                self._write(pair, batch)

    def settle(self, rows: Sequence[Row]) -> None:
        """Read back rows that an earlier run may have sent."""
        for pair, group in groupby(_labellings(rows), key=_pair):
            self._learn(pair)
            self._settle(pair, list(group))

    def _write(self, pair: Pair, batch: Sequence[Labelling]) -> None:
        """Write one batch: look, journal the intents, send, journal what came of them."""
        found = self._looked(pair, batch)
        decided = [(item, outcome) for item, outcome in found if outcome is not None]
        going = [_as_found(item) for item, outcome in found if outcome is None]
        entries = [(item.row, outcome) for item, outcome in decided]
        self.desk.intend([*entries, *((item.row, SENDING) for item in going)], lambda tx: self._keep(tx, decided))
        if not going:
            return
        try:
            self._end(self._sent(going))
        except RetryLater:
            if self._settle(pair, going):
                raise

    def _looked(self, pair: Pair, batch: Sequence[Labelling]) -> list[tuple[Labelling, RowOutcome | None]]:
        standing = self._standing(pair, batch)
        with self.desk.store.reading() as tx:
            ids = {item.change.subject.id for item in batch}
            ours = self.desk.journal.manifest.owned_by(tx, "label", pair[0], ids)
        found = {
            item.row.number: look(item.change, standing.get(item.ends), ours=(item.owned.id, item.owned.name) in ours)
            for item in batch
        }
        gone = self._gone(item for item in batch if found[item.row.number] == UNLINKED)
        return [
            (item, MISSING if gone & {item.change.subject, item.change.target} else found[item.row.number])
            for item in batch
        ]

    def _standing(self, pair: Pair, batch: Iterable[Labelling]) -> Standing:
        ids = list(dict.fromkeys(item.change.subject.id for item in batch))
        found: dict[Ends, set[str | None]] = defaultdict(set)
        for link in self.desk.connector.read_links(*pair, ids):
            found[link.source.id, link.target.id].add(link.label)
        return dict(found)

    def _gone(self, items: Iterable[Labelling]) -> set[Ref]:
        """Those ends of rows that are no more."""
        ends = {ref for item in items for ref in (item.change.subject, item.change.target)}
        alive: set[Ref] = set()
        for name, group in groupby(sorted(ends), key=lambda ref: ref.object):
            ids = (ref.id for ref in group)
            while part := list(islice(ids, self.desk.connector.capabilities.read_batch)):
                alive |= {record.ref for record in self.desk.connector.read_records(name, part, ())}
        return ends - alive

    def _sent(self, going: Sequence[Labelling]) -> Decided:
        """Send rows, and tell for each what the platform said."""
        answers: dict[LinkChange, LinkOutcome] = {}
        for after, call in ((True, self.desk.connector.link), (False, self.desk.connector.unlink)):
            changes = list(dict.fromkeys(item.sent for item in going if item.change.after == after))
            answers |= {answer.change: answer for answer in halved(self.desk.fenced(call), changes, _refused)}
        return [(item, _told(answers.get(item.sent))) for item in going]

    def _settle(self, pair: Pair, items: Sequence[Labelling]) -> bool:
        """Decide rows that may have been sent by what stands there; true if some were not sent."""
        standing = self._standing(pair, items)
        is_there = {item.row.number: item.change.label in standing.get(item.ends, ()) for item in items}
        outcomes = [READ_BACK if is_there[item.row.number] == item.change.after else NOT_SENT for item in items]
        self._end(list(zip(items, outcomes, strict=True)))
        return NOT_SENT in outcomes

    def _end(self, decided: Decided) -> None:
        self.desk.end([(item.row, outcome) for item, outcome in decided], lambda tx: self._keep(tx, decided))

    def _keep(self, tx: sa.Connection, decided: Decided) -> None:
        """Put what is confirmed into mirror and manifest; what was rolled back is withheld from later plans."""
        desk, manifest = self.desk, self.desk.journal.manifest
        confirmed = [(item, outcome) for item, outcome in decided if outcome.state == "confirmed"]
        put = [item for item, _ in confirmed if item.change.after]
        off = [item for item, _ in confirmed if not item.change.after]
        manifest.own(tx, desk.plan_id, [i.owned for i, outcome in confirmed if i.change.after and outcome != THERE])
        manifest.disown(tx, [item.owned for item in off])
        desk.mirror.links.add(tx, self._links(put))
        desk.mirror.links.drop(tx, self._links(off))
        # What stood there already is somebody else's word: judging has not seen it yet.
        theirs = [item.change for item, outcome in confirmed if outcome == THERE]
        desk.mirror.changed.mark(tx, (ref for change in theirs for ref in (change.subject, change.target)))
        if desk.origin.startswith("rollback"):
            self._withhold(tx, [item for item, _ in confirmed])
        if confirmed:
            Progress(desk.store, desk.journal.connection).advance(tx)

    def _withhold(self, tx: sa.Connection, items: Iterable[Labelling]) -> None:
        """What was rolled back is not planned again; rolling that back frees it."""
        withheld = self.desk.journal.withheld
        for item in items:
            subject, name = item.change.subject, item.owned.name
            held = withheld.of(tx, subject.object, [subject.id]).get((subject.id, name))
            if held and held.value == item.change.becomes:
                withheld.drop(tx, [(subject, name)])
            else:
                was = Held(subject, name, item.change.was, any_value=False, why="rolled-back")
                withheld.add(tx, self.desk.plan_id, [was])

    def _links(self, items: Iterable[Labelling]) -> Iterator[Link]:
        """The labels as links, in each direction that the mirror reads."""
        for item in items:
            subject, target, label = item.change.subject, item.change.target, item.change.label
            for start, end in ((subject, target), (target, subject)):
                kind = self._kinds.get((start.object, end.object), {}).get(label)
                if kind is not None:
                    yield Link(source=start, target=end, label=label, type_id=kind)

    def _learn(self, pair: Pair) -> None:
        """Read the types of labels in the directions that the mirror reads, once."""
        for way in (pair, pair[::-1]):
            if way in self.desk.connector.capabilities.links and way not in self._kinds:
                self._kinds[way] = {kind.label: kind.type_id for kind in self.desk.connector.read_labels(*way)}


def _labellings(rows: Iterable[Row]) -> Iterator[Labelling]:
    return (Labelling(row, row.change) for row in rows if isinstance(row.change, LabelChange))


def _pair(item: Labelling) -> Pair:
    return item.change.subject.object, item.change.target.object


def _as_found(item: Labelling) -> Labelling:
    """The row with what stands there right now as its ``before``: the opposite of what is sent."""
    change = item.change.model_copy(update={"before": not item.change.after})
    return Labelling(replace(item.row, change=change), change)


def _refused(change: LinkChange, code: str) -> LinkOutcome:
    return LinkOutcome(change=change, ok=False, code=code)


def _told(answer: LinkOutcome | None) -> RowOutcome:
    """What the platform said of a row."""
    if answer is None or answer.code == NO_ANSWER:
        return UNANSWERED
    if answer.ok:
        return CONFIRMED
    if answer.code == NO_LABEL:
        return RowOutcome(state="invalid", reason="label-missing")
    return RowOutcome(state="rejected", reason=answer.code or "REFUSED")
