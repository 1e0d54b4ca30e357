"""Put the evidence of a center together: one proposal per member and role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from crmbridge import ROLES, BuyingCenter, Evidence, Member, Role, RoleProposal
from crmbridge_roles.crm import crm_evidence, vendor_evidence
from crmbridge_roles.human import human_evidence
from crmbridge_roles.initiator import initiator_evidence
from crmbridge_roles.role_statements import statement_evidence
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.title_evidence import title_evidence


def role_proposals(
    center: BuyingCenter, settings: RolesSettings, templates: frozenset[str] = frozenset()
) -> Iterator[RoleProposal]:
    """All proposals, by member, then by role; ``templates`` are digests of texts that count once."""
    began = dict(initiator_evidence(center, settings.initiator_lookback_days, settings.initiator_days))
    said = statement_evidence(center, settings, templates)
    for member in center.members:
        heard = list(said.get(member.id, ()))
        if member.id in began:
            heard.append(("initiator", began[member.id]))
        evidence = _evidence(member, settings, heard, routine=center.is_routine)
        for role in ROLES:
            if role in evidence:
                yield RoleProposal(member_id=member.id, role=role, evidence=tuple(evidence[role]))


def _evidence(
    member: Member, settings: RolesSettings, heard: Iterable[tuple[Role, Evidence]], *, routine: bool
) -> dict[Role, list[Evidence]]:
    found: defaultdict[Role, list[Evidence]] = defaultdict(list)
    for source in (
        crm_evidence(member, settings),
        vendor_evidence(member, routine=routine),
        title_evidence(member, settings.weights, routine=routine),
        heard,
    ):
        for role, item in source:
            found[role].append(item)
    for role, item in human_evidence(member, tuple(found)):
        found[role].append(item)
    return found
