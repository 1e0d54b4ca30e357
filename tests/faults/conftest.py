"""What the fault tests of sync share: a portal in this process, bridges on it, and one look at what the store holds."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from crmbridge import Bridge
from crmbridge.app import sync_scope
from crmbridge.config import Config
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.kinds import PLURALS
from crmbridge.connectors.hubspot.records import record
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.http import HttpClient, Throttle
from crmbridge.model.base import ObjectName
from crmbridge.sandbox import Portal, SandboxTransport
from crmbridge.sandbox.records import Record, record_json
from crmbridge.sandbox.times import iso
from crmbridge.store import leases
from crmbridge.store.schema import links, metadata
from crmbridge.sync.sweeps import Sweep, stream_of

from .sanity import Driver, Site, Template, make_template

CONFIG = (
    '[connections.main]\nconnector = "hubspot"\ntoken = "env:UNUSED"\n[privacy]\nprocessing = "legitimate-interest"\n'
)
DEAD = "dead"
PARTS = ("records", "links", "addresses", "merges", "definitions", "dirty", "due", "cursors")
RUN_DEPENDENT = {"listing", "started_at", "synced_until", "asked"}


class Killed(BaseException):
    """The process dies here: nothing catches it."""


class Clock:
    """A time that passes only when somebody sleeps; several sleepers sleep at the same time."""

    def __init__(self) -> None:
        self.start = datetime(2026, 9, 1, 8, tzinfo=UTC)
        self.seconds = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        until = self.seconds + seconds
        with self._lock:
            self.seconds = max(self.seconds, until)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    def milliseconds(self) -> int:
        return round(self.now().timestamp() * 1000)


class Wire(SandboxTransport):
    """The way to the portal, which tests may tap.

    Attributes:
        before: Called before each request.
        longest: Characters of the longest address.
    """

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self.before: Callable[[], None] = lambda: None
        self.longest = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.longest = max(self.longest, len(request.url.raw_path))
        self.before()
        return super().handle_request(request)


class World:
    """A portal without limits, and a store that follows it.

    Attributes:
        wire: The way between the two.
        folder: Where the store is.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, patch
        self._opened: list[Bridge] = []
        self.settle(Portal(1))

    def settle(self, portal: Portal) -> None:
        """Move to another portal."""
        self.portal, self.wire = portal, Wire(portal)
        portal.limits.off()

    def virtual(self) -> Clock:
        """Move to a portal whose time, like that of every sync, passes only when somebody sleeps."""
        clock = Clock()
        self._patch.setattr("crmbridge.app.bridge._clock", lambda _: clock.now)
        self.settle(Portal(1, clock=clock.milliseconds))
        return clock

    def open(self, sync: str = "", *, clock: Clock | None = None, limited: bool = False, **more: Any) -> Bridge:
        """Open a bridge on the store.

        Args:
            sync: What ``[sync]`` says.
            clock: Its time for waits.
            limited: Keep to HubSpot's limits.
            more: What the connection's section says.
        """
        self.folder.mkdir(exist_ok=True)
        path = self.folder / "crmbridge.toml"
        path.write_text(f"{CONFIG}[sync]\n{sync}\n", encoding="utf-8")
        settings = HubSpotSettings(token=SecretStr(self.portal.token), **{"index_lag_seconds": 0, **more})
        time = clock or Clock()
        throttle = Throttle(190, 10.1, 5, 1.05, clock=time, sleep=time.sleep) if limited else None
        http = HttpClient(
            settings.base_url,
            settings.token,
            transport=self.wire,
            throttle=throttle,
            clock=time,
            sleep=time.sleep,
        )
        self._opened.append(Bridge(Config.load(path), connector=HubSpotConnector(settings, http)))
        return self._opened[-1]

    def close(self) -> None:
        """Close every bridge."""
        for bridge in self._opened:
            bridge.close()
        self._opened.clear()

    def synced(self, sync: str = 'engagements = ["email"]') -> tuple[Bridge, int]:
        """Open a bridge and sync; say what it cost."""
        before, bridge = self.portal.calls.count(), self.open(sync)
        bridge.sync()
        return bridge, self.portal.calls.count() - before

    def copy(self) -> bytes:
        """The store as it is now; every bridge is closed."""
        self.close()
        return (self.folder / ".crmbridge" / "store.db").read_bytes()

    def restore(self, store: bytes) -> None:
        """Go back to a store that was copied."""
        self.close()
        for file in (self.folder / ".crmbridge").glob("store.db-*"):
            file.unlink()
        (self.folder / ".crmbridge" / "store.db").write_bytes(store)

    # The portal

    def add_many(self, name: str, count: int, at: int | None = None, step: int = 0, **values: str) -> list[str]:
        """Add records quickly, ``step`` milliseconds apart; ``{}`` in a value is the record's number."""
        portal, kind = self.portal, self.portal.kinds[name]
        first = int(portal.ids(name)[-1]) if portal.ids(name) else 30_000_000_000
        start = portal.clock() if at is None else at
        made = []
        for number in range(count):
            when, id_ = start + number * step, str(first + 7 * (number + 1))
            texts = {key: value.replace("{}", id_) for key, value in values.items()}
            stamps = {kind.created: iso(when), kind.modified: iso(when), "hs_lastmodifieddate": iso(when)}
            made.append(Record(id_, {**texts, **stamps, "hs_object_id": id_}, when, when))
        portal.insert_many(kind, made)
        return [one.id for one in made]

    def people(self, count: int, at: int | None = None, step: int = 0) -> list[str]:
        """Add contacts."""
        return self.add_many("contacts", count, at, step, email="p{}@a.example", firstname="N{}")

    def mails(self, count: int) -> list[str]:
        """Add e-mails of last week."""
        sent = iso(self.portal.clock() - 7 * 24 * 3_600_000)
        return self.add_many("emails", count, hs_timestamp=sent, hs_email_subject="S{}", hs_email_direction="EMAIL")

    def deal(self, *people: str, name: str = "D") -> str:
        """Add an open deal with these contacts."""
        deal = self.portal.add("deals", {"dealname": name, "dealstage": "appointmentscheduled"})
        for one in people:
            self.portal.link("deals", deal, "contacts", one)
        return deal

    # Faults

    def kill_at_commit(self, patch: pytest.MonkeyPatch, bridge: Bridge, number: int, *, after: bool) -> None:
        """Let the process die at a commit, right before it or right after. The dead commit nothing more."""
        real, left = bridge.store.locking, [number]

        @contextmanager
        def locking() -> Iterator[sa.Connection]:
            left[0] -= 1
            last = left[0] == 0
            if left[0] < 0:
                raise Killed(DEAD)
            with real() as tx:
                yield tx
                if last and not after:
                    raise Killed(DEAD)
            if last:
                raise Killed(DEAD)

        patch.setattr(bridge.store, "locking", locking)

    def kill_at_call(self, patch: pytest.MonkeyPatch, bridge: Bridge, number: int) -> None:
        """Let the process die when it makes a call; what is under way is never answered."""
        left = [number]

        def die() -> None:
            left[0] -= 1
            if left[0] < 0:
                self.kill_at_commit(patch, bridge, 0, after=False)
                raise Killed(DEAD)

        self.wire.before = die

    def bury(self) -> None:
        """End what is left of a process that died, and be another one: its lease is nobody's."""
        for thread in threading.enumerate():
            if thread.name == "crmbridge-reader":
                thread.join()
        self.wire.before = lambda: None
        self.close()
        self._patch.setattr(leases, "_PROCESS", secrets.token_hex(4))

    # The store

    def held(self, bridge: Bridge) -> dict[str, set[tuple[object, ...]]]:
        """What the store holds, table by table, without what two runs differ in."""
        found = {}
        with bridge.store.reading() as tx:
            for name in PARTS:
                table = metadata.tables[name]
                columns = [column for column in table.c if column.name not in RUN_DEPENDENT]
                found[name] = {tuple(row) for row in tx.execute(sa.select(*columns))}
        return found

    def linked(self, bridge: Bridge) -> set[tuple[object, ...]]:
        """All links of the mirror."""
        with bridge.store.reading() as tx:
            return {tuple(row) for row in tx.execute(sa.select(links))}

    def sweep(self, bridge: Bridge, *sweeps: Sweep) -> None:
        """Let sweeps of all objects be due."""
        with bridge.store.locking() as tx:
            for name in [*PLURALS]:
                for sweep in sweeps:
                    cursor = bridge.progress.cursor(stream_of(sweep, name))
                    bridge.progress.save(tx, replace(cursor, synced_until=datetime(2020, 1, 1, tzinfo=UTC)))

    def assert_sane(self, bridge: Bridge) -> None:
        """The mirror is the portal, nothing waits, and the file is sound (I1, I2, I3, I10)."""
        scope = sync_scope(bridge.config, bridge.connection, bridge.plugins)
        names = [name for name in bridge.connector.capabilities.objects if scope.wants(name) and name in PLURALS]
        alive: dict[ObjectName, set[str]] = {}
        for name in names:
            kind = self.portal.kinds[PLURALS[name]]
            held = {item.id: item.model_dump(exclude={"url"}) for item in bridge.mirror.records(name)}
            asked = scope.names(name)
            there = {}
            for one in self.portal.walk(kind):
                if one.archived is None:
                    row = record_json(kind, one, [*self.portal.properties[kind.name], *asked])
                    made = record(name, row, asked)
                    if scope.selection.takes(made):
                        there[made.id] = made.model_dump(exclude={"url"})
            assert held.keys() == there.keys(), f"records of {name}"
            assert [held[id_] for id_ in there if held[id_] != there[id_]] == [], f"values of {name}"
            alive[name] = {*there}
        self._assert_links(bridge, alive)
        assert bridge.mirror.due.waiting() == {}, "nothing waits to be read"
        assert bridge.progress.account() is not None
        assert bridge.account.complete
        for cursor in bridge.progress.cursors():
            assert cursor.started_at is None, f"{cursor.stream} is under way"
            assert cursor.after is None or cursor.stream.startswith("links "), f"{cursor.stream} has pages left"
        with bridge.store.reading() as tx:
            assert tx.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"

    def _assert_links(self, bridge: Bridge, alive: Mapping[ObjectName, Collection[str]]) -> None:
        for source, target in bridge.connector.capabilities.links:
            if source not in alive or target not in alive:
                continue
            with bridge.store.reading() as tx:
                ends = (links.c.source_id, links.c.target_id, links.c.type_id)
                where = (links.c.source_object == source, links.c.target_object == target)
                rows = [tuple(row) for row in tx.execute(sa.select(*ends).where(*where))]
            held = {row for row in rows if row[0] in alive[source] and row[1] in alive[target]}
            found = self.portal.linked((PLURALS[source], PLURALS[target]), alive[source])
            there = {
                (one, str(other), str(type_id))
                for one, others in found.items()
                for other, types in others
                for type_id in types
                if str(other) in alive[target]
            }
            assert held == there, f"links from {source} to {target}"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty account, and a store that follows it; no plugins but crmbridge's own."""
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "")
    with closing(World(tmp_path / "main", monkeypatch)) as made:
        yield made


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """Starts processes that die where they are told."""
    with closing(Driver()) as made:
        yield made


@pytest.fixture(scope="session")
def first_plan(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """An account to which nothing was written yet: the plan defines two properties, and fills them."""
    return make_template(tmp_path_factory.mktemp("first") / "main", settled=False)


@pytest.fixture(scope="session")
def next_plan(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """An account to which a plan was applied: the next one changes both values of every contact."""
    return make_template(tmp_path_factory.mktemp("next") / "main", settled=True)


@pytest.fixture
def fresh(first_plan: Template, tmp_path: Path) -> Iterator[Site]:
    """A copy of ``first_plan``, served."""
    with Site.of(first_plan, tmp_path / "main") as site:
        yield site


@pytest.fixture
def site(next_plan: Template, tmp_path: Path) -> Iterator[Site]:
    """A copy of ``next_plan``, served."""
    with Site.of(next_plan, tmp_path / "main") as made:
        yield made
