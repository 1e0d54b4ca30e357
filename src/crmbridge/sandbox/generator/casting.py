"""Who plays which of the six roles in a deal: the truth that a judge of the portal should find."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from crmbridge.sandbox.generator.drafts import Person, chance

_LARGE, _SMALL = 60_000, 8_000
_DECIDERS = {
    "large": ("ceo", "officer", "finance", "line_lead"),
    "middle": ("officer", "line_lead", "ceo", "finance", "it_lead"),
    "small": ("line_lead", "purchasing_lead", "officer", "ceo", "purchaser"),
}
_BUYERS = ("purchasing_lead", "purchaser")
_USERS = ("line_lead", "line_staff", "it_staff", "sales", "people", "student")
_EXPERTS = ("it_lead", "quality", "finance", "privacy", "works_council", "legal", "it_staff", "officer")
_GATEKEEPERS = ("assistant", "purchaser")


def cast_roles(
    dice: random.Random, people: Sequence[Person], amount: float, adviser: Person | None
) -> dict[Person, frozenset[str]]:
    """Return the members of a deal's buying center with their roles; one person may have several.

    Args:
        dice: The source of chance.
        people: The contacts of the buying company.
        amount: The price: it decides how high the decision is made and how many take part.
        adviser: A consultant from outside who influences, or None.
    """
    size = "large" if amount >= _LARGE else "small" if amount < _SMALL else "middle"
    roles: dict[Person, set[str]] = {}
    chief = _first(people, _DECIDERS[size])
    _give(roles, chief, "decider")
    _give(roles, _first(people, _BUYERS, taken=[chief] if size == "large" else ()) or chief, "buyer")
    for one in _some(dice, people, _USERS, 1 if size == "small" else dice.randrange(1, 4)):
        _give(roles, one, "user")
    for one in _some(dice, people, _EXPERTS, {"large": 3, "middle": 1, "small": 0}[size]):
        if one is not chief:
            _give(roles, one, "influencer")
    _give(roles, adviser, "influencer")
    keeper = _first(people, _GATEKEEPERS, taken=roles)
    if chance(dice, 0.45):
        _give(roles, keeper, "gatekeeper")
    starters = [one for one, found in roles.items() if found & {"user", "influencer", "decider"}]
    if starters and chance(dice, 0.65):
        _give(roles, dice.choice(starters), "initiator")
    return {one: frozenset(found) for one, found in roles.items()}


def _give(roles: dict[Person, set[str]], one: Person | None, role: str) -> None:
    if one is not None:
        roles.setdefault(one, set()).add(role)


def _first(people: Iterable[Person], jobs: Sequence[str], taken: Iterable[Person | None] = ()) -> Person | None:
    """Return the person with the most wanted kind of work, if anybody has one of them."""
    busy = {id(one) for one in taken}
    free = [one for one in people if one.job in jobs and id(one) not in busy]
    return min(free, key=lambda one: jobs.index(one.job), default=None)


def _some(dice: random.Random, people: Iterable[Person], jobs: Sequence[str], number: int) -> list[Person]:
    fitting = [one for one in people if one.job in jobs]
    return dice.sample(fitting, min(number, len(fitting)))
