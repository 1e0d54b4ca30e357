"""How well the account is kept: what people forget, file wrongly or merge. Applied to drafts that were right."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, fields

from crmbridge.errors import FixConfig
from crmbridge.sandbox.generator.drafts import Activity, Deal, Person, chance
from crmbridge.sandbox.merging import merge
from crmbridge.sandbox.portal import Portal


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares, 0 to 1, of what goes wrong.

    Attributes:
        untitled: Contacts whose job title nobody entered.
        misfiled: Notes, calls and meetings that were filed with somebody else, half of them in the same company.
        uncopied: Emails whose list of copies was lost.
        merged: Contacts that were merged into a colleague, though they are two people.
    """

    untitled: float = 0.0
    misfiled: float = 0.0
    uncopied: float = 0.0
    merged: float = 0.0

    def __post_init__(self) -> None:
        """Raise ``FixConfig`` for what is no share."""
        for name in (one.name for one in fields(self)):
            if not 0 <= getattr(self, name) <= 1:
                raise FixConfig(f"{name} is a share: give a number from 0 to 1")


def forget(dice: random.Random, habits: Habits, people: Sequence[Person], logged: Sequence[Activity]) -> None:
    """Take titles and lists of copies away, and file activities wrongly."""
    for one in people:
        if habits.untitled and chance(dice, habits.untitled):
            one.values.pop("jobtitle", None)
            one.history.pop("jobtitle", None)
    for made in logged:
        if made.kind == "emails":
            if habits.uncopied and chance(dice, habits.uncopied):
                _lose_copies(made)
        elif habits.misfiled and chance(dice, habits.misfiled):
            made.people = [_somebody_else(dice, made.people, people)]


def _lose_copies(made: Activity) -> None:
    headers = json.loads(made.values["hs_email_headers"])
    made.values["hs_email_headers"] = json.dumps(headers | {"cc": []}, ensure_ascii=False)
    made.values["hs_email_cc_email"] = ""
    made.people = made.people[:1]


def _somebody_else(dice: random.Random, right: Sequence[Person], people: Sequence[Person]) -> Person:
    """Return a colleague or, as often, anybody; where there is nobody else, who is there."""
    colleagues = right[0].company.people if right[0].company else ()
    groups = (colleagues, people) if chance(dice, 0.5) else (people,)
    others = next((found for group in groups if (found := [one for one in group if one is not right[0]])), right)
    return dice.choice(others)


def confuse(
    dice: random.Random, share: float, portal: Portal, people: Sequence[Person], deals: Sequence[Deal], now: int
) -> None:
    """Merge contacts of a loaded portal into a colleague, who takes over their part in ``cast``, too."""
    losers = dice.sample(people, round(share * len(people)))
    gone, clock = set(losers), portal.clock
    portal.clock = lambda: now  # so that the same arguments give the same portal
    for loser in losers:
        colleagues = loser.company.people if loser.company else ()
        if stay := [one for one in colleagues if one not in gone]:
            survivor = dice.choice(stay)
            merge(portal, "contacts", survivor.id, loser.id)
            for deal in deals:
                if loser in deal.cast:
                    deal.cast[survivor] = deal.cast.get(survivor, frozenset()) | deal.cast.pop(loser)
    portal.clock = clock
