from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.report.fit import Face, fit, measure, wrap

FACE = Face(12)


def test_a_cut_line_ends_with_an_ellipsis_and_fits() -> None:
    cut = fit("Leiter Instandhaltung und technische Gebäudeausrüstung Süd", 200, FACE)
    assert cut.startswith("Leiter Instandhaltung")
    assert cut.endswith("…")
    assert measure(cut, FACE) <= 200


def test_a_line_that_fits_is_left_alone() -> None:
    assert fit("Einkauf", 200, FACE) == "Einkauf"


@given(st.text(max_size=80), st.floats(min_value=40, max_value=400), st.booleans())
def test_no_line_is_ever_wider_than_its_place(text: str, width: float, bold: bool) -> None:
    face = Face(14, bold=bold)
    for line in (fit(text, width, face), *wrap(text, width, face, 3)):
        assert measure(line, face) <= width


@given(st.text(max_size=200), st.integers(min_value=1, max_value=4))
def test_wrapping_always_yields_the_asked_number_of_lines(text: str, lines: int) -> None:
    # Mutant: return only the lines in use, and the page's structure depends on the length of a name.
    assert len(wrap(text, 120, FACE, lines)) == lines


def test_words_are_kept_whole_where_they_fit() -> None:
    assert wrap("eins zwei drei vier", measure("eins zwei", FACE), FACE, 3) == ("eins zwei", "drei vier", "")


@pytest.mark.parametrize(("narrow", "wide"), [("iiii", "mmmm"), ("aaaa", "漢字漢字"), ("aaaa", "😀😀😀😀")])
def test_widths_follow_the_letters(narrow: str, wide: str) -> None:
    assert measure(narrow, FACE) < measure(wide, FACE)


def test_bold_and_spaced_text_is_wider() -> None:
    assert (
        measure("Decider", FACE)
        < measure("Decider", Face(12, bold=True))
        < measure("Decider", Face(12, bold=True, spacing=1))
    )


def test_an_accent_takes_no_width() -> None:
    assert measure("ä", FACE) == measure("a", FACE) == measure("a\u0308", FACE)
