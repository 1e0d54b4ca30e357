from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files
from typing import get_args

import pytest

from crmbridge_roles.lexicon import HOME, Finder, Language, departments, heads, kinds, labels, language
from crmbridge_roles.text import clean, fold, split
from crmbridge_roles.values import PROPERTIES

LEXICON = files("crmbridge_roles.lexicon")


def found(entry: str, text: str) -> bool:
    return bool(Finder([(entry, "x")]).find(fold(text)))


@pytest.mark.parametrize(
    ("entry", "text", "expected"),
    [
        ("hr", "Head of HR", True),
        ("hr", "Fahrer", False),
        ("*leiter", "Einkaufsleiter", True),
        ("*leiter", "Leiterplatte", False),
        ("einkauf*", "Einkaufsleiter", True),
        ("einkauf*", "Zentraleinkauf", False),
        ("*einkäuf*", "Zentraleinkaeufer", True),
        ("*einkäuf*", "Zentraleinkaufer", True),
        ("human resource*", "Human-Resources-Manager", True),
        ("human resource*", "HumanResources", True),
        ("chief * officer", "Chief Human Resources Officer", True),
        ("chief * officer", "Chief One Two Three Four Officer", False),
        ("partner$", "Senior Partner", True),
        ("partner$", "Partner Manager", False),
        ("^md$", "MD", True),
        ("^md$", "MD Radiology", False),
        ("r&d", "R & D Manager", True),
        ("chef d", "Chef d'équipe", True),
        ("chef d", "Chef d\u2019équipe", True),
        ("chef de", "Chef der", False),
        ("gesch führer", "Gesch.-Führer", True),
    ],
)
def test_an_entry_is_found_as_its_marks_say(entry: str, text: str, *, expected: bool) -> None:
    assert found(entry, text) is expected


def test_the_longer_entry_wins_and_nothing_is_found_twice() -> None:
    finder = Finder([("*leiter", "lead"), ("*halbleiter", "none")])
    assert [hit.value for hit in finder.find("halbleiter")] == ["none"]
    assert [hit.value for hit in finder.find("leiter halbleiter leiter")] == ["lead", "none", "lead"]


def test_every_department_of_the_lexicon_is_an_option() -> None:
    options = {option.value for spec in PROPERTIES if spec.name == "department" for option in spec.options}
    for name in (None, *get_args(Language)):
        assert {department for _, department in departments(name).values} <= options | {""}


def test_every_key_of_the_lexicon_is_one_that_the_code_knows() -> None:
    ranks = {"management", "director", "lead", "senior", "junior"}
    for name in (None, *get_args(Language)):
        known = ranks | {"deputy", "aide", "assistant", "secretary", "job", "former", "neutral"}
        assert set(heads(name).values) == known
        assert set(kinds(name).values) == {"signatory", "representative"}
    assert set(labels().values) == {"decider", "buyer", "influencer", "user", "gatekeeper", "initiator", "not"}


@pytest.mark.parametrize("together", [HOME, *((name,) for name in get_args(Language))], ids="-".join)
def test_no_entry_has_two_meanings_among_the_words_of_a_language(together: tuple[str, ...]) -> None:
    tables = [tomllib.loads(LEXICON.joinpath(f"{name}.toml").read_text("utf-8")) for name in together]
    for section in ("heads", "kinds", "labels"):
        words = [word for table in tables for named in table.get(section, {}).values() for word in named]
        assert [word for word, count in Counter(words).items() if count > 1] == [], section
    words = [word for table in tables for group in table["departments"] for word in group["words"]]
    assert [word for word, count in Counter(words).items() if count > 1] == []


def test_fragments_are_split_where_people_put_a_new_thought() -> None:
    assert split(clean("CEO / CTO; Leiter F&E \u2013 Inhaber und Prokurist (ppa.)\nCIO")) == [
        "CEO",
        "CTO",
        "Leiter F&E",
        "Inhaber",
        "Prokurist",
        "ppa",
        "CIO",
    ]


def test_the_employer_is_no_part_of_the_title() -> None:
    assert clean("Geschäftsführer bei Müller Logistik GmbH") == "Geschäftsführer"
    assert clean("Head of IT @ Sales Corp") == "Head of IT"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Directeur des achats", "fr"),
        ("Directeur Inkoop", "nl"),
        ("Responsable de compras", "es"),
        ("Responsabile acquisti", "it"),
        ("Vicepresidente di zona", "it"),
        ("Leiter Einkauf", None),
        ("Head of Operations", None),
        ("Assistant Commercial Manager", None),
        ("Ninja", None),
    ],
)
def test_the_words_of_a_title_vote_for_its_language(title: str, expected: str | None) -> None:
    assert language(fold(title)) == expected


def test_a_word_that_german_or_english_has_votes_for_nobody() -> None:
    assert [language(word) for word in ("chef", "commercial", "operations", "manager", "consultant")] == [None] * 5


def test_the_words_of_a_language_win_over_german_and_english_ones_in_its_titles_only() -> None:
    assert [hit.value for hit in heads().find("chef")] == ["management"]
    assert [hit.value for hit in heads("fr").find("chef")] == ["lead"]
    assert heads().find("acheteur") == []
