"""The mirror follows the CRM: listings, deltas, interruptions, plugins' corrections, people's edits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from crmbridge import DROP, Capabilities, Company, Contact, Deal, Engagement, Record, Ref, hookimpl
from crmbridge.config import Sync
from crmbridge.connector import Page, Version
from crmbridge.errors import FixPlugin, RetryLater
from crmbridge.model import ObjectName
from crmbridge.model.changes import PropertyChange
from crmbridge.model.properties import Option, PropertySpec
from crmbridge.plugins import Plugins
from crmbridge.store import Journal, Judgements, Mirror, Progress, Store
from crmbridge.sync import Desk, Selection, SyncEngine, SyncResult, SyncScope, engine
from crmbridge.testing import MemoryConnector

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


ROLES = PropertySpec(
    object="contact",
    name="roles",
    label="Roles",
    type="multi",
    options=tuple(Option(value=value, label=value) for value in ("user", "buyer", "decider")),
)


@dataclass
class Bench:
    """A CRM in memory and a mirror that follows it."""

    crm: MemoryConnector
    store: Store
    clock: Clock
    settings: Sync
    properties: Mapping[ObjectName, Sequence[str]]
    owned: Mapping[ObjectName, Mapping[str, PropertySpec]]
    plugin: ModuleType | None = None
    selection: Selection = field(default_factory=lambda: Selection(since=START - timedelta(days=730)))

    def sync(self, *, full: bool = False, connector: Any = None) -> SyncResult:
        progress = Progress(self.store, "main")
        plugins = Plugins.load({}, builtins={"p": self.plugin} if self.plugin else {}, entry_points=[])
        session = plugins.bind("main", "r", date(2026, 11, 21))
        scope = SyncScope(frozenset(("email", "meeting")), self.properties, self.owned, self.selection)
        with progress.run("sync", f"run-{self.clock().timestamp()}") as run:
            with self.store.writing(run.lease) as tx:
                progress.bind(tx, "memory", "Europe/Berlin", "crmb_")
            desk = Desk(
                self.store,
                "main",
                connector or self.crm,
                scope,
                session,
                prefix="crmb_",
                limit_percent=self.settings.transform_limit_percent,
                now=self.clock,
            )
            return SyncEngine(desk, self.settings).run(run, full=full)

    @property
    def mirror(self) -> Mirror:
        return Mirror(self.store, "main", "crmb_")

    def complete(self) -> bool:
        account = Progress(self.store, "main").account()
        return account is not None and account.complete

    def people(self) -> list[Record]:
        return list(self.mirror.records("contact"))

    def decisions(self) -> dict[str, str | None]:
        with self.store.reading() as tx:
            found = Judgements(self.store, "main").decisions(tx, "contact", [item.id for item in self.people()])
        return {f"{key} {item.property}": item.value for key, items in found.items() for item in items}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = Clock()
    crm = MemoryConnector(clock=clock, page_size=2)
    crm.define("contact", "crmb_roles")
    for number in range(1, 6):
        crm.add(Contact(id=str(number), email=f"p{number}@a.example", emails=(f"p{number}@a.example",)))
    crm.add(Company(id="7", name="A"))
    crm.connect(Ref("contact", "1"), Ref("company", "7"), primary=True)
    store = Store.open(tmp_path / "store.db")
    yield Bench(crm, store, clock, Sync(), {"contact": ["Position"]}, {"contact": {"crmb_roles": ROLES}})
    store.close()


class Flaky:
    """Passes on to a connector; one method fails at one of its calls for contacts."""

    def __init__(self, inner: MemoryConnector, method: str, at: int, error: BaseException) -> None:
        self._inner, self._method, self._left, self._error = inner, method, at, error

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return partial(self._counted, found) if name == self._method else found

    def _counted(self, method: Callable[..., Any], name: ObjectName, *rest: Any) -> Any:
        self._left -= name == "contact"
        if self._left == 0 and name == "contact":
            raise self._error
        return method(name, *rest)


def test_the_first_sync_reads_all_and_the_next_only_what_changed(bench: Bench) -> None:
    first = bench.sync()
    assert first.read["contact"] == 5
    assert [item.id for item in bench.people()] == ["1", "2", "3", "4", "5"]
    bench.crm.edit(Ref("contact", "3"), {"Position": "CFO"})
    second = bench.sync()
    assert (second.read, second.changed) == ({"contact": 1}, {"contact": 1})
    assert isinstance(bench.people()[2], Contact)
    assert bench.people()[2].properties["Position"] == "CFO"
    assert bench.sync().read == {}


class Forgetful:
    """Passes on to a connector that knows its records and not which of them were modified."""

    def __init__(self, inner: MemoryConnector) -> None:
        self._inner = inner

    @property
    def capabilities(self) -> Capabilities:
        return self._inner.capabilities.model_copy(update={"changes": False})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def test_who_cannot_tell_what_changed_is_asked_for_all_at_each_sync(bench: Bench) -> None:
    # kills the mutant that lists only at first and once a week: nothing would be seen of what people do meanwhile
    forgetful = Forgetful(bench.crm)
    bench.sync(connector=forgetful)
    bench.crm.edit(Ref("contact", "3"), {"Position": "CFO"})
    bench.crm.remove(Ref("contact", "5"))
    result = bench.sync(connector=forgetful)
    assert (result.read["contact"], result.changed["contact"], result.archived["contact"]) == (4, 1, 1)
    assert [item.properties["Position"] for item in bench.people()] == [None, None, "CFO", None]
    assert bench.sync(connector=forgetful).changed == {}


class Lagging:
    """Passes on to a connector; says that its index lags by an hour."""

    def __init__(self, inner: MemoryConnector) -> None:
        self._inner = inner
        self.read: list[str] = []

    @property
    def capabilities(self) -> Capabilities:
        return self._inner.capabilities.model_copy(update={"overlap_seconds": 3600})

    def read_records(self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]) -> Sequence[Record]:
        self.read += ids
        return self._inner.read_records(name, ids, properties)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def test_what_the_overlap_finds_again_is_not_read_again(bench: Bench) -> None:
    lagging = Lagging(bench.crm)
    bench.sync(connector=lagging)
    bench.crm.edit(Ref("contact", "3"), {"Position": "CFO"})
    bench.sync(connector=lagging)
    bench.sync(connector=lagging)
    assert lagging.read == ["3"]  # kills the mutant that reads again whatever is named


def test_links_come_with_the_listing_and_follow_changes(bench: Bench) -> None:
    assert bench.sync().links == 2
    bench.crm.add(Deal(id="9", name="D"))
    bench.crm.connect(Ref("deal", "9"), Ref("contact", "2"), "Champion")
    bench.sync()
    with bench.store.reading() as tx:
        assert sorted(str(edge.label) for edge in bench.mirror.links.edges(tx, "deal", ["9"])) == ["Champion", "None"]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_an_interrupted_listing_goes_on_at_its_page_and_loses_nothing(bench: Bench, page: int) -> None:
    # kills the mutant that saves the cursor before the records, and the one that starts anew
    stopped = Flaky(bench.crm, "read_page", page, RetryLater("the platform is away"))
    with pytest.raises(RetryLater):
        bench.sync(connector=stopped)
    assert not bench.complete()
    assert len(bench.people()) == min(2 * (page - 1), 5)
    rest = bench.sync()
    assert bench.complete()
    assert rest.read["contact"] == 5 - 2 * (page - 1)
    assert [item.id for item in bench.people()] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_an_interrupted_delta_goes_on_at_its_page_and_loses_nothing(bench: Bench, page: int) -> None:
    # kills the mutant that commits the cursor of the page that is read ahead
    bench.sync()
    for number in range(1, 6):
        bench.crm.edit(Ref("contact", str(number)), {"Position": "CFO"})
    done = 2 * (page - 1)
    with pytest.raises(RetryLater):
        bench.sync(connector=Flaky(bench.crm, "read_changes", page, RetryLater("away")))
    assert [item.properties["Position"] for item in bench.people()] == ["CFO"] * done + [None] * (5 - done)
    assert bench.sync().read == {"contact": 5 - done}
    assert [item.properties["Position"] for item in bench.people()] == ["CFO"] * 5


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_interrupted_links_go_on_at_their_batch_and_lose_nothing(
    bench: Bench, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LINK_BATCH", 2)
    for number in range(2, 6):
        bench.crm.connect(Ref("contact", str(number)), Ref("company", "7"), primary=True)
    with pytest.raises(RetryLater):
        bench.sync(connector=Flaky(bench.crm, "read_links", batch, RetryLater("away")))
    assert _linked(bench) == [str(number) for number in range(1, 6)][: 2 * (batch - 1)]
    bench.sync()
    assert _linked(bench) == ["1", "2", "3", "4", "5"]


def _linked(bench: Bench) -> list[str]:
    with bench.store.reading() as tx:
        return sorted({edge.source.id for edge in bench.mirror.links.edges(tx, "company", ["7"])})


def test_a_failure_to_store_a_page_leaves_no_helper_thread(bench: Bench) -> None:
    stopped = Flaky(bench.crm, "read_authors", 1, RetryLater("away"))
    for number in range(1, 6):
        bench.crm.edit(Ref("contact", str(number)), {"crmb_roles": "user"})
    with pytest.raises(RetryLater):
        bench.sync(connector=stopped)
    assert [thread.name for thread in threading.enumerate() if "crmbridge" in thread.name] == []
    assert bench.people() == []
    assert bench.sync().decisions == 5


def test_an_unfinished_listing_deletes_nothing_a_finished_one_does(bench: Bench) -> None:
    bench.sync()
    bench.crm.remove(Ref("contact", "1"))
    bench.crm.remove(Ref("contact", "5"))
    with pytest.raises(RetryLater):
        bench.sync(full=True, connector=Flaky(bench.crm, "read_page", 2, RetryLater("away")))
    assert len(bench.people()) == 5
    assert bench.sync(full=True).archived == {"contact": 2}
    assert [item.id for item in bench.people()] == ["2", "3", "4"]


def test_a_new_property_is_read_of_every_record(bench: Bench) -> None:
    bench.sync()
    bench.properties = {"contact": ["Position", "GivenName"]}
    assert bench.sync().read["contact"] == 5
    assert all("GivenName" in item.properties for item in bench.people())


def test_a_property_that_was_asked_for_is_empty_not_unknown(bench: Bench) -> None:
    bench.properties = {"contact": ["NoSuchProperty"]}
    bench.sync()
    assert bench.people()[0].properties == {"NoSuchProperty": None, "crmb_roles": None}


def test_engagements_beyond_the_months_wanted_are_left_out(bench: Bench) -> None:
    for number, at in (("1", START - timedelta(days=729)), ("2", START - timedelta(days=732))):
        bench.crm.add(Engagement(id=number, object="email", at=at))
    bench.sync()
    assert [item.id for item in bench.mirror.records("email")] == ["1"]


def _plugin(transform: Callable[..., object]) -> ModuleType:
    module = ModuleType("p")
    module.transform_record = hookimpl(transform)  # type: ignore[attr-defined]
    return module


def test_what_a_plugin_drops_or_fails_on_is_unknown_not_deleted(bench: Bench) -> None:
    bench.sync()

    def transform_record(ctx: Any, record: Record) -> object:
        if record.id == "2":
            raise ValueError("p2@a.example")
        return DROP if record.id == "3" else None

    bench.plugin = _plugin(transform_record)
    result = bench.sync(full=True)
    assert (result.quarantined, result.archived) == ({"contact": 1}, {})
    assert len(bench.people()) == 5


def test_too_many_refused_records_stop_the_sync(bench: Bench) -> None:
    for number in range(100, 160):
        bench.crm.add(Contact(id=str(number)))

    def transform_record(ctx: Any, record: Record) -> object:
        if record.object == "contact":
            raise ValueError
        return None

    bench.plugin = _plugin(transform_record)
    with pytest.raises(FixPlugin, match="65 of 65 contact records"):
        bench.sync()


def test_a_persons_edit_of_our_property_is_a_decision(bench: Bench) -> None:
    bench.sync()
    bench.crm.edit(Ref("contact", "2"), {"crmb_roles": "decider"}, user="42")
    assert bench.sync().decisions == 1
    assert bench.decisions() == {"2 roles": "decider"}
    assert bench.sync(full=True).decisions == 0
    bench.crm.edit(Ref("contact", "2"), {"crmb_roles": "user"}, user="42")
    bench.sync()
    assert bench.decisions() == {"2 roles": "user"}


def test_a_programs_edit_is_no_decision(bench: Bench) -> None:
    bench.crm.edit(Ref("contact", "2"), {"crmb_roles": "decider"})
    place = (Ref("contact", "2"), "crmb_roles")
    bench.crm.authors[place] = Version(value="decider", at=START, author="system")
    bench.sync()
    assert bench.decisions() == {}


def test_a_value_that_we_confirmed_is_ours_whatever_the_history_says(bench: Bench) -> None:
    # kills the mutant that asks the history only
    from crmbridge.model import PropertyChange

    bench.sync()
    change = PropertyChange(
        subject=Ref("contact", "2"), property="crmb_roles", before=None, after="buyer", policy="own"
    )
    with Progress(bench.store, "main").run("apply", "a") as run, bench.store.writing(run.lease) as tx:
        Journal(bench.store, "main").manifest.confirm(tx, "plan", [change])
    bench.crm.edit(Ref("contact", "2"), {"crmb_roles": "buyer"})
    assert bench.sync().decisions == 0
    bench.crm.edit(Ref("contact", "2"), {"crmb_roles": "user"})
    bench.sync()
    assert bench.decisions() == {"2 roles": "user"}
    bench.crm.edit(Ref("contact", "2"), {"crmb_roles": "buyer"})
    bench.sync()
    assert bench.decisions() == {}


class Circle:
    """Passes on to a connector; its contact pages never end."""

    def __init__(self, inner: MemoryConnector, records: Sequence[Record]) -> None:
        self._inner, self._records = inner, records

    def read_page(self, name: ObjectName, properties: Sequence[str], after: str | None) -> Page:
        if name != "contact":
            return self._inner.read_page(name, properties, after)
        return Page(self._records, "b" if after == "a" else "a") if self._records else Page([], f"{after}x")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.mark.parametrize("records", [[Contact(id="1")], []])
def test_paging_in_circles_is_stopped(bench: Bench, records: list[Record]) -> None:
    with pytest.raises(RetryLater, match="goes round in circles"):
        bench.sync(connector=Circle(bench.crm, records))


def test_our_value_in_another_spelling_is_no_decision(bench: Bench) -> None:
    """Kills: comparing texts: a person who saves the form would lock the property for ever."""
    bench.crm.add(Contact(id="2"))
    bench.sync()
    change = PropertyChange(
        subject=Ref("contact", "2"), property="crmb_roles", before=None, after="user;buyer", policy="own", by="p"
    )
    with Progress(bench.store, "main").run("apply", "a") as run, bench.store.writing(run.lease) as tx:
        Journal(bench.store, "main").manifest.confirm(tx, "plan", [change])
    bench.crm.edit(Ref("contact", "2"), {"crmb_roles": "buyer;user"})
    assert bench.sync().decisions == 0
    bench.crm.edit(Ref("contact", "2"), {"crmb_roles": "buyer"})
    assert bench.sync().decisions == 1
    bench.crm.edit(Ref("contact", "2"), {"crmb_roles": "buyer; user"})
    bench.sync()
    with bench.store.reading() as tx:
        assert Judgements(bench.store, "main").decisions(tx, "contact", ["2"]) == {}, "our value was put back"
