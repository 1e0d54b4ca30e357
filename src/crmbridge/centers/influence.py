"""How much weight a member's word has, and what the ties of a center show. Pure.

Reach counts different people, not messages: volume and eigenvectors mostly rank who is logged most.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Final

from crmbridge.centers.ranks import top_rank
from crmbridge.config.centers import InfluenceParts
from crmbridge.model.centers import Member, Network
from crmbridge.model.relations import Influence, Relation, Reliability

_NO_ADVICE: Final[Mapping[str, float]] = {}


def influences(
    members: Sequence[Member], relations: Iterable[Relation], network: Network, settings: InfluenceParts
) -> dict[str, Influence | None]:
    """The influence of each member, by id; None where nothing says."""
    advice = advice_shares(relations)
    return {member.id: influence(member, advice, network, settings) for member in members}


def influence(
    member: Member, advice: Mapping[str, float], network: Network, settings: InfluenceParts
) -> Influence | None:
    """``100 * (a * position + b * reach + c * advice) / (a + b + c)``, over the parts that are known.

    Args:
        member: With titles and roles.
        advice: Share of each in the advice of the center; empty if none is known, and then it says nothing.
        network: How much is known of who writes to whom.
        settings: Weights of the parts.
    """
    position = _position(member, settings)
    sought = advice.get(member.id, 0.0) if advice else None
    if position is None and member.reach is None and not sought:
        return None
    parts = ((settings.position, position), (settings.reach, member.reach), (settings.advice, sought))
    known = [(weight, value) for weight, value in parts if value is not None]
    total = fsum(weight for weight, _ in known)
    score = round(100 * fsum(weight * value for weight, value in known) / total, 1) if total else 0.0
    return Influence(
        score=score,
        position=position,
        reach=member.reach,
        advice=sought,
        reliability=_reliability(member, network, settings),
    )


def advice_shares(relations: Iterable[Relation]) -> Mapping[str, float]:
    """Share of each in the advice that is sought in a center, three decimals; empty if none is."""
    asked: dict[str, list[float]] = {}
    for item in relations:
        if item.kind == "advice":
            asked.setdefault(item.target, []).append(item.weight)
    total = fsum(weight for weights in asked.values() for weight in weights)
    return {key: round(fsum(weights) / total, 3) for key, weights in asked.items()} if total else _NO_ADVICE


def betweenness(relations: Iterable[Relation]) -> dict[str, float]:
    """How often each lies on the shortest ways between two others: the bridges of a center.

    Brandes' algorithm (2001, https://doi.org/10.1080/0022250X.2001.9990249), without weights and directions; each
    pair counts once, and is shared between equally short ways. Not normalised.
    """
    near: dict[str, set[str]] = {}
    for item in relations:
        near.setdefault(item.source, set()).add(item.target)
        near.setdefault(item.target, set()).add(item.source)
    found = dict.fromkeys(sorted(near), 0.0)
    for source in found:
        for node, part in _dependencies(source, near).items():
            if node != source:
                found[node] += part / 2  # each pair is met from both ends
    return found


def bridges(relations: Sequence[Relation]) -> tuple[str, ...]:
    """Who alone holds most of a center together: the greatest betweenness, if it is not 0; several if equal."""
    found = {key: round(value, 6) for key, value in betweenness(relations).items()}
    most = max(found.values(), default=0.0)
    return tuple(key for key, value in found.items() if value == most) if most > 0 else ()


def concentration(amounts: Iterable[float]) -> tuple[float, float]:
    """Herfindahl-Hirschman index of shares (1: one has all), and its inverse: so many equal ones would give it.

    Three and two decimals; ``(0, 0)`` if there is nothing to share.
    """
    given = [amount for amount in amounts if amount > 0]
    total = fsum(given)
    index = fsum((amount / total) ** 2 for amount in given) if total else 0.0
    return round(index, 3), round(1 / index, 2) if index else 0.0


def _position(member: Member, settings: InfluenceParts) -> float | None:
    rank = top_rank(member)
    position = settings.positions[rank] if rank else None
    return max(position or 0.0, settings.decider) if member.plays("decider") else position


def _reliability(member: Member, network: Network, settings: InfluenceParts) -> Reliability:
    people, messages = network.people, network.messages
    if member.reach is None or people < settings.least_people or messages < settings.least_messages:
        return "low"
    return "high" if people >= settings.many_people and messages >= settings.many_messages else "medium"


def _dependencies(source: str, near: Mapping[str, set[str]]) -> dict[str, float]:
    """What each node adds to ways from ``source``: a breadth-first search, then back from the farthest."""
    ways = {source: 1.0}
    depth = {source: 0}
    before: dict[str, list[str]] = {source: []}
    order: list[str] = []
    waiting = deque([source])
    while waiting:
        node = waiting.popleft()
        order.append(node)
        for other in sorted(near[node]):
            if other not in depth:
                depth[other] = depth[node] + 1
                ways[other], before[other] = 0.0, []
                waiting.append(other)
            if depth[other] == depth[node] + 1:
                ways[other] += ways[node]
                before[other].append(node)
    parts = dict.fromkeys(order, 0.0)
    for node in reversed(order):
        for earlier in before[node]:
            parts[earlier] += ways[earlier] / ways[node] * (1 + parts[node])
    return parts
