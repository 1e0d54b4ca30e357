from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from crmbridge_roles.lexicon import LANGUAGES, Finder, departments, heads, kinds, labels
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
    names = {name for _, name in departments().values} - {""}
    assert names <= options


def test_every_key_of_the_lexicon_is_one_that_the_code_knows() -> None:
    ranks = {"management", "director", "lead", "senior", "junior"}
    assert set(heads().values) == ranks | {"deputy", "aide", "assistant", "secretary", "job", "neutral"}
    assert set(kinds().values) == {"signatory", "representative"}
    assert set(labels().values) == {"decider", "buyer", "influencer", "user", "gatekeeper", "initiator", "not"}


def test_no_entry_has_two_meanings() -> None:
    tables = [tomllib.loads(LEXICON.joinpath(f"{name}.toml").read_text("utf-8")) for name in LANGUAGES]
    for section in ("heads", "kinds", "labels"):
        words = [word for table in tables for named in table[section].values() for word in named]
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
