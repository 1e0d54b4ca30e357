"""One value of one record: what each policy lets through."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.model import Contact, Option, PropertySpec
from crmbridge.model.canonical import Invalid
from crmbridge.writeback.diff import diff, narrowed
from crmbridge.writeback.fold import UNDECIDED, Folded
from crmbridge.writeback.targets import Target

OPTIONS = tuple(Option(value=value, label=value) for value in ("a", "b", "c"))
UNREAD = object()


def target(kind: str = "string", policy: str = "own", **more: Any) -> Target:
    options = OPTIONS if kind in ("enumeration", "multi") else ()
    spec = PropertySpec(
        object="contact", name="x", label="X", type=kind, options=options, policy=policy, by="plugin", **more
    )
    return Target(spec, spec.platform_name("crmb_"), "1.0")


def contact(name: str, value: object) -> Contact:
    return Contact(id="1", properties={} if value is UNREAD else {name: value})


@pytest.mark.parametrize(
    ("kind", "policy", "present", "wanted", "after"),
    [
        ("string", "own", None, "new", "new"),
        ("string", "own", "old", "new", "new"),
        ("string", "overwrite", "old", "new", "new"),
        ("string", "fill-empty", None, "new", "new"),
        ("string", "fill-empty", "  ", "new", "new"),
        ("multi", "own", "a;b", "b;c", "b;c"),
        ("multi", "fill-empty", "b", "a", "a;b"),
        ("multi", "fill-empty", "alien;b", "a", "a;b;alien"),
        ("number", "own", "0.50", "0.6", "0.6"),
        ("number", "own", "a lot", "0.6", "0.6"),
    ],
)
def test_a_change_is_planned(kind: str, policy: str, present: object, wanted: str, after: str) -> None:
    to = target(kind, policy)
    change = diff(to, contact(to.name, present), Folded(wanted, "because", "plugin"), defined=True)
    assert change is not None
    assert change.after == after
    assert (change.property, change.reason, change.by, change.version) == (to.name, "because", "plugin", "1.0")


@pytest.mark.parametrize(
    ("kind", "policy", "present", "wanted"),
    [
        ("string", "own", "same", "same"),
        ("number", "own", "0.50", "0.5"),
        ("multi", "own", "b;a", "a;b"),
        ("bool", "own", "TRUE", "true"),
        ("datetime", "own", "1767312000000", "2026-01-02T00:00:00.000Z"),
        ("string", "fill-empty", "old", "new"),
        ("multi", "fill-empty", "c;a;b", "a"),
        ("string", "own", UNREAD, "new"),
        ("string", "own", "old", None),
        ("string", "own", None, UNDECIDED),
    ],
)
def test_nothing_is_planned(kind: str, policy: str, present: object, wanted: Any) -> None:
    to = target(kind, policy)
    assert diff(to, contact(to.name, present), Folded(wanted), defined=True) is None


def test_a_property_that_does_not_exist_yet_is_empty() -> None:
    change = diff(target(), contact("crmb_x", UNREAD), Folded("new"), defined=False)
    assert change is not None
    assert change.before is None


def test_a_persons_word_stands() -> None:
    assert diff(target(), contact("crmb_x", "old"), Folded("new"), defined=True, decided=True) is None


def test_only_a_clearable_property_of_ours_is_emptied() -> None:
    cleared = diff(target(clear=True), contact("crmb_x", "old"), Folded(None), defined=True)
    assert cleared is not None
    assert (cleared.before, cleared.after) == ("old", None)
    assert diff(target(policy="fill-empty", clear=True), contact("x", "old"), Folded(None), defined=True) is None
    assert diff(target(clear=True), contact("crmb_x", None), Folded(None), defined=True) is None


@pytest.mark.parametrize(("after", "planned"), [("0.54", False), ("0.55", True), ("0.44", True), ("0.46", False)])
def test_a_number_must_move_enough(after: str, planned: bool) -> None:
    change = diff(target("number", min_change=0.05), contact("crmb_x", "0.5"), Folded(after), defined=True)
    assert (change is not None) is planned


def test_a_first_number_need_not_move() -> None:
    assert diff(target("number", min_change=5), contact("crmb_x", None), Folded("1"), defined=True)


def test_a_narrowed_change_is_read_again() -> None:
    to = target("multi")
    record = contact("crmb_x", "a")
    change = diff(to, record, Folded("a;b;c"), defined=True)
    assert change is not None
    again = narrowed(to, record, change.model_copy(update={"after": "b;a", "reason": "narrower"}), defined=True)
    assert again is not None
    assert (again.after, again.reason) == ("a;b", "narrower")
    assert narrowed(to, record, change.model_copy(update={"after": "a"}), defined=True) is None
    with pytest.raises(Invalid):
        narrowed(to, record, change.model_copy(update={"after": "a;alien"}), defined=True)


def test_narrowing_an_addition_never_takes_away_what_was_there() -> None:
    """Kills: writing what the plugin returned, by which a person's option would vanish."""
    to = target("multi", "fill-empty")
    record = contact("x", "alien;c")
    change = diff(to, record, Folded("a;b"), defined=True)
    assert change is not None
    again = narrowed(to, record, change.model_copy(update={"after": "b"}), defined=True)
    assert again is not None
    assert again.after == "b;c;alien"
    assert narrowed(to, record, change.model_copy(update={"after": "alien"}), defined=True) is None
