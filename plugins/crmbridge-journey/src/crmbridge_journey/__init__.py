"""Tell the journey of buying centers, their members and companies through five phases."""

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
    StageVisit,
    hookimpl,
)
from crmbridge_journey.case import inputs
from crmbridge_journey.company import company_stage
from crmbridge_journey.journeys import journeys
from crmbridge_journey.properties import center_values, specs
from crmbridge_journey.settings import Settings


@hookimpl
def register_settings() -> type[Settings]:
    """Give the model of ``[plugins.journey]``."""
    return Settings


@hookimpl
def register_inputs(ctx: PluginContext[Settings]) -> Iterable[InputSpec]:
    """Name the days on which HubSpot deals entered their stages."""
    return inputs(ctx.settings)


@hookimpl
def register_properties() -> Iterable[PropertySpec]:
    """Name the properties that hold stages, status and loops."""
    return specs()


@hookimpl
def propose_stages(ctx: RunContext[Settings], center: BuyingCenter) -> Iterable[StageVisit | Due]:
    """Tell the stays of the center and of its members."""
    return journeys(center, ctx.settings, ctx.today, ctx.timezone)


@hookimpl
def derive_company(ctx: RunContext[Settings], facts: CompanyFacts) -> Iterable[PropertyValue | Due]:
    """Write the stage of a company, whether it has a center or not."""
    return company_stage(facts, ctx.settings, ctx.today)


@hookimpl
def derive_center(ctx: RunContext[Settings], center: BuyingCenter) -> Iterable[PropertyValue]:
    """Write what this plugin told of the journey to the deal, the company and the members."""
    return center_values(center, ctx.plugin)
