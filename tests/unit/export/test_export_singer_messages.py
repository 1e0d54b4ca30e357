"""What a Singer target is told, and what it is told again."""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from crmbridge import Bridge
from crmbridge.errors import FixConfig
from crmbridge.export import read_state

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


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_state_file_may_hold_the_message_or_its_value(wrapped: bool, tmp_path: Path) -> None:
    value = {"bookmarks": {"contacts": {"replication_key": "updated_at"}}}
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"type": "STATE", "value": value} if wrapped else value))
    assert read_state(path) == value["bookmarks"]


@pytest.mark.parametrize("text", ["", "[]", "7", '{"bookmarks": []}', '{"bookmarks": {"a": 1}}', '{"value": 3}'])
def test_a_file_that_is_no_state_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(FixConfig, match=r"state\.json is no"):
        read_state(path)


def test_an_empty_state_is_that_of_a_first_run_and_a_missing_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("{}")
    assert read_state(tmp_path / "empty.json") == {}
    with pytest.raises(FixConfig, match="leave out --state"):
        read_state(tmp_path / "missing.json")
