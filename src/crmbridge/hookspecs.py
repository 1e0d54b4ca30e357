"""Every extension point of crmbridge.

The verb of a hook names its kind, and the kind has one failure policy:

==============  =====================================  =========================================================
kind            what is done with the answers          when a plugin raises
==============  =====================================  =========================================================
``register_*``  all collected; names must be unique    that plugin is disabled and reported
``transform_*`` chained in the configured order        that record is quarantined, that change left out
``propose_*``   all collected                          that plugin's values are unknown there: nothing is written
``derive_*``    all collected                          same
``decide_*``    the strictest answer wins              logged; counts as the strictest answer: it fails closed
``check_*``     all collected                          fails closed: nothing is written
``on_event``    ignored                                logged only
==============  =====================================  =========================================================

Hooks are plain functions with positional arguments: no ``async``, no defaults, no keyword-only arguments, no
wrappers. An implementation may take fewer arguments than its specification. All but ``register_connectors``,
``register_commands`` and ``on_event`` are pure: no I/O, no clock but ``ctx.today``, nothing mutated.

Judging runs in phases, each of which sees what the earlier ones said: consent to process, ``propose_titles``,
``propose_roles``, ``propose_stances`` and ``propose_relations``, core figures (stance, relations, influence,
engagement, completeness, coverage), ``propose_personas``, ``propose_stages``, consent to contact, ``derive_*``.

A docstring ends with the versions since which the hook and each of its arguments are there; ``since`` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pluggy

from crmbridge.connector import ConnectorSpec
from crmbridge.context import CommandSpec, Drop, PluginContext, PluginSettings, RunContext
from crmbridge.deprecation import Retirement
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.changes import PropertyChange
from crmbridge.model.consent import ConsentDecision, ConsentQuestion
from crmbridge.model.events import Event
from crmbridge.model.evidence import PersonaAssignment, TitleReading
from crmbridge.model.journey import StageModel, StageVisit
from crmbridge.model.persons import CompanyFacts, PersonFacts
from crmbridge.model.plan import Finding, Plan
from crmbridge.model.properties import InputSpec, PropertySpec
from crmbridge.model.proposals import Due, PropertyValue, RelationProposal, RoleProposal, StanceProposal
from crmbridge.model.records import Record

PROJECT = "crmbridge"
"""Name of the pluggy project and of the entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function as the implementation of the hook of the same name."""

RETIRED: Mapping[str, Retirement] = {}
"""Hooks, as ``hook``, and arguments of hooks, as ``hook.argument``, that go or are gone. Entries stay for good."""


def since(specification: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Read the version since which a hook is there, and those of its arguments, from the end of its docstring."""
    lines = re.findall(r"^ *Since (\d+\.\d+)(?:: ([\w, ]+))?\.$", specification.__doc__ or "", re.MULTILINE)
    arguments = {name: version for version, names in lines for name in names.split(", ") if name}
    return lines[0][0] if lines else "", arguments


@hookspec
def register_connectors() -> Iterable[ConnectorSpec]:  # type: ignore[empty-body]
    """Name the platforms this plugin connects to.

    Since 0.1.
    """


@hookspec
def register_settings() -> type[PluginSettings]:  # type: ignore[empty-body]
    """Give the model of this plugin's section ``[plugins.NAME]``; without it any key there is an error.

    Since 0.1.
    """


@hookspec
def register_inputs(ctx: PluginContext[Any]) -> Iterable[InputSpec]:  # type: ignore[empty-body]
    """Name the platform properties this plugin reads, so that the mirror holds them.

    Since 0.1: ctx.
    """


@hookspec
def register_properties(ctx: PluginContext[Any]) -> Iterable[PropertySpec]:  # type: ignore[empty-body]
    """Name the properties this plugin writes; what is not named here cannot be written.

    Since 0.1: ctx.
    """


@hookspec
def register_stages(ctx: PluginContext[Any]) -> Iterable[StageModel]:  # type: ignore[empty-body]
    """Name the stage models whose visits this plugin tells, for tables and pictures.

    Since 0.1: ctx.
    """


@hookspec
def register_commands() -> Iterable[CommandSpec]:  # type: ignore[empty-body]
    """Add commands to the command line.

    Since 0.1.
    """


@hookspec
def transform_record(ctx: RunContext[Any], record: Record) -> Record | Drop | None:
    """Correct a record before it is stored: return another with the same object and id, None to keep it, or DROP.

    Called once per record read.

    Since 0.1: ctx, record.
    """


@hookspec
def decide_consent(ctx: RunContext[Any], question: ConsentQuestion) -> ConsentDecision | None:
    """Answer a question of consent, or None for "nothing to say".

    Asked for ``processing`` first (the first gate), later once per purpose and channel (the second gate).

    Since 0.1: ctx, question.
    """


@hookspec
def propose_titles(ctx: RunContext[Any], center: BuyingCenter) -> Iterable[TitleReading | Due]:  # type: ignore[empty-body]
    """Read the job titles of the members.

    Since 0.1: ctx, center.
    """


@hookspec
def propose_roles(ctx: RunContext[Any], center: BuyingCenter) -> Iterable[RoleProposal | Due]:  # type: ignore[empty-body]
    """Give evidence for the roles of the members; ``titles`` are there. Core adds up the confidence.

    Since 0.1: ctx, center.
    """


@hookspec
def propose_stances(ctx: RunContext[Any], center: BuyingCenter) -> Iterable[StanceProposal | Due]:  # type: ignore[empty-body]
    """Give evidence of how the members stand to the purchase; roles are there. Core adds it up.

    Since 0.1: ctx, center.
    """


@hookspec
def propose_relations(ctx: RunContext[Any], center: BuyingCenter) -> Iterable[RelationProposal | Due]:  # type: ignore[empty-body]
    """Give evidence of ties between members: who asks whom for advice, who reports to whom; roles are there.

    What follows from the engagements themselves is core's.

    Since 0.1: ctx, center.
    """


@hookspec
def propose_personas(ctx: RunContext[Any], center: BuyingCenter) -> Iterable[PersonaAssignment | Due]:  # type: ignore[empty-body]
    """Assign personas to the members; roles and figures are there. The highest score wins.

    Since 0.1: ctx, center.
    """


@hookspec
def propose_stages(ctx: RunContext[Any], center: BuyingCenter) -> Iterable[StageVisit | Due]:  # type: ignore[empty-body]
    """Tell the stays of the center and of its members in stages; personas are there.

    A stay is in a stage of a model that some plugin registers, and has begun.

    Since 0.1: ctx, center.
    """


@hookspec
def derive_contact(  # type: ignore[empty-body]
    ctx: RunContext[Any], person: PersonFacts, consent: tuple[ConsentDecision, ...]
) -> Iterable[PropertyValue | Due]:
    """Derive values of one contact, whether it is in a buying center or not.

    ``consent`` holds the answers of the second gate. About a person who may not be processed only plugins that
    implement ``decide_consent`` are asked, so that a refusal reaches the CRM.

    Since 0.1: ctx, person, consent.
    """


@hookspec
def derive_company(ctx: RunContext[Any], facts: CompanyFacts) -> Iterable[PropertyValue | Due]:  # type: ignore[empty-body]
    """Derive values of one company, whether it has a buying center or not.

    Since 0.1: ctx, facts.
    """


@hookspec
def derive_center(ctx: RunContext[Any], center: BuyingCenter) -> Iterable[PropertyValue | Due]:  # type: ignore[empty-body]
    """Derive values of the deal, the company or the members of one judged center.

    Since 0.1: ctx, center.
    """


@hookspec
def transform_change(ctx: RunContext[Any], change: PropertyChange) -> PropertyChange | Drop | None:
    """Narrow or drop a planned change: return one with another ``after`` or ``reason``, None to keep it, or DROP.

    Subject, property and policy stay; ``after`` may not become empty.

    Since 0.1: ctx, change.
    """


@hookspec
def check_plan(ctx: RunContext[Any], plan: Plan) -> Iterable[Finding]:  # type: ignore[empty-body]
    """Object to a plan: an ``error`` forbids it, ``park`` makes it wait for approval.

    Since 0.1: ctx, plan.
    """


@hookspec
def on_event(ctx: RunContext[Any], event: Event) -> None:
    """Observe what happened.

    Since 0.1: ctx, event.
    """
