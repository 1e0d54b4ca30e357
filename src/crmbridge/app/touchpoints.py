"""Touchpoints that no CRM holds: taking them in, and seeing which channel met people when."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from crmbridge.app.judging import Judging
from crmbridge.centers.matrix import By, ChannelMatrix, channel_matrix
from crmbridge.errors import FixRequest, SyncFirst
from crmbridge.store import ImportSource, import_sources
from crmbridge.sync.imports import (
    ImportResult,
    TouchpointMapping,
    import_touchpoints,
    load_mapping,
    remove_touchpoints,
    source_name,
)


class Touchpoints(Judging):
    """Touchpoints that no CRM holds, and the channels of all touches."""

    def import_touchpoints(
        self,
        path: str | Path,
        mapping: str | TouchpointMapping = "crmbridge",
        *,
        source: str = "",
        strict: bool = False,
        dry_run: bool = False,
    ) -> ImportResult:
        """Take the touchpoints of a CSV file into the mirror, all of them in one transaction.

        The same file again changes nothing. Nothing is written to the CRM.

        Args:
            path: The file.
            mapping: What its columns mean: the name of a mapping that comes with crmbridge, the path of a TOML file, or
                a mapping.
            source: What to call the import; else as the mapping says, or after the file.
            strict: True to store nothing if any row is about nobody known, or cannot be read.
            dry_run: True to look only at what would be.

        Raises:
            FixConfig: There is no such mapping, or it does not validate.
            FixRequest: The file cannot be read; or, if ``strict``, a row cannot be taken in. Nothing is stored.
            SyncFirst: The first sync has not finished: nobody would be known.
        """
        if not self.account.complete:
            raise SyncFirst(f"the first sync of {self.connection!r} has not finished: run `crmbridge sync` first")
        chosen = mapping if isinstance(mapping, TouchpointMapping) else load_mapping(mapping)
        name, zone = source_name(source, chosen, Path(path)), ZoneInfo(self.account.timezone)
        if dry_run:
            with self.store.reading() as tx:
                return import_touchpoints(
                    tx, self.mirror, Path(path), chosen, source=name, zone=zone, store=False, strict=strict
                )
        with self._run("import") as run:
            with self.store.writing(run.lease) as tx:
                result = import_touchpoints(tx, self.mirror, Path(path), chosen, source=name, zone=zone, strict=strict)
                self.progress.advance(tx)
            run.summary["import"] = {"source": name, "new": result.new, "set_aside": result.set_aside}
        return result

    def touchpoint_sources(self) -> list[ImportSource]:
        """The imports that there are, by name."""
        with self.store.reading() as tx:
            return import_sources(tx, self.connection)

    def remove_touchpoints(self, source: str) -> int:
        """Take an import out of the mirror again; say how many touchpoints it had.

        Raises:
            FixRequest: There is no such import.
        """
        with self._run("import") as run:
            with self.store.writing(run.lease) as tx:
                removed = remove_touchpoints(tx, self.mirror, source)
                if not removed:
                    known = ", ".join(item.name for item in import_sources(tx, self.connection)) or "none"
                    raise FixRequest(f"there is no import {source!r}: there are {known}")
                self.progress.advance(tx)
            run.summary["import"] = {"source": source, "removed": removed}
        return removed

    def channel_matrix(self, by: By | None = None) -> ChannelMatrix:
        """Judge, then count touches by channel and by the phase that their center was in; ``by`` role, if wanted."""
        with self._run("judge") as run:
            self._judge(run)
        return channel_matrix(self.judgements.centers(), by)
