"""A plan as people and scripts see it."""

from __future__ import annotations

import json

import pytest

from crmbridge.config import Writeback
from crmbridge.model import Plan, PropertySpec
from crmbridge.writeback import to_data, to_markdown, to_text

from .conftest import Portal

NOTE = PropertySpec(object="contact", name="note", label="Note", type="text")
STAMP = PropertySpec(object="contact", name="at", label="At", type="date", stamp=True)
NASTY = "one\ntwo | **bold** <script>alert(1)</script> \u202e[x](y) " + "z" * 100


@pytest.fixture
def plan(portal: Portal) -> Plan:
    portal.config = Writeback()
    portal.register(NOTE, STAMP)
    portal.contacts("1", "2", "3", "4")
    portal.judge({"1": NASTY, "2": "b", "3": "c", "4": "d"}, "note", reason="because")
    return portal.plan()


def test_the_text_tells_what_changes_why_and_what_it_waits_for(plan: Plan) -> None:
    text = to_text(plan, 2)
    assert f"Plan {plan.hash[:12]} for main as of 2026-03-01: 11 changes of 4 records" in text
    assert "create property contact.crmb_note" in text
    assert "4 filled, 0 changed, 0 cleared; 0 have a value now; by judge" in text
    assert "2: (empty) → b  because (judge)" in text
    assert "3: (empty) → c" not in text
    assert "waits for approval:" in text
    assert "[first-apply]" in text


def test_the_text_keeps_a_row_on_its_line(plan: Plan) -> None:
    line = next(line for line in to_text(plan).splitlines() if line.startswith("  1: "))
    assert "one ⏎ two" in line
    assert "\u202e" not in line
    assert "z" * 61 not in line


def test_markdown_shows_values_as_they_stand(plan: Plan) -> None:
    page = to_markdown(plan)
    assert plan.hash in page
    assert "<script>" not in page
    assert "**bold**" not in page
    rows = [line for line in page.splitlines() if line.startswith("| 1 ")]
    assert rows
    assert rows[0].replace("\\|", "").count("|") == 6


def test_data_is_json_and_holds_examples_and_figures(plan: Plan) -> None:
    data = json.loads(json.dumps(to_data(plan, 1)))
    assert (data["hash"], data["rows"], data["records"]) == (plan.hash, 11, 4)
    assert [item["action"] for item in data["definitions"]] == ["create group", "create property", "create property"]
    (note,) = data["properties"]
    assert (note["property"], note["filled"]) == ("crmb_note", 4)
    assert [row["id"] for row in note["examples"]] == ["1"]
    assert [item["code"] for item in data["findings"]] == ["first-apply"]


def test_an_empty_plan_says_so(portal: Portal) -> None:
    portal.register()
    plan = portal.plan()
    assert "nothing to change" in to_text(plan)
    assert "nothing to change" in to_markdown(plan)
