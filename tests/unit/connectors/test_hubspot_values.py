from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.hubspot import values

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T12:00:00.000Z", NOON),
        ("2026-03-01T13:00:00+01:00", NOON),
        ("1772366400000", NOON),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9" * 30, None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_is_read_in_utc_or_not_at_all(text: str | None, expected: datetime | None) -> None:
    assert values.moment(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1250.50", Decimal("1250.50")),
        ("-3", Decimal(-3)),
        ("NaN", None),
        ("Infinity", None),
        ("1e999999", None),  # would be a million digits when it is printed
        ("1e-999999", None),
        ("1.000,50", None),
        ("1" * 50, None),
        (None, None),
    ],
)
def test_a_number_is_finite_and_of_sane_size(text: str | None, expected: Decimal | None) -> None:
    assert values.number(text) == expected


def test_head_counts_and_shares_stay_in_their_range() -> None:
    assert (values.count("250"), values.count("-1"), values.count("many")) == (250, None, None)
    assert (values.share("0.4"), values.share("1.4"), values.share("")) == (0.4, None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna@Muster.DE ", "anna@muster.de"),
        ('"Muster, Anna" <anna@muster.de>', "anna@muster.de"),
        ("anna", None),
        ("anna@", None),
        ("a@b@c", None),
        ("x" * 260 + "@muster.de", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_found_or_none(text: str | None, expected: str | None) -> None:
    assert values.address(text) == expected


def test_addresses_and_domains_come_once_the_primary_first() -> None:
    assert values.addresses("b@x.de", "a@x.de;B@x.de;;nonsense") == ("b@x.de", "a@x.de")
    assert values.domains("Muster.de", "muster.de; muster.com") == ("muster.de", "muster.com")


@pytest.mark.parametrize(
    ("text", "expected"), [("de", "de"), ("de-AT", "de"), ("en_GB", "en"), ("deu", None), ("", None), (None, None)]
)
def test_a_language_is_its_two_letter_code(text: str | None, expected: str | None) -> None:
    assert values.language(text) == expected


def test_control_characters_leave_fields_but_not_raw_values() -> None:
    assert values.text(" Lei\x00ter\x1b\n") == "Leiter"
    assert values.raw("Lei\x00ter") == "Lei\x00ter"


def test_a_raw_value_can_be_stored_whatever_was_sent() -> None:
    assert values.raw("\ud800x") == "?x"  # half a surrogate pair has no encoding
    assert (values.raw(True), values.raw(12), values.raw(None)) == ("true", "12", None)


@given(st.one_of(st.none(), st.text(), st.integers().map(str), st.floats().map(str), st.datetimes().map(str)))
def test_no_text_breaks_a_converter(text: str | None) -> None:
    for convert in (
        values.text,
        values.number,
        values.count,
        values.share,
        values.moment,
        values.address,
        values.addresses,
        values.domains,
        values.language,
        values.flag,
        values.merged,
        values.seconds,
    ):
        convert(text)
    values.first_moment(text, text)
    values.between(text, text)


def test_merged_ids_lose_their_times_and_doubles() -> None:
    assert values.merged("3;4", "4:1772366400000; 5:1;") == ("3", "4", "5")
    assert values.merged(None, "") == ()


def test_durations_are_whole_seconds_forwards() -> None:
    assert (values.seconds("61900"), values.seconds("-1"), values.seconds("lang")) == (61, None, None)
    noon, later = "2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00"
    assert (values.between(noon, "1772366460000"), values.between(noon, later)) == (60, 0)
    assert (values.between("1772366460000", noon), values.between(noon, None)) == (None, None)


def test_the_first_time_that_can_be_read_counts() -> None:
    assert values.first_moment("bald", None, "2026-03-01T12:00:00Z", "2020-01-01") == NOON
    assert values.first_moment("bald", None) is None


def test_milliseconds_are_what_search_filters_take() -> None:
    assert values.millis(NOON) == "1772366400000"
