"""The built-in plugin ``core``: it writes the figures of a center to its deal and its members, and the stamps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from pydantic import Field

from crmbridge.centers.influence import concentration
from crmbridge.centers.measuring import FORMULAS
from crmbridge.centers.properties import SPECS
from crmbridge.centers.summary import Language, summary
from crmbridge.context import PluginContext, PluginSettings, RunContext
from crmbridge.hookspecs import hookimpl
from crmbridge.model.base import Ref
from crmbridge.model.centers import BuyingCenter, Member
from crmbridge.model.properties import InputSpec, PropertySpec
from crmbridge.model.proposals import PropertyValue, Scalar

Value = tuple[str, Scalar, str]
"""Property, value, reason."""

_OF_ROLES: Final = frozenset(
    (
        *("stance", "influence", "influence_reliability", "influence_spread", "group_engagement", "center_summary"),
        *("center_completeness", "center_completeness_hard", "missing_roles", "key_roles_engaged", "exec_backing"),
        *("departments_engaged", "levels_engaged"),
    )
)

_OF_MEMBERS: Final = tuple(spec.name for spec in SPECS if spec.object == "contact" and not spec.stamp)

RESTING: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "propose_titles": _OF_ROLES | {"external_kind"},
        "propose_roles": _OF_ROLES,
        "propose_stances": frozenset(("stance",)),
        "propose_relations": frozenset(("influence", "influence_reliability", "influence_spread")),
        "decide_consent": frozenset(spec.name for spec in SPECS if not spec.stamp),  # it says who is a member at all
    }
)
"""Hook → properties that rest on what its plugins say; all others rest on the records alone."""


class CoreSettings(PluginSettings):
    """The table ``[plugins.core]``; the formulas' numbers stand under ``[centers]``."""

    language: Language = Field(default="en", description="Language of the summary: en or de.")


@hookimpl
def register_settings() -> type[PluginSettings]:
    """Take the language of texts."""
    return CoreSettings


@hookimpl
def register_inputs(ctx: PluginContext[CoreSettings]) -> Iterable[InputSpec]:  # noqa: ARG001 - the hook's signature
    """Read what a company is to us: it tells what its people are to a buying company."""
    yield InputSpec(object="company", properties=("type",), connector="hubspot")


@hookimpl
def register_properties(ctx: PluginContext[CoreSettings]) -> Iterable[PropertySpec]:  # noqa: ARG001 - the hook's signature
    """Register the figures of a center and of its members, and the stamps."""
    return SPECS


@hookimpl
def derive_center(ctx: RunContext[CoreSettings], center: BuyingCenter) -> Iterable[PropertyValue]:
    """Give the figures of the center, without those that rest on a hook in which a plugin failed: they are unknown."""
    unknown = frozenset[str]().union(*(RESTING.get(hook, ()) for hook in center.failed_hooks))
    for subject, (name, value, reason) in _values(ctx, center):
        if name not in unknown and ctx.wants(subject.object, name):
            yield PropertyValue(subject=subject, property=name, value=value, reason=reason)


def _values(ctx: RunContext[CoreSettings], center: BuyingCenter) -> Iterator[tuple[Ref, Value]]:
    for member in center.members if ctx.wants("contact", *_OF_MEMBERS) else ():
        if member.facts:
            for value in _of_member(member):
                yield member.facts.contact.ref, value
    if center.deal:
        for value in _of_center(center):
            yield center.deal.ref, value
        if ctx.wants("deal", "center_summary"):
            yield center.deal.ref, ("center_summary", summary(center, ctx.settings.language), "who plays which role")


def _of_center(center: BuyingCenter) -> Iterator[Value]:
    cover = center.coverage
    filled = ", ".join(role for role, people in center.seats().items() if people) or "none"
    missing = ", ".join(center.missing_roles) or "none"
    roles = f"roles filled: {filled}; missing: {missing}; template {center.template or 'complex'}"
    yield "center_completeness", center.completeness, roles
    yield "center_completeness_hard", center.completeness_hard, roles
    yield "missing_roles", center.missing_roles or None, f"missing: {missing}"
    yield "members_known", cover.known, f"{cover.known} members, {center.withheld} withheld"
    yield "members_engaged", cover.engaged, f"{cover.engaged} of {cover.known} members took part lately"
    source = f"; {cover.benchmark_source}" if cover.benchmark_source else ""
    yield "coverage_benchmark", cover.benchmark, f"{cover.engaged} engaged members against the benchmark{source}"[:500]
    yield "threads_eff", cover.threads, f"spread of two-way touches over {cover.known} members"
    yield "single_threaded", cover.single_threaded, f"{cover.engaged} engaged, {cover.threads} effective threads"
    yield "center_template", center.template or None, f"routine purchase: {'yes' if center.is_routine else 'no'}"
    yield from _of_coverage(center)


def _of_coverage(center: BuyingCenter) -> Iterator[Value]:
    cover, group = center.coverage, center.engagement
    yield "departments_engaged", len(cover.departments), f"engaged: {', '.join(cover.departments) or 'none'}"[:500]
    yield "levels_engaged", len(cover.levels), f"engaged: {', '.join(cover.levels) or 'none'}"
    yield "externals", cover.externals, f"{cover.externals} of {cover.known} members are external"
    yield "key_roles_engaged", cover.key_roles_engaged, f"{cover.engaged} members engaged"
    yield (
        "exec_backing",
        cover.exec_backing,
        f"{cover.engaged} members engaged; ranks: {', '.join(cover.levels) or 'none'}",
    )
    worth = f"worth {group.raw:g} on the day of the last touch, weighted by roles; formula {FORMULAS}"
    yield "group_engagement", group.score, worth
    yield "momentum", group.momentum, f"worth of the last days against those before; formula {FORMULAS}"
    index, equals = concentration(member.influence.score for member in center.members if member.influence)
    if index:
        yield "influence_spread", equals, f"Herfindahl index {index:g} of influence; formula {FORMULAS}"


def _of_member(member: Member) -> Iterator[Value]:
    yield "is_external", member.is_external, "address and company, against the buying company"
    why = f"from labels, company and title; formula {FORMULAS}" if member.external_kind else "not external"
    yield "external_kind", member.external_kind, why
    if stance := member.stance:
        first = f"; {stance.evidence[0].text}" if stance.evidence else ""
        told = (
            f"score {stance.score:g} of {len(stance.evidence)} signs, basis {stance.basis}; formula {FORMULAS}{first}"
        )
        yield "stance", stance.cls, told[:500]
    if influence := member.influence:
        parts = (("position", influence.position), ("reach", influence.reach), ("advice", influence.advice))
        told = ", ".join(f"{name} {'unknown' if value is None else f'{value:g}'}" for name, value in parts)
        yield "influence", influence.score, f"{told}; formula {FORMULAS}"
        yield "influence_reliability", influence.reliability, "from people and messages known of the company"
    engagement = member.engagement
    worth = f"worth {engagement.raw:g} on the day of the center's last touch; formula {FORMULAS}"
    yield "engagement", engagement.score, worth
    if engagement.last_two_way_on:
        yield "last_two_way_at", engagement.last_two_way_on, "last touch in which the person acted"
