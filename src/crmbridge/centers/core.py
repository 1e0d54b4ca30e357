"""The built-in plugin ``core``: it writes the figures of a buying center to its deal, and the stamps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from crmbridge.context import PluginContext, PluginSettings, RunContext
from crmbridge.hookspecs import hookimpl
from crmbridge.model.base import Ref
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.evidence import ROLE_LABELS, ROLES
from crmbridge.model.properties import Option, PropertySpec
from crmbridge.model.proposals import PropertyValue, Scalar

Target = Literal["contact", "company", "deal"]
TARGETS: tuple[Target, ...] = ("contact", "company", "deal")


def _number(name: str, label: str, description: str, min_change: float = 0.0) -> PropertySpec:
    return PropertySpec(
        object="deal", name=name, label=label, description=description, type="number", min_change=min_change
    )


SPECS = (
    _number(
        "center_completeness",
        "Buying center: completeness",
        "How certainly the required roles are filled, 0 to 100: confidences added up.",
        min_change=1.0,
    ),
    _number("center_completeness_hard", "Buying center: roles filled", "Share of required roles filled, 0 to 100."),
    PropertySpec(
        object="deal",
        name="missing_roles",
        label="Buying center: missing roles",
        description="Required roles that nobody plays yet.",
        type="multi",
        options=tuple(Option(value=role, label=f"{role.capitalize()} ({ROLE_LABELS[role]})") for role in ROLES),
        clear=True,
    ),
    _number("members_known", "Buying center: members known", "People known to take part in the decision."),
    _number("members_engaged", "Buying center: members engaged", "Members with a two-way touch in the last 90 days."),
    _number("coverage_benchmark", "Buying center: coverage", "Members engaged, divided by the benchmark group size."),
    _number("threads_eff", "Buying center: threads", "Effective number of members who carry the conversation.", 0.05),
    PropertySpec(
        object="deal",
        name="single_threaded",
        label="Buying center: single-threaded",
        description="Yes if the conversation hangs on one member.",
        type="bool",
    ),
    PropertySpec(
        object="deal",
        name="center_summary",
        label="Buying center: summary",
        description="Who plays which role.",
        type="text",
        core=False,
    ),
    *(
        PropertySpec(
            object=target,
            name="computed_at",
            label="crmbridge: computed on",
            description="Day for which the values of crmbridge were last computed.",
            type="date",
            stamp=True,
        )
        for target in TARGETS
    ),
)


@hookimpl
def register_properties(ctx: PluginContext[PluginSettings]) -> Iterable[PropertySpec]:  # noqa: ARG001 - the hook's signature
    """Register the figures of a center on its deal, and the stamps."""
    return SPECS


@hookimpl
def derive_center(ctx: RunContext[PluginSettings], center: BuyingCenter) -> Iterable[PropertyValue]:  # noqa: ARG001 - same
    """Give the figures of the center; none if a plugin failed on it: they would rest on part of the evidence."""
    if center.deal is None or center.unknown:
        return
    subject = Ref("deal", center.deal.id)
    for name, value, reason in _figures(center):
        yield PropertyValue(subject=subject, property=name, value=value, reason=reason)


def _figures(center: BuyingCenter) -> Iterable[tuple[str, Scalar, str]]:
    cover = center.coverage
    filled = ", ".join(role for role, people in center.seats().items() if people) or "none"
    missing = ", ".join(center.missing_roles) or "none"
    yield "center_completeness", center.completeness, f"roles filled: {filled}; missing: {missing}"
    yield "center_completeness_hard", center.completeness_hard, f"roles filled: {filled}; missing: {missing}"
    yield "missing_roles", center.missing_roles or None, f"missing: {missing}"
    yield "members_known", cover.known, f"{cover.known} members, {center.withheld} withheld"
    yield "members_engaged", cover.engaged, f"{cover.engaged} of {cover.known} members took part lately"
    yield "coverage_benchmark", cover.benchmark, f"{cover.engaged} engaged members against the benchmark"
    yield "threads_eff", cover.threads, f"spread of two-way touches over {cover.known} members"
    yield "single_threaded", cover.single_threaded, f"{cover.engaged} engaged, {cover.threads} effective threads"
    yield "center_summary", _summary(center), "who plays which role"


def _summary(center: BuyingCenter) -> str:
    lines = [
        f"{role}: " + ", ".join(f"{member.name} ({member.confidence(role):.2f})" for member in people)
        for role, people in center.seats().items()
        if people
    ]
    return "\n".join([*lines, f"missing: {', '.join(center.missing_roles) or 'none'}"])[:2000]
