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
    # other words for the same
    ("nicht anrufen", "no_calls"),
    ("Hören Sie auf, mich anzurufen!", "no_calls"),
    ("Bitte unterlassen Sie künftig jegliche Anrufe", "no_calls"),
    ("Bitte von weiteren Anrufen absehen.", "no_calls"),
    ("Ich verbitte mir weitere Anrufe.", "no_calls"),
    ("We are not interested, lose my number.", "no_calls"),
    ("He asked not to be called.", "no_calls"),
    ("Bitte keine e mails mehr", "no_mail"),
    ("Bitte keine E\u2011Mails mehr", "no_mail"),
    ("Bitte keine Newsletter an mich", "no_mail"),
    ("Kündigt den Newsletter", "no_mail"),
    ("I don't want to receive any more emails from you.", "no_mail"),
    ("Abbestellung Newsletter", "unsubscribe"),
    ("Newsletter-Abmeldung", "unsubscribe"),
    ("Bitte nehmen Sie mich von der Liste.", "off_the_list"),
    ("Bitte aus Verteiler löschen.", "off_the_list"),
    ("Bitte nehmt uns aus dem Mailverteiler raus.", "off_the_list"),
    ("Sehen Sie von weiterer Werbung ab.", "no_advertising"),
    ("Will nichts mehr von uns hören.", "no_contact"),
    ("Möchte nicht weiter belästigt werden.", "no_contact"),
    ("Do not contact.", "no_contact"),
    ("I do not wish to be contacted again.", "no_contact"),
    ("He asked not to be contacted.", "no_contact"),
    ("Not interested - please do not reach out again.", "no_contact"),
    ("Cease and desist all communications.", "no_contact"),
    ("Einspruch gegen die Nutzung der Daten", "objection"),
    ("Löschen Sie meine Kontaktdaten aus Ihrem System.", "erasure"),
    ("Bitte Daten löschen!", "erasure"),
    # what footers say, too, said by somebody
    ("Bitte senden Sie mir keine E-Mails mehr, Sie können mich aber anrufen.", "no_mail"),
    ("Bitte keine Mails mehr schicken, auch nicht über den Link im Newsletter.", "no_mail"),
    ("Ich möchte jederzeit in Ruhe gelassen werden und keine Anrufe mehr.", "no_calls"),
    ("Bitte melden Sie uns vom Newsletter ab, Sie können den Link ignorieren.", "unsubscribe"),
    ("Bitte vom Newsletter abmelden, der Link geht nicht.", "unsubscribe"),
    ("Nehmen Sie mich bitte aus dem Verteiler, das können Sie doch jederzeit.", "off_the_list"),
    ("Sie können mich jederzeit vom Newsletter abmelden.", "unsubscribe"),
    ("Wenn Sie uns als Kunden behalten wollen: ich möchte keine Anrufe mehr.", "no_calls"),
    ("Remove me from your mailing list, click whatever you need to click.", "off_the_list"),
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
    "Um sich vom Newsletter abzumelden, klicken Sie auf diesen Link.",
    "Newsletter-Abmeldung: hier klicken",
    "Bitte bis Montag nicht anrufen.",
    "Bitte die Testdaten löschen.",
    "Kündigt einen neuen Newsletter an.",
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


def heard(
    text: str,
    direction: Any = "internal",
    object_: Any = "note",
    on: date = TODAY,
    own: bool = False,
    **facts: Any,
) -> PersonFacts:
    remark = Remark(ref=Ref(object_, "8"), on=on, direction=direction, own=own, text=text)
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


# Kills taking every message that came in for the person's own: it may be in copy only.
def test_the_persons_own_explicit_words_deny_where_that_is_configured() -> None:
    own = heard("Take me off your list", direction="in", object_="email", own=True)
    anothers = heard("Take me off your list", direction="in", object_="email")
    noted = heard("Take me off your list")
    assert said(decide(own, *MAIL)) == "review OPT_OUT_IN_TEXT"
    assert said(decide(own, *MAIL, opt_out_in_own_words="deny")) == "deny OBJECTED_IN_TEXT"
    for other in (anothers, noted):
        assert said(decide(other, *MAIL, opt_out_in_own_words="deny")) == "review OPT_OUT_IN_TEXT"


# Kills leaving a person's own objection to the use of its data open: what is open may count as allowed.
def test_a_persons_own_objection_to_the_use_of_its_data_denies_at_once() -> None:
    text = "Ich widerspreche der Verarbeitung meiner Daten."
    own = heard(text, direction="in", object_="email", own=True)
    assert said(decide(own, "processing", "none")) == "deny OBJECTED_IN_TEXT"
    assert said(decide(own, *MAIL)) == "deny OBJECTED_IN_TEXT"
    assert said(decide(own, "processing", "none", opt_out_in_own_words="review")) == "review OPT_OUT_IN_TEXT"
    copied = heard(text, direction="in", object_="email")
    assert said(decide(copied, "processing", "none")) == "review OPT_OUT_IN_TEXT"
    of_the_offer = heard("Ich widerspreche Ihrer Darstellung.", direction="in", object_="email", own=True)
    assert said(decide(of_the_offer, "processing", "none")) == "review OPT_OUT_IN_TEXT"


def test_our_own_messages_are_not_searched_but_notes_of_our_calls_are() -> None:
    assert said(decide(heard(CALLS, "out", "email"), *CALL)) == "allow PRESUMED_B2B_PHONE"
    assert said(decide(heard(CALLS, "out", "call"), *CALL)) == "review OPT_OUT_IN_TEXT"


# Kills settling what was written on the day of the check, maybe after it, and what is written until a day to come.
@pytest.mark.parametrize(
    ("checked", "expected"),
    [
        ("2026-11-21", "allow PRESUMED_B2B_PHONE"),
        ("2026-11-20", "review OPT_OUT_IN_TEXT"),
        ("2026-12-24", "review OPT_OUT_IN_TEXT"),
        ("?", "review OPT_OUT_IN_TEXT"),
    ],
)
def test_texts_before_the_day_they_were_looked_at_are_settled(checked: str, expected: str) -> None:
    who = heard(CALLS, on=date(2026, 11, 20), checked=checked)
    assert said(decide(who, *CALL, opt_out_checked_property="checked")) == expected


# Kills forgetting that a day to come settles something: the answer has to be given anew on it.
def test_an_answer_ends_on_the_day_to_come_that_settles_the_opt_out() -> None:
    who = heard(CALLS, on=date(2026, 11, 20), checked="2026-12-24")
    answer = decide(who, *CALL, opt_out_checked_property="checked")
    assert answer.expires_on == date(2026, 12, 24)
    then = decide(who, *CALL, opt_out_checked_property="checked", today=date(2026, 12, 24))
    assert said(then) == "allow PRESUMED_B2B_PHONE"


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
