"""Applying: what is sent, what is refused, and what the next plan finds."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.config import Writeback
from crmbridge.connector import Account, Update
from crmbridge.errors import FixRequest, NotSupported, RemakePlan
from crmbridge.model import Option, Plan, PropertyDefinition, PropertySpec, Ref

from .conftest import Portal

ROLES = PropertySpec(
    object="contact",
    name="roles",
    label="Roles",
    type="multi",
    fold="union",
    options=tuple(Option(value=value, label=value) for value in ("user", "buyer", "decider")),
)
SCORE = PropertySpec(object="contact", name="score", label="Score", type="number", fold="max", clear=True)
STAMP = PropertySpec(object="contact", name="computed_at", label="Computed at", type="date", stamp=True)


def defined(spec: PropertySpec, **more: Any) -> PropertyDefinition:
    facts = {"name": f"crmb_{spec.name}", "type": spec.type, "group": "crmbridge", "options": spec.options} | more
    return PropertyDefinition(object="contact", label=spec.label, **facts)


@pytest.fixture
def planned(portal: Portal) -> Plan:
    """A plan that creates the properties and fills two contacts."""
    portal.register(ROLES, SCORE, STAMP)
    portal.contacts("1", "2")
    portal.judge({"1": ("user",), "2": ("buyer", "user")})
    portal.judge({"1": 0.5}, "score", "deal:2")
    return portal.plan()


@pytest.fixture
def scored(portal: Portal) -> Plan:
    """A plan that sets the scores of contacts 1 and 2, which are there, from 1 to 2."""
    portal.register(SCORE)
    portal.define(defined(SCORE))
    portal.contacts("1", "2", crmb_score="1")
    program(portal, "1", "2", crmb_score="1")
    portal.judge({"1": 2, "2": 2}, "score")
    return portal.plan()


def program(portal: Portal, *ids: str, **values: str) -> None:
    """Let another program write."""
    portal.crm.update("contact", [Update(id=id_, properties=dict(values)) for id_ in ids])


def test_an_applied_plan_stands_in_the_crm_and_the_next_plan_is_empty(portal: Portal, planned: Plan) -> None:
    result = portal.apply(planned)
    assert (result.status, result.confirmed, result.conflicts, result.rejected, result.unknown) == ("done", 7, 0, 0, 0)
    assert portal.value("1") == "user"
    assert portal.value("2") == "user;buyer"
    assert portal.value("1", "crmb_score") == "0.5"
    assert portal.value("1", "crmb_computed_at") == portal.value("2", "crmb_computed_at") == "2026-03-01"
    assert portal.journal.plans.state(planned.header.id) == "applied"
    assert portal.plan().is_empty


def test_the_next_plan_is_empty_after_a_sync_too(portal: Portal, planned: Plan) -> None:
    portal.apply(planned)
    records = portal.crm.read_records("contact", ["1", "2"], ["crmb_roles", "crmb_score", "crmb_computed_at"])
    with portal.store.locking() as tx:
        portal.mirror.put(tx, records, 2, 2)
    assert portal.plan().is_empty


def test_what_was_created_is_in_the_manifest(portal: Portal, planned: Plan) -> None:
    portal.apply(planned)
    with portal.store.reading() as tx:
        assert portal.journal.manifest.owned(tx, "group") == {("contact", "crmbridge")}
        names = {name for _, name in portal.journal.manifest.owned(tx, "property")}
        assert names == {"crmb_roles", "crmb_score", "crmb_computed_at"}
        assert set(portal.mirror.definitions(tx, "contact")) == names


def test_a_parked_plan_waits_for_its_own_hash(portal: Portal, planned: Plan) -> None:
    portal.config = Writeback()
    plan = portal.plan()
    assert [finding.code for finding in plan.parked] == ["first-apply", "first-apply"]
    for approve in (None, "", plan.hash[:11], planned.hash[:11] + "x", "0" * 64, plan.hash + "0"):
        result = portal.apply(plan, approve=approve)
        assert (result.status, result.calls) == ("parked", 0)
        assert result.findings
    assert portal.crm.calls == 0
    assert portal.apply(plan, approve=plan.hash[:12]).status == "done"


def test_what_was_approved_once_need_not_be_approved_again(portal: Portal) -> None:
    portal.config = Writeback()
    portal.register(SCORE)
    portal.contacts("1", "2")
    portal.judge({"1": 1}, "score")
    first = portal.plan()
    portal.apply(first, approve=first.hash.upper())
    portal.judge({"1": 1, "2": 1}, "score")
    with portal.store.locking() as tx:
        portal.mirror.set_properties(tx, {Ref(object="contact", id="2"): {"crmb_score": None}})
    second = portal.plan()
    assert (len(second), second.parked) == (1, ())


def test_an_approval_of_another_plan_lets_nothing_pass(portal: Portal, planned: Plan) -> None:
    result = portal.apply(planned, approve="0" * 64)
    assert (result.status, [finding.code for finding in result.findings]) == ("parked", ["other-approval"])


def test_a_blocked_plan_is_never_applied(portal: Portal) -> None:
    def check_plan() -> None:
        raise ValueError

    portal.register(SCORE, check_plan=check_plan)
    portal.contacts("1")
    portal.judge({"1": 1}, "score")
    plan = portal.plan()
    assert portal.apply(plan, approve=plan.hash).status == "blocked"
    assert portal.crm.calls == 0


def test_a_plan_that_was_applied_is_left_alone(portal: Portal, planned: Plan) -> None:
    portal.apply(planned)
    calls = portal.crm.calls
    again = portal.apply(planned)
    assert (again.status, again.confirmed, again.calls, portal.crm.calls) == ("done", 0, 0, calls)


def test_an_older_plan_is_refused_once_a_newer_one_was_applied(portal: Portal, scored: Plan) -> None:
    portal.judge({"1": 3, "2": 3}, "score")
    newer = portal.plan()
    portal.apply(newer)
    with pytest.raises(RemakePlan, match="older than plan"):
        portal.apply(scored)
    assert portal.value("1", "crmb_score") == "3"


def test_a_plan_for_another_account_is_refused(portal: Portal, planned: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal.crm, "account", lambda: Account(id="other"))
    with pytest.raises(RemakePlan, match="belongs to account other"):
        portal.apply(planned)
    assert portal.crm.calls == 0


def test_an_empty_plan_is_applied_without_writing(portal: Portal) -> None:
    portal.register()
    plan = portal.plan()
    assert portal.apply(plan).status == "done"
    assert portal.crm.calls == 0


def test_a_persons_edit_since_the_plan_is_a_conflict(portal: Portal, scored: Plan) -> None:
    portal.crm.edit(Ref(object="contact", id="1"), {"crmb_score": "9"})
    result = portal.apply(scored)
    assert (result.confirmed, result.conflicts) == (1, 1)
    assert portal.value("1", "crmb_score") == "9"
    assert portal.states(scored)["1.crmb_score"] == ("conflict", "edited-by-person")


def test_a_persons_edit_of_our_property_becomes_a_decision_at_once(portal: Portal, scored: Plan) -> None:
    """Kills: leaving it to the next sync: until then each plan would have the row again."""
    portal.crm.edit(Ref(object="contact", id="1"), {"crmb_score": "9"}, user="77")
    portal.apply(scored)
    with portal.store.reading() as tx:
        (decision,) = portal.judgements.decisions(tx, "contact", ["1"])["1"]
    assert (decision.property, decision.value, decision.author, decision.source) == ("score", "9", "77", "crm")
    assert portal.plan().is_empty


def test_another_programs_edit_of_our_property_is_overwritten(portal: Portal, scored: Plan) -> None:
    program(portal, "1", "2", crmb_score="9")
    assert portal.apply(scored).confirmed == 2
    assert portal.value("1", "crmb_score") == "2"


def test_our_own_last_value_needs_no_history(portal: Portal, scored: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """What we confirmed last is ours, even where the history names a person or the mirror lags."""
    portal.crm.edit(Ref(object="contact", id="1"), {"crmb_score": "1"})
    changes = [row for row in scored if row.kind == "property"]
    with portal.store.locking() as tx:
        portal.journal.manifest.confirm(
            tx, "earlier", [row.model_copy(update={"after": row.before}) for row in changes]
        )
    monkeypatch.setattr(portal.crm, "read_authors", lambda *_: pytest.fail("history was asked"))
    assert portal.apply(scored).confirmed == 2


def test_what_stands_there_already_is_not_sent(portal: Portal, scored: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    for id_ in "12":
        portal.crm.edit(Ref(object="contact", id=id_), {"crmb_score": "2.0"})
    monkeypatch.setattr(portal.crm, "update", lambda *_: pytest.fail("it was sent"))
    assert portal.apply(scored).confirmed == 2
    assert portal.plan().is_empty
    with portal.store.reading() as tx:  # a person's word stays a person's, even if we agree
        assert not portal.journal.manifest.confirmed(tx, "contact", ["1", "2"])


def test_records_that_are_gone_are_never_sent(portal: Portal, planned: Plan) -> None:
    portal.crm.remove(Ref(object="contact", id="1"))
    result = portal.apply(planned)
    assert (result.invalid, portal.value("2")) == (2, "user;buyer")
    assert portal.states(planned)["1.crmb_roles"] == ("invalid", "record-missing")


def test_a_stamp_is_not_sent_alone(portal: Portal, planned: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills: sending whatever row is left of a record."""
    portal.apply(planned)
    portal.judge({"1": ("decider",), "2": ("buyer", "user")})
    plan = portal.plan(day := planned.header.as_of.replace(day=2))
    portal.crm.edit(Ref(object="contact", id="1"), {"crmb_roles": "buyer"})
    monkeypatch.setattr(portal.crm, "update", lambda *_: pytest.fail("it was sent"))
    result = portal.apply(plan)
    assert (result.conflicts, result.rejected, result.confirmed) == (1, 0, 0)
    assert portal.value("1", "crmb_computed_at") != day.isoformat()


def test_a_failed_definition_takes_only_its_own_rows(
    portal: Portal, planned: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = portal.crm.create_definition

    def refuse(definition: PropertyDefinition) -> None:
        if definition.name == "crmb_score":
            raise FixRequest("too many properties", category="LIMIT")
        create(definition)

    monkeypatch.setattr(portal.crm, "create_definition", refuse)
    result = portal.apply(planned)
    assert (result.rejected, result.invalid) == (1, 1)
    assert portal.states(planned)["1.crmb_score"] == ("invalid", "definition-failed")
    assert portal.value("1") == "user"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (None, "property-missing"),
        ({"read_only": True}, "read-only"),
        ({"options": ROLES.options[:1]}, "option-missing"),
    ],
)
def test_what_the_platform_no_longer_allows_is_not_sent(
    portal: Portal, change: dict[str, Any] | None, reason: str
) -> None:
    """T19, T20: the other property of the same record is written."""
    portal.register(ROLES, SCORE)
    portal.define(defined(ROLES), defined(SCORE))
    portal.contacts("1", crmb_roles=None, crmb_score=None)
    portal.judge({"1": ("buyer",)})
    portal.judge({"1": 1}, "score", "deal:2")
    plan = portal.plan()
    definition = portal.crm.definitions.pop(("contact", "crmb_roles"))
    if change is not None:
        portal.crm.definitions["contact", "crmb_roles"] = definition.model_copy(update=change)
    result = portal.apply(plan)
    assert (result.confirmed, result.invalid) == (1, 1)
    assert portal.states(plan)["1.crmb_roles"] == ("invalid", reason)
    assert portal.value("1", "crmb_score") == "1"


def test_lacking_options_are_added_and_none_is_lost(portal: Portal) -> None:
    alien = Option(value="alien", label="Alien")
    portal.register(ROLES)
    portal.define(defined(ROLES, options=ROLES.options[:1]))
    portal.contacts("1", crmb_roles=None)
    portal.judge({"1": ("buyer",)})
    plan = portal.plan()
    portal.crm.definitions["contact", "crmb_roles"] = defined(ROLES, options=(ROLES.options[0], alien))
    assert portal.apply(plan).confirmed == 2
    values = [option.value for option in portal.crm.definitions["contact", "crmb_roles"].options]
    assert values == ["user", "alien", "buyer", "decider"]
    with portal.store.reading() as tx:
        assert not portal.journal.manifest.owned(tx, "property")


def test_a_property_that_appeared_since_the_plan_is_adopted_only_if_it_is_like_ours(
    portal: Portal, planned: Plan
) -> None:
    portal.crm.definitions["contact", "crmb_score"] = defined(SCORE)
    portal.crm.definitions["contact", "crmb_roles"] = defined(ROLES, group="theirs")
    portal.apply(planned)
    assert portal.value("1", "crmb_score") == "0.5"
    assert portal.value("1") is None
    assert portal.states(planned)["1.crmb_roles"] == ("invalid", "definition-failed")
    with portal.store.reading() as tx:
        assert ("contact", "crmb_score") not in portal.journal.manifest.owned(tx, "property")


def test_only_what_is_named_is_written_and_the_rest_later(portal: Portal, planned: Plan) -> None:
    portal.apply(planned, only=["contact:1"])
    assert (portal.value("1"), portal.value("2")) == ("user", None)
    assert portal.journal.plans.state(planned.header.id) == "applying"
    portal.apply(planned, only=["contact.crmb_score"])
    assert portal.value("2") is None
    portal.apply(planned)
    assert portal.value("2") == "user;buyer"
    assert portal.journal.plans.state(planned.header.id) == "applied"
    assert {state for state, _ in portal.states(planned).values()} == {"confirmed"}


def test_clearing_empties_the_value(portal: Portal) -> None:
    portal.register(SCORE)
    portal.contacts("1")
    portal.judge({"1": 1}, "score")
    portal.apply(portal.plan())
    portal.judge({"1": None}, "score")
    assert portal.apply(portal.plan()).confirmed == 1
    assert portal.value("1", "crmb_score") is None
    assert portal.plan().is_empty


def test_native_values_of_people_are_overwritten_only_with_leave(portal: Portal) -> None:
    portal.register(SCORE.model_copy(update={"name": "score", "policy": "overwrite"}))
    portal.config = Writeback(overwrite={"contact.score": True}, guard={"first_apply": False})
    portal.define(defined(SCORE, name="score"))
    portal.contacts("1", score="1")
    portal.crm.edit(Ref(object="contact", id="1"), {"score": "1"})
    portal.judge({"1": 2}, "score")
    assert portal.apply(portal.plan()).conflicts == 1
    assert portal.apply(portal.plan(), people=["contact.score"]).confirmed == 1
    assert portal.value("1", "score") == "2"


def test_progress_is_told_batch_by_batch(portal: Portal) -> None:
    portal.register(SCORE)
    portal.contacts(*(f"{number:03}" for number in range(250)))
    portal.judge({f"{number:03}": 1 for number in range(250)}, "score")
    told: list[int] = []
    portal.apply(portal.plan(), progress=told.append)
    assert told == [1, 1, 100, 100, 50]


@pytest.fixture
def plain(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A platform that tells neither definitions nor history, and reads one record at a time."""
    less = {"definitions": False, "history": False, "read_batch": 1}
    capabilities = portal.crm.capabilities.model_copy(update=less)
    monkeypatch.setattr(type(portal.crm), "capabilities", property(lambda _: capabilities))
    for name in ("read_definitions", "read_authors"):
        monkeypatch.setattr(portal.crm, name, lambda *_: pytest.fail("it was asked"))
    return portal


def test_a_platform_without_history_keeps_what_changed_since_the_plan(plain: Portal, scored: Plan) -> None:
    program(plain, "1", crmb_score="9")
    result = plain.apply(scored)
    assert (result.confirmed, result.conflicts) == (1, 1)
    assert plain.states(scored)["1.crmb_score"] == ("conflict", "changed-since-plan")


def test_a_platform_that_cannot_define_takes_no_values_of_new_properties(
    plain: Portal, planned: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(definition: PropertyDefinition) -> None:
        raise NotSupported(definition.name)

    monkeypatch.setattr(plain.crm, "create_definition", refuse)
    monkeypatch.setattr(plain.crm, "update", lambda *_: pytest.fail("it was sent"))
    result = plain.apply(planned)
    assert (result.confirmed, result.invalid) == (1, 6)
    assert plain.states(planned)["1.crmb_roles"] == ("invalid", "definition-failed")


def test_a_plan_of_another_version_of_a_plugin_is_refused(portal: Portal, scored: Plan) -> None:
    """Kills: applying what an older plugin said after it was mended."""
    version = scored.header.plugins["judge"]
    with pytest.raises(RemakePlan, match=f"made with judge {version}, which is 9.9 now"):
        portal.apply(scored, versions={"judge": "9.9"})
    with pytest.raises(RemakePlan, match="which is not there now"):
        portal.apply(scored, versions={})
    assert portal.apply(scored, versions={"judge": version, "other": "1"}).confirmed == 2
