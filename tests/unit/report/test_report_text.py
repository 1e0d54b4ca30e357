from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from crmbridge.report.text import LIMIT, clean, count, day, link, money, number, ordinal, percent, share


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Anna\x00 Maria\x1b[31m", "Anna Maria[31m"),
        ("a\nb\t\u2028c\r\n d", "a b c d"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("u\u0308ber", "über"),
        ("\ud800lone\ufffe", "lone"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_hidden_characters_never_reach_the_page(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_a_field_of_65536_characters_is_cut_with_an_ellipsis() -> None:
    assert clean("x" * 65_536) == "x" * (LIMIT - 1) + "…"


@pytest.mark.parametrize("raw", [None, "", " \x00\u200b\n"])
def test_a_text_with_nothing_to_see_is_named(raw: str | None) -> None:
    assert clean(raw, "Unnamed person") == "Unnamed person"


def test_days_are_written_the_same_in_every_locale() -> None:
    assert (day(date(2026, 3, 4)), day(None)) == ("4 Mar 2026", "\u2013")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (Decimal("148000.49"), "EUR", "EUR 148,000"),
        (Decimal(-3), None, "-3"),
        (Decimal(0), "CHF", "CHF 0"),
        (None, "EUR", "no amount"),
        (Decimal("NaN"), "EUR", "no amount"),
        (Decimal("1E+999999"), "EUR", "EUR 1.00e+999999"),  # mutant: plain format, a million digits
    ],
)
def test_amounts_stay_short(amount: Decimal | None, currency: str | None, shown: str) -> None:
    assert money(amount, currency) == shown


def test_figures_that_are_no_numbers_are_shown_as_unknown() -> None:
    bad = float("nan")
    assert (number(bad), percent(float("inf")), share(bad), share(7.0), share(-1.0)) == ("\u2013", "\u2013", 0, 1, 0)
    assert (number(2.0), number(3.44), percent(0.588)) == ("2", "3.4", "59 %")


def test_nouns_and_ordinals_agree_with_their_number() -> None:
    assert (count(1, "person", "people"), count(1200, "day")) == ("1 person", "1,200 days")
    assert [ordinal(value) for value in (1, 2, 3, 4, 11, 12, 13, 22, 101)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "22nd", "101st"),
    ]


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://crm.example/1",
        "javascript:alert(1)",
        "https:alert(1)",
        "//crm.example",
        " https://x.example",
        "https://[",
        "https://x.example/a\nb",
        "data:text/html,x",
    ],
)
def test_only_https_addresses_become_links(url: str | None) -> None:
    assert link(url) is None
    assert link("https://crm.example/deals/1") == "https://crm.example/deals/1"
