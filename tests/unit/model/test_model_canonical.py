"""One canonical text decides what is equal, what is written, and what is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model import Option, PropertySpec
from crmbridge.model.canonical import LONGEST_TEXT, Invalid, canonical, reading, same

OPTIONS = ("low", "mid", "high")
KINDS = ("string", "text", "number", "bool", "enumeration", "multi", "date", "datetime")


def spec(kind: str) -> PropertySpec:
    options = tuple(Option(value=value, label=value) for value in OPTIONS) if kind in ("enumeration", "multi") else ()
    return PropertySpec(object="contact", name="x", label="X", type=kind, options=options)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(),
    "text": st.text(),
    "number": st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
    "bool": st.booleans(),
    "enumeration": st.sampled_from(OPTIONS),
    "multi": st.lists(st.sampled_from(OPTIONS), unique=True).map(tuple),
    "date": st.dates(),
    "datetime": st.dates().map(lambda day: f"{day.isoformat()}T10:20:30.4567+00:00"),
}


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
def test_canonical_text_stays_as_it_is(case: tuple[str, Any]) -> None:
    kind, value = case
    text = canonical(spec(kind), value)
    assert canonical(spec(kind), text) == text
    assert reading(kind, text, OPTIONS) == text
    assert same(kind, text, reading(kind, text))


@given(st.sampled_from(KINDS), st.text() | st.none(), st.text() | st.none())
def test_sameness_has_no_direction_and_never_fails(kind: str, a: str | None, b: str | None) -> None:
    assert same(kind, a, b) == same(kind, b, a)
    assert same(kind, a, a)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("bool", True, "true"),
        ("bool", "FALSE", "false"),
        ("number", 0.5, "0.5"),
        ("number", 1.0, "1"),
        ("number", 100, "100"),
        ("number", 1e22, "1" + "0" * 22),
        ("number", 1e-7, "0.0000001"),
        ("number", -0.0, "0"),
        ("number", "0.50", "0.5"),
        ("number", 12345678901234567890123456789012, "12345678901234567890123456789012"),
        ("enumeration", "mid", "mid"),
        ("multi", ("high", "low"), "low;high"),
        ("multi", "high; low;high", "low;high"),
        ("multi", (), None),
        ("date", date(2026, 1, 2), "2026-01-02"),
        ("date", "2026-01-02", "2026-01-02"),
        ("datetime", date(2026, 1, 2), "2026-01-02T00:00:00.000Z"),
        ("datetime", "2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000Z"),
        ("datetime", datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=1))), "2026-01-02T02:00:00.000Z"),
        ("string", "", None),
        ("string", " \n ", None),
        ("text", "a\r\nb\rc\td", "a\nb\nc\td"),
        ("string", "a\x00b\x1b[31mc\x7f\x85", "ab[31mc"),
        ("string", "x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
        *((kind, None, None) for kind in KINDS),
        *((kind, "", None) for kind in KINDS),
    ],
)
def test_values_have_one_text(kind: str, value: Any, text: str | None) -> None:
    assert canonical(spec(kind), value) == text


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("bool", 1, "wrong-type"),
        ("bool", "yes", "wrong-type"),
        ("number", True, "wrong-type"),
        ("number", "a lot", "wrong-type"),
        ("number", float("nan"), "not-finite"),
        ("number", float("-inf"), "not-finite"),
        ("number", "1e999999999", "too-long"),
        ("enumeration", "Mid", "not-an-option"),
        ("enumeration", "low;mid", "not-an-option"),
        ("enumeration", ("low",), "wrong-type"),
        ("multi", ("low", "none"), "not-an-option"),
        ("multi", 1, "wrong-type"),
        ("date", "soon", "wrong-type"),
        ("date", 20260102, "wrong-type"),
        ("datetime", "0001-01-01T00:00:00+14:00", "wrong-type"),
        ("string", 5, "wrong-type"),
        ("string", "x" * (LONGEST_TEXT + 1), "too-long"),
        ("text", "\ud800", "not-unicode"),
    ],
)
def test_what_a_property_cannot_hold_is_refused_with_a_code(kind: str, value: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        canonical(spec(kind), value)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        ("number", "0.50", "0.5"),
        ("number", "1.0", "1"),
        ("number", "1E+2", "100"),
        ("multi", "b;a", "a;b"),
        ("multi", ";a", "a"),
        ("bool", "True", "true"),
        ("date", "1767312000000", "2026-01-02"),
        ("datetime", "1767312000000", "2026-01-02T00:00:00.000Z"),
        ("datetime", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00.000Z"),
        ("string", " a ", "a"),
        ("string", "", None),
        ("enumeration", "", None),
        ("score", "", None),
    ],
)
def test_a_platform_may_spell_a_value_its_own_way(kind: str, a: str | None, b: str | None) -> None:
    assert same(kind, a, b)


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        ("enumeration", "A", "a"),
        ("string", "0.50", "0.5"),
        ("number", "0", None),
        ("bool", "false", None),
        ("number", "a lot", "0"),
        ("multi", "a;b", "a"),
        ("score", "1.0", "1"),
    ],
)
def test_other_values_are_other_values(kind: str, a: str | None, b: str | None) -> None:
    assert not same(kind, a, b)


def test_values_that_are_not_ours_keep_a_place_behind_ours() -> None:
    assert reading("multi", "zebra;high;alien;low", OPTIONS) == "low;high;alien;zebra"
