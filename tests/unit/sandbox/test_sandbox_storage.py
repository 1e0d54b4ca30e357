"""The database behind a portal: pages without a walk, an index that lags, dumps, large portals."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmbridge.errors import FixConfig
from crmbridge.sandbox import Portal, dump_portal, generate_bulk, load_portal
from crmbridge.sandbox import index as index_module
from crmbridge.sandbox.envelope import Request
from crmbridge.sandbox.kinds import KINDS
from crmbridge.sandbox.records import Record
from crmbridge.sandbox.routes import handle
from crmbridge.sandbox.rows import pack, render, unpack

CONTACTS = KINDS["contacts"]


class Clock:
    """A present that stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = 1_790_000_000_000

    def __call__(self) -> int:
        """Return the present."""
        return self.now


def ask(portal: Portal, path: str, body: object = None) -> Any:
    """Make one call and return what was answered."""
    head = {"authorization": f"Bearer {portal.token}", "content-type": "application/json"}
    path, _, query = path.partition("?")
    request = Request("GET" if body is None else "POST", path, query, head, json.dumps(body).encode() if body else b"")
    response = handle(portal, request)
    assert response.status < 300, response.body
    return json.loads(response.body)


def search(portal: Portal, *filters: tuple[str, str, object], **more: object) -> Any:
    """Search contacts that meet every filter."""
    rules = [{"propertyName": name, "operator": operator, "value": str(value)} for name, operator, value in filters]
    body = {"filterGroups": [{"filters": rules}], "limit": 200, "properties": ["firstname"], **more}
    return ask(portal, "/crm/objects/2026-09/contacts/search", body)


def found(portal: Portal, *filters: tuple[str, str, object], **more: object) -> list[str]:
    """Return the ids that a search finds."""
    return [row["id"] for row in search(portal, *filters, **more)["results"]]


@pytest.fixture
def quiet() -> Portal:
    """Return a portal without limits and with a clock that stands still."""
    portal = Portal(clock=Clock())
    portal.limits.off()
    return portal


@pytest.mark.parametrize("value", ["plain", 'say "no"', "ä\n\t\x1e\x1f\\", "100%s", "", "\U0001f600"])
def test_a_value_comes_back_as_it_was_kept(value: str) -> None:
    # Kills the mutants that leave the separators, quotes or percent signs of a value as they are.
    body = pack({"firstname": value, "lastname": "%d"})
    assert unpack(body) == {"firstname": value, "lastname": "%d"}
    [text] = render(CONTACTS, [(7, 0, 1, None, body)], ["lastname", "firstname", "100%"], 1)
    shown = json.loads(text)
    assert shown["properties"] == {"lastname": "%d", "firstname": value, "100%": None}
    assert (shown["id"], shown["updatedAt"], shown["archived"]) == ("7", "1970-01-01T00:00:00.001Z", False)


def test_a_record_without_values_and_one_with_a_single_asked_one_are_shown() -> None:
    # Kills the mutant that picks a text where a tuple is needed: it would show the letters.
    rows = [(1, 0, 0, None, pack({})), (2, 0, 0, 5, pack({"firstname": "Ada"}))]
    one, two = map(json.loads, render(CONTACTS, rows, ["firstname"], 1))
    assert (one["properties"], two["properties"]) == ({"firstname": None}, {"firstname": "Ada"})
    assert two["archivedAt"] == "1970-01-01T00:00:00.005Z"


def test_what_is_written_to_a_found_record_is_kept_only_by_saving_it(quiet: Portal) -> None:
    one = quiet.add("contacts", {"email": "ada@firm.example"})
    record = quiet.find(CONTACTS, one)
    assert record is not None
    record.properties["firstname"] = "Ada"
    assert "firstname" not in quiet.record("contacts", one)["properties"]
    quiet.save(record)
    assert quiet.record("contacts", one)["properties"]["firstname"] == "Ada"


def test_a_unique_value_is_found_in_its_newest_form_only(quiet: Portal) -> None:
    one = quiet.add("contacts", {"email": "old@firm.example", "hs_additional_emails": "a@firm.example;b@firm.example"})
    quiet.edit("contacts", one, {"email": "new@firm.example"})
    names = ("old@firm.example", "NEW@firm.example", "b@firm.example", "c@firm.example")
    hits = [quiet.by_value(CONTACTS, "email", name) for name in names]
    assert [hit.id if hit else None for hit in hits] == [None, one, one, None]
    quiet.archive("contacts", one)
    assert quiet.by_value(CONTACTS, "email", "new@firm.example") is None


def test_a_property_that_becomes_unique_later_is_found_too(quiet: Portal) -> None:
    quiet.define("contacts", "erp_id")
    one = quiet.add("contacts", {"erp_id": "A-1"})
    quiet.properties["contacts"]["erp_id"]["hasUniqueValue"] = True
    hit = quiet.by_value(CONTACTS, "erp_id", "A-1")
    assert hit is not None
    assert hit.id == one
    assert quiet.by_value(CONTACTS, "erp_id", "a-1") is None  # only addresses are the same in either case


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize("down", [False, True])
def test_searches_by_id_and_time_find_the_same_whether_there_are_few_hits_or_many(
    quiet: Portal, monkeypatch: pytest.MonkeyPatch, few: int, *, down: bool
) -> None:
    # Kills the mutants that mix up the two ways, their bounds or their order.
    monkeypatch.setattr(index_module, "FEW", few)
    for number in range(40):
        record = Record(str(100 + number), {"firstname": "x"}, 0, 1_000 * (number % 4))
        quiet.insert(CONTACTS, record)
    expected = [str(100 + n) for n in range(40) if n % 4 >= 2 and 110 < 100 + n <= 130]
    expected = expected[::-1] if down else expected
    rules = (("lastmodifieddate", "GTE", 2_000), ("hs_object_id", "GT", 110), ("hs_object_id", "LTE", 130))
    way = [{"propertyName": "hs_object_id", "direction": "DESCENDING" if down else "ASCENDING"}]
    page = search(quiet, *rules, sorts=way, limit=4, after="2")
    assert [row["id"] for row in page["results"]] == expected[2:6]
    assert page["paging"]["next"]["after"] == "6"
    last = search(quiet, *rules, sorts=way, limit=4, after="8")
    assert [row["id"] for row in last["results"]] == expected[8:12]
    assert ("paging" in last, last["total"]) == (len(expected) > 12, len(expected))


def test_a_range_of_ids_is_counted_exactly_and_paged_from_either_end(quiet: Portal) -> None:
    ids = [quiet.add("contacts", {}) for _ in range(9)]
    quiet.archive("contacts", ids[4])
    down = [{"propertyName": "hs_object_id", "direction": "DESCENDING"}]
    page = search(quiet, ("hs_object_id", "LT", ids[8]), sorts=down, limit=3, after="2")
    assert [row["id"] for row in page["results"]] == [ids[5], ids[3], ids[2]]
    assert page["total"] == 7


def test_groups_are_alternatives_also_where_the_database_decides_only_one(quiet: Portal) -> None:
    ids = [quiet.add("contacts", {"firstname": name, "email": f"{name}@x.example"}) for name in ("a", "b", "c")]
    groups = [
        {"filters": [{"propertyName": "email", "operator": "EQ", "value": "A@x.example"}]},
        {"filters": [{"propertyName": "firstname", "operator": "EQ", "value": "c"}]},
        {"filters": [{"propertyName": "hs_object_id", "operator": "EQ", "value": ids[1]}]},
    ]
    assert found(quiet, filterGroups=groups[:2]) == [ids[0], ids[2]]
    assert found(quiet, filterGroups=[groups[0], groups[2]]) == ids[:2]
    assert found(quiet, filterGroups=groups) == ids


def test_the_index_shows_each_version_when_its_time_has_come(quiet: Portal) -> None:
    # Kills the mutants that show the newest values as soon as the first write is due, and that let a third write
    # overwrite what the first one showed.
    clock = quiet.clock
    assert isinstance(clock, Clock)
    one = quiet.add("contacts", {"firstname": "v0", "email": "v0@x.example"})
    assert found(quiet, ("email", "EQ", "v0@x.example")) == [
        one
    ]  # nothing waits now: later writes must say that they do
    quiet.search_lag = 200
    for step in ("v1", "v2", "v3"):
        clock.now += 60
        quiet.edit("contacts", one, {"firstname": step, "email": f"{step}@x.example"})

    def seen() -> list[str]:
        rows = search(quiet, ("hs_object_id", "EQ", one), properties=["firstname"])["results"]
        return [row["properties"]["firstname"] for row in rows]

    assert seen() == ["v0"]
    assert found(quiet, ("email", "EQ", "v0@x.example")) == [one]
    for step, pause in (("v1", 80), ("v2", 60), ("v3", 60)):
        assert found(quiet, ("email", "EQ", f"{step}@x.example")) == []
        clock.now += pause
        assert seen() == [step]
        assert found(quiet, ("email", "EQ", f"{step}@x.example")) == [one]


def test_a_new_record_is_searched_late_and_an_archived_one_never(quiet: Portal) -> None:
    clock = quiet.clock
    assert isinstance(clock, Clock)
    quiet.search_lag = 100
    one, two = quiet.add("contacts", {}), quiet.add("contacts", {})
    assert found(quiet, ("hs_object_id", "GT", 0)) == []
    quiet.archive("contacts", two)
    clock.now += 100
    assert found(quiet, ("hs_object_id", "GT", 0)) == [one]
    quiet.restore("contacts", two)
    assert found(quiet, ("hs_object_id", "GT", 0)) == [one, two]


def test_a_dump_brings_the_portal_back_and_nobody_else_reads_it(quiet: Portal, tmp_path: Path) -> None:
    quiet.define("contacts", "erp_id", unique=True)
    machines = quiet.define_object("machines", "machine", required=["name"])
    label, _ = quiet.define_label("contacts", "companies", "Adviser")
    firm, gone = quiet.add("companies", {"name": "X"}), quiet.add("contacts", {})
    one = quiet.add("contacts", {"erp_id": "A-1", "firstname": "Ada"})
    quiet.edit("contacts", one, {"firstname": "Eva"}, user=7)
    quiet.link("contacts", one, "companies", firm, "Adviser")
    quiet.archive("contacts", gone)
    quiet.truth = {"5": {one: frozenset({"decider"})}}
    quiet.require("deals", "amount", "dealtype", "newbusiness")
    before = {name: quiet.record("contacts", name) for name in (one, gone)}
    dump_portal(quiet, tmp_path / "portal.db")
    quiet.archive("contacts", one)
    assert stat.S_IMODE((tmp_path / "portal.db").stat().st_mode) == 0o600
    again = load_portal(tmp_path / "portal.db")
    assert {name: again.record("contacts", name) for name in (one, gone)} == before
    assert again.links.of(("contacts", "companies"), one) == {firm: (label, 279)}
    assert (again.token, again.kinds["machines"], again.truth) == (quiet.token, machines, quiet.truth)
    assert again.rules == [("deals", "amount", "dealtype", "newbusiness")]
    assert found(again, ("erp_id", "EQ", "a-1")) == [one]
    again.add("machines", {"name": "Press"})


@pytest.mark.parametrize("make", [lambda _: None, lambda path: path.write_text("no database, just text " * 40)])
def test_what_is_no_dump_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "portal.db")
    with pytest.raises(FixConfig, match="--save"):
        load_portal(tmp_path / "portal.db")


def test_a_large_portal_has_the_figures_asked_for_and_the_uneven_shape_of_real_ones(tmp_path: Path) -> None:
    figures: dict[str, Any] = {"contacts": 3_000, "companies": 60, "deals": 90, "engagements": 700}
    portal = generate_bulk(3, date(2026, 11, 2), path=tmp_path / "portal.db", **figures)
    records, links = portal.truth_counts()
    assert sum(records.values()) == sum(figures.values())
    assert all(number == links[pair[::-1]] for pair, number in links.items())
    assert links["contacts", "companies"] == 2_700
    assert (links["deals", "companies"], links["emails", "contacts"]) == (90, records["emails"])
    ids = portal.ids("contacts")
    assert (ids[0], ids[50], len(ids[51])) == ("1", "51", 11)
    largest = max(len(portal.links.of(("companies", "contacts"), one)) for one in portal.ids("companies"))
    assert largest >= 270
    one = portal.record("contacts", ids[1_000])["properties"]
    assert len(one) >= 30
    assert portal.links.primary_of(("contacts", "companies"), ids[1_000]) == one["associatedcompanyid"]
    again = generate_bulk(3, date(2026, 11, 2), **figures)
    assert [again.record("contacts", name) for name in ids[::500]] == [portal.record("contacts", n) for n in ids[::500]]
    portal.limits.off()
    assert found(portal, ("email", "EQ", one["email"])) == [ids[1_000]]
    assert search(portal, ("lastmodifieddate", "GTE", 0))["total"] == 3_000


def test_engagements_for_each_contact_come_alike(tmp_path: Path) -> None:
    portal = generate_bulk(contacts=100, companies=5, deals=3, engagements_per_contact=2)
    pairs = [(name, "contacts") for name in ("emails", "calls", "meetings", "notes", "tasks")]
    each = [sum(len(portal.links.of(pair[::-1], one)) for pair in pairs) for one in portal.ids("contacts")]
    assert each == [2] * 100


def test_an_account_that_cannot_be_is_refused() -> None:
    with pytest.raises(FixConfig, match="companies"):
        generate_bulk(contacts=1, companies=0, deals=1, engagements=0)
