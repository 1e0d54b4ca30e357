"""Reads job titles and proposes buying roles with evidence: a crmbridge plugin."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import BuyingCenter, PersonFacts, RunContext, hookimpl
from crmbridge.model import InputSpec, PropertySpec, PropertyValue, RoleProposal, TitleReading
from crmbridge_roles.crm import PROPERTY
from crmbridge_roles.proposals import role_proposals
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.title_evidence import readings
from crmbridge_roles.values import PROPERTIES, role_values, title_values


@hookimpl
def register_settings() -> type[RolesSettings]:
    """Give the model of ``[plugins.roles]``."""
    return RolesSettings


@hookimpl
def register_inputs() -> tuple[InputSpec, ...]:
    """Read HubSpot's own buying role."""
    return (InputSpec(object="contact", properties=(PROPERTY,), connector="hubspot"),)


@hookimpl
def register_properties() -> tuple[PropertySpec, ...]:
    """Write roles with confidence and evidence, seniority and department."""
    return PROPERTIES


@hookimpl
def propose_titles(center: BuyingCenter) -> Iterator[TitleReading]:
    """Read the job titles of the members."""
    for member in center.members:
        yield from readings(member)


@hookimpl
def propose_roles(ctx: RunContext[RolesSettings], center: BuyingCenter) -> Iterator[RoleProposal]:
    """Give evidence for the roles of the members."""
    return role_proposals(center, ctx.settings)


@hookimpl
def derive_contact(person: PersonFacts) -> Iterator[PropertyValue]:
    """Tell seniority and department by the job title."""
    return title_values(person)


@hookimpl
def derive_center(center: BuyingCenter) -> Iterator[PropertyValue]:
    """Tell the assigned roles of each contact, with the evidence."""
    return role_values(center)
