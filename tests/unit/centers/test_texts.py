"""The plain text of what a record says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.centers.texts import LONGEST, digest, plain


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ""),
        ("Nur Text", "Nur Text"),
        ("<p>Hallo &amp; gut</p>", "Hallo & gut"),
        ("<div>Entscheider:\n  Frau <b>Mai</b>er</div>", "Entscheider: Frau Maier"),
        ("eins<br>zwei<br/>drei", "eins\nzwei\ndrei"),
        ("<ul><li>eins</li><li>zwei</li></ul>", "eins\n\nzwei"),
        ("a < b und <x@example.com> c", "a < b und <x@example.com> c"),
        ("<style>p {color: red}</style>Text<script>alert(1)</script>", "Text"),
        ("Text<!-- versteckt <p> -->mehr", "Textmehr"),
        ("neu<blockquote>alt<blockquote>älter</blockquote>alt</blockquote>auch neu", "neu\nauch neu"),
        ("Text<script>nie zu Ende", "Text"),
        ("a\u200bb\u202ec\0d", "abcd"),
        ("a\u00a0 \t b", "a b"),
        ("eins\n\n\n\nzwei", "eins\n\nzwei"),
        ("Tu\u0308r", "Tür"),
    ],
)
def test_markup_is_left_out(body: str, expected: str) -> None:
    assert plain(body) == expected


@pytest.mark.parametrize(
    "quoted",
    [
        "Am 03.01.2026 um 10:00 schrieb Max Muster <max@example.com>:\nalt",
        "On Mon, Jan 3, 2026 at 10:00 AM Max Muster\n<max@example.com> wrote:\nalt",
        "Le lun. 3 janv. 2026 à 10:00, Max <max@example.com> a écrit :\nalt",
        "Op ma 3 jan. 2026 om 10:00 schreef Max <max@example.com>:\nalt",
        "El lun, 3 ene 2026 a las 10:00, Max (<max@example.com>) escribió:\nalt",
        "Il giorno lun 3 gen 2026 alle ore 10:00 Max <max@example.com> ha scritto:\nalt",
        "2026-01-03 10:00 GMT+01:00 Max <max@example.com>:\nalt",
        "-----Original Message-----\nalt",
        "-----Ursprüngliche Nachricht-----\nalt",
        "---------- Forwarded message ---------\nalt",
        "Begin forwarded message:\nalt",
        "Von: Max\nGesendet: Montag\nAn: Anna\nBetreff: alt\n\nalt",
        "From: Max\nSent: Monday\nTo: Anna\nSubject: alt",
        "*De :* Max\n*Envoyé :* lundi\n*À :* Anna\nalt",
        "Van: Max\nVerzonden: maandag\nAan: Anna\nalt",
        "De: Max\nEnviado: lunes\nPara: Ana\nalt",
        "Da: Max\nInviato: lunedì\nA: Anna\nalt",
        "> alt\n> alt",
        "&gt; alt",
        "-- \nMax Muster\nalt",
        "Mit freundlichen Grüßen\nMax alt",
        "Viele Gruesse aus Köln\nalt",
        "Best regards,\nMax alt",
        "Cordialement\nalt",
        "Met vriendelijke groet,\nalt",
        "Un saludo\nalt",
        "Cordiali saluti\nalt",
        "Sent from my iPhone\nalt",
        "This e-mail is confidential and intended only for alt",
        "Diese E-Mail enthält vertrauliche Angaben alt",
        "CAUTION: This email originated from outside of alt",
    ],
)
def test_what_is_not_the_authors_own_is_left_out(quoted: str) -> None:
    assert plain(f"Neu.\n{quoted}") == "Neu."


@pytest.mark.parametrize(
    "text",
    [
        "Viele Grüße von Frau Maier, sie entscheidet allein.",
        "Regards the budget: Frau Maier decides",
        "Von: Anna soll ich grüßen",
        "An: Einkauf",
        "Am Montag schrieb Frau Maier, dass sie entscheidet.",
        "Best of breed",
        "Lg: 12",
    ],
)
def test_what_only_looks_like_a_quotation_stays(text: str) -> None:
    assert plain(text) == text


def test_an_answer_below_a_marked_quotation_stays() -> None:
    assert plain("Oben.\nAm 3.1.2026 schrieb Max:\n> alt\n> alt\nUnten.") == "Oben.\nUnten."


def test_a_text_is_cut() -> None:
    assert len(plain("wort " * 100_000)) <= LONGEST


HOSTILE = {
    "<": "<" * 10**6,
    "<p": "<p " * 350_000,
    "&": "&#x" * 350_000,
    "digits": "&#" + "9" * 10**6 + ";",
    ">": ">\n" * 500_000,
    "von": "Von: a\n" * 150_000,
    "wrote": "on 1 wrote\n" * 100_000,
    "wrote:": ("on " + "1 wrote " * 40 + ":\n") * 3_000,
    "colons": "a:\n" * 350_000,
    "blockquotes": "<blockquote>" * 90_000,
    "accents": "a" + "\u0300\u0327" * 500_000,
    "zero": "\0" * 10**6,
    "greetings": "mit freundlichen " * 60_000,
    "addresses": ("1234 " * 60 + "<a" + "@a" * 30 + ":\n") * 3_000,
    "surrogates": "\ud800" * 10**6,
    "lines": "\n" * 10**6,
}


# Kills a pattern that looks back over the whole text for each of its letters: that takes minutes.
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_a_million_hostile_characters_are_read_without_harm(name: str) -> None:
    assert len(plain(HOSTILE[name])) <= LONGEST


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=500))
def test_any_text_is_read_and_what_was_read_stays(body: str) -> None:
    text = plain(body)
    assert len(digest(text)) == 16
    assert "\0" not in text


def test_digests_tell_texts_apart() -> None:
    assert digest("Frau Maier entscheidet.") == digest("Frau Maier entscheidet.")
    assert digest("Frau Maier entscheidet.") != digest("Frau Maier entscheidet?")
    assert digest("\ud800") != digest("")
