"""From the mirror to judged centers: who belongs, what the phases see, and when something is judged again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crmbridge import (
    BuyingCenter,
    Company,
    CompanyFacts,
    ConsentDecision,
    ConsentQuestion,
    Deal,
    Decision,
    Due,
    Evidence,
    Option,
    PersonFacts,
    PropertySpec,
    PropertyValue,
    Ref,
    RoleProposal,
    hookimpl,
)
from crmbridge.centers import core

from .conftest import TODAY, World, person, plugin


@hookimpl
def _roles_by_title(ctx: Any, center: BuyingCenter) -> Iterable[RoleProposal]:
    for member in center.members:
        if member.facts and member.facts.contact.job_title == "CEO":
            yield RoleProposal(
                member_id=member.id, role="decider", evidence=(Evidence(source="title", weight=0.65, text="CEO"),)
            )


ROLES = plugin("roles", propose_roles=_roles_by_title)


def test_linked_people_and_people_who_wrote_are_members(world: World) -> None:
    world.put(person(1), person(2), person(3), world.mail(100, 5, "p2@mueller.example"))
    world.put(world.mail(101, 4, "unknown@mueller.example"))
    world.link("deal:9", "contact:1", None, "Decision maker")
    world.link("email:100", "deal:9")
    world.link("email:101", "deal:9")
    world.judge()
    center = world.center("deal:9")
    assert center is not None
    assert [(member.id, member.joined_by) for member in center.members] == [
        ("address:unknown@mueller.example", "engagement"),
        ("contact:1", "deal"),
        ("contact:2", "engagement"),
    ]
    assert center.members[1].labels == ("Decision maker",)
    assert center.owner == "Sam Seller"
    assert [touch.responders for touch in center.touches] == [("contact:2",), ()]


def test_a_person_of_another_domain_is_external(world: World) -> None:
    world.put(person(1), person(2, "x@beratung.example"))
    world.link("deal:9", "contact:1")
    world.link("deal:9", "contact:2")
    world.judge()
    center = world.center("deal:9")
    assert center is not None
    assert {member.id: member.is_external for member in center.members} == {"contact:1": False, "contact:2": True}


def test_a_company_without_deal_has_a_center_once_somebody_was_touched_twice(world: World) -> None:
    world.put(Company(id="6", name="Neu AG", domains=("neu.example",)), person(4, "p4@neu.example"))
    world.link("contact:4", "company:6", primary=True)
    world.put(world.mail(200, 9, "p4@neu.example"))
    world.link("email:200", "contact:4")
    world.judge()
    assert world.center("company:6") is None
    world.put(world.mail(201, 8, "p4@neu.example"))
    world.link("email:201", "contact:4")
    world.judge()
    center = world.center("company:6")
    assert center is not None
    assert [member.id for member in center.members] == ["contact:4"]
    assert center.deal is None


def test_mail_that_bounced_and_meetings_to_come_are_no_touches_yet(world: World) -> None:
    world.put(person(1), world.mail(300, 5, "p1@mueller.example", failed=True))
    world.put(world.mail(301, -3, "p1@mueller.example", object="meeting", direction="both"))
    world.link("deal:9", "contact:1")
    for item in ("email:300", "meeting:301"):
        world.link(item, "deal:9")
        world.link(item, "contact:1")
    world.judge()
    center = world.center("deal:9")
    assert center is not None
    assert center.touches == ()
    assert world.judge(TODAY + timedelta(2)).judged == 0
    assert world.judge(TODAY + timedelta(3)).judged > 0
    later = world.center("deal:9")
    assert later is not None
    assert [touch.ref for touch in later.touches] == [Ref("meeting", "301")]


def test_a_person_who_may_not_be_processed_is_counted_and_never_named(world: World) -> None:
    @hookimpl
    def decide_consent(ctx: Any, question: ConsentQuestion) -> ConsentDecision | None:
        denied = question.person.contact.id == "1"
        return ConsentDecision(
            purpose=question.purpose, channel=question.channel, decision="deny" if denied else "allow", reason="R"
        )

    world.plugins = {"gate": plugin("gate", decide_consent=decide_consent), "roles": ROLES}
    world.put(person(1, job_title="CEO"), person(2), world.mail(100, 5, "p1@mueller.example"))
    world.link("deal:9", "contact:1")
    world.link("deal:9", "contact:2")
    world.link("email:100", "deal:9")
    world.judge()
    center = world.center("deal:9")
    assert center is not None
    assert [member.id for member in center.members] == ["contact:2"]
    assert center.withheld == 1
    assert center.touches[0].member_ids == ()
    assert "p1@mueller.example" not in center.model_dump_json()


@pytest.mark.parametrize(("basis", "members"), [("legitimate-interest", 1), ("record-required", 0)])
def test_review_lets_through_only_on_a_declared_interest(world: World, basis: str, members: int) -> None:
    @hookimpl
    def decide_consent(ctx: Any, question: ConsentQuestion) -> ConsentDecision:
        return ConsentDecision(purpose=question.purpose, channel=question.channel, decision="review", reason="R")

    world.plugins = {"gate": plugin("gate", decide_consent=decide_consent)}
    world.config_text = world.config_text.replace("legitimate-interest", basis)
    world.put(person(1))
    world.link("deal:9", "contact:1")
    world.judge()
    center = world.center("deal:9")
    assert center is not None
    assert len(center.members) == members


def test_figures_of_the_center_go_to_its_deal(world: World) -> None:
    world.plugins = {"core": core, "roles": ROLES}
    world.put(person(1, job_title="CEO"), person(2))
    world.link("deal:9", "contact:1")
    world.link("deal:9", "contact:2")
    world.judge()
    values = world.values("deal")
    assert values["9", "center_completeness_hard"] == [25.0]
    assert values["9", "center_completeness"] == [16.2]
    assert values["9", "missing_roles"] == [("influencer", "user", "buyer")]
    assert values["9", "members_known"] == [2]


def test_where_a_plugin_failed_core_writes_no_figures(world: World) -> None:
    @hookimpl
    def propose_roles(ctx: Any, center: BuyingCenter) -> Iterable[RoleProposal]:
        raise RuntimeError("boom")

    world.plugins = {"core": core, "broken": plugin("broken", propose_roles=propose_roles)}
    world.put(person(1))
    world.link("deal:9", "contact:1")
    result = world.judge()
    center = world.center("deal:9")
    assert result.failed == 1
    assert center is not None
    assert (center.unknown, center.failed_hooks) == (("broken",), ("propose_roles",))
    told = {name for _, name in world.values("deal")}
    assert "members_known" in told
    assert "missing_roles" not in told
    with world.store.reading() as tx:
        for record in (Ref("deal", "9"), Ref("company", "5"), Ref("contact", "1")):
            assert world.judgements.failed_on(tx, record.object, [record.id]) == {(record.id, "broken")}


@pytest.mark.parametrize("hook", ["propose_roles", "derive_contact", "derive_company", "decide_consent"])
def test_what_a_plugin_failed_on_is_judged_again_though_nothing_changed(world: World, hook: str) -> None:
    # mutants: a unit with a failure stands like any other; a failed answer about consent is no failure of the unit
    whole = False

    def answer() -> None:
        if not whole:
            raise TimeoutError

    world.plugins = {"core": core}
    world.put(person(1))
    world.link("deal:9", "contact:1")
    world.judge()
    told = {name: world.values(name) for name in ("deal", "contact", "company")}
    world.plugins["shaky"] = plugin("shaky", **{hook: hookimpl(answer)})
    assert world.judge().failed > 0
    standing = world.judgements.failures()
    assert {(failure.plugin, failure.hook) for _, failure in standing} == {("shaky", hook)}
    assert world.judge().judged == len(standing)
    whole = True
    assert world.judge().judged == len(standing)
    assert world.judgements.failures() == []
    assert {name: world.values(name) for name in ("deal", "contact", "company")} == told
    assert world.judge().judged == 0


# kills the mutant `<=` for `<`
@pytest.mark.parametrize(("amount", "missing"), [("499.99", 1), ("500", 4), (None, 4)])
def test_routine_cases_need_the_buyer_alone(world: World, amount: str | None, missing: int) -> None:
    world.config_text += "[centers]\nroutine_amount = 500\n"
    created = datetime(2026, 9, 1, tzinfo=UTC)
    world.put(Deal(id="9", name="Stifte", amount=Decimal(amount) if amount else None, created_at=created))
    world.judge()
    center = world.center("deal:9")
    assert center is not None
    assert len(center.missing_roles) == missing
    assert center.is_routine is (missing == 1)


def test_a_persons_word_on_roles_outranks_every_plugin(world: World) -> None:
    world.plugins = {"roles": ROLES}
    world.put(person(1, job_title="CEO"))
    world.link("deal:9", "contact:1")
    world.judge()
    word = Decision(
        subject=Ref("contact", "1"), property="roles", value="user", source="crm", at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    with world.store.writing(world.run.lease) as tx:
        world.judgements.decide(tx, word)
    world.judge()
    center = world.center("deal:9")
    assert center is not None
    assert center.members[0].roles == ()


def test_nothing_changed_nothing_is_judged(world: World) -> None:
    world.plugins = {"roles": ROLES}
    world.put(person(1, job_title="CEO"))
    world.link("deal:9", "contact:1")
    assert world.judge().judged > 0
    assert world.judge().judged == 0


def test_what_crmbridge_wrote_makes_no_echo(world: World) -> None:
    world.put(person(1, properties={"crmb_roles": None, "hs_lastmodifieddate": "1"}))
    world.link("deal:9", "contact:1")
    world.judge()
    world.put(person(1, properties={"crmb_roles": "decider", "hs_lastmodifieddate": "2"}))
    assert world.judge().seen == 0


def test_another_setting_judges_everything_again(world: World) -> None:
    world.put(person(1))
    world.link("deal:9", "contact:1")
    first = world.judge()
    world.config_text += "[centers]\nbenchmark = 5\n"
    assert world.judge().judged == first.judged


def test_a_contact_that_is_gone_leaves_its_centers(world: World) -> None:
    world.put(person(1), person(2))
    world.link("deal:9", "contact:1")
    world.link("deal:9", "contact:2")
    world.judge()
    with world.store.writing(world.run.lease) as tx:
        world.mirror.archive(tx, "contact", ["2"])
    world.judge()
    center = world.center("deal:9")
    assert center is not None
    assert [member.id for member in center.members] == ["contact:1"]


def test_due_days_bring_a_unit_back(world: World) -> None:
    asked: list[date] = []

    @hookimpl
    def derive_company(ctx: Any, facts: CompanyFacts) -> Iterable[Due]:
        asked.append(ctx.today)
        yield Due(on=TODAY + timedelta(10))

    world.plugins = {"clock": plugin("clock", derive_company=derive_company)}
    for days in (0, 9, 10):
        world.judge(TODAY + timedelta(days))
    assert asked == [TODAY, TODAY + timedelta(10)]


def test_about_a_refused_person_only_consent_plugins_speak(world: World) -> None:
    spec = PropertySpec(
        object="contact", name="mail", label="Mail", type="enumeration",
        options=(Option(value="deny", label="No"), Option(value="allow", label="Yes")), fold="strictest",
    )  # fmt: skip

    @hookimpl
    def decide_consent(ctx: Any, question: ConsentQuestion) -> ConsentDecision:
        return ConsentDecision(purpose=question.purpose, channel=question.channel, decision="deny", reason="OBJECTED")

    @hookimpl
    def register_properties(ctx: Any) -> Iterable[PropertySpec]:
        yield spec.model_copy(update={"name": "mail" if ctx.plugin == "gate" else "score"})

    @hookimpl
    def derive_contact(ctx: Any, person: PersonFacts, consent: tuple[ConsentDecision, ...]) -> Iterable[PropertyValue]:
        name = "mail" if ctx.plugin == "gate" else "score"
        yield PropertyValue(subject=person.contact.ref, property=name, value=consent[0].decision)

    world.plugins = {
        "gate": plugin(
            "gate",
            decide_consent=decide_consent,
            register_properties=register_properties,
            derive_contact=derive_contact,
        ),
        "score": plugin("score", register_properties=register_properties, derive_contact=derive_contact),
    }
    world.put(person(1))
    world.judge()
    assert world.values("contact") == {("1", "mail"): ["deny"]}


def test_a_look_into_the_future_leaves_no_trace(world: World) -> None:
    # kills the mutant that trusts what was judged for a later day
    world.plugins = {"core": core}
    world.put(person(1), world.mail(100, 5, "p1@mueller.example"))
    world.link("email:100", "deal:9")
    world.judge()
    now = world.values("deal")
    world.judge(TODAY + timedelta(400))
    assert world.values("deal") != now
    world.judge()
    assert world.values("deal") == now
