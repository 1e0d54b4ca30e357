"""Finds what troubles the members of a buying center, and chooses what to say to them: a crmbridge plugin."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import (
    BuyingCenter,
    Due,
    InputSpec,
    PluginContext,
    PropertySpec,
    PropertyValue,
    RunContext,
    hookimpl,
)
from crmbridge_values.properties import center_values, specs
from crmbridge_values.settings import ValuesSettings

TEXTS = ("note", "call", "meeting", "email", "communication", "form_submission", "ticket")
"""Objects whose texts are read."""


@hookimpl
def register_settings() -> type[ValuesSettings]:
    """Give the model of ``[plugins.values]``."""
    return ValuesSettings


@hookimpl
def register_inputs() -> tuple[InputSpec, ...]:
    """Read the texts of notes, calls, meetings, messages, forms and tickets."""
    return tuple(InputSpec(object=name, texts=True) for name in TEXTS)


@hookimpl
def register_properties(ctx: PluginContext[ValuesSettings]) -> Iterator[PropertySpec]:
    """Name the properties that hold pains, interests and messages."""
    return specs(ctx.settings)


@hookimpl
def derive_center(ctx: RunContext[ValuesSettings], center: BuyingCenter) -> Iterator[PropertyValue | Due]:
    """Tell the pains, interests and messages of the members, and the pains of the group."""
    return center_values(ctx, center)
