"""Tables of the mirror and of what was judged, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from crmbridge.app.contactable import Answered, Contactable, lines
from crmbridge.errors import FixConfig
from crmbridge.export import (
    Codes,
    ExportResult,
    Format,
    MirrorTable,
    State,
    Stream,
    Table,
    center_table,
    consent_table,
    messages,
    mirror_tables,
    target_of,
    value_table,
    write_tables,
)
from crmbridge.export.judged import ABOUT
from crmbridge.store.linking import IMPORTED

LATE: Final = timedelta(hours=1)
"""What was modified so shortly before the last sync is sent again: a platform's search may find it late."""


class Exporting(Contactable):
    """Tables of the mirror and of what was judged."""

    def exportable(self) -> dict[str, str]:
        """The tables that can be exported: name to what a row is."""
        return {name: table.about for name, table in mirror_tables(self.mirror).items()} | ABOUT

    def rows(self, table: str, *, redact: bool = False) -> Iterator[dict[str, Any]]:
        """Stream the rows of a table, each as a dict of the same columns in the same order.

        Args:
            table: One of ``exportable``; what was judged is brought up to date with the mirror first.
            redact: Codes in place of ids, and no column that identifies somebody.

        Raises:
            FixConfig: There is no such table.
            SyncFirst: Nothing was synced yet.
        """
        opened = next(self.open_tables([table], redact=redact))
        return (dict(zip(opened.names, row, strict=True)) for row in opened.rows())

    def export(
        self,
        tables: str | Sequence[str],
        path: str | Path,
        *,
        format: Format | None = None,  # noqa: A002 - the word that everybody looks for
        redact: bool = False,
        raw: bool = False,
        overwrite: bool = False,
    ) -> ExportResult:
        """Write tables to files that only their owner may read; all of them appear, or none.

        Args:
            tables: One of ``exportable``, or several; none for all.
            path: A file that ends in ``.csv``, ``.jsonl`` or ``.parquet``, for one table; else a folder.
            format: Of the files in a folder; CSV by default.
            redact: Codes in place of ids, and no column that identifies somebody.
            raw: Leave cells of CSV as they are, even those that a spreadsheet would compute.
            overwrite: Take the place of files that are there.

        Raises:
            FixConfig: There is no such table, or the files cannot be written there.
            SyncFirst: Nothing was synced yet.
        """
        names = [tables] if isinstance(tables, str) else list(dict.fromkeys(tables)) or list(self.exportable())
        target = target_of(Path(path), format, names)
        opened = list(self.open_tables(names, redact=redact))
        return ExportResult(target.format, redact, write_tables(opened, target, raw=raw, overwrite=overwrite))

    def singer(self, tables: Sequence[str] = (), state: State = MappingProxyType({})) -> Iterator[dict[str, Any]]:
        """Stream tables as messages of the Singer specification.

        Args:
            tables: Some of ``exportable``; none for all.
            state: Bookmarks of an earlier export: of records come those that the CRM modified since.

        Raises:
            FixConfig: There is no such table.
            SyncFirst: Nothing was synced yet.
        """
        names = list(dict.fromkeys(tables)) or list(self.exportable())
        account, mirrored = self.account.account_id, mirror_tables(self.mirror)
        until = {name: self._until(mirrored.get(name)) for name in names}
        yield from messages((Stream(table, account, until[table.name]) for table in self.open_tables(names)), state)

    def open_tables(self, names: Sequence[str], *, redact: bool = False) -> Iterator[Table]:
        """Open tables that share their pseudonyms, judging first if one of them rests on it.

        Raises:
            FixConfig: There is no such table.
            SyncFirst: Nothing was synced yet.
        """
        mirrored = mirror_tables(self.mirror)
        if unknown := [name for name in names if name not in mirrored and name not in ABOUT]:
            raise FixConfig(f"there is no table {', '.join(unknown)}: there are {', '.join((*mirrored, *ABOUT))}")
        self.account  # noqa: B018 - raises where nothing was synced
        codes = Codes()
        if {*names} & ABOUT.keys():
            with self._run("judge") as run:
                self._judge(run)
        for name in names:
            table = mirrored[name].open(self.mirror) if name in mirrored else self._judged(name)
            yield table.under(codes) if redact else table

    def _judged(self, name: str) -> Table:
        if name == "consent":
            return consent_table(self._answered)
        if name == "values":
            return value_table(self.judgements, self.plugins.properties(), self.config.writeback.prefix)
        return center_table(name, self.judgements.centers, stance=self.config.report.stance)

    def _answered(self) -> Iterator[Answered]:
        for found in self.contactable():
            yield from lines(found)

    def _until(self, table: MirrorTable | None) -> datetime | None:
        """The moment before which all that the platform modified of a table is in the mirror.

        None while records wait to be read by id: they will change without being modified.
        """
        with self.store.reading() as tx:
            held = set(self.mirror.objects(tx)) - {IMPORTED}
        names = [name for name in (table.objects if table else ()) if name in held]
        if any(kind in ("record", "properties") and name in names for kind, name in self.mirror.due.waiting()):
            return None
        times = [self.progress.cursor(name).synced_until for name in names]
        known = [at for at in times if at is not None]
        return min(known) - LATE if known and len(known) == len(times) else None
