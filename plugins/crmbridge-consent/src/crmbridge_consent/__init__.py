"""Answer both consent gates from CRM data and write the answers to the contact. Not legal advice."""

from __future__ import annotations

from collections.abc import Iterable

from crmbridge import (
    BuyingCenter,
    ConsentDecision,
    ConsentQuestion,
    Due,
    InputSpec,
    PersonFacts,
    PluginContext,
    PropertySpec,
    PropertyValue,
    RunContext,
    hookimpl,
)
from crmbridge_consent.facts import Asked
from crmbridge_consent.gates import decide
from crmbridge_consent.inputs import inputs
from crmbridge_consent.known import Same, known
from crmbridge_consent.preferred import preferred
from crmbridge_consent.properties import specs, values
from crmbridge_consent.settings import Settings


@hookimpl
def register_settings() -> type[Settings]:
    """Give the model of ``[plugins.consent]``."""
    return Settings


@hookimpl
def register_inputs(ctx: PluginContext[Settings]) -> Iterable[InputSpec]:
    """Name the properties and texts that the rules read."""
    return inputs(ctx.settings)


@hookimpl
def register_properties() -> Iterable[PropertySpec]:
    """Name the properties that hold the answers."""
    return specs()


@hookimpl
def decide_consent(ctx: RunContext[Settings], question: ConsentQuestion) -> ConsentDecision:
    """Answer one question of either gate."""
    return decide(Asked(question, ctx.settings, ctx.today, ctx.timezone))


@hookimpl
def derive_contact(
    ctx: RunContext[Settings], person: PersonFacts, consent: tuple[ConsentDecision, ...]
) -> Iterable[PropertyValue | Due]:
    """Write the answers of the second gate, other plugins' stricter ones among them, to the contact."""
    facts = known(Same(person), Same(ctx.settings), ctx.today, ctx.timezone)
    return values(ctx, facts, consent)


@hookimpl
def derive_center(ctx: RunContext[Settings], center: BuyingCenter) -> Iterable[PropertyValue]:
    """Write each member's preferred channel."""
    return preferred(center, ctx.settings.answer_days) if ctx.wants("contact", "preferred_channel") else ()
