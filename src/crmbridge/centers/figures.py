"""The figures of a buying center: completeness, missing roles, coverage, threads. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from math import exp, fsum, log
from types import MappingProxyType
from typing import Final

from crmbridge.centers.engagement import Acts
from crmbridge.centers.ranks import PLACES, departments, top_rank
from crmbridge.config.centers import Centers
from crmbridge.model.centers import Coverage, Member
from crmbridge.model.evidence import ROLES, Role

_EQUAL: Final[Mapping[Role, float]] = MappingProxyType({})


def completeness(
    members: Sequence[Member], required: Mapping[Role, int], weights: Mapping[Role, float] = _EQUAL
) -> tuple[float, float, tuple[Role, ...]]:
    """Soft and hard completeness, 0 to 100 with one decimal, and the required roles that are not filled.

    ``100 * sum(weight * filled) / sum(weight)``. Hard counts assigned members against the number required, as
    Salesforce defines ``CompletenessPercent``
    (https://developer.salesforce.com/docs/data/data-cloud-dmo-mapping/guide/c360dm-si-buyingcommitteedmo-dmo) and
    Adobe's examples work it out; soft adds up confidence instead. Roles without a weight weigh 1.
    """
    wanted = [(role, required[role], weights.get(role, 1.0)) for role in ROLES if required.get(role, 0) > 0]
    held: dict[Role, list[float]] = {role: [] for role in ROLES}
    played: Counter[Role] = Counter()
    for member in members:
        for item in member.roles:
            if item.status != "dismissed":
                held[item.role].append(item.confidence)
                played[item.role] += item.status != "candidate"
    missing: list[Role] = []
    soft, hard, total = [], [], fsum(weight for _, _, weight in wanted)
    for role, number, weight in wanted:
        surest = sorted(held[role], reverse=True)[:number]
        filled = min(played[role], number)
        soft.append(weight * fsum(surest) / number)
        hard.append(weight * filled / number)
        if filled < number:
            missing.append(role)
    if not total:
        return 100.0, 100.0, tuple(missing)
    return round(100 * fsum(soft) / total, 1), round(100 * fsum(hard) / total, 1), tuple(missing)


def coverage(
    members: Sequence[Member],
    acts: Mapping[str, Acts],
    settings: Centers,
    today: date,
    required: Mapping[Role, int],
) -> tuple[Coverage, date | None]:
    """How broadly the center is reached, and the first day on which that could change with no new touch.

    Key roles are those of the settings that the center's template requires, else all of them.
    """
    last = {member.id: day for member in members if (day := acts[member.id].last_two_way_on)}
    engaged = [m for m in members if m.id in last and (today - last[m.id]).days <= settings.engaged_days]
    counts = [acts[member.id].two_way for member in members]
    ranks = {rank for member in engaged if (rank := top_rank(member))}
    key_roles = [role for role in settings.key_roles if required.get(role)] or settings.key_roles
    figures = Coverage(
        known=len(members),
        engaged=len(engaged),
        benchmark=round(len(engaged) / settings.benchmark, 2),
        threads=round(hill(counts), 2),
        single_threaded=len(engaged) <= 1 or max(counts) / sum(counts) >= settings.single_share,
        departments=tuple(sorted({name for member in engaged for name in departments(member)})),
        levels=tuple(sorted(ranks, key=PLACES.__getitem__)),
        externals=sum(member.is_external for member in members),
        key_roles_engaged=bool(key_roles) and all(any(m.plays(role) for m in engaged) for role in key_roles),
        exec_backing=any(m.plays("decider") or top_rank(m) in settings.executives for m in engaged),
        benchmark_source=settings.benchmark_source,
    )
    first = min((last[member.id] for member in engaged), default=None)
    return figures, first + timedelta(settings.engaged_days + 1) if first else None


def hill(counts: Iterable[int]) -> float:
    """Effective number of those who share something: the Hill number of order 1, exp of the entropy of the shares.

    Hill 1973, https://doi.org/10.2307/1934352. 0 if there is nothing to share.
    """
    given = [count for count in counts if count > 0]
    total = sum(given)
    return exp(-fsum(count / total * log(count / total) for count in given)) if total else 0.0
