"""Drafts notes and calls around deals: they tell who decides, whom to ask, who likes it or opts out; some mislead."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.generator import phrases
from crmbridge.sandbox.generator.drafts import Activity, Deal, Person, chance, in_office
from crmbridge.sandbox.records import Source
from crmbridge.sandbox.times import iso

CALLS: Final = 0.35
"""Share of the texts that are bodies of calls; the others are notes."""
TOLD: Final = 0.45
"""Share of the texts that tell a role."""
_HINTS: Final[Sequence[tuple[Mapping[str, Sequence[str]], float]]] = (
    (phrases.DENIALS, 0.15),
    (phrases.HEARSAY, 0.06),
    (phrases.STANCES, 0.15),
    (phrases.OPT_OUTS, 0.03),
)
_SCRIPTED, _QUOTED = 0.12, 0.12


def draft_talk(dice: random.Random, deals: Sequence[Deal], owners: list[Json], end: int) -> list[Activity]:
    """Draft what was written down about each deal with a cast: one text for every two people, and one more."""
    return [made for deal in deals if deal.cast for made in _about(dice, deal, owners, end)]


def _about(dice: random.Random, deal: Deal, owners: list[Json], end: int) -> Iterator[Activity]:
    for _ in range(1 + len(deal.cast) // 2):
        moment = max(deal.created, in_office(dice, dice.randrange(deal.created, max(deal.end, deal.created + 1))))
        one = dice.choice([*deal.cast])
        yield _logged(dice, deal, one, owners[deal.owner], min(moment, end - 1))


def _logged(dice: random.Random, deal: Deal, one: Person, sales: Json, moment: int) -> Activity:
    body = "".join(f"<p>{line}</p>" for line in _lines(dice, deal, one))
    if chance(dice, _QUOTED):
        head, said = phrases.QUOTED[one.language]
        body += f"<p>{_filled(dice, head, deal, one)}</p><blockquote>{said}</blockquote>"
    values = {"hs_timestamp": iso(moment), "hubspot_owner_id": sales["id"], "hs_engagement_source": "CRM_UI"}
    call = chance(dice, CALLS)
    if call:
        way = "INBOUND" if chance(dice, 0.3) else "OUTBOUND"
        values |= {"hs_call_title": deal.topic, "hs_call_body": body, "hs_call_direction": way}
        values |= {"hs_call_status": "COMPLETED", "hs_call_duration": str(60_000 * dice.randrange(2, 25))}
    else:
        values["hs_note_body"] = body
    source = Source("CRM_UI", f"userId:{sales['userId']}", sales["userId"])
    kind = "calls" if call else "notes"
    return Activity(values, moment, moment, source, kind=kind, people=[one], company=deal.company, deal=deal)


def _lines(dice: random.Random, deal: Deal, one: Person) -> Iterator[str]:
    """Yield a plain sentence and, perhaps, what it tells: of a role that the person plays, or does not play."""
    language, roles = one.language, sorted(deal.cast[one])
    yield dice.choice(phrases.PLAIN[language])
    if chance(dice, TOLD):
        yield _filled(dice, dice.choice(phrases.ROLES[dice.choice(roles)][language]), deal, one)
    for found, share in _HINTS:
        if chance(dice, share) and not (found is phrases.DENIALS and "decider" in roles):
            yield _filled(dice, dice.choice(found[language]), deal, one)
    if chance(dice, _SCRIPTED):
        yield phrases.SCRIPT[language]


def _filled(dice: random.Random, text: str, deal: Deal, one: Person) -> str:
    boss = next((member for member, roles in deal.cast.items() if "decider" in roles), one)
    others = [member for member, roles in deal.cast.items() if "decider" not in roles]
    other = dice.choice(others) if others else None
    names = {"who": _polite(one), "whom": _object(one), "boss": _polite(boss), "bosses": _object(boss)}
    return text.format(**names, other=_polite(other) if other else "jemand" if one.language == "de" else "somebody")


def _polite(one: Person) -> str:
    return f"{one.values['salutation']} {one.last}"


def _object(one: Person) -> str:
    """The name as an object: Herr Keller becomes Herrn Keller."""
    return f"Herrn {one.last}" if one.values["salutation"] == "Herr" else _polite(one)
