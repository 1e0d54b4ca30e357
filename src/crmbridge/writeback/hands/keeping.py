"""Keeps what follows from decided rows: mirror, manifest, people's words, and what is not planned again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa

from crmbridge.connector import Version
from crmbridge.model.base import Ref
from crmbridge.model.changes import PropertyChange, RowOutcome
from crmbridge.model.persons import Decision
from crmbridge.store import Confirmed, Held, Progress, written
from crmbridge.writeback import verdicts
from crmbridge.writeback.desk import Desk
from crmbridge.writeback.hands.looking import NOTHING_SEEN, Seen
from crmbridge.writeback.hands.value import Value, at, by_record
from crmbridge.writeback.standing import history, spot
from crmbridge.writeback.verdicts import Altered


@dataclass(frozen=True)
class Keeping:
    """Writes it down, in the transaction of the journal."""

    desk: Desk

    def keep(
        self,
        tx: sa.Connection,
        values: Sequence[Value],
        outcomes: Mapping[int, RowOutcome],
        seen: Seen = NOTHING_SEEN,
    ) -> None:
        """Put what is confirmed into the mirror; what a person said of our property is a decision."""
        desk, manifest = self.desk, self.desk.journal.manifest
        confirmed = [value for value in values if outcomes[value.number].state == "confirmed"]
        # What stood there already is somebody else's word, even if it is the same.
        sent = [value.change for value in confirmed if outcomes[value.number] != verdicts.THERE]
        news = by_record(confirmed)
        altered = {
            at(value.change): outcome.kept
            for value in confirmed
            if isinstance(outcome := outcomes[value.number], Altered)
        }
        for (subject, item), kept in altered.items():
            news[subject][item] = kept
        for value, version in seen.people:
            if value.change.policy == "own":
                news.setdefault(value.change.subject, {})[value.change.property] = version.value
                desk.judgements.decide(tx, _decision(value, version, desk.mirror.prefix))
        desk.mirror.set_properties(tx, news)
        theirs = self._theirs(tx, [value.change for value in confirmed])
        if desk.origin.startswith("rollback"):
            taken_back = (value.change for value in values if outcomes[value.number].state in ("confirmed", "conflict"))
            self._withhold(tx, list(taken_back), theirs)
        elif desk.withholds:  # something else was proposed, and written
            desk.journal.withheld.drop(tx, map(at, sent))
        desk.journal.withheld.add(tx, desk.plan_id, seen.held)
        manifest.confirm(tx, desk.plan_id, [change for change in sent if at(change) not in theirs], altered)
        manifest.unconfirm(tx, [change for change in sent if at(change) in theirs])
        if news:
            Progress(desk.store, desk.journal.connection).advance(tx)

    def _theirs(self, tx: sa.Connection, changes: Iterable[PropertyChange]) -> set[tuple[Ref, str]]:
        """Where a value was put back that had not come from crmbridge: nobody may take it for ours."""
        prefix, found = self.desk.mirror.prefix, set[tuple[Ref, str]]()
        put_back = [item for item in changes if item.policy == "restore" and item.after is not None]
        native = (item for item in put_back if not item.property.startswith(prefix))
        for name, group in groupby(native, key=lambda item: item.subject.object):
            part = list(group)
            past = history(written(tx, self.desk.journal.connection, name, {item.subject.id for item in part}))
            ours = {key for key, one in past.items() if one.steps and one.last.plan_id == self.desk.plan_id}
            found |= {at(item) for item in part if spot(item) not in ours}
        return found

    def _withhold(
        self, tx: sa.Connection, changes: Sequence[PropertyChange], theirs: Collection[tuple[Ref, str]]
    ) -> None:
        """What was rolled back is not planned again until something else is proposed; rolling that back frees it."""
        withheld = self.desk.journal.withheld
        for name, group in groupby(changes, key=lambda change: change.subject.object):
            part = [change for change in group if not change.stamp]
            ids = [change.subject.id for change in part]
            held, altered = withheld.of(tx, name, ids), self.desk.journal.manifest.altered(tx, name, ids)
            freed = [
                at(change)
                for change in part
                if (one := held.get((change.subject.id, change.property)))
                and one.why == "rolled-back"
                and one.value == change.after
            ]
            withheld.drop(tx, freed)
            kept = [change for change in part if at(change) not in freed]
            withheld.add(
                tx,
                self.desk.plan_id,
                [Held(*at(change), _wrote(change, altered), at(change) in theirs, "rolled-back") for change in kept],
            )


def _wrote(change: PropertyChange, altered: Mapping[tuple[str, str], Confirmed]) -> str | None:
    """What was sent of what is taken back; what stands there may be what the platform made of it."""
    ours = altered.get((change.subject.id, change.property))
    return ours.sent if ours else change.before


def _decision(value: Value, version: Version, prefix: str) -> Decision:
    return Decision(
        subject=value.change.subject,
        property=value.change.property.removeprefix(prefix),
        value=version.value,
        source="crm",
        author=version.author_id,
        at=version.at,
    )
