"""What may be done with a row, given what stands on the platform now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crmbridge.connector import Version
from crmbridge.model import Option, PropertyChange, PropertyDefinition, Ref
from crmbridge.writeback.verdicts import Look, Ours, ask, look, settled, unwritable, without_history

UNWRITTEN = Ours()
AT = datetime(2026, 1, 1, tzinfo=UTC)


def row(before: str | None = "old", after: str | None = "new", policy: Any = "own") -> PropertyChange:
    return PropertyChange(
        subject=Ref(object="contact", id="1"), property="x", before=before, after=after, policy=policy
    )


def ours(value: str | None) -> Ours:
    return Ours(value, recorded=True)


@pytest.mark.parametrize(
    ("change", "present", "last", "people", "expected"),
    [
        (row(), "new", UNWRITTEN, False, "already-there"),
        (row(None), None, UNWRITTEN, False, Look.SEND),
        (row(), "old", ours("old"), False, Look.SEND),
        (row(), "older", ours("older"), False, Look.SEND),
        (row(), "old", UNWRITTEN, False, Look.ASK),
        (row(), "theirs", ours("old"), False, Look.ASK),
        (row(None), "theirs", UNWRITTEN, False, Look.ASK),
        (row(), None, UNWRITTEN, False, Look.ASK),
        (row(None), None, ours("ours"), False, Look.ASK),
        (row(policy="overwrite"), "old", UNWRITTEN, False, Look.ASK),
        (row(policy="overwrite"), "theirs", UNWRITTEN, True, Look.SEND),
        (row(policy="own"), "theirs", UNWRITTEN, True, Look.ASK),
        (row(None, policy="fill-empty"), "theirs", UNWRITTEN, False, "no-longer-empty"),
        (row(None, policy="fill-empty"), "ours", ours("ours"), False, "no-longer-empty"),
        (row(None, policy="fill-empty"), None, UNWRITTEN, False, Look.SEND),
        (row(None, policy="fill-empty"), None, ours("cleared by somebody"), False, Look.ASK),
        (row("a", "a;b", "fill-empty"), "a", UNWRITTEN, False, Look.SEND),
        (row("a", "a;b", "fill-empty"), "a;c", UNWRITTEN, False, "changed-since-plan"),
        (row("a", "a;b", "fill-empty"), None, UNWRITTEN, False, "changed-since-plan"),
    ],
)
def test_a_look_at_the_present_value(
    change: PropertyChange, present: str | None, last: Ours, people: bool, expected: object
) -> None:
    found = look("multi", change, present, last, people=people)
    assert (found if isinstance(found, Look) else found.reason) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (Version(value="x", at=AT, author="system"), Look.SEND),
        (Version(value="x", at=AT, author="person"), "edited-by-person"),
        (None, "author-unknown"),
    ],
)
def test_a_persons_value_is_a_conflict(version: Version | None, expected: object) -> None:
    found = ask(version)
    assert (found if isinstance(found, Look) else found.reason) == expected


@pytest.mark.parametrize(
    ("change", "present", "expected"),
    [
        (row(), "old", Look.SEND),
        (row(), "theirs", "changed-since-plan"),
        (row(policy="overwrite"), "old", "author-unknown"),
    ],
)
def test_without_history_only_what_the_plan_saw_may_go(
    change: PropertyChange, present: str | None, expected: object
) -> None:
    found = without_history("string", change, present)
    assert (found if isinstance(found, Look) else found.reason) == expected


@pytest.mark.parametrize(
    ("present", "state"), [("new", "confirmed"), ("old", "planned"), (None, "conflict"), ("theirs", "conflict")]
)
def test_a_row_that_may_have_been_sent_is_settled_by_what_stands_there(present: str | None, state: str) -> None:
    assert settled("string", row(), present, ["old"]).state == state


@pytest.mark.parametrize(
    ("more", "after", "reason"),
    [
        ({}, "new", None),
        ({"read_only": True}, "new", "read-only"),
        ({"type": "enumeration"}, "a", None),
        ({"type": "enumeration"}, "new", "option-missing"),
        ({"type": "enumeration"}, None, None),
        ({"type": "multi"}, "a;b", None),
        ({"type": "multi"}, "a;new", "option-missing"),
        ({"type": "multi", "options_external": True}, "a;new", None),
    ],
)
def test_the_definition_must_let_a_row_through(more: dict[str, Any], after: str | None, reason: str | None) -> None:
    options = tuple(Option(value=value, label=value) for value in "ab")
    definition = PropertyDefinition(
        object="contact", name="x", label="X", options=options, **({"type": "string"} | more)
    )
    assert unwritable(row(after=after), definition) == reason


def test_a_property_that_is_gone_lets_nothing_through() -> None:
    assert unwritable(row(), None) == "property-missing"
