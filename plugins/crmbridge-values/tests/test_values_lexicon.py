"""Finding topics and pains in texts, German and English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge_values.lexicon import Lexicon
from crmbridge_values.settings import ValuesSettings
from crmbridge_values.topics import Topic, shipped_cues, shipped_topics

LEXICON = ValuesSettings().lexicon


def pains(text: str) -> set[str]:
    return set(LEXICON.find(text).pains)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Ständig Dubletten im System", {"data_quality"}),
        ("Die Stammdaten sind ein Problem.", {"data_quality"}),
        ("Vieles läuft noch von Hand.", {"manual_work"}),
        ("Die ERP-Schnittstelle funktioniert nicht richtig", {"integration"}),
        ("Probleme mit der Datenschnittstelle", {"integration"}),
        ("Das Angebot ist zu teuer", {"cost"}),
        ("Angst vor einem Bußgeld", {"compliance"}),
        ("Mit den Auswertungen ist man unzufrieden", {"reporting"}),
        ("Das alte System nutzt keiner", {"adoption"}),
        ("Es dauert ewig, bis jemand freigibt", {"speed"}),
        ("Im Frühjahr gab es eine Datenpanne", {"security"}),
        ("Sie klagen über Kundenabwanderung", {"growth"}),
        ("Bei der Hotline ist niemand erreichbar", {"support"}),
        ("Lieferengpässe bei Lagern", {"supply_risk"}),
        ("Too many duplicates in the system", {"data_quality"}),
        ("We copy and paste all day", {"manual_work"}),
        ("We struggle with data silos", {"integration"}),
        ("It's too expensive", {"cost"}),
        ("They failed the audit", {"compliance"}),
        ("There is no visibility", {"reporting"}),
        ("The tool is hard to use", {"adoption"}),
        ("Approval takes too long", {"speed"}),
        ("Since the data breach, they are careful", {"security"}),
        ("We are losing customers", {"growth"}),
        ("Poor support from the vendor", {"support"}),
        ("Late deliveries again", {"supply_risk"}),
    ],
)
def test_each_topic_is_found_in_both_languages(text: str, topics: set[str]) -> None:
    assert pains(text) == topics


# Kills the mutant without negations, the one that reaches over a comma, and the one that looks to the front only.
@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Wir haben kein Problem mit der Datenqualität.", set()),
        ("Keine doppelten Datensätze gefunden", set()),
        ("Probleme mit Dubletten haben wir nicht.", set()),
        ("Kaum Dubletten", set()),
        ("Nein, die Datenqualität ist ein Problem", {"data_quality"}),
        ("Kein Termin, die Datenqualität ist ein Problem", {"data_quality"}),
        ("Kein Problem mit den Kosten, aber die Schnittstelle ist ein Problem", {"integration"}),
        ("Das Problem sind nicht die Kosten", set()),
        ("Nicht nur die Kosten sind ein Problem", {"cost"}),
        ("No problem with integration", set()),
        ("We don't have duplicates", set()),
        ("We don\u2019t have duplicates", set()),
        ("The price is not too high, but reporting is an issue", {"reporting"}),
        ("Not only the costs are a problem", {"cost"}),
        ("No, data quality is a problem", {"data_quality"}),
    ],
)
def test_a_negation_takes_back_what_is_near(text: str, topics: set[str]) -> None:
    assert pains(text) == topics


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Das Problem mit den Auswertungen ist gelöst", set()),
        ("Das Problem mit den Auswertungen ist noch nicht gelöst", {"reporting"}),
        ("Dubletten sind nicht mehr da", set()),
        ("The issue with the interface is fixed", set()),
        ("The issue with the interface is not fixed", {"integration"}),
        ("Wir brauchen keine Schnittstelle", set()),
        ("Wir brauchen eine Schnittstelle zu SAP", {"integration"}),
    ],
)
def test_what_is_solved_or_not_needed_is_no_pain(text: str, topics: set[str]) -> None:
    assert pains(text) == topics


# Kills the mutant that takes a topic for a pain.
def test_a_topic_alone_is_an_interest_and_no_pain() -> None:
    found = LEXICON.find("Fragen zu Schnittstelle und Dashboard. Das Wetter ist ein Problem.")
    assert found.pains == set()
    assert found.topics == {"integration", "reporting"}


# Kills the mutant that lets a pain make a pain of the topics beside it.
def test_a_pain_does_not_spread_to_a_topic_beside_it() -> None:
    assert pains("Die Schnittstelle läuft, die Dubletten stören") == {"data_quality"}


def test_words_are_found_as_words_only() -> None:
    assert pains("Die Siloschicht") == set()
    assert LEXICON.find("Ersatzteilkosten").topics == set()
    assert LEXICON.find("Lizenzkosten").topics == {"cost"}


def test_case_hyphens_and_lines_do_not_matter() -> None:
    assert pains("DATEN-SILOS\n- Silos") == {"integration"}
    assert pains("Dateneingabe (von Hand) / zu-teuer") == {"manual_work", "cost"}


def test_a_text_without_words_says_nothing() -> None:
    assert LEXICON.find("").pains == LEXICON.find("...---...").topics == set()


def test_a_client_adds_topics_and_replaces_shipped_ones() -> None:
    own = (
        {
            "key": "noise",
            "label": "Noise",
            "label_de": "Lärm",
            "pains": ["zu laut", "*lärmbelastung"],
            "words": ["lärm*"],
        },
        {"key": "cost", "label": "Cost", "pains": ["arm und teuer"]},
    )
    settings = ValuesSettings.model_validate({"topics": own, "problems": ["katastrophe"]})
    find = settings.lexicon.find
    assert find("Die Halle ist zu laut").pains == {"noise"}
    assert find("Dauerlärmbelastung").pains == {"noise"}
    assert find("Der Lärm ist eine Katastrophe").pains == {"noise"}
    assert find("zu teuer").pains == set()
    assert [topic.key for topic in settings.all_topics][-1] == "noise"
    assert len(settings.all_topics) == len(shipped_topics()) + 1


def test_a_name_of_a_topic_is_known() -> None:
    assert (
        LEXICON.named("Datenqualität")
        == LEXICON.named("data_quality")
        == LEXICON.named(" Data Quality ")
        == {"data_quality"}
    )
    assert LEXICON.named(" ") == LEXICON.named("Wetter") == set()


def test_every_shipped_word_leads_to_its_topic() -> None:
    for topic in shipped_topics():
        for word in (*topic.pains, *topic.words):
            text = word.replace("*", "")
            assert topic.key in LEXICON.find(text).topics, word
        for word in topic.pains:
            assert topic.key in LEXICON.find(word.replace("*", "")).pains, word


@given(st.text(alphabet=st.sampled_from("abkeinorz äß.,!*-\n'_()"), max_size=60))
def test_no_text_makes_it_fail_and_pains_are_topics(text: str) -> None:
    small = _small()
    found = small.find(text)
    assert found.pains <= found.topics <= {"a", "b"}


@given(st.permutations(["Ständig Dubletten.", "Alles zu teuer!", "Kein Problem mit Support.", "Silos?"]))
def test_the_order_of_sentences_does_not_matter(sentences: list[str]) -> None:
    assert pains(" ".join(sentences)) == {"data_quality", "cost", "integration"}


def _small() -> Lexicon:
    topics = (
        Topic(key="a", label="A", pains=("kein ran", "*bra"), words=("zan*", "a* n")),
        Topic(key="b", label="B", pains=("oz",)),
    )
    return Lexicon(topics, shipped_cues())
