"""Put the evidence of a center together: one proposal per member and role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from crmbridge import ROLES, BuyingCenter, Evidence, Member, Role, RoleProposal
from crmbridge_roles.crm import crm_evidence
from crmbridge_roles.human import human_evidence
from crmbridge_roles.initiator import initiator_evidence
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.title_evidence import title_evidence


def role_proposals(center: BuyingCenter, settings: RolesSettings) -> Iterator[RoleProposal]:
    """All proposals, by member, then by role."""
    began = dict(initiator_evidence(center, settings.initiator_days))
    for member in center.members:
        evidence = _evidence(member, settings, began.get(member.id), routine=center.is_routine)
        for role in ROLES:
            if role in evidence:
                yield RoleProposal(member_id=member.id, role=role, evidence=tuple(evidence[role]))


def _evidence(
    member: Member, settings: RolesSettings, began: Evidence | None, *, routine: bool
) -> dict[Role, list[Evidence]]:
    found: defaultdict[Role, list[Evidence]] = defaultdict(list)
    for role, item in crm_evidence(member, settings.labels):
        found[role].append(item)
    for role, item in title_evidence(member, settings.weights, routine=routine):
        found[role].append(item)
    if began:
        found["initiator"].append(began)
    for role, item in human_evidence(member, tuple(found)):
        found[role].append(item)
    return found
