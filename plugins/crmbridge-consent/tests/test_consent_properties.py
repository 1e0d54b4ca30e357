"""What reaches the contact, and what the plugin reads."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pydantic import ValidationError

import crmbridge_consent
from crmbridge import (
    ConsentDecision,
    Contact,
    Due,
    Evidence,
    PersonFacts,
    PropertyValue,
    Ref,
    Remark,
    RunContext,
)
from crmbridge.model import STRICTNESS, Scalar
from crmbridge_consent.settings import Settings

TODAY = date(2026, 11, 21)
PERSON = PersonFacts(contact=Contact(id="1"))


def context(settings: Settings | None = None) -> RunContext[Settings]:
    return RunContext(
        plugin="consent",
        settings=settings or Settings(),
        log=logging.getLogger("test"),
        connection="main",
        run_id="r",
        today=TODAY,
    )


def derived(*consent: ConsentDecision) -> tuple[dict[str, Scalar], list[date]]:
    found = list(crmbridge_consent.derive_contact(context(), PERSON, consent))
    values = {item.property: item.value for item in found if isinstance(item, PropertyValue)}
    return values, [item.on for item in found if isinstance(item, Due)]


def answers(**changes: object) -> Iterator[ConsentDecision]:
    for purpose, channel in [
        ("market_research", "email"),
        ("newsletter", "email"),
        ("marketing", "post"),
        ("sales", "phone"),
        ("marketing", "email"),
    ]:
        fields = {"purpose": purpose, "channel": channel, "decision": "allow", "reason": "R"} | changes
        yield ConsentDecision.model_validate(fields)


def test_each_answer_is_written_with_its_reason_in_a_fixed_order() -> None:
    values, due = derived(*answers(decision="review", reason="CONSENT_UNPROVEN"))
    assert values == {
        "consent_email_marketing": "review",
        "consent_phone_sales": "review",
        "consent_post": "review",
        "consent_newsletter": "review",
        "consent_market_research": "review",
        "consent_reason": "email marketing: review CONSENT_UNPROVEN\n"
        "phone sales: review CONSENT_UNPROVEN\n"
        "post marketing: review CONSENT_UNPROVEN\n"
        "email newsletter: review CONSENT_UNPROVEN\n"
        "email market_research: review CONSENT_UNPROVEN",
        "consent_review": "email marketing: review CONSENT_UNPROVEN\n"
        "phone sales: review CONSENT_UNPROVEN\n"
        "post marketing: review CONSENT_UNPROVEN\n"
        "email newsletter: review CONSENT_UNPROVEN\n"
        "email market_research: review CONSENT_UNPROVEN",
    }
    assert due == []


def test_a_question_nobody_asked_writes_nothing() -> None:
    values, _ = derived(*list(answers())[:1])
    assert set(values) == {"consent_market_research", "consent_reason", "consent_review"}
    assert derived() == ({}, [])


def test_a_person_refused_processing_is_refused_every_contact() -> None:
    values, _ = derived(*answers(decision="deny", reason="PROCESSING_REFUSED", by="core"))
    reasons = str(values.pop("consent_reason")).splitlines()
    assert values.pop("consent_review") is None
    assert set(values.values()) == {"deny"}
    assert len(values) == len(reasons) == 5
    assert all(line.endswith(": deny PROCESSING_REFUSED") for line in reasons)


# Kills: writing this plugin's own answer where another plugin's is stricter.
def test_the_answer_given_is_written_whoever_gave_it() -> None:
    theirs, *_ = answers(decision="deny", reason="BLOCKED", by="other")
    assert derived(theirs)[0] == {
        "consent_market_research": "deny",
        "consent_reason": "email market_research: deny BLOCKED",
        "consent_review": None,
    }


# Kills making values that nobody wants, and losing the due day with them.
def test_only_what_is_wanted_is_made() -> None:
    ends = tuple(answers(expires_on=date(2026, 12, 1)))
    ctx = replace(context(), wanted=frozenset({("contact", "consent_phone_sales")}))
    found = list(crmbridge_consent.derive_contact(ctx, PERSON, ends))
    assert [item.property for item in found if isinstance(item, PropertyValue)] == ["consent_phone_sales"]
    assert [item.on for item in found if isinstance(item, Due)] == [date(2026, 12, 1)]


# Kills letting the review stand when a day to come has settled what it names.
def test_due_is_also_the_day_to_come_that_settles_an_opt_out() -> None:
    said = Remark(ref=Ref("note", "8"), on=date(2026, 11, 20), direction="internal", text="Nicht mehr anrufen")
    who = PersonFacts(contact=Contact(id="1", properties={"checked": "2026-12-24"}), remarks=(said,))
    found = crmbridge_consent.derive_contact(context(Settings(opt_out_checked_property="checked")), who, ())
    assert list(found) == [Due(on=date(2026, 12, 24))]


def test_due_is_the_first_day_on_which_an_answer_ends() -> None:
    first, second, *_ = answers()
    soon = first.model_copy(update={"expires_on": TODAY + timedelta(days=3)})
    later = second.model_copy(update={"expires_on": TODAY + timedelta(days=9)})
    assert derived(later, soon)[1] == [TODAY + timedelta(days=3)]
    assert derived(first.model_copy(update={"expires_on": TODAY}))[1] == []


def test_why_is_said_with_the_legal_basis_and_stays_short() -> None:
    answer, *_ = answers(legal_basis="b" * 900)
    found = next(iter(crmbridge_consent.derive_contact(context(), PERSON, (answer,))))
    assert isinstance(found, PropertyValue)
    assert found.reason == ("R: " + "b" * 900)[:500]


def test_every_written_value_is_registered_and_the_strictest_option_stands_first() -> None:
    specs = {spec.name: spec for spec in crmbridge_consent.register_properties()}
    values, _ = derived(*answers())
    assert set(values) == set(specs) - {"preferred_channel"}
    for name, spec in specs.items():
        if name.startswith("consent_") and spec.type == "enumeration":
            assert [option.value for option in spec.options] == list(STRICTNESS)
            assert spec.fold == "strictest"
    assert {name for name, spec in specs.items() if spec.core} == {
        "consent_email_marketing",
        "consent_phone_sales",
        "consent_reason",
    }


# Kills: writing the last controller's answers in place of the first one's.
def test_of_several_controllers_the_first_ones_answers_are_written() -> None:
    ours, *_ = answers(decision="allow", controller="Muster GmbH")
    theirs, *_ = answers(decision="deny", controller="Tochter AG")
    assert derived(ours, theirs)[0]["consent_market_research"] == "allow"
    assert derived(theirs, ours)[0]["consent_market_research"] == "deny"


def test_the_review_names_what_is_missing_and_opt_outs_whatever_the_answer_is() -> None:
    missing = Evidence(source="crm", weight=1, text="not documented: form")
    open_one, *_ = answers(decision="review", reason="CONSENT_UNPROVEN", evidence=(missing,))
    assert derived(open_one)[0]["consent_review"] == (
        "email market_research: review CONSENT_UNPROVEN (not documented: form)"
    )
    said = Remark(ref=Ref("note", "8"), on=TODAY, direction="internal", text="Bitte nicht mehr anrufen!")
    person = PERSON.model_copy(update={"remarks": (said,)})
    closed, *_ = answers(decision="deny", reason="NO_BASIS")
    values = {
        item.property: item.value
        for item in crmbridge_consent.derive_contact(context(), person, (closed,))
        if isinstance(item, PropertyValue)
    }
    assert values["consent_review"] == "no more calls (keine Anrufe mehr), note:8 of 2026-11-21"


def test_inputs_name_hubspots_properties_the_configured_ones_and_texts() -> None:
    settings = Settings.model_validate(
        {
            "objection_property": "stop",
            "records": [{"double_opt_in_property": "doi", "form_property": "form"}],
            "section_7_3": {"notice_given": "notice"},
            "subscriptions": {"newsletter": ["11"], "sales": ["5"]},
        }
    )
    hubspot, own, company, *texts = crmbridge_consent.register_inputs(context(settings))
    assert hubspot.connector == "hubspot"
    assert {"hs_legal_basis", "hs_email_optout", "hs_email_optout_5", "hs_email_optout_11"} <= set(hubspot.properties)
    assert (own.object, own.connector) == ("contact", None)
    assert own.properties == ("address", "doi", "form", "hs_email_optout", "notice", "stop")
    assert (company.object, company.properties) == ("company", ("address",))
    assert {spec.object for spec in texts if spec.texts} >= {"note", "call", "email"}
    silent = crmbridge_consent.register_inputs(context(Settings(read_texts=False)))
    assert not any(spec.texts for spec in silent)


def test_settings_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValidationError, match="objection_properti"):
        Settings.model_validate({"objection_properti": "x"})
    with pytest.raises(ValidationError, match="consent_states"):
        Settings.model_validate({"consent_states": {"yes": "maybe"}})


def test_the_declared_entry_point_is_the_module() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    entry = EntryPoint("consent", project["entry-points"]["crmbridge"]["consent"], "crmbridge")
    assert entry.load() is crmbridge_consent
    assert crmbridge_consent.register_settings() is Settings
