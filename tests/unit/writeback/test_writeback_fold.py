"""What several open centers say of one record becomes one value, or none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crmbridge.model import Option, PropertySpec, PropertyValue, Ref
from crmbridge.model.canonical import LONGEST_TEXT
from crmbridge.writeback.fold import UNDECIDED, fold

NOBODY = Ref(object="contact", id="1")
OPTIONS = tuple(Option(value=value, label=value) for value in ("deny", "review", "allow"))


def spec(kind: str, how: str) -> PropertySpec:
    options = OPTIONS if kind in ("enumeration", "multi") else ()
    return PropertySpec(object="contact", name="x", label="X", type=kind, fold=how, options=options, by="plugin")


def said(*values: Any) -> list[PropertyValue]:
    """Values in the order of their units; a pair is a value and the day in January it is about."""
    found = []
    for place, item in enumerate(values):
        value, day = item if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], int) else (item, None)
        on = date(2026, 1, day) if day else None
        found.append(PropertyValue(subject=NOBODY, property="x", value=value, reason=f"r{place}", on=on, by="plugin"))
    return found


@pytest.mark.parametrize(
    ("kind", "how", "values", "text", "reason"),
    [
        ("multi", "union", [("allow",), ("deny", "allow")], "deny;allow", "r0; r1"),
        ("multi", "union", [(), ("deny",)], "deny", "r1"),
        ("multi", "union", [None, None], None, "r0"),
        ("text", "union", ["a\nb", "b\nc"], "a\nb\nc", "r0; r1"),
        ("number", "union", [(1, 1), (2, 2)], "2", "r1"),
        ("number", "max", [9, 10.5, None], "10.5", "r1"),
        ("number", "max", [-2, -1], "-1", "r1"),
        ("number", "max", [None], None, "r0"),
        ("enumeration", "max", ["review", "deny"], "review", "r0"),
        ("date", "max", ["2026-02-01", "2026-01-31"], "2026-02-01", "r0"),
        ("bool", "max", [False, True], "true", "r1"),
        ("string", "latest", [("old", 1), ("new", 9), "none"], "new", "r1"),
        ("string", "latest", [("first", 9), ("second", 9)], "first", "r0"),
        ("string", "latest", [("old", 1), (None, 9)], None, "r1"),
        ("enumeration", "strictest", ["allow", "deny", "review"], "deny", "r1"),
        ("enumeration", "strictest", ["allow", None], "allow", "r0"),
        ("number", "strictest", [3, 2], "2", "r1"),
        ("string", "only-one", ["a", " a"], "a", "r0"),
        ("number", "only-one", [1, 1.0], "1", "r0"),
    ],
)
def test_each_fold_gives_one_value_and_its_reason(
    kind: str, how: str, values: list[Any], text: str | None, reason: str
) -> None:
    folded = fold(spec(kind, how), said(*values))
    assert (folded.value, folded.reason, folded.by, folded.problem) == (text, reason, "plugin", "")


@pytest.mark.parametrize("values", [["a", "b"], ["a", None]])
def test_only_one_writes_nothing_where_centers_differ(values: list[Any]) -> None:
    folded = fold(spec("string", "only-one"), said(*values))
    assert folded.value is UNDECIDED
    assert not folded.problem


@pytest.mark.parametrize("how", ["union", "max", "latest", "strictest", "only-one"])
def test_one_invalid_value_leaves_all_undecided(how: str) -> None:
    """Kills: dropping the invalid value and folding the rest, by which ``allow`` would win over an unknown."""
    folded = fold(spec("enumeration", how), said("allow", "perhaps"))
    assert folded.value is UNDECIDED
    assert folded.problem == "not-an-option"


def test_a_union_that_grows_too_long_is_refused() -> None:
    half = LONGEST_TEXT // 2
    folded = fold(spec("text", "union"), said("a" * half, "b" * half))
    assert folded.problem == "too-long"


def test_nothing_said_is_undecided() -> None:
    assert fold(spec("string", "latest"), []).value is UNDECIDED


def test_reasons_of_a_union_stay_short() -> None:
    values = [value.model_copy(update={"reason": f"{place} " * 100}) for place, value in enumerate(said("a", "b"))]
    assert len(fold(spec("text", "union"), values).reason) <= 500
