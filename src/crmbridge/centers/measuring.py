"""The core phase of judging: what follows from roles, stances, ties and touches by formulas alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from crmbridge.centers.engagement import Acts, Clock, acts_of, earliest, group_score, last_day, member_score
from crmbridge.centers.external import external_kind
from crmbridge.centers.figures import completeness, coverage
from crmbridge.centers.influence import influences
from crmbridge.centers.relations import relations
from crmbridge.centers.stance import stances
from crmbridge.centers.templates import requirements, template_of
from crmbridge.config.centers import Centers
from crmbridge.model.centers import BuyingCenter, Member
from crmbridge.model.proposals import RelationProposal, StanceProposal
from crmbridge.model.relations import Relation, Stance

FORMULAS: Final = "1"
"""Version of the formulas in ``docs/explanation/buying-center.md``; it grows when one of them changes."""


def measure(
    center: BuyingCenter,
    stance_proposals: Sequence[StanceProposal],
    tie_proposals: Sequence[RelationProposal],
    settings: Centers,
    today: date,
) -> tuple[BuyingCenter, date | None]:
    """Give a center and its members all that core computes.

    Args:
        center: With titles, roles, reach and network; ``template`` is taken if it is set.
        stance_proposals: Evidence of stances, of all plugins.
        tie_proposals: Evidence of ties, of all plugins.
        settings: ``[centers]``.
        today: The as-of date.

    Returns:
        The center, and the first day on which any of it could change with no new record.
    """
    ties = relations(center, tie_proposals, settings)
    stand = stances(center.members, stance_proposals, settings)
    acts = acts_of(center.members, center.touches, settings)
    clock = Clock(last_day(center.touches), today, settings.engagement)
    members, due = _members(center, stand, ties, acts, clock, settings)
    figures, due_too = _figures(center, acts, clock, settings, today)
    update = {"members": members, "relations": ties, **figures}
    return center.model_copy(update=update), earliest(due, due_too)


def _members(
    center: BuyingCenter,
    stand: Mapping[str, Stance],
    ties: Sequence[Relation],
    acts: Mapping[str, Acts],
    clock: Clock,
    settings: Centers,
) -> tuple[tuple[Member, ...], date | None]:
    weight = influences(center.members, ties, center.network, settings.influence)
    members, days = [], []
    for member in center.members:
        engagement, day = member_score(acts[member.id], clock)
        update: dict[str, object] = {
            "external_kind": external_kind(member, center.company, settings.external),
            "stance": stand[member.id],
            "influence": weight[member.id],
            "engagement": engagement,
        }
        members.append(member.model_copy(update=update))
        days.append(day)
    return tuple(members), earliest(*days)


def _figures(
    center: BuyingCenter, acts: Mapping[str, Acts], clock: Clock, settings: Centers, today: date
) -> tuple[dict[str, object], date | None]:
    name = center.template or template_of(center, settings)[0]
    required, weights = requirements(name, settings)
    soft, hard, missing = completeness(center.members, required, weights)
    cover, due = coverage(center.members, acts, settings, today, required)
    breadth = round(cover.engaged / cover.known, 2) if cover.known else 0.0
    group, due_too = group_score(center.members, acts, clock, breadth)
    figures: dict[str, object] = {
        "template": name,
        "completeness": soft,
        "completeness_hard": hard,
        "missing_roles": missing,
        "coverage": cover,
        "engagement": group,
    }
    return figures, earliest(due, due_too)
