"""Evidence for roles from what notes, calls and messages say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from crmbridge import ROLES, BuyingCenter, Evidence, Role
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.statements import Heard, heard

HINT: Final = 0.15
"""That somebody picked up the telephone hints at a gatekeeper, and at nothing else."""

SIGNED: Final = 0.90
"""Who signs decides; who signs for purchasing buys."""

Found = Mapping[str, list[tuple[Role, Evidence]]]


def statement_evidence(center: BuyingCenter, settings: RolesSettings, templates: frozenset[str]) -> Found:
    """Evidence by member id. Of statements that weigh the same only the newest is kept: the others add nothing."""
    newest: dict[tuple[str, Role, bool, float], Evidence] = {}
    if settings.statements:
        for item in heard(center, templates, mail=settings.read_mail):
            for role, evidence in _evidence(center, item, settings):
                newest[item.who, role, evidence.against, evidence.weight] = evidence  # they come oldest first
    found: defaultdict[str, list[tuple[Role, Evidence]]] = defaultdict(list)
    for (who, role, _, _), evidence in newest.items():
        found[who].append((role, evidence))
    return found


def _evidence(center: BuyingCenter, item: Heard, settings: RolesSettings) -> Iterator[tuple[Role, Evidence]]:
    touch = item.touch
    facts = {"text": item.text, "ref": touch.ref, "on": touch.on}
    if item.says in ROLES:
        weight = settings.confirmed if item.sure else settings.stated
        yield item.says, Evidence(source="statement", weight=weight, against=item.against, **facts)
    elif item.says == "hint" and not item.against:
        yield "gatekeeper", Evidence(source="statement", weight=HINT, **facts)
    elif item.says == "signature" and not item.against:
        role: Role = "buyer" if _buys(center, item.who) else "decider"
        yield role, Evidence(source="signature", weight=SIGNED, **facts)


def _buys(center: BuyingCenter, member_id: str) -> bool:
    member = center.member(member_id)
    return member is not None and any(item.department == "purchasing" for item in member.titles)
