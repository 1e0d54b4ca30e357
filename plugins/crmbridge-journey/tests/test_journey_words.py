"""Which texts hold which words."""

from __future__ import annotations

import pytest

from crmbridge_journey.words import Lexicon, says


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("A DEMO, please", ("demo",), True),
        ("Demonstration", ("demo",), False),
        ("Produktdemo am Montag", ("*demo",), True),
        ("Demokratie", ("*demo",), False),
        ("Preisanfrage", ("preis*",), True),
        ("Verkaufspreis", ("preis*",), False),
        ("Case-Study gefällig?", ("case study",), True),
        ("Straße", ("strasse",), True),
        ("a.b", ("a.b",), True),
        ("axb", ("a.b",), False),
        ("", ("demo",), False),
        (None, ("demo",), False),
        ("demo", (), False),
    ],
)
def test_words_are_found_whole_unless_a_star_says_otherwise(
    text: str | None, words: tuple[str, ...], found: bool
) -> None:
    assert says(text, words) is found


def test_what_is_ignored_is_gone_before_words_are_looked_for() -> None:
    lexicon = Lexicon([("review*",), ("demo",)], ("business review*",))
    assert lexicon.find("Quarterly Business Reviews") == (False, False)
    assert lexicon.find("Business review and a review") == (True, False)
    assert lexicon.find("Review of the demo") == (True, True)
    assert lexicon.find(None) == (False, False)
