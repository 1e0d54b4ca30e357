"""A plugin as written against crmbridge 0.1: every hook of that version, each with all of its arguments.

It is never edited: a test compares its digest. What it says is plain on purpose; that it says the same in every later
version is the point.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from crmbridge import (
    DROP,
    BuyingCenter,
    CommandSpec,
    CompanyFacts,
    Connector,
    ConnectorSettings,
    ConnectorSpec,
    ConsentDecision,
    ConsentQuestion,
    Contact,
    Due,
    Event,
    Evidence,
    Finding,
    InputSpec,
    JourneyStage,
    Option,
    PersonaAssignment,
    PersonFacts,
    Plan,
    PluginContext,
    PluginSettings,
    PropertySpec,
    PropertyValue,
    Record,
    RelationProposal,
    RoleProposal,
    RunContext,
    StageModel,
    StageVisit,
    StanceProposal,
    TitleReading,
    hookimpl,
)
from crmbridge.model import PropertyChange

SIZES = (Option(value="small", label="Small"), Option(value="large", label="Large"))
STAGES = (
    JourneyStage(key="quiet", label="Quiet"),
    JourneyStage(key="talking", label="Talking", label_de="Im Gespräch"),
)


class FrozenSettings(PluginSettings):
    """The section ``[plugins.frozen_0_1]``."""

    color_property: str = "favorite_color"
    large_from: int = 2


class Nowhere(ConnectorSettings):
    """A connection to nothing."""

    place: str = "nowhere"


Ctx = RunContext[FrozenSettings]


def _connect(settings: Nowhere) -> Connector:
    raise NotImplementedError(settings.place)  # it is registered, and never connected to


def _hello() -> None:
    """Say hello."""
    print("hello from 0.1")  # noqa: T201 - what a command does


@hookimpl
def register_connectors() -> Iterator[ConnectorSpec]:
    yield ConnectorSpec(name="frozen-nowhere", settings=Nowhere, open=_connect, setup="Nothing is needed.")


@hookimpl
def register_settings() -> type[FrozenSettings]:
    return FrozenSettings


@hookimpl
def register_inputs(ctx: PluginContext[FrozenSettings]) -> Iterator[InputSpec]:
    yield InputSpec(object="contact", properties=(ctx.settings.color_property,), connector="hubspot")
    yield InputSpec(object="note", texts=True)


@hookimpl
def register_properties(ctx: PluginContext[FrozenSettings]) -> Iterator[PropertySpec]:
    yield PropertySpec(object="contact", name="frozen_badge", label="Badge", type="string", fold="latest")
    yield PropertySpec(object="contact", name="frozen_mailable", label="May be mailed", type="bool", fold="latest")
    yield PropertySpec(
        object="company",
        name="frozen_size",
        label=f"Size from {ctx.settings.large_from}",
        type="enumeration",
        options=SIZES,
    )
    yield PropertySpec(object="deal", name="frozen_people", label="People", type="number", fold="max", clear=True)


@hookimpl
def register_stages(ctx: PluginContext[FrozenSettings]) -> Iterator[StageModel]:
    ways = (("quiet", "talking"), ("talking", "quiet"))
    yield StageModel(key="frozen", label=ctx.plugin, stages=STAGES, transitions=ways, entry=("quiet",))


@hookimpl
def register_commands() -> Iterator[CommandSpec]:
    yield CommandSpec(name="frozen-hello", run=_hello)


@hookimpl
def transform_record(ctx: Ctx, record: Record) -> object:
    if not isinstance(record, Contact):
        return None
    if record.last_name == "Dropped":
        return DROP
    title = (record.job_title or "").strip()
    return record.model_copy(update={"job_title": title}) if title != record.job_title else None


@hookimpl
def decide_consent(ctx: Ctx, question: ConsentQuestion) -> ConsentDecision | None:
    if question.purpose == "contract":
        return None
    color = question.person.contact.properties.get(ctx.settings.color_property)
    decision = "allow" if question.purpose == "processing" or color == "green" else "review"
    reason = f"{question.channel} {color or 'NO_COLOR'} {question.controller}".strip()
    expires = ctx.today + timedelta(days=30)
    return ConsentDecision(
        purpose=question.purpose,
        channel=question.channel,
        controller=question.controller,
        decision=decision,
        reason=reason,
        expires_on=expires,
    )


@hookimpl
def propose_titles(ctx: Ctx, center: BuyingCenter) -> Iterator[TitleReading | Due]:
    yield Due(on=ctx.today + timedelta(days=7))
    for member in center.members:
        title = member.facts.contact.job_title if member.facts else None
        if title:
            rank = "management" if title.startswith("Chief") else None
            yield TitleReading(member_id=member.id, text=title, seniority=rank, department="finance", confidence=0.8)


@hookimpl
def propose_roles(ctx: Ctx, center: BuyingCenter) -> Iterator[RoleProposal]:
    for member in center.members:
        for title in member.titles:
            text = f"{title.text}, read as {title.seniority}"
            told = Evidence(source="title", weight=title.confidence, text=text, on=ctx.today)
            role = "decider" if title.seniority == "management" else "user"
            yield RoleProposal(member_id=member.id, role=role, evidence=(told,))


@hookimpl
def propose_stances(ctx: Ctx, center: BuyingCenter) -> Iterator[StanceProposal]:
    for touch in center.touches:
        for member_id in touch.responders:
            text = f"wrote: {touch.subject} ({touch.channel}, {(ctx.today - touch.on).days} days ago)"
            against = "no" in (touch.subject or "").split()
            told = Evidence(source="behaviour", weight=0.6, text=text, against=against, ref=touch.ref, on=touch.on)
            yield StanceProposal(member_id=member_id, evidence=(told,))


@hookimpl
def propose_relations(ctx: Ctx, center: BuyingCenter) -> Iterator[RelationProposal]:
    deciders = center.seats()["decider"]
    for member in center.members:
        for boss in deciders:
            if member.id != boss.id:
                told = Evidence(source="title", weight=0.5, text=f"{boss.name} decides", on=ctx.today)
                yield RelationProposal(kind="reports_to", source=member.id, target=boss.id, evidence=(told,))


@hookimpl
def propose_personas(ctx: Ctx, center: BuyingCenter) -> Iterator[PersonaAssignment]:
    for member in center.members:
        found = f"in {len(center.relations)} ties" if center.relations else ctx.plugin
        persona = "boss" if member.plays("decider") else None
        yield PersonaAssignment(member_id=member.id, persona=persona, score=0.75, margin=0.5, matched=(found,))


@hookimpl
def propose_stages(ctx: Ctx, center: BuyingCenter) -> Iterator[StageVisit]:
    days = sorted(touch.on for touch in center.touches)
    if days:
        yield StageVisit(subject=center.id, model="frozen", stage="quiet", entered_on=days[0], left_on=days[-1])
        age = (ctx.today - days[-1]).days
        reason = f"{age} days, {sum(member.persona is not None for member in center.members)} personas"
        yield StageVisit(subject=center.id, model="frozen", stage="talking", entered_on=days[-1], reason=reason)


@hookimpl
def derive_contact(
    ctx: Ctx, person: PersonFacts, consent: tuple[ConsentDecision, ...]
) -> Iterator[PropertyValue | Due]:
    ref = person.contact.ref
    mail = any(answer.channel == "email" and answer.decision == "allow" for answer in consent)
    reason = f"{'asked' if consent else 'not asked'}, {person.open_cases} open cases"
    yield PropertyValue(subject=ref, property="frozen_mailable", value=mail, reason=reason, on=ctx.today)
    yield Due(on=ctx.today + timedelta(days=14))


@hookimpl
def derive_company(ctx: Ctx, facts: CompanyFacts) -> Iterator[PropertyValue]:
    size = "large" if facts.touches >= ctx.settings.large_from else "small"
    reason = f"{facts.touches} touches, {len(facts.deals)} deals, last on {facts.last_touch_on}"
    yield PropertyValue(subject=facts.company.ref, property="frozen_size", value=size, confidence=0.9, reason=reason)


@hookimpl
def derive_center(ctx: Ctx, center: BuyingCenter) -> Iterator[PropertyValue]:
    stages = ", ".join(visit.stage for visit in center.visits if visit.model == "frozen")
    if center.deal and ctx.wants("deal", "frozen_people"):
        reason = f"{stages or 'no stage'}; complete to {0 <= center.completeness <= 100}, open {center.is_open}"
        yield PropertyValue(subject=center.deal.ref, property="frozen_people", value=len(center.members), reason=reason)
    for member in center.members:
        if member.facts and member.plays("decider"):
            badge = f"decides at {center.company.name if center.company else 'nowhere'}"
            reason = f"joined by {member.joined_by}"
            yield PropertyValue(subject=member.facts.contact.ref, property="frozen_badge", value=badge, reason=reason)


@hookimpl
def transform_change(ctx: Ctx, change: PropertyChange) -> object:
    if change.after == "false":
        return DROP
    return change.model_copy(update={"reason": f"{change.reason} [{ctx.plugin}]"})


@hookimpl
def check_plan(ctx: Ctx, plan: Plan) -> Iterator[Finding]:
    rows = sum(1 for _ in plan)
    told = f"{rows} rows of {plan.header.connection} on {ctx.today}, {ctx.timezone}"
    yield Finding(severity="info", code="frozen-count", message=told)


@hookimpl
def on_event(ctx: Ctx, event: Event) -> None:
    ctx.log.debug("%s %s %s", event.kind, event.connection, sorted(event.counts))
