"""A plan as people and scripts see it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from crmbridge.model import (
    ActivityChange,
    Change,
    DefinitionChange,
    Finding,
    GroupChange,
    LabelChange,
    MembershipChange,
    Option,
    Plan,
    PlanHeader,
    PropertyChange,
    PropertyDefinition,
    Ref,
    SegmentChange,
)
from crmbridge.writeback import to_data, to_markdown, to_text
from crmbridge.writeback.tally import Tally

NASTY = "one\ntwo | **bold** <script>alert(1)</script> \u202e[x](y) " + "z" * 100
CONTACT, DEAL = Ref("contact", "1"), Ref("deal", "2")


def defined(*options: str) -> PropertyDefinition:
    values = tuple(Option(value=item, label=item) for item in options)
    return PropertyDefinition(object="contact", name="crmb_roles", label="Roles", type="multi", options=values)


def value(contact: str, before: str | None, after: str | None, **more: object) -> PropertyChange:
    facts = {"property": "crmb_note", "policy": "own", "reason": "because", "by": "judge"}
    return PropertyChange.model_validate(
        {"subject": Ref("contact", contact), "before": before, "after": after, **facts, **more}
    )


EVERY_KIND: tuple[Change, ...] = (
    GroupChange(object="contact", name="crmbridge", label="crmbridge", by="core"),
    DefinitionChange(after=defined("a", "b"), reason="needed", by="judge"),
    DefinitionChange(before=defined("a"), after=defined("a", "b"), reason="new options", by="judge"),
    DefinitionChange(before=defined("a"), by="core"),
    SegmentChange(object="contact", title="Changed today", by="core"),
    value("1", None, "x"),
    value("2", "old", None),
    value("3", None, "2026-03-01", property="crmb_at", stamp=True),
    LabelChange(
        subject=CONTACT, target=DEAL, label="Decision maker", before=False, after=True, reason="0.82", by="core"
    ),
    LabelChange(subject=CONTACT, target=DEAL, label="Champion", before=True, after=False, reason="left", by="core"),
    ActivityChange(
        subject=DEAL,
        object="task",
        key="k",
        day=date(2026, 3, 1),
        title="Review",
        after="\nFirst line\nSecond",
        by="core",
    ),
    MembershipChange(subject=CONTACT, segment="Changed today", before=False, after=True, by="core"),
)


def made(*rows: Change, **facts: object) -> Plan:
    """A plan of these rows, with figures and hash as a planner would count them."""
    known = {"connection": "main", "account_id": "7", "as_of": "2026-03-01", "serial": 1, "plugins": {"judge": "1.2"}}
    tally = Tally(PlanHeader.model_validate({**known, **facts}))
    list(tally.watch(rows))
    records = len({change.record for change in rows if change.record})
    return Plan(tally.complete().model_copy(update={"records": records}), lambda: iter(rows))


def test_the_text_tells_what_changes_why_and_what_it_waits_for() -> None:
    park = Finding(severity="park", code="first-apply", message="for the first time: review it")
    warning = Finding(severity="warning", code="odd", message="look")
    plan = made(*(value(str(place), None, f"v{place}") for place in range(1, 5)), findings=(warning, park))
    text = to_text(plan, 2)
    assert f"Plan {plan.hash[:12]} for main as of 2026-03-01: 4 changes of 4 records" in text
    assert "contact.crmb_note  4 filled, 0 changed, 0 cleared; 0 have a value now; by judge 1.2" in text
    assert "contact:2: (empty) → v2  because (judge)" in text
    assert "v3" not in text
    lines = text.splitlines()
    assert lines.index("waits for approval: for the first time: review it [first-apply]") < lines.index(
        "warning: look [odd]"
    )


def test_every_kind_of_row_is_told_in_its_words() -> None:
    text = to_text(made(*EVERY_KIND))
    for words in (
        "create group contact.crmbridge",
        "create property contact.crmb_roles: Roles, multi: a, b (needed, judge)",
        "add options to property contact.crmb_roles: b (new options, judge)",
        "remove property contact.crmb_roles: Roles, multi: a",
        "create list “Changed today” of contact records",
        "contact → deal: label “Decision maker”  1 added, 0 taken away; by core",
        "  contact:1 → deal:2: (empty) → Decision maker  0.82 (core)",
        "  - contact:1 → deal:2: Champion → (empty)  left (core)",
        "tasks on deal records",
        "  deal:2: (empty) → Review: First line",
        "list “Changed today” of contact records  1 added",
        "  - contact:2: old → (empty)  because (judge)",
    ):
        assert words in text
    assert "2026-03-01  " not in text  # stamps are no news


def test_what_is_taken_away_is_shown_beside_the_first_rows() -> None:
    """Kills: examples in the order of the rows, by which the one clear of a thousand is never seen."""
    plan = made(*(value(str(place), None, "x") for place in range(1, 9)), value("9", "old", None))
    assert [row["id"] for row in to_data(plan, 1)["changes"][0]["removals"]] == ["9"]
    assert "- contact:9: old → (empty)" in to_text(plan, 1)
    assert "| removes | contact:9 |" in to_markdown(plan, 1)


def test_a_plan_says_what_it_was_made_for_and_narrowed_to() -> None:
    plan = made(value("1", None, "x"), origin="rollback r1", only=("contact.crmb_note",), limit=5)
    assert "rollback r1; 1 changes of 1 records; only contact.crmb_note; at most 5 records" in to_text(plan)
    assert "rollback r1" in to_markdown(plan)


def test_the_text_keeps_a_row_on_its_line() -> None:
    line = next(line for line in to_text(made(value("1", None, NASTY))).splitlines() if line.startswith("  contact:1"))
    assert "one ⏎ two" in line
    assert "\u202e" not in line
    assert "z" * 61 not in line


def words_everywhere(word: str) -> Plan:
    """A plan in which a text from outside stands wherever one can."""
    named = PropertyDefinition(object="contact", name="p", label=word, type="enumeration", options=())
    option = Option(value=word, label=word)
    rows = (
        GroupChange(object="contact", name="g", label=word, reason=word, by=word),
        DefinitionChange(after=named.model_copy(update={"options": (option,)}), reason=word, by=word),
        DefinitionChange(before=named, after=named.model_copy(update={"options": (option,)}), reason=word, by=word),
        SegmentChange(object="contact", title=word, reason=word, by=word),
        value("1", word, word + word, reason=word, by=word),
        value("2", word, None, reason=word, by=word),
        LabelChange(subject=CONTACT, target=DEAL, label=word, before=False, after=True, reason=word, by=word),
        ActivityChange(
            subject=DEAL, object="note", key="k", day=date(2026, 3, 1), title=word, after=word, reason=word, by=word
        ),
        MembershipChange(subject=CONTACT, segment=word, before=False, after=True, reason=word, by=word),
    )
    findings = tuple(
        Finding(severity=severity, code=word, message=word, by=word)
        for severity in ("info", "warning", "park", "error")
    )
    return made(
        *rows, findings=findings, only=(word,), origin=f"rollback {word}", account_id=word, plugins={word: word}
    )


PAYLOADS = (
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "![x](y)",
    "a | b |\n| c",
    "\n# heading\n\n- item",
    "`code` **bold** _it_ ~~no~~",
    "&lt;b&gt; &#x3c;",
    "<!-- -->\n---\n",
)


def skeleton(page: str) -> list[str]:
    """What Markdown would act on: without escaped characters and words."""
    return [re.sub(r"[^#|`*\[\]()<>\n-]+", "", re.sub(r"\\.", "", line)) for line in page.splitlines()]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_gets_out_of_its_place_in_markdown(payload: str) -> None:
    """T37. Kills: escaping values but not findings, labels or names of lists."""
    page = to_markdown(words_everywhere(payload))
    benign = to_markdown(words_everywhere("benign"))
    assert skeleton(page) == skeleton(benign)


@pytest.mark.parametrize("show", [to_text, to_markdown, lambda plan: json.dumps(to_data(plan))])
def test_the_same_plan_is_shown_the_same_in_every_store(show: Callable[[Plan], str]) -> None:
    """Kills: showing the id or the time of making, which differ from store to store."""
    one, two = (
        made(*EVERY_KIND, id=id_, created_at=datetime(year, 1, 1, tzinfo=UTC))
        for id_, year in (("a", 2026), ("b", 2027))
    )
    assert one.header != two.header
    assert show(one) == show(two)


def test_data_is_json_and_holds_examples_and_figures() -> None:
    plan = made(*EVERY_KIND)
    data = json.loads(json.dumps(to_data(plan, 1)))
    assert (data["hash"], data["rows"], data["records"]) == (plan.hash, 12, 4)
    assert [(item["action"], item["kind"]) for item in data["definitions"]] == [
        ("create", "group"),
        ("create", "definition"),
        ("extend", "definition"),
        ("remove", "definition"),
        ("create", "segment"),
    ]
    kinds = {(item["kind"], item["property"]) for item in data["changes"]}
    assert kinds == {
        ("property", "crmb_note"),
        ("label", "deal: Decision maker"),
        ("label", "deal: Champion"),
        ("activity", "task"),
        ("membership", "Changed today"),
    }
    label = next(item for item in data["changes"] if item["property"] == "deal: Decision maker")
    assert [(row["id"], row["target"]) for row in label["examples"]] == [("1", "deal:2")]
    task = next(item for item in data["changes"] if item["kind"] == "activity")
    assert task["examples"][0]["after"] == "\nFirst line\nSecond"  # whole: scripts read it


def test_an_empty_plan_says_so() -> None:
    assert "nothing to change" in to_text(made())
    assert "nothing to change" in to_markdown(made())
