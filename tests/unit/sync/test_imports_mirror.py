"""Imported touchpoints in the mirror: whom they were with, what judging sees, what a sync and an erasure do to them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbridge import Bridge, Company, Contact, Deal, Ref
from crmbridge.config import Config
from crmbridge.errors import FixRequest, SyncFirst
from crmbridge.plugins import Plugins
from crmbridge.store.schema import dirty, due, links, queue, records
from crmbridge.sync.imports import importing
from crmbridge.testing import MemoryConnector

CONFIG = """
[connections.main]
connector = "memory"
[privacy]
processing = "legitimate-interest"
"""

HEADS = ("date", "email", "contact id", "domain", "deal", "channel", "topic", "content")
FAIR = ("2026-05-04", "ann@client.example", "", "", "", "trade_fair", "presses", "")


@pytest.fixture
def crm() -> MemoryConnector:
    made = MemoryConnector(clock=lambda: datetime(2026, 5, 1, tzinfo=UTC))
    firm = made.add(Company(id="1", name="Client", domains=("client.example",)))
    deal = made.add(Deal(id="7", name="Press"))
    for number, name in enumerate(("ann", "bob"), start=10):
        mail = f"{name}@client.example"
        person = made.add(Contact(id=str(number), email=mail, emails=(mail,), first_name=name, last_name="Doe"))
        made.connect(person, firm, "Primary", primary=True)
        made.connect(deal, person)
    made.connect(deal, firm, "Primary", primary=True)
    return made


@pytest.fixture
def bridge(tmp_path: Path, crm: MemoryConnector) -> Iterator[Bridge]:
    (tmp_path / "crmbridge.toml").write_text(CONFIG)
    plugins = Plugins.load({}, entry_points=[])
    with Bridge(Config.load(tmp_path / "crmbridge.toml"), plugins=plugins, connector=crm) as made:
        made.sync()
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: Sequence[str], name: str = "fair.csv", heads: Sequence[str] = HEADS) -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([heads, *rows])
        return path

    return write


def ends(bridge: Bridge) -> set[tuple[str, str]]:
    with bridge.store.reading() as tx:
        rows = tx.execute(
            sa.select(links.c.target_object, links.c.target_id).where(links.c.source_object == "touchpoint")
        )
        return {(row[0], row[1]) for row in rows}


def stored(bridge: Bridge) -> int:
    return bridge.mirror.count("touchpoint")


def rows_of(bridge: Bridge, *tables: sa.Table) -> list[list[tuple[object, ...]]]:
    with bridge.store.reading() as tx:
        return [[tuple(row) for row in tx.execute(sa.select(table))] for table in tables]


def test_a_touchpoint_belongs_to_whom_its_row_names(bridge: Bridge, file: Callable[..., Path]) -> None:
    result = bridge.import_touchpoints(
        file(
            FAIR,
            ("2026-05-05", "", "11", "https://www.Client.example/de", "7", "phone", "", ""),
        )
    )
    assert (result.rows, result.new, result.set_aside, result.source) == (2, 2, 0, "fair")
    assert ends(bridge) == {("contact", "10"), ("contact", "11"), ("company", "1"), ("deal", "7")}


def test_rows_about_nobody_known_stay_aside_and_say_why_without_a_value(
    bridge: Bridge, file: Callable[..., Path]
) -> None:
    day = "2026-05-04"
    result = bridge.import_touchpoints(
        file(
            FAIR,
            (day, "who@elsewhere.example", "", "", "", "event", "", ""),
            (day, "", "99", "", "", "event", "", ""),
            (day, "", "", "elsewhere.example", "", "event", "", ""),
            (day, "", "", "", "99", "event", "", ""),
            (day, "", "", "", "", "event", "", ""),
            (day, "who@elsewhere.example", "", "client.example", "", "event", "", ""),
        )
    )
    assert [(item.line, item.reason) for item in result.aside] == [
        (3, "no contact has this e-mail address"),
        (4, "there is no such contact"),
        (5, "no company has this domain"),
        (6, "there is no such deal"),
        (7, "names no person, company or deal"),
    ]
    assert (result.new, result.partly, stored(bridge)) == (2, 1, 2)
    assert "elsewhere" not in str(result.document())


def test_the_same_file_twice_changes_nothing_at_all(bridge: Bridge, file: Callable[..., Path]) -> None:
    # kills: an id of the time of import, and links that are written anew and mark their ends
    path = file(FAIR, ("2026-05-05", "bob@client.example", "", "client.example", "7", "phone", "", ""))
    bridge.import_touchpoints(path)
    bridge.judge()
    before = rows_of(bridge, records, links, dirty, queue)
    again = bridge.import_touchpoints(path)
    assert (again.new, again.known) == (0, 2)
    assert rows_of(bridge, records, links, dirty, queue) == before
    assert before[2] == []


def test_a_file_that_overlaps_another_of_its_source_adds_only_what_is_new(
    bridge: Bridge, file: Callable[..., Path]
) -> None:
    later = ("2026-06-04", *FAIR[1:])
    bridge.import_touchpoints(file(FAIR, name="may.csv"), source="fairs")
    result = bridge.import_touchpoints(file(FAIR, later, later, name="june.csv"), source="fairs")
    assert (result.new, result.known) == (1, 2)
    assert [(item.name, item.touchpoints, item.first_on, item.last_on) for item in bridge.touchpoint_sources()] == [
        ("fairs", 2, "2026-05-04", "2026-06-04")
    ]


def test_strict_stores_nothing_if_one_row_of_many_cannot_be_taken_in(
    bridge: Bridge, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # kills: a commit per batch
    monkeypatch.setattr(importing, "BATCH", 1)
    path = file(FAIR, ("2026-05-04", "who@elsewhere.example", "", "", "", "event", "", ""))
    before = rows_of(bridge, records, links, dirty)
    with pytest.raises(FixRequest, match=r"fair.csv: nothing was stored.*1 rows.*line 3 \(no contact") as caught:
        bridge.import_touchpoints(path, strict=True)
    assert "elsewhere" not in str(caught.value)
    assert rows_of(bridge, records, links, dirty) == before


def test_a_file_that_breaks_off_half_way_leaves_nothing(
    bridge: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    path = tmp_path / "broken.csv"
    path.write_text('date,email\n2026-05-04,ann@client.example\n2026-05-04,"bob@client.example\n')
    with pytest.raises(FixRequest, match="line 3"):
        bridge.import_touchpoints(path)
    assert stored(bridge) == 0


def test_a_dry_run_says_what_would_be_and_stores_nothing(bridge: Bridge, file: Callable[..., Path]) -> None:
    path = file(FAIR, ("2026-05-04", "who@elsewhere.example", "", "", "", "event", "", ""))
    would = bridge.import_touchpoints(path, dry_run=True)
    assert (would.new, would.set_aside, would.dry_run, stored(bridge)) == (1, 1, True, 0)
    bridge.import_touchpoints(path)
    assert bridge.import_touchpoints(path, dry_run=True).known == 1


def test_before_the_first_sync_nobody_is_known(tmp_path: Path, crm: MemoryConnector, file: Callable[..., Path]) -> None:
    (tmp_path / "crmbridge.toml").write_text(CONFIG)
    with (
        Bridge(
            Config.load(tmp_path / "crmbridge.toml"), plugins=Plugins.load({}, entry_points=[]), connector=crm
        ) as made,
        pytest.raises(SyncFirst),
    ):
        made.import_touchpoints(file(FAIR))


def test_an_import_is_taken_out_again_and_no_other(bridge: Bridge, file: Callable[..., Path]) -> None:
    # kills: a search for the name's beginning
    for source in ("fair", "fair-2", "fairs"):
        bridge.import_touchpoints(file(FAIR), source=source)
    assert bridge.remove_touchpoints("fair") == 1
    assert [item.name for item in bridge.touchpoint_sources()] == ["fair-2", "fairs"]
    bridge.remove_touchpoints("fair-2")
    bridge.remove_touchpoints("fairs")
    assert ends(bridge) == set()
    assert rows_of(bridge, due) == [[]]
    with pytest.raises(FixRequest, match="there is no import 'fair': there are none"):
        bridge.remove_touchpoints("fair")


def test_judging_sees_an_import_and_its_removal(bridge: Bridge, file: Callable[..., Path]) -> None:
    def subjects() -> set[tuple[str, str | None, tuple[str, ...]]]:
        (center,) = bridge.buying_centers(["deal:7"])
        return {(touch.channel, touch.topic, touch.responders) for touch in center.touches}

    assert subjects() == set()
    bridge.import_touchpoints(file(("2026-05-04", "ann@client.example", "", "", "7", "trade_fair", "presses", "")))
    assert subjects() == {("trade_fair", "presses", ("contact:10",))}
    bridge.remove_touchpoints("fair")
    assert subjects() == set()


@pytest.mark.parametrize("full", [False, True])
def test_no_sync_takes_imported_touchpoints_or_their_links_away(
    bridge: Bridge, file: Callable[..., Path], crm: MemoryConnector, *, full: bool
) -> None:
    bridge.import_touchpoints(file(("2026-05-04", "ann@client.example", "", "client.example", "7", "event", "", "")))
    crm.edit(Ref("contact", "10"), {"jobtitle": "Buyer"})
    before = rows_of(bridge, links)
    bridge.sync(full=full)
    assert stored(bridge) == 1
    assert rows_of(bridge, links) == before


def test_an_import_follows_a_person_who_is_merged_and_no_sync_is_asked_for_its_links(
    bridge: Bridge, file: Callable[..., Path]
) -> None:
    # kills: links that go with the record that lost
    path = file(FAIR)
    bridge.import_touchpoints(path)
    bridge.judge()
    with bridge._run("test") as run, bridge.store.writing(run.lease) as tx:
        bridge.mirror.merged(tx, "contact", "11", ["10"])
    assert ends(bridge) == {("contact", "11")}
    with bridge.store.reading() as tx:
        assert "touchpoint" not in set(tx.scalars(sa.select(due.c.object)))
        assert ("contact", "11") in {(row.object, row.id) for row in tx.execute(sa.select(dirty))}
    by_id = file(("2026-07-04", "", "10", "", "", "event", "", ""), name="later.csv")
    assert bridge.import_touchpoints(by_id).new == 1
    assert ends(bridge) == {("contact", "11")}


def test_forgetting_a_person_erases_what_was_imported_of_them_and_of_nobody_else(
    bridge: Bridge, file: Callable[..., Path]
) -> None:
    # kills: a touchpoint of theirs that stays at the company, with its page and topic
    page = "https://v.example/?for=ann@client.example"
    bridge.import_touchpoints(
        file(
            ("2026-05-04", "ann@client.example", "", "client.example", "7", "event", "salary talks", page),
            ("2026-05-04", "bob@client.example", "", "client.example", "7", "event", "presses", ""),
        )
    )
    bridge.judge()
    done = bridge.forget(Ref("contact", "10"))
    assert (done.erased.imported, stored(bridge), done.wiped) == (1, 1, True)
    for path in bridge.config.store_path.parent.glob("*.db*"):
        content = path.read_bytes()
        assert b"salary talks" not in content
        assert b"ann@client" not in content
    (center,) = bridge.buying_centers(["deal:7"])
    assert [touch.topic for touch in center.touches] == ["presses"]


def test_a_forgotten_person_is_not_brought_back_by_a_file(bridge: Bridge, file: Callable[..., Path]) -> None:
    # kills: a row of theirs that is kept for its company, or for its page
    bridge.forget(Ref("contact", "10"))
    page = "https://v.example/?for=ann@client.example"
    result = bridge.import_touchpoints(
        file(
            ("2026-05-04", "Ann@client.example", "", "client.example", "7", "event", "", ""),
            ("2026-05-04", "", "10", "client.example", "", "event", "", ""),
            ("2026-05-04", "bob@client.example", "", "", "", "website", "", page),
        )
    )
    assert [item.reason for item in result.aside] == ["the person was forgotten"] * 2
    assert b"ann@client" not in bridge.config.store_path.read_bytes()
    assert next(iter(bridge.mirror.records("touchpoint"))).model_dump()["content"] is None


def test_what_is_held_of_a_person_names_imported_touchpoints(bridge: Bridge, file: Callable[..., Path]) -> None:
    bridge.import_touchpoints(file(FAIR))
    (held,) = bridge.subject_access(Ref("contact", "10"))["engagements"]
    assert (held["object"], held["topic"]) == ("touchpoint", "presses")


ROW = st.tuples(
    st.sampled_from(["2026-05-04", "2026-05-05", "04.05.2026", "never"]),
    st.sampled_from(["ann@client.example", "bob@client.example", "who@elsewhere.example", ""]),
    st.just(""),
    st.sampled_from(["", "client.example"]),
    st.sampled_from(["", "7"]),
    st.sampled_from(["trade_fair", "website", "pigeon"]),
    st.sampled_from(["", "=cmd", "presses"]),
    st.just(""),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=8), data=st.data())
def test_every_row_is_accounted_for_and_their_order_makes_no_difference(
    bridge: Bridge, file: Callable[..., Path], rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    result = bridge.import_touchpoints(file(*rows), source="one")
    assert result.rows == len(rows) == result.new + result.known + result.skipped + result.set_aside
    other = bridge.import_touchpoints(file(*data.draw(st.permutations(rows))), source="one")
    assert (other.new, other.set_aside) == (0, result.set_aside)
    if stored(bridge):
        bridge.remove_touchpoints("one")
    assert (stored(bridge), ends(bridge)) == (0, set())
