"""What every use of a connection needs: its config, plugins, store and connector, and the leases of its runs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from crmbridge.app.opening import connector_of, load_plugins, open_connector
from crmbridge.config import Config
from crmbridge.connector import Connector
from crmbridge.errors import SyncFirst
from crmbridge.model.events import Event
from crmbridge.model.failures import FailureGroup
from crmbridge.model.portfolio import Portfolio
from crmbridge.plugins import Plugins, Session, merged
from crmbridge.store import AccountRow, Journal, Judgements, Mirror, Progress, Queue, Run, Store


class Opened:
    """An open connection: its config, plugins, store and connector, and the leases of its runs.

    Use it as a context manager, or call ``close``.

    Attributes:
        config: The configuration.
        connection: Name of the connection.
        plugins: The plugins at work.
        failed: Hook calls in which a plugin failed, so far, by plugin and hook.
    """

    def __init__(
        self,
        config: Config,
        connection: str | None = None,
        *,
        plugins: Plugins | None = None,
        connector: Connector | None = None,
        as_of: date | None = None,
    ) -> None:
        self.config = config
        self.connection = config.connection(connection).name
        self.plugins = plugins or load_plugins(config)
        self.store = Store.open(config.store_path)
        self.failed: tuple[FailureGroup, ...] = ()
        self._connector = connector
        self._as_of = as_of
        prefix = config.writeback.prefix
        self.mirror = Mirror(self.store, self.connection, prefix)
        self.judgements = Judgements(self.store, self.connection)
        self.journal = Journal(self.store, self.connection)
        self.progress = Progress(self.store, self.connection)
        self.queue = Queue(self.store, self.connection)

    @classmethod
    def from_config(
        cls, path: str | Path = "crmbridge.toml", connection: str | None = None, *, as_of: date | None = None
    ) -> Self:
        """Open a connection of a config file.

        ``connection`` may be left out if the file has one; ``as_of`` is the day to judge for, today by default.

        Raises:
            FixConfig: The file does not validate.
            ReplaceStore: The store file is not ours or of a newer version.
        """
        return cls(Config.load(Path(path)), connection, as_of=as_of)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close connector and store."""
        if self._connector is not None:
            self._connector.close()
        self.store.close()

    @property
    def connector(self) -> Connector:
        """The connection's connector, opened on first use.

        Raises:
            FixConfig: No plugin brings this connector, or its settings do not validate.
            FixCredential: The credential is missing or malformed.
        """
        if self._connector is None:
            spec = connector_of(self.config.connection(self.connection), self.plugins.connectors())
            self._connector = open_connector(self.config, self.connection, spec)
        return self._connector

    @cached_property
    def account(self) -> AccountRow:
        """The account that was synced.

        Raises:
            SyncFirst: Nothing was synced yet.
        """
        row = self.progress.account()
        if row is None:
            raise SyncFirst(f"connection {self.connection!r} was never synced: run `crmbridge sync` first")
        return row

    @property
    def today(self) -> date:
        """The day everything is judged for, in the account's time zone."""
        return self._as_of or datetime.now(ZoneInfo(self.account.timezone)).date()

    @property
    def failures(self) -> int:
        """Number of hook calls in which a plugin failed, so far."""
        return sum(group.count for group in self.failed)

    @contextmanager
    def _run(self, kind: str) -> Iterator[Run]:
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{kind}-{secrets.token_hex(3)}"
        with self.progress.run(kind, run_id) as run:
            yield run

    @contextmanager
    def _session(
        self, run: Run, *, stats: Portfolio | None = None, wanted: frozenset[tuple[str, str]] | None = None
    ) -> Iterator[Session]:
        zone = self.account.timezone
        session = self.plugins.bind(self.connection, run.id, self.today, zone, stats=stats, wanted=wanted)
        with self.progress.keeping(run), self._watched(session):
            yield session

    @contextmanager
    def _watched(self, session: Session) -> Iterator[None]:
        """Hold plugins to their time, and note what fails."""
        try:
            with session:
                yield
        finally:
            self._note_failures(session)

    def _note_failures(self, session: Session) -> None:
        self.failed = merged((*self.failed, *session.failure_groups))

    def _finished(self, run: Run, session: Session, kind: Any, counts: dict[str, int]) -> None:
        run.summary[kind] = counts
        session.emit(Event(kind=kind, connection=self.connection, run_id=run.id, counts=counts))
