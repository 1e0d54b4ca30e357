"""Records of consent: proof, controllers, subscriptions, age, and the four facts of § 7(3) UWG."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from consent_asking import CALL, CONSENT, MAIL, NEEDED, NEWS, POST, RECORD, SURVEY, TODAY, decide, person, said, told
from hypothesis import given
from hypothesis import strategies as st

from crmbridge import Subscription

PARTS: dict[str, Any] = {
    "state_property": "state",
    "requested_on_property": "asked",
    "confirmed_on_property": "confirmed",
    "form_property": "form",
    "text_property": "wording",
}
PROVEN: dict[str, Any] = {
    "state": "given",
    "asked": "2026-01-04",
    "confirmed": "2026-01-05",
    "form": "f-1",
    "wording": "v3",
}


def subscription(
    status: Any, id_: str = "11", address: str = "a@example.com", basis: str | None = None
) -> Subscription:
    return Subscription(address=address, id=id_, status=status, legal_basis=basis, at=datetime(2026, 1, 2, tzinfo=UTC))


# Proof


def test_a_double_opt_in_with_all_its_parts_allows_and_says_so() -> None:
    found = decide(person(**PROVEN), *MAIL, records=[PARTS])
    assert said(found) == "allow CONSENT_DOI"
    assert told(found) == ["documented: time of the request, time of the confirmation, form, text agreed to"]
    assert found.evidence[0].on == date(2026, 1, 5)


# Kills: taking any one part for the whole proof.
@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("asked", "time of the request"),
        ("confirmed", "time of the confirmation"),
        ("form", "form"),
        ("wording", "text agreed to"),
    ],
)
def test_a_configured_part_that_is_missing_is_named(part: str, name: str) -> None:
    found = decide(person(**{**PROVEN, part: None}), *MAIL, records=[PARTS])
    assert said(found) == "review CONSENT_UNPROVEN"
    assert told(found)[0] == f"not documented: {name}"


def test_a_confirmation_before_the_request_proves_nothing() -> None:
    found = decide(person(**{**PROVEN, "confirmed": "2026-01-03"}), *MAIL, records=[PARTS])
    assert told(found)[0] == "not documented: confirmation after the request"


def test_a_confirmation_to_come_proves_nothing_until_its_day() -> None:
    who = person(**{**PROVEN, "confirmed": "2026-12-01"})
    found = decide(who, *MAIL, records=[PARTS])
    assert (said(found), found.expires_on) == ("review CONSENT_UNPROVEN", date(2026, 12, 1))
    assert said(decide(who, *MAIL, date(2026, 12, 1), records=[PARTS])) == "allow CONSENT_DOI"


def test_a_consent_without_any_configured_proof_is_unproven() -> None:
    found = decide(person(state="given"), *MAIL, records=[{"state_property": "state"}])
    assert (said(found), told(found)) == ("review CONSENT_UNPROVEN", ["not documented: double opt-in"])


# Purposes and channels


def test_each_record_speaks_for_its_own_purpose_and_channel() -> None:
    news = {**RECORD, "purposes": ["newsletter"]}
    calls = {"state_property": "calls", "double_opt_in_property": "doi", "purposes": ["sales"], "channels": ["phone"]}
    who = person(state="given", calls="refused", doi="yes")
    settings: dict[str, Any] = {"records": [news, calls], "refusals": "same"}
    assert said(decide(who, *NEWS, **settings)) == "allow CONSENT_DOI"
    assert said(decide(who, *CALL, **settings)) == "deny REFUSED"
    assert said(decide(who, *MAIL, **settings)) == "deny NO_BASIS"
    assert said(decide(who, *POST, **settings)) == "allow LEGITIMATE_INTEREST_POST"


# Kills: reading a refusal as one of the purposes its record covers only, unless that is configured.
def test_a_refusal_stands_against_all_contact_unless_configured_otherwise() -> None:
    record = {**RECORD, "purposes": ["newsletter"]}
    assert said(decide(person(state="refused"), *POST, records=[record])) == "deny REFUSED"
    assert said(decide(person(state="refused"), *POST, records=[record], refusals="same")).startswith("allow")


def test_an_ended_consent_denies_though_another_record_cannot_be_read() -> None:
    other = {"state_property": "other", "purposes": ["newsletter"]}
    who = person(other="perhaps", state="given", expires="2026-01-01")
    assert said(decide(who, *MAIL, records=[other, RECORD])) == "deny EXPIRED"


# Controllers

FOR_WHOM = {**RECORD, "controller_property": "for_whom"}


@pytest.mark.parametrize(
    ("named", "own", "expected"),
    [
        ("Muster GmbH", [], "allow CONSENT_DOI"),
        ("muster gmbh; Tochter AG", [], "allow CONSENT_DOI"),
        ("Tochter AG", ["Muster GmbH"], "deny NO_BASIS"),
        (None, [], "review CONTROLLER_UNKNOWN"),
        (None, ["Muster GmbH"], "allow CONSENT_DOI"),
        (None, ["Tochter AG"], "deny NO_BASIS"),
    ],
)
def test_consent_holds_for_the_controller_that_it_was_given_to(
    named: str | None, own: list[str], expected: str
) -> None:
    who = person(state="given", doi="yes", for_whom=named)
    found = decide(who, *MAIL, controller="Muster GmbH", records=[FOR_WHOM], own_controllers=own)
    assert said(found) == expected
    assert found.controller == "Muster GmbH"


def test_a_single_controller_needs_no_name() -> None:
    assert (
        said(decide(person(state="given", doi="yes", for_whom=None), *MAIL, records=[FOR_WHOM])) == "allow CONSENT_DOI"
    )


# Kills: taking a sale or a case of one controller for one of another.
@pytest.mark.parametrize(
    ("own", "expected"), [(["A"], "allow"), ([], "review CONTROLLER_UNKNOWN"), (["B"], "deny NO_BASIS")]
)
def test_sales_cases_and_contracts_are_those_of_the_own_controllers(own: list[str], expected: str) -> None:
    asked: dict[str, Any] = {"controller": "A", "own_controllers": own}
    assert said(decide(person(won_cases=1, uwg73="yes"), *MAIL, **asked)).startswith(expected)
    assert said(decide(person(open_cases=1), *CALL, **asked)).startswith(expected)
    assert said(decide(person(hs_legal_basis="Performance of a contract"), *NEEDED, **asked)).startswith(expected)


def test_an_objection_holds_against_every_controller() -> None:
    for controller in ("", "A", "B"):
        assert said(decide(person(hs_email_optout="true"), *MAIL, controller=controller)) == "deny OBJECTED"


# Subscriptions


# Kills: asking the primary address only.
@pytest.mark.parametrize("address", ["a@example.com", "old@example.com"])
def test_an_opt_out_by_any_address_is_the_persons(address: str) -> None:
    left = subscription("unsubscribed", address=address)
    who = person(state="given", doi="yes", subscriptions=(subscription("subscribed", address="b@example.com"), left))
    assert said(decide(who, *NEWS)) == "deny OBJECTED"
    assert told(decide(who, *NEWS)) == ["opted out of subscription 11"]
    assert said(decide(who, *SURVEY)) == "allow CONSENT_DOI"
    assert said(decide(who, *POST)) == "allow LEGITIMATE_INTEREST_POST"


@pytest.mark.parametrize(("id_", "text"), [("", "opted out of everything"), ("77", "opted out of subscription 77")])
def test_an_opt_out_from_everything_or_from_what_has_no_purpose_counts_for_all_mail(id_: str, text: str) -> None:
    who = person(state="given", doi="yes", subscriptions=(subscription("unsubscribed", id_),))
    for question in (MAIL, NEWS, SURVEY):
        assert (said(decide(who, *question)), told(decide(who, *question))) == ("deny OBJECTED", [text])


def test_a_subscription_is_an_unproven_consent_to_its_purpose() -> None:
    who = person(subscriptions=(subscription("subscribed", basis="CONSENT_WITH_NOTICE"),))
    assert said(decide(who, *NEWS)) == "review CONSENT_UNPROVEN"
    assert said(decide(who, *MAIL)) == "deny NO_BASIS"
    proven = person(doi="yes", subscriptions=who.subscriptions)
    assert said(decide(proven, *NEWS)) == "allow CONSENT_DOI"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (subscription("unknown"), "deny NO_BASIS"),
        (subscription("subscribed", address="other@example.com"), "deny NO_BASIS"),
        (subscription("subscribed", basis="LEGITIMATE_INTEREST_OTHER"), "deny NO_BASIS"),
        (subscription("subscribed", basis="LEGITIMATE_INTEREST_CLIENT"), "review EXISTING_CUSTOMER_UNPROVEN"),
    ],
)
def test_what_a_subscription_does_not_say_is_no_consent(item: Subscription, expected: str) -> None:
    assert said(decide(person(subscriptions=(item,)), *NEWS)) == expected


# Age


def test_a_consent_that_was_not_used_for_so_long_is_for_a_person_to_look_at() -> None:
    record = {**RECORD, "last_used_property": "used"}
    asked: dict[str, Any] = {"records": [record], "unused_months": 24}
    who = person(state="given", doi="2020-01-01", used="2024-12-31")
    assert said(decide(who, *MAIL, **asked)) == "allow CONSENT_DOI"
    assert decide(who, *MAIL, **asked).expires_on == date(2026, 12, 31)
    assert said(decide(who, *MAIL, date(2026, 12, 31), **asked)) == "review CONSENT_UNUSED"
    talked = person(state="given", doi="2020-01-01", used="2024-12-31", last_two_way_on=TODAY)
    assert decide(talked, *MAIL, **asked).expires_on == date(2028, 11, 21)
    assert said(decide(person(state="given", doi="yes"), *MAIL, **asked)) == "review CONSENT_UNUSED"
    assert decide(who, *MAIL, records=[record]).expires_on is None


def test_months_end_on_the_last_day_of_a_shorter_month() -> None:
    who = person(state="given", doi="2026-08-31")
    assert decide(who, *MAIL, unused_months=6).expires_on == date(2027, 2, 28)


# § 7(3) UWG

FACTS = {
    "sale": "address obtained with a sale",
    "similar": "own similar goods",
    "no_objection": "no objection",
    "notice": "notice at collection and at each use",
}
TRUE, FALSE, UNKNOWN = ("yes", "ja", "2026-01-01"), ("no", "nein", "false"), (None, "", "perhaps")


# Kills: three of four being enough; a false fact being reviewed; an unknown one being allowed.
@given(st.fixed_dictionaries({name: st.sampled_from(TRUE + FALSE + UNKNOWN) for name in FACTS}))
def test_all_four_facts_allow_an_unknown_one_is_named_a_false_one_ends_it(facts: dict[str, Any]) -> None:
    found = decide(person(won_cases=1, **facts), *MAIL)
    unknown = [text for name, text in FACTS.items() if facts[name] in UNKNOWN]
    if any(value in FALSE for value in facts.values()):
        assert said(found) == "deny NO_BASIS"
    elif unknown:
        assert said(found) == "review EXISTING_CUSTOMER_UNPROVEN"
        assert told(found) == [f"not documented: {', '.join(unknown)}"]
    else:
        assert said(found) == "allow EXISTING_CUSTOMER_7_3"


# Presumed consent


def test_a_requested_call_lets_consent_be_presumed() -> None:
    asked: dict[str, Any] = {"callback_property": "call_me"}
    found = decide(person(call_me="2026-11-01"), *CALL, **asked)
    assert said(found) == "allow PRESUMED_B2B_PHONE"
    assert found.legal_basis == "presumed consent: call requested on 2026-11-01"
    assert found.expires_on == date(2026, 11, 1) + timedelta(days=181)
    assert said(decide(person(call_me="2026-01-01"), *CALL, **asked)) == "deny NO_BASIS"
    assert said(decide(person(call_me="yes"), *CALL, **asked)) == "allow PRESUMED_B2B_PHONE"
    assert said(decide(person(call_me="yes", company=None), *CALL, **asked)) == "deny NO_BASIS"


# Kills: dropping what an answer rests on.
@pytest.mark.parametrize(
    ("facts", "question"),
    [
        ({"state": "given", "doi": "yes"}, MAIL),
        ({"hs_legal_basis": CONSENT, "doi": "2026-01-01"}, NEWS),
        ({"won_cases": 1, "uwg73": "yes"}, MAIL),
        ({"open_cases": 1}, CALL),
        ({"last_inbound_on": TODAY}, CALL),
        ({"hs_legal_basis": "Performance of a contract"}, NEEDED),
        ({"hs_email_optout": "true"}, MAIL),
        ({"state": "refused"}, MAIL),
        ({"expires": "2026-01-01"}, MAIL),
        ({"hs_email_bad_address": "true"}, MAIL),
    ],
)
def test_an_answer_names_what_it_was_read_from_and_no_value(facts: dict[str, Any], question: Any) -> None:
    found = decide(person(**facts), *question)
    assert found.evidence
    assert all(str(item.ref) == "contact:1" for item in found.evidence)
    assert not any("example.com" in item.text for item in found.evidence)
