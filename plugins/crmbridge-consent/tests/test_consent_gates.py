"""The two gates as truth tables: each row is a person's data, a question and the answer it must get."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from consent_asking import (
    CALL,
    CONSENT,
    CUSTOMER,
    MAIL,
    NEEDED,
    NEWS,
    POST,
    RECORD,
    SURVEY,
    TODAY,
    decide,
    person,
    said,
)
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from crmbridge.model import Channel, Purpose

SECOND_GATE: list[tuple[dict[str, Any], tuple[Purpose, Channel], str]] = [
    # (1) deleted, or refused processing
    ({"archived": True, "state": "given", "doi": "yes"}, MAIL, "deny DELETED"),
    ({"objection": "true", "state": "given", "doi": "yes"}, MAIL, "deny PROCESSING_REFUSED"),
    ({"objection": "true"}, POST, "deny PROCESSING_REFUSED"),
    # (2) objection and opt-out
    ({"hs_email_optout": "true", "state": "given", "doi": "yes"}, MAIL, "deny OBJECTED"),
    ({"hs_email_optout": "true"}, SURVEY, "deny OBJECTED"),
    ({"hs_email_optout": "true"}, POST, "allow LEGITIMATE_INTEREST_POST"),
    ({"hs_email_optout": "true", "open_cases": 1}, CALL, "allow PRESUMED_B2B_PHONE"),
    ({"hs_email_optout": "false", "state": "given", "doi": "yes"}, MAIL, "allow CONSENT_DOI"),
    ({"hs_email_optout_11": "true", "state": "given", "doi": "yes"}, NEWS, "deny OBJECTED"),
    ({"hs_email_optout_11": "true", "state": "given", "doi": "yes"}, MAIL, "allow CONSENT_DOI"),
    ({"hs_email_optout_11": "true", "state": "given", "doi": "yes"}, SURVEY, "allow CONSENT_DOI"),
    ({"hs_email_optout_99": "true", "state": "given", "doi": "yes"}, NEWS, "deny OBJECTED"),
    ({"hs_email_optout_99": "true", "state": "given", "doi": "yes"}, MAIL, "deny OBJECTED"),
    ({"no_calls": "ja", "open_cases": 1}, CALL, "deny OBJECTED"),
    ({"no_calls": "ja"}, POST, "allow LEGITIMATE_INTEREST_POST"),
    ({"no_post": "2026-01-01"}, POST, "deny OBJECTED"),
    ({"no_post": "nein"}, POST, "allow LEGITIMATE_INTEREST_POST"),
    ({"state": "widersprochen"}, POST, "deny OBJECTED"),
    # (3) undeliverable, e-mail only; no address
    ({"hs_email_bad_address": "true", "state": "given", "doi": "yes"}, MAIL, "deny UNDELIVERABLE"),
    ({"hs_email_bad_address": "true", "hs_email_optout": "true"}, MAIL, "deny OBJECTED"),
    ({"hs_email_hard_bounce_reason_enum": "UNKNOWN_USER"}, MAIL, "deny UNDELIVERABLE"),
    ({"hs_email_quarantined": "true"}, NEWS, "deny UNDELIVERABLE"),
    ({"hs_email_bad_address": "true", "open_cases": 1}, CALL, "allow PRESUMED_B2B_PHONE"),
    ({"email": None, "state": "given", "doi": "yes"}, MAIL, "deny NO_ADDRESS"),
    ({"phone": None, "open_cases": 1}, CALL, "deny NO_ADDRESS"),
    ({"phone": None, "mobilephone": "+49 170 1", "open_cases": 1}, CALL, "allow PRESUMED_B2B_PHONE"),
    ({"company": None}, POST, "deny NO_ADDRESS"),
    ({"company": None, "address": "Hauptstr. 2"}, POST, "allow LEGITIMATE_INTEREST_POST"),
    # (4) refused, withdrawn, expired; never asked is none of them
    ({"state": "refused", "won_cases": 1, "uwg73": "yes"}, MAIL, "deny REFUSED"),
    ({"state": "Withdrawn"}, MAIL, "deny WITHDRAWN"),
    ({"state": "widerrufen", "open_cases": 1}, CALL, "deny WITHDRAWN"),
    ({"state": "expired", "hs_legal_basis": CONSENT, "doi": "yes"}, MAIL, "deny EXPIRED"),
    ({"state": "expired"}, POST, "allow LEGITIMATE_INTEREST_POST"),
    ({"state": "given", "doi": "yes", "expires": "2026-11-21"}, MAIL, "deny EXPIRED"),
    ({"state": "given", "doi": "yes", "expires": "end of the year"}, MAIL, "review UNKNOWN_EXPIRY"),
    ({"state": "call back later", "open_cases": 1}, CALL, "review UNKNOWN_STATE"),
    ({}, MAIL, "deny NO_BASIS"),
    ({"state": "requested"}, MAIL, "deny NO_BASIS"),
    # (5) explicit consent, by state or by legal basis
    ({"state": "given", "doi": "yes"}, MAIL, "allow CONSENT_DOI"),
    ({"state": "erteilt", "doi": "2025-03-01"}, NEWS, "allow CONSENT_DOI"),
    ({"hs_legal_basis": f"Not applicable;{CONSENT}", "doi": "1"}, MAIL, "allow CONSENT_DOI"),
    ({"state": "given"}, MAIL, "review CONSENT_UNPROVEN"),
    ({"state": "given", "doi": "pending"}, MAIL, "review CONSENT_UNPROVEN"),
    ({"hs_legal_basis": CONSENT, "doi": "no"}, SURVEY, "review CONSENT_UNPROVEN"),
    ({"state": "given", "doi": "yes"}, CALL, "deny NO_BASIS"),
    # (6) existing customers
    ({"won_cases": 1, "uwg73": "yes"}, MAIL, "allow EXISTING_CUSTOMER_7_3"),
    ({"won_cases": 1}, MAIL, "review EXISTING_CUSTOMER_UNPROVEN"),
    ({"hs_legal_basis": CUSTOMER, "uwg73": "true"}, MAIL, "allow EXISTING_CUSTOMER_7_3"),
    ({"hs_legal_basis": CUSTOMER}, MAIL, "review EXISTING_CUSTOMER_UNPROVEN"),
    ({"hs_legal_basis": CUSTOMER.replace("\u2013", "-")}, MAIL, "deny NO_BASIS"),
    ({"uwg73": "yes"}, MAIL, "deny NO_BASIS"),
    ({"won_cases": 1, "uwg73": "yes", "notice": ""}, MAIL, "review EXISTING_CUSTOMER_UNPROVEN"),
    ({"won_cases": 1, "uwg73": "yes", "notice": "pending"}, MAIL, "review EXISTING_CUSTOMER_UNPROVEN"),
    ({"won_cases": 1, "uwg73": "yes", "similar": "no"}, MAIL, "deny NO_BASIS"),
    ({"won_cases": 1, "sale": "nein"}, MAIL, "deny NO_BASIS"),
    ({"won_cases": 1, "uwg73": "yes"}, CALL, "deny NO_BASIS"),
    # (7) presumed consent to calls
    ({"open_cases": 1}, CALL, "allow PRESUMED_B2B_PHONE"),
    ({"open_cases": 1, "company": None}, CALL, "deny NO_BASIS"),
    ({"open_cases": 1, "company": None, "company_name": "Muster GmbH"}, CALL, "allow PRESUMED_B2B_PHONE"),
    ({"last_inbound_on": TODAY - timedelta(days=180)}, CALL, "allow PRESUMED_B2B_PHONE"),
    ({"last_inbound_on": TODAY - timedelta(days=181)}, CALL, "deny NO_BASIS"),
    ({"won_cases": 1}, CALL, "deny NO_BASIS"),
    # (8) post, (9) contract, (10) nothing
    ({}, POST, "allow LEGITIMATE_INTEREST_POST"),
    ({"hs_legal_basis": "Performance of a contract", "won_cases": 1}, NEEDED, "allow CONTRACT"),
    ({"hs_legal_basis": "Performance of a contract"}, MAIL, "deny NO_BASIS"),
    ({"hs_legal_basis": "Legitimate interest \u2013 prospect/lead"}, MAIL, "deny NO_BASIS"),
    ({}, NEEDED, "deny NO_BASIS"),
]


@pytest.mark.parametrize(("facts", "question", "expected"), SECOND_GATE)
def test_second_gate_answers_by_the_first_rule_that_applies(
    facts: dict[str, Any], question: tuple[Purpose, Channel], expected: str
) -> None:
    assert said(decide(person(**facts), *question)) == expected


FIRST_GATE: list[tuple[dict[str, Any], bool, str]] = [
    ({}, False, "review NO_RECORD"),
    ({}, True, "deny NO_RECORD"),
    ({"hs_legal_basis": "Not applicable"}, True, "deny NO_RECORD"),
    ({"hs_legal_basis": "Legitimate interest - prospect/lead"}, True, "deny NO_RECORD"),
    ({"hs_legal_basis": "LEGITIMATE_INTEREST_PQL"}, True, "deny NO_RECORD"),
    ({"hs_legal_basis": "Legitimate interest \u2013 prospect/lead"}, True, "allow RECORDED"),
    ({"hs_legal_basis": CUSTOMER}, True, "allow RECORDED"),
    ({"hs_legal_basis": "Legitimate interest - other"}, True, "allow RECORDED"),
    ({"hs_legal_basis": "Performance of a contract"}, True, "allow RECORDED"),
    ({"hs_legal_basis": CONSENT}, False, "allow RECORDED"),
    ({"hs_legal_basis": CONSENT, "objection": "ja"}, False, "deny OBJECTED"),
    ({"hs_legal_basis": CONSENT, "objection": "nein"}, False, "allow RECORDED"),
    ({"hs_legal_basis": CONSENT, "archived": True}, False, "deny DELETED"),
    ({"hs_legal_basis": CONSENT, "hs_email_optout": "true"}, False, "allow RECORDED"),
    ({"hs_legal_basis": CONSENT, "state": "withdrawn"}, False, "allow RECORDED"),
]


@pytest.mark.parametrize(("facts", "required", "expected"), FIRST_GATE)
def test_first_gate_asks_for_objections_and_where_required_for_a_record(
    facts: dict[str, Any], required: bool, expected: str
) -> None:
    found = decide(person(**facts), "processing", "none", processing_requires_record=required)
    assert said(found) == expected
    assert (found.legal_basis is not None) == (found.decision == "allow")


def test_a_missing_record_refuses_contact_too_where_processing_requires_one() -> None:
    found = decide(person(), *POST, processing_requires_record=True)
    assert said(found) == "deny PROCESSING_REFUSED"


def test_a_person_asked_and_refused_differs_from_one_never_asked() -> None:
    assert said(decide(person(state="refused"), *MAIL, default="review")) == "deny REFUSED"
    assert said(decide(person(state=None), *MAIL, default="review")) == "review NO_BASIS"


# Kills: answering "allow" while an opt-out property is still unknown to the mirror.
@pytest.mark.parametrize(
    ("missing", "question"),
    [("hs_email_optout", MAIL), ("hs_email_optout_11", NEWS), ("no_post", POST), ("no_calls", CALL), ("state", POST)],
)
def test_an_objection_that_was_never_read_leaves_nothing_allowed(
    missing: str, question: tuple[Purpose, Channel]
) -> None:
    complete = person(doi="yes", state="given", open_cases=1)
    assert decide(complete, *question).decision == "allow"
    properties = {name: value for name, value in complete.contact.properties.items() if name != missing}
    unread = complete.model_copy(update={"contact": complete.contact.model_copy(update={"properties": properties})})
    assert decide(unread, *question).decision != "allow"


def test_an_objection_to_processing_that_was_never_read_is_for_a_person_to_look_at() -> None:
    assert said(decide(person(), "processing", "none", objection_property="never_read")) == "review NOT_READ"
    assert said(decide(person(), *POST, objection_property="never_read")) == "review NOT_READ"


def test_own_words_for_states_add_to_the_known_ones() -> None:
    own = {"Opt-in OK": "given", "granted": "requested"}
    assert said(decide(person(state="opt-in ok", doi="x"), *MAIL, consent_states=own)) == "allow CONSENT_DOI"
    assert said(decide(person(state="granted", doi="x"), *MAIL, consent_states=own)) == "deny NO_BASIS"
    assert said(decide(person(state="refused"), *MAIL, consent_states=own)) == "deny REFUSED"


def test_consent_speaks_only_about_the_purposes_and_channels_it_covers() -> None:
    given_ = person(state="given", doi="yes")
    assert said(decide(given_, *SURVEY, records=[RECORD | {"purposes": ["newsletter"]}])) == "deny NO_BASIS"
    assert said(decide(given_, *NEWS, records=[RECORD | {"purposes": ["newsletter"]}])) == "allow CONSENT_DOI"
    assert said(decide(given_, *CALL, records=[RECORD | {"channels": ["email", "phone"]}])) == "allow CONSENT_DOI"


def test_the_answer_says_on_which_day_it_ends() -> None:
    consent = decide(person(state="given", doi="yes", expires="2026-12-24"), *MAIL)
    assert consent.expires_on == date(2026, 12, 24)
    inbound = person(last_inbound_on=TODAY, expires="2026-12-24")
    assert decide(inbound, *CALL).expires_on == TODAY + timedelta(days=181)
    assert decide(inbound, *CALL, records=[RECORD | {"channels": ["phone"]}]).expires_on == date(2026, 12, 24)
    assert decide(person(open_cases=1, last_inbound_on=TODAY), *CALL).expires_on is None


def test_presumed_consent_names_its_fact() -> None:
    assert decide(person(open_cases=1), *CALL).legal_basis == "presumed consent: open case"
    inbound = decide(person(last_inbound_on=date(2026, 11, 1)), *CALL)
    assert inbound.legal_basis == "presumed consent: inbound touch on 2026-11-01"


def test_an_end_given_as_a_point_in_time_counts_in_the_accounts_time_zone() -> None:
    ends = person(state="given", doi="yes", expires="2026-11-21T23:30:00Z")  # 22 November in Berlin
    assert decide(ends, *MAIL).expires_on == date(2026, 11, 22)


FACTS = st.fixed_dictionaries(
    {
        "state": st.sampled_from([None, "given", "requested", "refused", "?"]),
        "expires": st.sampled_from([None, "2026-12-01", "2027-01-15", "soon"]),
        "doi": st.sampled_from([None, "yes"]),
        "uwg73": st.sampled_from([None, "yes"]),
        "hs_legal_basis": st.sampled_from([None, CONSENT, CUSTOMER]),
        "hs_email_optout": st.sampled_from([None, "true"]),
        "last_inbound_on": st.none() | st.dates(TODAY - timedelta(days=190), TODAY),
        "won_cases": st.integers(0, 1),
    }
)


# Kills: an end that is a day early or late, or missing.
@profile(deadline=None)
@given(facts=FACTS, question=st.sampled_from([MAIL, NEWS, CALL, POST, SURVEY]))
def test_an_answer_holds_until_the_day_it_names_and_no_longer(
    facts: dict[str, Any], question: tuple[Purpose, Channel]
) -> None:
    who = person(**facts)
    first = decide(who, *question)
    for ahead in range(1, 240):
        day = TODAY + timedelta(days=ahead)
        later = decide(who, *question, today=day)
        if first.expires_on == day:
            assert said(later) != said(first)
            return
        assert later == first
    assert first.expires_on is None
