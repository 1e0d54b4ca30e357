"""The figures of a buying center: completeness, missing roles, coverage, threads. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import exp, log

from crmbridge.model.centers import ASSIGNED, Coverage, Member, Touch
from crmbridge.model.evidence import ROLES, Role

SINGLE_THREAD_SHARE = 0.70
"""One member with this share of the two-way touches carries the case alone."""


def completeness(members: Sequence[Member], required: Mapping[Role, int]) -> tuple[float, float, tuple[Role, ...]]:
    """Soft and hard completeness, 0 to 100 with one decimal, and the required roles that are not filled.

    Hard counts assigned members against the number required, as Salesforce defines ``CompletenessPercent``
    (https://developer.salesforce.com/docs/data/data-cloud-dmo-mapping/guide/c360dm-si-buyingcommitteedmo-dmo) and
    Adobe's examples work it out; soft adds up confidence instead. Required roles weigh the same.
    """
    wanted = [(role, required[role]) for role in ROLES if required.get(role, 0) > 0]
    if not wanted:
        return 100.0, 100.0, ()
    soft = hard = 0.0
    missing: list[Role] = []
    for role, number in wanted:
        held = sorted((member.confidence(role) for member in members if _counts(member, role)), reverse=True)[:number]
        filled = sum(1 for value in held if value >= ASSIGNED) / number
        soft += min(1.0, sum(held) / number)
        hard += filled
        if filled < 1:
            missing.append(role)
    return round(100 * soft / len(wanted), 1), round(100 * hard / len(wanted), 1), tuple(missing)


def coverage(
    members: Sequence[Member], touches: Sequence[Touch], today: date, window: int, benchmark: float
) -> tuple[Coverage, date | None]:
    """How broadly the center is reached, and the first day on which that could change with no new touch.

    ``threads`` is the Hill number of order 1 of the members' shares in the two-way touches
    (Hill 1973, https://doi.org/10.2307/1934352).
    """
    ids = {member.id for member in members}
    counts: dict[str, int] = {}
    last: dict[str, date] = {}
    for touch in touches:
        for member_id in ids.intersection(touch.responders):
            counts[member_id] = counts.get(member_id, 0) + 1
            last[member_id] = max(last.get(member_id, touch.on), touch.on)
    engaged = [day for day in last.values() if (today - day).days <= window]
    total = sum(counts.values())
    shares = [count / total for count in counts.values()]
    figures = Coverage(
        known=len(members),
        engaged=len(engaged),
        benchmark=round(len(engaged) / benchmark, 2),
        threads=round(exp(-sum(share * log(share) for share in shares)), 2) if shares else 0.0,
        single_threaded=len(engaged) <= 1 or max(shares) >= SINGLE_THREAD_SHARE,
    )
    return figures, min(engaged) + timedelta(window + 1) if engaged else None


def _counts(member: Member, role: Role) -> bool:
    return any(item.role == role and item.status != "dismissed" for item in member.roles)
