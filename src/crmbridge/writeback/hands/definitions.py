"""Carries out what belongs to the whole account: property groups, properties, options, lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from crmbridge.errors import FixRequest, NotSupported, RetryLater
from crmbridge.model.canonical import compatible
from crmbridge.model.changes import AccountChange, ChangeKind, DefinitionChange, GroupChange, RowOutcome, SegmentChange
from crmbridge.model.properties import PropertyDefinition
from crmbridge.store import Owned, OwnedKind, Row
from crmbridge.writeback.desk import CONFIRMED, NOT_SENT, SENDING, Desk
from crmbridge.writeback.verdicts import NOT_OURS, THERE

_OWNED: Final[Mapping[ChangeKind, OwnedKind]] = {"group": "group", "definition": "property", "segment": "segment"}


@dataclass(frozen=True)
class DefinitionHand:
    """Creates what values, labels and members need; removes what crmbridge created, if the plan says so."""

    desk: Desk

    def write(self, rows: Iterator[Row]) -> None:
        """Carry out one row after the other: there are few, and later ones rest on earlier ones."""
        for row in rows:
            self._carry_out(row)

    def settle(self, rows: Sequence[Row]) -> None:
        """Decide rows that an earlier run may have sent: what is there now is ours, the rest is done again."""
        for row in rows:
            if isinstance(row.change, DefinitionChange) and self._stands(row.change):
                self._end(row, RowOutcome(state="confirmed", reason="read-back"))
            else:
                self.desk.intend([(row, NOT_SENT)])

    def _carry_out(self, row: Row) -> None:
        change = row.change
        assert isinstance(change, AccountChange), "the table of hands sends no other kinds here"
        if change.becomes is None and not self._is_ours(change):
            self.desk.intend([(row, NOT_OURS)])
            return
        self.desk.intend([(row, SENDING)])
        try:
            outcome = self._done(change)
        except FixRequest as error:
            outcome = RowOutcome(state="rejected", reason=error.category or "REFUSED")
        except NotSupported:
            outcome = RowOutcome(state="invalid", reason="not-supported")
        except RetryLater:
            self.settle([row])
            raise
        if isinstance(change, GroupChange) and outcome == THERE and row.reason == NOT_SENT.reason:
            outcome = CONFIRMED  # an interrupted apply of this plan was about to make it
        if outcome.state in ("rejected", "invalid"):
            self.desk.failed.add(change.place)
        self._end(row, outcome)

    def _is_ours(self, change: AccountChange) -> bool:
        """True if crmbridge created it, and nobody has put another one of the same name in its place."""
        with self.desk.store.reading() as tx:
            owned = change.place in self.desk.journal.manifest.owned(tx, _OWNED[change.kind])
        if not isinstance(change, DefinitionChange) or not owned:
            return owned
        there = self.desk.definitions(change.place[0]).get(change.place[1])
        return there is None or there.group == change.definition.group

    def _done(self, change: AccountChange) -> RowOutcome:
        connector, fenced = self.desk.connector, self.desk.fenced
        match change:
            case GroupChange(remove=True):
                fenced(connector.remove_group)(change.object, change.name)
            case GroupChange():
                made = fenced(connector.create_group)(change.object, change.name, change.label)
                return CONFIRMED if made else THERE
            case SegmentChange(remove=True):
                fenced(connector.remove_segment)(change.title)
            case SegmentChange():
                fenced(connector.create_segment)(change.object, change.title)
            case DefinitionChange(after=None):
                fenced(connector.remove_definition)(*change.place)
            case DefinitionChange(after=PropertyDefinition() as wanted):
                return self._create(change, wanted)
        return CONFIRMED

    def _create(self, change: DefinitionChange, wanted: PropertyDefinition) -> RowOutcome:
        """Create a property, or add the options it lacks now, whatever it lacked when the plan was made."""
        existing = self.desk.definitions(wanted.object).get(wanted.name)
        if existing is None:
            if change.before is not None:
                return RowOutcome(state="invalid", reason="property-missing")
            self.desk.fenced(self.desk.connector.create_definition)(wanted)
            return CONFIRMED
        if existing.group != wanted.group or not compatible(wanted.type, existing.type):
            return RowOutcome(state="invalid", reason="name-clash")
        known = {option.value for option in existing.options}
        lacking = tuple(option for option in wanted.options if option.value not in known)
        if not lacking:
            return THERE
        extended = existing.model_copy(update={"options": (*existing.options, *lacking)})
        self.desk.fenced(self.desk.connector.add_options)(extended)
        return CONFIRMED

    def _stands(self, change: DefinitionChange) -> bool:
        """True if the platform has all of a definition, or, if it is removed, nothing."""
        there = self.desk.definitions(change.place[0]).get(change.place[1])
        wanted = change.after
        if wanted is None or there is None:
            return wanted is there
        known = {option.value for option in there.options}
        fits = there.group == wanted.group and compatible(wanted.type, there.type)
        return fits and {option.value for option in wanted.options} <= known

    def _end(self, row: Row, outcome: RowOutcome) -> None:
        """Journal what came of a row; what we created goes into the manifest, what is there into the mirror."""
        change = row.change
        assert isinstance(change, AccountChange), "the table of hands sends no other kinds here"

        def follow(tx: sa.Connection) -> None:
            if outcome.state == "confirmed":
                self._keep(tx, change, created=outcome != THERE)

        self.desk.end([(row, outcome)], follow)
        if outcome.state == "confirmed" and isinstance(change, DefinitionChange):
            known = self.desk.definitions(change.place[0])
            if change.after is None:
                known.pop(change.place[1], None)
            else:
                known[change.after.name] = change.after

    def _keep(self, tx: sa.Connection, change: AccountChange, *, created: bool) -> None:
        manifest, mirror = self.desk.journal.manifest, self.desk.mirror
        owned = Owned(_OWNED[change.kind], change.place[0], "", change.place[1])
        if isinstance(change, DefinitionChange):
            if change.after is None:
                mirror.remove_definition(tx, *change.place)
            else:
                mirror.add_definitions(tx, [change.after])
        if change.becomes is None:
            manifest.disown(tx, [owned])
        elif created and change.was is None:
            manifest.own(tx, self.desk.plan_id, [owned])
