"""Evidence from a person's edit of the roles: it makes the set exactly what the person said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crmbridge import ROLES, Evidence, Member, Role


def human_evidence(member: Member, found: Iterable[Role]) -> Iterator[tuple[Role, Evidence]]:
    """For each role that a person set, and against each role of ``found`` that the person left out."""
    decision = member.facts.decided("roles") if member.facts else None
    if decision is None:
        return
    said = {part.strip() for part in (decision.value or "").split(";")}
    where = "in the CRM" if decision.source == "crm" else "in crmbridge"
    for role in ROLES:
        if role in said or role in found:
            against = role not in said
            text = f"set by a person {where}"
            yield role, Evidence(source="human", weight=1.0, against=against, text=text, ref=decision.subject)
