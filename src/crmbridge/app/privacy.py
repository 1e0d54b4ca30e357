"""Forgetting people, and telling what is held of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmbridge.app.opened import Opened
from crmbridge.errors import FixRequest
from crmbridge.model.base import Ref
from crmbridge.model.records import Contact
from crmbridge.store import Erased, Run, Tombstones, dossier, erase


@dataclass(frozen=True)
class Forgotten:
    """What forgetting somebody did. It holds ids only.

    Attributes:
        subjects: Who; of one that had been merged into another, the contact that lives on.
        erased: What was erased in the store.
        report: The report that was deleted, if there was one.
        wiped: True if no byte of it is left in the store's file; else the same call again tries that again.
    """

    subjects: tuple[Ref, ...]
    erased: Erased
    report: Path | None
    wiped: bool


class Privacy(Opened):
    """Forgetting people, and telling what is held of them."""

    def forget(self, ref: Ref) -> Forgotten:
        """Erase all that the store holds of a contact, delete the report, and let no sync bring the person back.

        The CRM is not touched. Plan files and reports that were written elsewhere are not known.

        Raises:
            FixRequest: It is no contact.
            WaitForRun: A sync or an apply is under way.
        """
        _check_contact(ref)
        with self._run("forget") as run:
            with self.store.reading() as tx:
                id_ = self.mirror.links.survivors(tx, "contact", [ref.id]).get(ref.id, ref.id)
            return self._forget(run, [id_])

    def lift(self, ref: Ref) -> int:
        """Take away the tombstones of a contact, as after new consent: the next sync reads the person again.

        The CRM is asked which addresses the contact has.

        Returns:
            How many there were.

        Raises:
            FixRequest: It is no contact.
            RecordMissing: The CRM has no such contact.
        """
        _check_contact(ref)
        found = next(iter(self.connector.read_records("contact", [ref.id], [])), None)
        whats = [str(ref)]
        if isinstance(found, Contact):
            whats += [f"contact:{id_}" for id_ in found.merged_ids]
            whats += [mail.lower() for mail in (found.email or "", *found.emails) if mail]
        with self._run("lift") as run, self.store.writing(run.lease) as tx:
            lifted = Tombstones(self.connection).lift(tx, whats)
            self.mirror.due.add(tx, "record", "contact", [ref.id] if lifted and found else [])
        return lifted

    def subject_access(self, ref: Ref) -> dict[str, Any]:
        """All that the store holds of a contact, in sections; of somebody who was forgotten only that.

        Raises:
            FixRequest: It is no contact.
        """
        _check_contact(ref)
        with self.store.reading() as tx:
            if Tombstones(self.connection).read(tx).has(str(ref)):
                return {"subject": str(ref), "forgotten": True}
            id_ = self.mirror.links.survivors(tx, "contact", [ref.id]).get(ref.id, ref.id)
            found = dossier(tx, self.mirror, id_)
        return {"subject": f"contact:{id_}", "forgotten": False, **found}

    def export_tombstones(self, path: Path) -> int:
        """Write the tombstones to a file, mode 0600, to be kept apart from the store; say how many there are."""
        tombstones = Tombstones(self.connection)
        with self.store.reading() as tx:
            text, number = tombstones.to_text(tx), len(tombstones.read(tx).digests)
        write_private(path, text)
        return number

    def import_tombstones(self, path: Path) -> Forgotten:
        """Take tombstones over, as after a backup of the store was restored, and forget those whom it brought back.

        Raises:
            FixRequest: The file is none of tombstones, is of another connection, or belongs to another store.
            WaitForRun: A sync or an apply is under way.
        """
        text = path.read_bytes()
        tombstones = Tombstones(self.connection)
        with self._run("forget") as run:
            with self.store.writing(run.lease) as tx:
                tombstones.take_over(tx, text)
                returned = tombstones.returned(tx)
            return self._forget(run, returned)

    def _forget(self, run: Run, ids: Sequence[str]) -> Forgotten:
        with self.store.writing(run.lease) as tx:
            erased = erase(tx, run, self.mirror, self.judgements, "contact", ids)
            self.progress.advance(tx)
        run.summary["forget"] = {"contacts": len(ids), "centers": erased.centers}
        return Forgotten(tuple(Ref("contact", id_) for id_ in ids), erased, self._delete_report(), self.store.wipe())

    def _delete_report(self) -> Path | None:
        path = self.config.report_path
        if not path.exists():
            return None
        path.unlink()
        return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _check_contact(ref: Ref) -> None:
    if ref.object != "contact" or not ref.id:
        raise FixRequest("only people can be forgotten or asked about: name a contact, as contact:123")
