from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from datetime import date
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from crmbridge import (
    DROP,
    BuyingCenter,
    CompanyFacts,
    ConsentQuestion,
    Contact,
    Due,
    Event,
    Evidence,
    JourneyStage,
    PersonFacts,
    Plan,
    PluginSettings,
    PropertySpec,
    PropertyValue,
    Ref,
    RoleProposal,
    TitleReading,
)
from crmbridge.model import (
    ConsentDecision,
    Finding,
    PersonaAssignment,
    PropertyChange,
    StageModel,
    StageVisit,
)
from crmbridge.plugins import HookCall, Plugins, log_call
from crmbridge.plugins.failures import FAILURES_KEPT

PROPOSING = ("propose_titles", "propose_roles", "propose_personas", "propose_stages", "derive_center")
RESULTS: Mapping[str, Any] = {
    "propose_titles": TitleReading(member_id="contact:5", text="CEO", confidence=1),
    "propose_roles": RoleProposal(
        member_id="contact:5", role="buyer", evidence=(Evidence(source="title", weight=0.5, text="title"),)
    ),
    "propose_personas": PersonaAssignment(member_id="contact:5", persona="it", score=1, margin=1),
    "propose_stages": StageVisit(subject="deal:1", stage="awareness", entered_on=date(2026, 1, 1)),
    "derive_center": PropertyValue(subject=Ref(object="contact", id="5"), property="a_string", value="x"),
}
MODEL = StageModel(key="phases", stages=(JourneyStage(key="awareness", label="Awareness"),))


class Quote(Exception):
    """An error whose text quotes a record, as errors do."""


def explode() -> Any:
    raise Quote("canary@acme.example")


def leave() -> Any:
    raise SystemExit("canary@acme.example")


# --- transform_record: chained; a failure quarantines the record ---


def test_records_are_transformed_one_after_the_other_in_the_configured_order(
    session: Callable[..., Any], plugin: Callable[..., ModuleType]
) -> None:
    def append(letter: Any) -> Any:
        return lambda record: record.model_copy(update={"job_title": (record.job_title or "") + letter})

    plugins = {name: plugin(transform_record=append(name)) for name in ("b", "a", "c")}
    assert session(plugins).transform_record(Contact(id="1")).job_title == "bac"


def test_a_transform_that_says_nothing_keeps_the_record(session: Callable[..., Any]) -> None:
    record = Contact(id="1")
    assert session(transform_record=lambda: None).transform_record(record) is record


def test_a_dropped_record_is_none_and_later_plugins_are_not_asked(
    session: Callable[..., Any], plugin: Callable[..., ModuleType]
) -> None:
    asked: list[str] = []
    plugins = {
        "a": plugin(transform_record=lambda: DROP),
        "b": plugin(transform_record=lambda record: asked.append(record.id)),
    }
    running = session(plugins)
    assert running.transform_record(Contact(id="1")) is None
    assert (asked, running.failures) == ([], ())


def test_a_failing_transform_quarantines_that_record_only(session: Callable[..., Any]) -> None:
    def fails_on_one(record: Any) -> Any:
        if record.id == "1":
            raise Quote("canary@acme.example")

    running = session(transform_record=fails_on_one)
    quarantined = running.transform_record(Contact(id="1"))
    assert quarantined.ref == Ref(object="contact", id="1")
    assert (quarantined.failure.plugin, quarantined.failure.unit) == ("acme", "contact:1")
    assert running.transform_record(Contact(id="2")) == Contact(id="2")


@pytest.mark.parametrize("other", [Contact(id="2"), {"id": "1"}, 1])
def test_a_transform_may_not_return_another_record(session: Callable[..., Any], other: Any) -> None:
    assert "returned" in session(transform_record=lambda: other).transform_record(Contact(id="1")).failure.message


def test_a_transform_is_not_blamed_for_texts_it_was_given(session: Callable[..., Any]) -> None:
    # mutant: the whole record is checked, so that any correction of a record with a long text is refused
    record = Contact(id="1", properties={"long": "x" * 70_000})
    running = session(transform_record=lambda record: record.model_copy(update={"job_title": "CEO"}))
    assert running.transform_record(record).job_title == "CEO"


# --- propose_* and derive_*: collected; a failing plugin's values are unknown there ---


@pytest.mark.parametrize("hook", PROPOSING)
def test_results_are_collected_in_order_with_their_author_and_the_earliest_due_day(
    session: Callable[..., Any],
    plugin: Callable[..., ModuleType],
    center: BuyingCenter,
    specs: list[PropertySpec],
    hook: str,
) -> None:
    def made(day: Any) -> Any:
        answer = {hook: lambda: [RESULTS[hook].model_copy(update={"by": "liar"}), Due(on=date(2026, 12, day))]}
        registered = {"register_properties": lambda: [specs[0]], "register_stages": lambda: [MODEL]}
        return plugin(**registered, **answer) if day == 5 else plugin(**answer)

    plugins = {"b": made(5), "a": made(3)} if hook != "derive_center" else {"b": made(5)}
    answers = getattr(session(plugins), hook)(center)
    assert [item.by for item in answers.items] == list(plugins)
    assert answers.due == date(2026, 12, 5 if hook == "derive_center" else 3)
    assert answers.failures == ()


@pytest.mark.parametrize("hook", PROPOSING)
def test_nothing_is_kept_of_a_plugin_that_raises_half_way_and_the_others_are(
    session: Callable[..., Any],
    plugin: Callable[..., ModuleType],
    center: BuyingCenter,
    specs: list[PropertySpec],
    hook: str,
) -> None:
    def half() -> Any:
        yield RESULTS[hook]
        yield Due(on=date(2026, 12, 1))
        raise Quote("canary@acme.example")

    registered = {"register_properties": lambda: specs, "register_stages": lambda: [MODEL]}
    plugins = {"bad": plugin(**{hook: half}), "good": plugin(**{hook: lambda: [RESULTS[hook]]}, **registered)}
    answers = getattr(session(plugins), hook)(center)
    assert [item.by for item in answers.items] == ["good"]
    assert answers.due is None
    assert [(failure.plugin, failure.hook, failure.unit) for failure in answers.failures] == [("bad", hook, "deal:1")]


@pytest.mark.parametrize("fault", [explode, leave, lambda: 1 / 0, lambda: int("canary")])
def test_whatever_a_plugin_raises_is_its_own_failure(
    session: Callable[..., Any], center: BuyingCenter, fault: Any
) -> None:
    running = session(propose_roles=fault)
    assert len(running.propose_roles(center).failures) == 1


def test_the_user_can_interrupt_a_plugin(session: Callable[..., Any], center: BuyingCenter) -> None:
    def interrupt() -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session(propose_roles=interrupt).propose_roles(center)


def test_none_is_nothing(session: Callable[..., Any], center: BuyingCenter) -> None:
    assert session(propose_roles=lambda: None).propose_roles(center).items == ()


def test_derive_company_and_contact_ask_about_one_record(
    session: Callable[..., Any], specs: list[PropertySpec], person: PersonFacts, company: CompanyFacts
) -> None:
    hooks = {
        "register_properties": lambda: [specs[0], specs[0].model_copy(update={"object": "company"})],
        "derive_company": lambda facts: [PropertyValue(subject=facts.company.ref, property="a_string", value="x")],
        "derive_contact": lambda person, consent: [
            PropertyValue(subject=person.contact.ref, property="a_string", value=consent[0].reason)
        ],
    }
    decision = ConsentDecision(purpose="sales", channel="phone", decision="deny", reason="NO")
    running = session(**hooks)
    assert [str(item.subject) for item in running.derive_company(company).items] == ["company:2"]
    assert [item.value for item in running.derive_contact(person, (decision,)).items] == ["NO"]


def test_about_a_person_who_may_not_be_processed_only_consent_plugins_are_asked(
    session: Callable[..., Any], plugin: Callable[..., ModuleType], person: PersonFacts
) -> None:
    asked: list[str] = []
    plugins = {
        "scorer": plugin(derive_contact=lambda: asked.append("scorer")),
        "consent": plugin(derive_contact=lambda: asked.append("consent"), decide_consent=lambda: None),
    }
    running = session(plugins)
    running.derive_contact(person, (), only_consent_plugins=True)
    assert asked == ["consent"]
    running.derive_contact(person, ())
    assert asked == ["consent", "scorer", "consent"]


# --- decide_consent: the strictest answer; a failure denies ---


def says(decision: Any, **fields: Any) -> Any:
    return lambda question: ConsentDecision(
        purpose=question.purpose, channel=question.channel, decision=decision, reason=decision.upper(), **fields
    )


def test_the_strictest_answer_wins(
    session: Callable[..., Any], plugin: Callable[..., ModuleType], question: ConsentQuestion
) -> None:
    plugins = {name: plugin(decide_consent=says(name)) for name in ("allow", "deny", "review")}
    assert session(plugins).decide_consent(question).by == "deny"
    del plugins["deny"]
    assert session(plugins).decide_consent(question).by == "review"


def test_of_equal_answers_the_first_wins(
    session: Callable[..., Any], plugin: Callable[..., ModuleType], question: ConsentQuestion
) -> None:
    plugins = {name: plugin(decide_consent=says("review")) for name in ("b", "a")}
    assert session(plugins).decide_consent(question).by == "b"


@pytest.mark.parametrize("fault", [explode, leave])
def test_a_plugin_that_raises_denies_although_others_allow(
    session: Callable[..., Any], plugin: Callable[..., ModuleType], question: ConsentQuestion, fault: Any
) -> None:
    running = session({"bad": plugin(decide_consent=fault), "good": plugin(decide_consent=says("allow"))})
    answer = running.decide_consent(question)
    assert (answer.decision, answer.reason, answer.by) == ("deny", "PLUGIN_FAILED", "bad")
    assert [failure.unit for failure in running.failures] == ["contact:5 marketing/email"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: "allow",
        lambda: ConsentDecision(purpose="sales", channel="email", decision="allow", reason="X"),
        lambda: ConsentDecision(purpose="marketing", channel="phone", decision="allow", reason="X"),
        says("allow", expires_on=date(2026, 11, 20)),
    ],
)
def test_an_answer_to_another_question_or_past_its_end_denies(
    session: Callable[..., Any], question: ConsentQuestion, wrong: Any
) -> None:
    answer = session(decide_consent=wrong).decide_consent(question)
    assert (answer.decision, answer.reason) == ("deny", "PLUGIN_FAILED")


def test_an_answer_holds_until_the_day_before_it_expires(
    session: Callable[..., Any], question: ConsentQuestion
) -> None:
    assert (
        session(decide_consent=says("allow", expires_on=date(2026, 11, 21))).decide_consent(question).decision
        == "allow"
    )


def test_without_an_answer_processing_is_allowed_and_contact_is_left_to_review(
    session: Callable[..., Any], question: ConsentQuestion
) -> None:
    running = session(decide_consent=lambda: None)
    answer = running.decide_consent(question)
    assert (answer.decision, answer.reason) == ("review", "NO_PLUGIN")
    processing = question.model_copy(update={"purpose": "processing", "channel": "none"})
    answer = running.decide_consent(processing)
    assert (answer.decision, answer.reason) == ("allow", "NO_OBJECTION")


# --- transform_change: chained; a failure drops the change ---


def test_a_change_may_be_narrowed_and_keeps_its_author(session: Callable[..., Any], change: PropertyChange) -> None:
    narrowed = change.model_copy(update={"after": "buyer", "reason": "only one"})
    running = session(transform_change=lambda: narrowed)
    assert running.transform_change(change) == narrowed
    assert running.transform_change(change).by == "roles"


@pytest.mark.parametrize("hook", [lambda: DROP, explode, leave, lambda: "buyer"])
def test_a_change_is_dropped_by_word_or_by_failure(
    session: Callable[..., Any], change: PropertyChange, hook: str
) -> None:
    assert session(transform_change=hook).transform_change(change) is None


@pytest.mark.parametrize(
    "update",
    [
        {"subject": Ref(object="contact", id="6")},
        {"property": "crmb_other"},
        {"policy": "overwrite"},
        {"before": None},
        {"by": "acme"},
        {"after": None},
    ],
)
def test_a_change_that_is_widened_is_dropped_and_recorded(
    session: Callable[..., Any], change: PropertyChange, update: Any
) -> None:
    running = session(transform_change=lambda change: change.model_copy(update=update))
    assert running.transform_change(change) is None
    assert running.failures[0].message.startswith("widened the change")
    assert running.failures[0].unit == "contact:5 crmb_roles"


# --- check_plan: collected; a failure forbids the plan ---


def test_findings_are_collected_and_name_their_plugin(
    session: Callable[..., Any], plugin: Callable[..., ModuleType], plan: Plan
) -> None:
    finding = Finding(severity="park", code="many", message="Many rows.")
    plugins = {name: plugin(check_plan=lambda plan: [finding] * len(list(plan))) for name in ("b", "a")}
    assert [item.by for item in session(plugins).check_plan(plan)] == ["b", "a"]


@pytest.mark.parametrize("fault", [explode, leave, lambda: [1], lambda: 1])
def test_a_check_that_fails_forbids_the_plan_and_the_others_are_heard(
    session: Callable[..., Any], plugin: Callable[..., ModuleType], plan: Plan, fault: Any
) -> None:
    finding = Finding(severity="info", code="fine", message="Fine.")
    running = session({"bad": plugin(check_plan=fault), "good": plugin(check_plan=lambda: [finding])})
    bad, good = running.check_plan(plan)
    assert (bad.severity, bad.code, bad.by) == ("error", "check-failed", "bad")
    assert "canary" not in bad.message
    assert good.code == "fine"


# --- on_event: ignored; a failure is logged only ---


def test_an_observer_that_fails_harms_nobody(session: Callable[..., Any], plugin: Callable[..., ModuleType]) -> None:
    seen: list[str] = []
    running = session({"bad": plugin(on_event=explode), "good": plugin(on_event=lambda event: seen.append(event.kind))})
    running.emit(Event(kind="plan-made", connection="main", run_id="run-1"))
    assert seen == ["plan-made"]
    assert [failure.plugin for failure in running.failures] == ["bad"]


# --- what plugins are given ---


def test_each_plugin_has_its_own_context(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], center: BuyingCenter
) -> None:
    class Settings(PluginSettings):
        level: int = 1

    def keep(ctx: Any) -> None:
        seen.append(ctx)

    seen: list[Any] = []
    module = plugin(register_settings=lambda: Settings, propose_roles=keep)
    loaded = load({"a": module, "b": plugin(propose_roles=keep)}, {"a": {"level": 7}})
    loaded.bind("main", "run-1", date(2026, 11, 20), "Europe/Berlin").propose_roles(center)
    first, second = seen
    assert (first.plugin, first.settings.level, first.log.name) == ("a", 7, "crmbridge.plugin.a")
    assert (second.plugin, type(second.settings)) == ("b", PluginSettings)
    assert (first.connection, first.run_id, first.today, first.timezone) == (
        *("main", "run-1", date(2026, 11, 20), "Europe/Berlin"),
    )


@pytest.mark.parametrize(
    "mutate",
    [
        lambda center: setattr(center, "name", "changed"),
        lambda center: setattr(center.members[0].facts.contact, "email", "changed"),
        lambda center: center.members[0].facts.contact.properties.update(color="changed"),
        lambda center: center.members.clear(),
    ],
)
def test_a_plugin_cannot_change_what_it_judges(session: Callable[..., Any], center: BuyingCenter, mutate: Any) -> None:
    before = center.model_dump_json()
    running = session(propose_roles=mutate)
    assert len(running.propose_roles(center).failures) == 1
    assert center.model_dump_json() == before


def test_a_plugin_that_changes_an_event_or_a_header_changes_a_copy(session: Callable[..., Any], plan: Plan) -> None:
    event = Event(kind="plan-made", connection="main", run_id="run-1", counts={"rows": 1})
    running = session(on_event=lambda event: event.counts.clear(), check_plan=lambda plan: plan.header.plugins.clear())
    running.emit(event)
    assert running.check_plan(plan) == ()
    assert (event.counts, plan.header.plugins) == ({"rows": 1}, {"roles": "1"})


# --- what is remembered and logged ---


def test_a_failure_names_class_and_line_and_no_value_and_the_rest_is_for_debugging(
    session: Callable[..., Any], center: BuyingCenter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    running = session(propose_roles=explode)
    running.propose_roles(center)
    assert "Quote at test_plugin_policies.py:" in running.failures[0].message
    assert "acme failed in propose_roles on deal:1: Quote at" in caplog.text
    assert "canary" not in caplog.text + repr(running.failures)
    caplog.set_level(logging.DEBUG, "crmbridge.plugin.acme")
    running.propose_roles(center)
    assert caplog.records[-1].name == "crmbridge.plugin.acme"
    assert "Traceback" in caplog.text


def test_the_line_is_the_plugins_own_even_if_a_library_raises(
    session: Callable[..., Any], center: BuyingCenter
) -> None:
    def inside_a_library() -> Any:
        TitleReading.model_validate({"member_id": "canary@acme.example"})

    message = session(propose_titles=inside_a_library).propose_titles(center).failures[0].message
    line = inside_a_library.__code__.co_firstlineno + 1
    assert message == (
        f"{ValidationError.__name__} at test_plugin_policies.py:{line}: TitleReading.text: Field required"
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"source": "canary"}, "Evidence.source: Input should be 'human', "),
        ({"weight": "canary"}, "Evidence.weight"),
    ],
)
def test_a_model_that_is_not_filled_right_names_the_field_and_never_what_it_was_given(
    session: Callable[..., Any], center: BuyingCenter, given: dict[str, Any], told: str
) -> None:
    # Kills: the message is only the exception's class; the input stands in the message.
    def propose() -> Any:
        yield Evidence.model_validate({"source": "crm", "weight": 0.5, "text": "t", **given})

    (failure,) = session(propose_roles=propose).propose_roles(center).failures
    assert told in failure.message
    assert "canary" not in failure.message


def test_a_value_that_is_no_number_is_told_as_such(session: Callable[..., Any]) -> None:
    # Kills: the first word of a union is told, which asks for a text.
    def derive(person: PersonFacts) -> Any:
        yield PropertyValue(subject=person.contact.ref, property="risk", value=math.nan)

    running = session(
        derive_contact=derive,
        register_properties=lambda: [PropertySpec(object="contact", name="risk", label="Risk", type="number")],
    )
    (failure,) = running.derive_contact(PersonFacts(contact=Contact(id="1")), ()).failures
    assert failure.message.endswith("PropertyValue.value: Input should be a finite number")


def test_a_model_of_the_plugins_own_is_not_told_of(session: Callable[..., Any], center: BuyingCenter) -> None:
    class Evidence(BaseModel):  # named as one of crmbridge's
        canary: int

    def propose() -> Any:
        Evidence.model_validate({"canary": "canary"})

    (failure,) = session(propose_titles=propose).propose_titles(center).failures
    assert "canary" not in failure.message


def test_an_observer_is_handed_the_exception_itself(session: Callable[..., Any], center: BuyingCenter) -> None:
    calls: list[HookCall] = []
    session(observe=calls.append, propose_titles=explode).propose_titles(center)
    assert isinstance(calls[0].error, Exception)


def test_a_million_failures_make_one_line_and_a_bounded_list(
    session: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    running = session(transform_record=explode)
    for number in range(FAILURES_KEPT + 5):
        running.transform_record(Contact(id=str(number + 1)))
    assert len(running.failures) == FAILURES_KEPT
    assert running.failure_counts == {("acme", "transform_record"): FAILURES_KEPT + 5}
    assert len(caplog.records) == 1


def test_the_trace_tells_call_plugin_and_types_but_no_values(
    session: Callable[..., Any], center: BuyingCenter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "crmbridge.hooks")
    results = [RESULTS["propose_roles"], Due(on=date(2026, 12, 1)), Due(on=date(2026, 12, 2))]
    hooks = {"propose_roles": lambda: results, "propose_titles": lambda: None, "transform_record": lambda: None}
    running = session(observe=log_call, **hooks)
    running.propose_roles(center)
    running.propose_titles(center)
    running.transform_record(Contact(id="1"))
    assert [record.getMessage().partition(" in ")[0] for record in caplog.records] == [
        "propose_roles acme deal:1 -> 1 RoleProposal, 2 Due",
        "propose_titles acme deal:1 -> nothing",
        "transform_record acme contact:1 -> Contact",
    ]
    caplog.clear()
    session(**hooks).propose_roles(center)
    assert caplog.records == []
