"""Opt-outs in texts: which are found, what is none, and that they never go unheard."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from consent_asking import CALL, MAIL, POST, TODAY, decide, person, said, told
from hypothesis import given
from hypothesis import strategies as st

from crmbridge import PersonFacts, Ref, Remark
from crmbridge_consent.phrases import found, phrases

SAID = [
    # no more calls
    ("Kunde möchte nicht mehr angerufen werden.", "no_calls"),
    ("Bitte nicht mehr anrufen!", "no_calls"),
    ("Rufen Sie mich bitte nicht mehr an.", "no_calls"),
    ("Er will keine Anrufe mehr", "no_calls"),
    ("Ich möchte nicht, dass Sie mich anrufen.", "no_calls"),
    ("Please do not call me again.", "no_calls"),
    ("Don\u2019t call us anymore", "no_calls"),
    ("Asked us to stop calling.", "no_calls"),
    ("no more sales calls please", "no_calls"),
    ("Put her on the do-not-call list", "no_calls"),
    # mail
    ("Wünscht keine E-Mails mehr.", "no_mail"),
    ("bitte keine weiteren Newsletter", "no_mail"),
    ("No further emails, thanks", "no_mail"),
    ("Stop emailing me", "no_mail"),
    ("Unsubscribe me from this.", "unsubscribe"),
    ("Please unsubscribe", "unsubscribe"),
    ("She wants to unsubscribe", "unsubscribe"),
    ("Bitte melden Sie mich vom Newsletter ab.", "unsubscribe"),
    ("Ich bin nicht interessiert, bitte abmelden.", "unsubscribe"),
    ("Kein Interesse. Möchte vom Newsletter abgemeldet werden.", "unsubscribe"),
    ("Newsletter bitte abbestellen", "unsubscribe"),
    ("Abmelden", "stop_word"),
    (" STOP. ", "stop_word"),
    # lists
    ("Please take me off the list.", "off_the_list"),
    ("Take me off your mailing list", "off_the_list"),
    ("I'm not interested please take me off your list", "off_the_list"),
    ("asked to be removed from our database", "off_the_list"),
    ("Bitte aus dem Verteiler nehmen", "off_the_list"),
    ("Will aus unserer Adressliste gestrichen werden", "off_the_list"),
    ("He asked to opt out", "off_the_list"),
    # advertising, contact, post
    ("Keine Werbung mehr!", "no_advertising"),
    ("Bitte keine Werbemails", "no_advertising"),
    ("no more marketing", "no_advertising"),
    ("Möchte nicht mehr kontaktiert werden", "no_contact"),
    ("Do not contact him again", "no_contact"),
    ("Kein weiterer Kontakt gewünscht", "no_contact"),
    ("Lassen Sie mich in Ruhe", "no_contact"),
    ("leave me alone", "no_contact"),
    ("Bitte keine Kataloge mehr schicken", "no_post"),
    ("no more catalogues", "no_post"),
    # objection, erasure
    ("Hiermit widerspreche ich der Nutzung meiner Adresse.", "objection"),
    ("Er legt Widerspruch ein.", "objection"),
    ("Ich widerrufe meine Einwilligung", "objection"),
    ("I object to the processing of my data", "objection"),
    ("She withdrew her consent", "objection"),
    ("Bitte löschen Sie meine Daten.", "erasure"),
    ("Löschung aller personenbezogenen Daten verlangt", "erasure"),
    ("Antrag nach Art. 17 DSGVO", "erasure"),
    ("please delete my data", "erasure"),
    ("wants his details erased: right to erasure", "erasure"),
]


@pytest.mark.parametrize(("text", "key"), SAID)
def test_an_opt_out_is_found_by_its_name(text: str, key: str) -> None:
    assert key in [phrase.key for phrase in found(text)]
    assert key in [phrase.key for phrase in found(text.upper().replace("SS", "ss"))]
    assert key in [phrase.key for phrase in found(f"Gutes Gespräch am Montag.\n{text}\nMfG")] or key == "stop_word"


NOT_SAID = [
    "",
    "Gutes Gespräch, ruft morgen wieder an.",
    "Bitte nicht vor 9 Uhr anrufen.",
    "Bitte nicht anrufen, sondern schreiben.",
    "Don't call me before Monday",
    "Er möchte nicht abgemeldet werden.",
    "Sie möchte nicht vom Newsletter abgemeldet werden.",
    "Er will nicht, dass wir ihn abmelden",
    "He does not want to be removed from our list.",
    "She didn't ask to unsubscribe.",
    "Er widerspricht der Darstellung nicht.",
    "Kein Widerspruch gegen das Angebot.",
    "Hat keinen Widerspruch eingelegt",
    "Wenn Sie keine weiteren E-Mails erhalten möchten, klicken Sie hier.",
    "If you no longer wish to get no more emails, click to unsubscribe from this list.",
    "You can unsubscribe from this list at any time.",
    "Sie können den Newsletter jederzeit abbestellen.",
    "> Bitte nicht mehr anrufen\nDas hat sich erledigt.",
    "Verpasster Anruf, keine Nachricht.",
    "Wir machen nicht mehr Werbung als früher.",
    "Die Software kann Daten löschen.",
    "The object of the meeting was the contract.",
    "We talked about our email marketing and the list of open points",
]


@pytest.mark.parametrize("text", NOT_SAID)
def test_negations_footers_and_quotations_are_no_opt_outs(text: str) -> None:
    assert [phrase.key for phrase in found(text)] == []


def heard(text: str, direction: Any = "internal", object_: Any = "note", on: date = TODAY, **facts: Any) -> PersonFacts:
    remark = Remark(ref=Ref(object_, "8"), on=on, direction=direction, text=text)
    return person(remarks=(remark,), state="given", doi="yes", open_cases=1, **facts)


CALLS = "Er will nicht mehr angerufen werden."


# Kills: an opt-out in a note being ignored, or working on channels that it does not name.
def test_an_opt_out_in_a_note_makes_its_channels_a_persons_to_decide() -> None:
    found_ = decide(heard(CALLS), *CALL)
    assert said(found_) == "review OPT_OUT_IN_TEXT"
    assert found_.legal_basis is None
    assert told(found_)[-1] == "no more calls (keine Anrufe mehr)"
    assert (found_.evidence[-1].ref, found_.evidence[-1].on) == (Ref("note", "8"), TODAY)
    assert said(decide(heard(CALLS), *MAIL)) == "allow CONSENT_DOI"
    assert said(decide(heard("Keine Werbung mehr"), *MAIL)) == "review OPT_OUT_IN_TEXT"
    assert said(decide(heard("Keine Werbung mehr"), *POST)) == "review OPT_OUT_IN_TEXT"


def test_a_request_for_erasure_is_a_question_of_the_first_gate_too() -> None:
    consent = "Freely given consent from contact"
    who = heard("Bitte löschen Sie meine Daten", hs_legal_basis=consent)
    assert said(decide(who, "processing", "none")) == "review OPT_OUT_IN_TEXT"
    assert said(decide(heard(CALLS, hs_legal_basis=consent), "processing", "none")) == "allow RECORDED"


# Kills: a review taking the place of a denial.
def test_a_denial_stays_and_carries_the_opt_out_beside_it() -> None:
    denied = decide(heard(CALLS, no_calls="yes"), *CALL)
    assert said(denied) == "deny OBJECTED"
    assert told(denied) == ["objection in no_calls", "no more calls (keine Anrufe mehr)"]


def test_the_persons_own_explicit_words_deny_where_that_is_configured() -> None:
    own = heard("Take me off your list", direction="in", object_="email")
    noted = heard("Take me off your list")
    assert said(decide(own, *MAIL)) == "review OPT_OUT_IN_TEXT"
    assert said(decide(own, *MAIL, opt_out_in_own_words="deny")) == "deny OBJECTED_IN_TEXT"
    assert said(decide(noted, *MAIL, opt_out_in_own_words="deny")) == "review OPT_OUT_IN_TEXT"


def test_our_own_messages_are_not_searched_but_notes_of_our_calls_are() -> None:
    assert said(decide(heard(CALLS, "out", "email"), *CALL)) == "allow PRESUMED_B2B_PHONE"
    assert said(decide(heard(CALLS, "out", "call"), *CALL)) == "review OPT_OUT_IN_TEXT"


@pytest.mark.parametrize(
    ("checked", "expected"),
    [
        ("2026-11-21", "allow PRESUMED_B2B_PHONE"),
        ("2026-11-20", "review OPT_OUT_IN_TEXT"),
        ("?", "review OPT_OUT_IN_TEXT"),
    ],
)
def test_texts_up_to_the_day_they_were_looked_at_are_settled(checked: str, expected: str) -> None:
    assert said(decide(heard(CALLS, checked=checked), *CALL, opt_out_checked_property="checked")) == expected


# Kills: quoting the text, which may hold anything, in what is stored.
def test_nothing_of_the_text_is_repeated() -> None:
    answer = decide(heard("Frau Geheim sagt: nicht mehr anrufen"), *CALL)
    assert "Geheim" not in answer.model_dump_json()


@given(st.permutations(["Gutes Gespräch.", CALLS, "Bitte löschen Sie meine Daten.", "Newsletter bitte abbestellen"]))
def test_an_opt_out_is_heard_wherever_it_stands(texts: list[str]) -> None:
    remarks = tuple(
        Remark(ref=Ref("note", str(place)), on=TODAY, direction="internal", text=text)
        for place, text in enumerate(texts)
    )
    who = person(remarks=remarks, open_cases=1)
    assert said(decide(who, *CALL)) == "review OPT_OUT_IN_TEXT"
    assert sorted(told(decide(who, *CALL))[1:]) == sorted(
        phrase.label for phrase in phrases() if phrase.key in ("no_calls", "erasure")
    )


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert set(found(text)) <= set(phrases())
