"""Ties between the members of a center: who talks with whom, who asks whom for advice. Pure.

Ages are counted from the center's last touch, not from today: a stored weight changes with new records only, and the
weights of one center can be compared. What a tie weighs today follows from ``last_on``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from math import fsum, prod
from typing import Final, Literal

from crmbridge.centers.people import addresses_of
from crmbridge.centers.ranks import PLACES, departments, top_rank
from crmbridge.config.centers import Centers, Relations
from crmbridge.model.centers import BuyingCenter, Member, Touch
from crmbridge.model.evidence import Evidence
from crmbridge.model.proposals import RelationProposal
from crmbridge.model.relations import Relation, RelationKind

Medium = Literal["meeting", "call", "mail"]
Pair = tuple[str, str]
Tie = tuple[RelationKind, str, str]

CORE: Final = "core"
_UP: Final = "answered us and brought somebody of higher rank, or a specialist, into the conversation"
_MORE: Final = "answered us and brought somebody else into the conversation"


def relations(center: BuyingCenter, proposals: Iterable[RelationProposal], settings: Centers) -> tuple[Relation, ...]:
    """All ties of a center, in the order of kind, source and target."""
    touches = [touch for touch in center.touches if not touch.is_bot]
    nodes = node_ids(center.members, settings.relations)
    last = max((touch.on for touch in touches), default=None)
    said: dict[Tie, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    for item in proposals:
        tie: Tie = (item.kind, nodes.get(item.source, item.source), nodes.get(item.target, item.target))
        said[tie][item.by] += item.evidence
    for source, target, evidence in thread_expansions(center.members, touches, settings):
        said["advice", nodes[source], nodes[target]][CORE].append(evidence)
    found = [
        *communication(touches, nodes, last, settings.relations),
        *(_merged(tie, by, last, settings.relations.advice_half_life_days) for tie, by in said.items()),
    ]
    kept = (item for item in found if item.source != item.target and item.weight > 0)
    return tuple(sorted(kept, key=lambda item: (item.kind, item.source, item.target)))


def node_ids(members: Sequence[Member], settings: Relations) -> dict[str, str]:
    """Member to node: its own id, or ``mailbox:<address>`` for an address that many read."""
    return {member.id: _mailbox(member, settings.mailboxes) or member.id for member in members}


def communication(
    touches: Iterable[Touch], nodes: Mapping[str, str], last: date | None, settings: Relations
) -> Iterator[Relation]:
    """Who took part in the same engagements: each pair gets ``c / (k - 1) * 0.5 ** (age / half-life)``.

    ``k`` is the number of the customer's people in it: a talk among few binds more. In a message only who wrote it
    and each who got it are a pair; our own side is none.
    """
    shares: dict[Pair, list[float]] = {}
    newest: dict[Pair, date] = {}
    for touch in touches:
        if last is None or len(touch.member_ids) < 2:  # noqa: PLR2004 a tie takes two
            continue
        people = sorted({nodes[item] for item in touch.member_ids if item in nodes})
        if not 1 < len(people) <= settings.most_people:
            continue
        factor = 0.5 ** ((last - touch.on).days / settings.half_life_days) / (len(people) - 1)
        for pair, weight in _pairs(touch, people, nodes, settings):
            if pair not in shares:
                shares[pair], newest[pair] = [], touch.on
            shares[pair].append(weight * factor)
            newest[pair] = max(newest[pair], touch.on)
    for pair, parts in shares.items():
        weight = round(fsum(parts), 3)  # fsum: the same whatever the order
        yield Relation(
            kind="communication", source=pair[0], target=pair[1], weight=weight, last_on=newest[pair], by=(CORE,)
        )


def thread_expansions(
    members: Sequence[Member], touches: Iterable[Touch], settings: Centers
) -> Iterator[tuple[str, str, Evidence]]:
    """Who brought whom into a conversation: evidence that the first seeks the second's advice.

    We wrote to A; A's answer in the same thread goes to B as well, who was not in the thread before.
    """
    threads: dict[str, list[Touch]] = defaultdict(list)
    for touch in touches:
        if touch.thread is not None and touch.parts:
            threads[touch.thread].append(touch)
    people = {member.id: member for member in members}
    for thread in sorted(key for key, items in threads.items() if len(items) > 1):
        seen: set[str] = set()
        reached: set[str] = set()
        for touch in sorted(threads[thread], key=lambda item: (item.at, item.ref)):
            writers = {part.id for part in touch.parts if part.part == "from"}
            others = {part.id for part in touch.parts if part.part != "from" and part.id in people}
            if any(item == "us" or item.startswith("owner:") for item in writers):
                reached |= others
            for source in sorted(writers & reached):
                for target in sorted(others - seen - writers):
                    yield source, target, _expansion(people[source], people[target], touch, settings)
            seen |= others | (writers & people.keys())


def _expansion(source: Member, target: Member, touch: Touch, settings: Centers) -> Evidence:
    higher = PLACES[top_rank(target)] < PLACES[top_rank(source)]
    up = higher or not departments(target).isdisjoint(settings.specialists)
    weight = settings.relations.expansion_up if up else settings.relations.expansion
    return Evidence(source="behaviour", weight=weight, text=_UP if up else _MORE, ref=touch.ref, on=touch.on)


def _merged(tie: Tie, by: Mapping[str, Sequence[Evidence]], last: date | None, half_life: int) -> Relation:
    """Evidence as independent signs: ``(1 - prod(1 - w)) * (1 - n)``, ``n`` the greatest weight against."""
    pieces = sorted({_key(item): item for items in by.values() for item in items}.items(), key=lambda item: item[0])
    evidence = tuple(item for _, item in pieces)
    doubt = max((item.weight for item in evidence if item.against), default=0.0)
    chance = 1 - prod(1 - _aged(item, last, half_life) for item in evidence if not item.against)
    days = [item.on for item in evidence if item.on]
    kind, source, target = tie
    return Relation(
        kind=kind,
        source=source,
        target=target,
        weight=round(min(chance * (1 - doubt), 1.0), 3),
        last_on=max(days, default=None),
        evidence=evidence,
        by=tuple(sorted(by)),
    )


def _aged(item: Evidence, last: date | None, half_life: int) -> float:
    age = max((last - item.on).days, 0) if last and item.on else 0
    return float(item.weight * 0.5 ** (age / half_life))


def _key(item: Evidence) -> tuple[float, bool, str, str, str, str]:
    return (-item.weight, item.against, item.source, item.text, str(item.ref), str(item.on))


def _pairs(
    touch: Touch, people: Sequence[str], nodes: Mapping[str, str], settings: Relations
) -> list[tuple[Pair, float]]:
    """The pairs that a touch joins, each in order of id, and their weights; ``people`` is sorted."""
    medium = _medium(touch)
    if medium is None:
        return []
    if medium != "mail":
        weight = settings.meeting if medium == "meeting" else settings.call
        return [(pair, weight) for pair in combinations(people, 2)]
    writers, to, readers = _mail_parts(touch, people, nodes)
    return [
        (
            (writer, reader) if writer < reader else (reader, writer),
            settings.mail_to if reader in to else settings.mail_cc,
        )
        for writer in writers
        for reader in readers
        if reader != writer
    ]


def _mail_parts(touch: Touch, people: Sequence[str], nodes: Mapping[str, str]) -> tuple[set[str], set[str], set[str]]:
    """Who wrote, to whom, and all who got it. Where the CRM does not say: the one who acted, and the others."""
    if not touch.parts:
        acted = {nodes[item] for item in touch.responders if item in nodes}
        everybody = set(people)
        return acted if len(touch.responders) == 1 else set(), everybody, everybody
    known = [(nodes[part.id], part.part) for part in touch.parts if part.id in nodes]
    writers = {node for node, part in known if part == "from"}
    to = {node for node, part in known if part in ("to", "attendee")}
    return writers, to, {node for node, part in known if part != "from"}


def _medium(touch: Touch) -> Medium | None:
    if touch.ref.object == "meeting" or touch.action == "meeting":
        return "meeting"
    if touch.ref.object == "call" or touch.action == "inbound_call":
        return "call"
    return "mail" if touch.ref.object in ("email", "communication") or touch.action == "inbound_message" else None


def _mailbox(member: Member, names: Sequence[str]) -> str | None:
    """The address of somebody who is nobody: no name is known, and the address is one that many read."""
    if member.facts is None:
        address = member.address
    else:
        contact = member.facts.contact
        address = None if contact.first_name or contact.last_name else next(iter(addresses_of(contact)), None)
    local = address.partition("@")[0].partition("+")[0].lower() if address else None
    return f"mailbox:{address}" if local in names else None
