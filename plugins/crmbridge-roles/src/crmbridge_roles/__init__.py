"""Reads job titles, notes and calls, and proposes buying roles, stances and ties with evidence: a crmbridge plugin."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import BuyingCenter, PersonFacts, PluginContext, RunContext, hookimpl
from crmbridge.model import (
    InputSpec,
    PropertySpec,
    PropertyValue,
    RelationProposal,
    RoleProposal,
    StanceProposal,
    TitleReading,
)
from crmbridge_roles.inputs import inputs
from crmbridge_roles.proposals import role_proposals
from crmbridge_roles.relations import relation_proposals
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.stances import stance_proposals
from crmbridge_roles.title_evidence import readings
from crmbridge_roles.values import BUYING_ROLE, PROPERTIES, buying_role_values, role_values, title_values


@hookimpl
def register_settings() -> type[RolesSettings]:
    """Give the model of ``[plugins.roles]``."""
    return RolesSettings


@hookimpl
def register_inputs(ctx: PluginContext[RolesSettings]) -> Iterator[InputSpec]:
    """Read HubSpot's own buying role, enriched rank and work, and the texts of notes, calls and, if wanted, mails."""
    return inputs(ctx.settings)


@hookimpl
def register_properties(ctx: PluginContext[RolesSettings]) -> tuple[PropertySpec, ...]:
    """Write roles with confidence and evidence, seniority and department; HubSpot's buying role only if told so."""
    return (*PROPERTIES, BUYING_ROLE) if ctx.settings.buying_role == "write" else PROPERTIES


@hookimpl
def propose_titles(center: BuyingCenter) -> Iterator[TitleReading]:
    """Read the job titles of the members."""
    for member in center.members:
        yield from readings(member)


@hookimpl
def propose_roles(ctx: RunContext[RolesSettings], center: BuyingCenter) -> Iterator[RoleProposal]:
    """Give evidence for the roles of the members."""
    return role_proposals(center, ctx.settings, ctx.stats.templates)


@hookimpl
def propose_stances(ctx: RunContext[RolesSettings], center: BuyingCenter) -> Iterator[StanceProposal]:
    """Give evidence of how the members stand to the purchase."""
    return stance_proposals(center, ctx.settings, ctx.stats.templates)


@hookimpl
def propose_relations(ctx: RunContext[RolesSettings], center: BuyingCenter) -> Iterator[RelationProposal]:
    """Give evidence of who asks whom, who reports to whom, who is in conflict with whom."""
    return relation_proposals(center, ctx.settings, ctx.stats.templates)


@hookimpl
def derive_contact(person: PersonFacts) -> Iterator[PropertyValue]:
    """Tell seniority and department by the job title."""
    return title_values(person)


@hookimpl
def derive_center(ctx: RunContext[RolesSettings], center: BuyingCenter) -> Iterator[PropertyValue]:
    """Tell the assigned roles of each contact, with the evidence."""
    yield from role_values(center, status=ctx.wants("contact", "role_status"))
    if ctx.settings.buying_role == "write" and ctx.wants("contact", BUYING_ROLE.name):
        yield from buying_role_values(center, stance=ctx.settings.buying_role_stance)
