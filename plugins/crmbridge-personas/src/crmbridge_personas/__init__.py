"""Assigns personas to the members of a buying center: a crmbridge plugin."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import BuyingCenter, PluginContext, RunContext, hookimpl
from crmbridge.model import InputSpec, PersonaAssignment, PropertySpec, PropertyValue
from crmbridge_personas.scoring import assignments
from crmbridge_personas.settings import PersonasSettings
from crmbridge_personas.values import inputs, persona_values, properties


@hookimpl
def register_settings() -> type[PersonasSettings]:
    """Give the model of ``[plugins.personas]``."""
    return PersonasSettings


@hookimpl
def register_inputs(ctx: PluginContext[PersonasSettings]) -> tuple[InputSpec, ...]:
    """Read the contact properties that criteria and checklists name."""
    return inputs(ctx.settings)


@hookimpl
def register_properties(ctx: PluginContext[PersonasSettings]) -> tuple[PropertySpec, ...]:
    """Write the persona, its score and its checklist."""
    return properties(ctx.settings)


@hookimpl
def propose_personas(ctx: RunContext[PersonasSettings], center: BuyingCenter) -> Iterator[PersonaAssignment]:
    """Assign a persona to each member that the CRM knows."""
    return assignments(center, ctx.settings)


@hookimpl
def derive_center(ctx: RunContext[PersonasSettings], center: BuyingCenter) -> Iterator[PropertyValue]:
    """Tell the personas of the contacts."""
    return persona_values(center, ctx.plugin)
