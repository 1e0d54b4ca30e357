"""What a Singer target is told, and what it is told again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge import Bridge
from crmbridge.app.exporting import LATE
from crmbridge.errors import FixConfig
from crmbridge.export import State, Stream, Table, messages, read_state
from crmbridge.export.columns import plain

from .conftest import ANNA, BERND, MODIFIED, SYNCED, Open, fill

LATER = SYNCED + timedelta(days=2)


def sent(messages: list[dict[str, Any]], stream: str = "contacts") -> list[str]:
    return [item["record"]["id"] for item in messages if item["type"] == "RECORD" and item["stream"] == stream]


def bookmarks(messages: list[dict[str, Any]]) -> dict[str, Any]:
    states = [item["value"] for item in messages if item["type"] == "STATE"]
    return dict(states[-1]["bookmarks"])


def test_each_table_is_a_schema_its_records_and_the_state_so_far(bridge: Bridge) -> None:
    found = list(bridge.singer(["deals", "roles"]))
    kinds = [(item["type"], item.get("stream")) for item in found]
    assert kinds[:3] == [("SCHEMA", "deals"), ("RECORD", "deals"), ("STATE", None)]
    assert (kinds[3], kinds[-1]) == (("SCHEMA", "roles"), ("STATE", None))
    assert list(found[2]["value"]["bookmarks"]) == ["deals"]
    assert found[0]["key_properties"] == ["id"]
    assert found[0]["bookmark_properties"] == ["updated_at"]
    assert "bookmark_properties" not in found[3]
    assert found[1]["record"]["amount"] == "12500.50"


def test_the_next_export_sends_what_was_modified_since_and_what_has_no_time(open_bridge: Open) -> None:
    # Kills: a bookmark of the newest row sent, which passes over what a sync reads late; sending all again.
    bridge = open_bridge()
    first = list(bridge.singer(["contacts"]))
    assert sent(first) == ["11", "12"]
    assert bookmarks(first)["contacts"]["replication_key_value"] == "2026-11-02T05:00:00Z"
    assert sent(list(bridge.singer(["contacts"], bookmarks(first)))) == ["12"]  # of Bernd the CRM says no time
    late = ANNA.model_copy(update={"updated_at": SYNCED - timedelta(minutes=30)})
    fill(bridge, [late, BERND.model_copy(update={"updated_at": MODIFIED})], LATER)
    second = list(bridge.singer(["contacts"], bookmarks(first)))
    assert sent(second) == ["11"]
    assert sent(list(bridge.singer(["contacts"], bookmarks(second)))) == []


def test_all_is_sent_again_when_there_is_a_new_column(open_bridge: Open) -> None:
    # Kills: a bookmark without the columns: what was sent before would lack the property for good.
    bridge = open_bridge()
    marks = bookmarks(list(bridge.singer(["contacts"])))
    fill(bridge, [BERND.model_copy(update={"updated_at": MODIFIED, "properties": {"new": "x"}})])
    assert sent(list(bridge.singer(["contacts"], marks))) == ["11", "12"]


def test_a_bookmark_of_another_account_or_that_nobody_can_read_is_none(bridge: Bridge) -> None:
    marks = bookmarks(list(bridge.singer(["contacts"])))
    for change in ({"fingerprint": "another"}, {"replication_key_value": "yesterday"}, {"replication_key_value": None}):
        assert sent(list(bridge.singer(["contacts"], {"contacts": marks["contacts"] | change}))) == ["11", "12"]


def test_what_was_judged_is_sent_whole_each_time(bridge: Bridge) -> None:
    first = list(bridge.singer(["roles"]))
    again = list(bridge.singer(["roles"], bookmarks(first)))
    assert [item for item in again if item["type"] == "RECORD"] == [item for item in first if item["type"] == "RECORD"]
    assert bookmarks(first) == {"roles": {}}


def test_bookmarks_of_streams_that_are_not_exported_now_are_kept(bridge: Bridge) -> None:
    marks = bookmarks(list(bridge.singer(["contacts"])))
    assert bookmarks(list(bridge.singer(["deals"], marks))).keys() == {"contacts", "deals"}


def test_a_kind_of_engagement_that_was_never_synced_whole_gives_no_bookmark(open_bridge: Open) -> None:
    bridge = open_bridge()
    assert bookmarks(list(bridge.singer(["engagements"])))["engagements"]["replication_key"] == "updated_at"
    call = {"object": "call", "id": "91", "at": MODIFIED.astimezone(UTC)}
    with bridge._run("sync") as run, bridge.store.writing(run.lease) as tx:
        bridge.mirror.put(tx, [next(bridge.engagements()).model_copy(update=call)], 1, 1)
    assert bookmarks(list(bridge.singer(["engagements"])))["engagements"] == {}


def test_a_table_whose_records_are_still_read_by_id_gives_no_bookmark(open_bridge: Open) -> None:
    # Kills: a bookmark while a new property is being read of records that nobody modifies: it would never be sent.
    bridge = open_bridge()
    with bridge._run("sync") as run, bridge.store.writing(run.lease) as tx:
        bridge.mirror.due.add(tx, "properties", "contact", ["11"])
    marks = bookmarks(list(bridge.singer(["contacts", "deals"])))
    assert marks["contacts"] == {}
    assert marks["deals"]["replication_key"] == "updated_at"


class Item(NamedTuple):
    id: str
    updated_at: datetime | None
    value: int


def things(items: Iterable[Item]) -> Table:
    columns = (plain("id"), plain("updated_at", "datetime"), plain("value", "integer"))
    return Table("things", "", columns, ("id",), lambda: iter(list(items)), "updated_at")


EDITS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from((1, 23)), st.booleans()), max_size=4)


@given(st.lists(EDITS, min_size=1, max_size=6))
def test_what_was_sent_bit_by_bit_is_what_a_whole_export_sends(days: list[list[tuple[str, int, bool]]]) -> None:
    # Kills: a bookmark of the last sync without LATE; news only after the bookmark and not at it.
    crm = {"x": Item("x", None, 0)}
    late: dict[str, Item] = {}
    got: dict[str, dict[str, Any]] = {}
    state: State = {}
    for day, edits in enumerate(days):
        midnight = SYNCED + timedelta(days=day)
        crm |= late | {"x": Item("x", None, day)}
        late = {}
        for id_, hour, slow in sorted(edits, key=lambda edit: edit[1]):
            item = Item(id_, midnight + timedelta(hours=hour), day * 100 + hour)
            if slow and hour == 23:  # so shortly before the sync that its search did not find it
                late[id_] = item
            else:
                crm[id_] = item
        stream = Stream(things(crm.values()), "1000", midnight + timedelta(hours=24) - LATE)
        for message in messages([stream], state):
            if message["type"] == "RECORD":
                got[message["record"]["id"]] = message["record"]
            state = message["value"]["bookmarks"] if message["type"] == "STATE" else state
        whole = [message["record"] for message in messages([stream]) if message["type"] == "RECORD"]
        assert sorted(got.values(), key=itemgetter("id")) == sorted(whole, key=itemgetter("id"))


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_state_file_may_hold_the_message_or_its_value(wrapped: bool, tmp_path: Path) -> None:
    value = {"bookmarks": {"contacts": {"replication_key": "updated_at"}}}
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"type": "STATE", "value": value} if wrapped else value))
    assert read_state(path) == value["bookmarks"]


@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, "\xff", "[]", "7", '{"bookmarks": []}', '{"bookmarks": {"a": 1}}', '{"value": 3}']
)
def test_a_file_that_is_no_state_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(FixConfig, match=r"state\.json is no"):
        read_state(path)


def test_an_empty_state_is_that_of_a_first_run_and_a_missing_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("{}")
    assert read_state(tmp_path / "empty.json") == {}
    with pytest.raises(FixConfig, match="leave out --state"):
        read_state(tmp_path / "missing.json")
