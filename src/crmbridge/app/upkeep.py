"""Looking after what was refused, and the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from crmbridge.app.judging import Judging
from crmbridge.errors import FixConfig
from crmbridge.model.base import Ref
from crmbridge.model.changes import CHANGE
from crmbridge.model.plan import Finding, Plan
from crmbridge.store import Held, Reject, Run, Verified, is_review

R = TypeVar("R", Reject, Held)

PAGE: Final = 500
"""Places written at a time."""

NAMED: Final = 5
"""Most places named in a message."""

VALUES: Final = ("key", "before", "after", "made", "body")
"""What an entry of the journal keeps of values."""


class Upkeep(Judging):
    """Looking after what was refused, and the journal.

    Where refused values are named, it is by record and property as ``contact:1.crmb_roles``, by record as ``contact:1``
    or by property as ``contact.crmb_roles``; crmbridge's own properties go without their prefix, too.
    """

    def rejects(self) -> Iterator[Reject]:
        """Stream what did not go through, by record: ``invalid`` was never sent, ``rejected`` the CRM refused."""
        return self.journal.rejects.all()

    def retry_rejects(self, places: Collection[str] = (), *, withheld: bool = False) -> Plan:
        """Judge, then plan what was refused with the values proposed now. Nothing is written to the CRM.

        A note, a task or a list member is not planned by itself, which a finding of the plan says.

        Args:
            places: Which; all if none is named.
            withheld: True to plan what is withheld as well, from now on: rolled back, dropped, or edited by a person.

        Raises:
            FixConfig: Nothing that is named was refused.
        """
        with self._run("retry") as run:
            held = list(self._chosen(self.journal.withheld.all(), places)) if withheld else []
            refused = list(self._chosen(self.journal.rejects.all(), places))
            _check_found([*held, *refused], places, self.config.writeback.prefix)
            self._judge(run)
            self._release(run, held)
            again = [item for item in refused if not is_review(item)]
            alone = _not_alone([item for item in refused if is_review(item)])
            return self._plan(run, origin="retry", places=[*map(_at, again), *map(_at, held)], said=alone)

    def drop_rejects(self, places: Collection[str] | None) -> int:
        """Take refused values off the list, and do not plan them again until others are proposed there.

        Notes, tasks and list members are just taken off: no plan makes the same one again.

        Args:
            places: Which; None for all.

        Returns:
            How many there were.

        Raises:
            FixConfig: Nothing that is named was refused.
        """
        with self._run("drop") as run:
            found = list(self._chosen(self.journal.rejects.all(), places or ()))
            _check_found(found, places or (), self.config.writeback.prefix)
            for part in _parts(found):
                dropped = [
                    Held(item.subject, item.property, item.value, any_value=False, why="dropped")
                    for item in part
                    if not is_review(item)
                ]
                with self.store.writing(run.lease) as tx:
                    self.journal.withheld.add(tx, "", dropped)
                    self.journal.rejects.settle(tx, [(item.subject, item.property) for item in part])
        return len(found)

    def release_withheld(self, places: Collection[str] = ()) -> int:
        """Let values that are withheld be planned again; all if none is named. Say how many.

        Raises:
            FixConfig: Nothing that is named is withheld.
        """
        with self._run("release") as run:
            held = list(self._chosen(self.journal.withheld.all(), places))
            _check_found(held, places, self.config.writeback.prefix)
            self._release(run, held)
        return len(held)

    def verify_journal(self, head: str = "") -> Verified:
        """Look whether every entry of the journal is as it was written, and none is missing.

        ``head`` is the hash that an earlier verification told, or how it begins: it must still be in the chain.
        """
        return self.journal.verify(head)

    def journal_entries(
        self, *, run: str = "", plan: str = "", newest: int | None = None, values: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Stream what was intended and what became of it, oldest first, as plain data.

        Args:
            run: Only what this run did.
            plan: Only what was done for plans whose hash begins so.
            newest: Only so many entries, the newest.
            values: With what stood there and what was written, the row of the plan, and the key that proves them.
        """
        for entry in self.journal.entries(run_id=run, plan_hash=plan, newest=newest):
            kept = {name: entry[name] for name in VALUES}
            sealed = {name: item for name, item in entry.items() if name not in kept}
            shown = {**sealed, **_subject(kept["body"])}
            yield {**shown, "values": kept if kept["key"] else None} if values else shown

    def _chosen(self, items: Iterable[R], places: Collection[str]) -> Iterator[R]:
        """Those of the values that are named, or all."""
        wanted, prefix = set(places), self.config.writeback.prefix
        return (item for item in items if not wanted or wanted & _names(item, prefix))

    def _release(self, run: Run, held: Sequence[Held]) -> None:
        for part in _parts(held):
            with self.store.writing(run.lease) as tx:
                self.journal.withheld.drop(tx, [(item.subject, item.property) for item in part])


def _at(item: Reject | Held) -> tuple[Ref, str]:
    """Where a value stands, as a plan names it: a label without the id at its other end, a note without its key."""
    match item.property.split(":", 2):
        case [("company" | "contact" | "deal") as target, _, label]:
            return item.subject, f"{target}: {label}"
        case [("note" | "task" | "list") as name, *_] if item.property != name:
            return item.subject, name
        case _:
            return item.subject, item.property


def _not_alone(reviews: Sequence[Reject]) -> tuple[Finding, ...]:
    """Say which of the refused cannot be planned by themselves."""
    if not reviews:
        return ()
    named = ", ".join(f"{item.subject}.{item.property}" for item in reviews[:NAMED])
    more = ", …" if len(reviews) > NAMED else ""
    message = (
        f"{len(reviews)} notes, tasks and list members cannot be retried by themselves ({named}{more}): others come "
        f"with the next change of their record; `crmbridge rejects drop` takes these off the list"
    )
    return (Finding(severity="info", code="not-retried", message=message),)


def _names(item: Reject | Held, prefix: str) -> set[str]:
    """All names of the place of a value."""
    subject, place = _at(item)
    names = (place, item.property.removeprefix(prefix))
    return {str(subject), *(f"{whose}.{name}" for whose in (subject, subject.object) for name in names)}


def _check_found(found: Iterable[Reject | Held], places: Collection[str], prefix: str) -> None:
    """Refuse to go on if a place is named at which nothing was refused."""
    known = {name for item in found for name in _names(item, prefix)} if places else set()
    if unknown := sorted(set(places) - known):
        raise FixConfig(
            f"nothing was refused at {', '.join(unknown)}: name a place that `crmbridge rejects list` shows"
        )


def _parts(items: Sequence[R]) -> Iterator[Sequence[R]]:
    return (items[start : start + PAGE] for start in range(0, len(items), PAGE))


def _subject(body: str | None) -> dict[str, str | None]:
    """What a row of a plan writes to; nothing is known of a row that is gone."""
    if not body:
        return dict.fromkeys(("kind", "object", "id", "property"))
    change = CHANGE.validate_json(body)
    name, item = change.place
    return {"kind": change.kind, "object": name, "id": change.record.id if change.record else None, "property": item}
