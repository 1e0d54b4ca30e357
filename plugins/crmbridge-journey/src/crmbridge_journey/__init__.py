"""Tell the journey of buying centers, their members and companies through stages."""

from __future__ import annotations

from collections.abc import Iterable

from crmbridge import (
    BuyingCenter,
    CompanyFacts,
    Due,
    InputSpec,
    PluginContext,
    PropertySpec,
    PropertyValue,
    RunContext,
    StageModel,
    StageVisit,
    hookimpl,
)
from crmbridge_journey import properties
from crmbridge_journey.company import company_values
from crmbridge_journey.journeys import journeys
from crmbridge_journey.settings import Settings
from crmbridge_journey.values import center_values


@hookimpl
def register_settings() -> type[Settings]:
    """Give the model of ``[plugins.journey]``."""
    return Settings


@hookimpl
def register_inputs(ctx: PluginContext[Settings]) -> Iterable[InputSpec]:
    """Name what is read of deals and companies."""
    return properties.inputs(ctx.settings)


@hookimpl
def register_properties() -> Iterable[PropertySpec]:
    """Name the properties that hold stages and outcomes."""
    return properties.specs()


@hookimpl
def register_stages(ctx: PluginContext[Settings]) -> Iterable[StageModel]:
    """Name the five phases, the services lifecycle and the client's own models."""
    return ctx.settings.stage_models


@hookimpl
def propose_stages(ctx: RunContext[Settings], center: BuyingCenter) -> Iterable[StageVisit | Due]:
    """Tell the stays of the center and of its members."""
    return journeys(center, ctx.settings, ctx.today, ctx.timezone, ctx.stats)


@hookimpl
def derive_company(ctx: RunContext[Settings], facts: CompanyFacts) -> Iterable[PropertyValue | Due]:
    """Write the phase and the service stage of a company, whether it has a center or not."""
    return company_values(facts, ctx.settings, ctx.today, ctx.timezone)


@hookimpl
def derive_center(ctx: RunContext[Settings], center: BuyingCenter) -> Iterable[PropertyValue]:
    """Write what this plugin told of the journey to the deal, the company and the members."""
    return center_values(center, ctx.plugin, ctx.settings, ctx.timezone)
