"""The six seats of a buying center: who sits there, how certainly, and which are gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from crmbridge.model import ROLE_LABELS, BuyingCenter, Member, Role
from crmbridge.report.gaps import ASK, answers, candidates, name_of
from crmbridge.report.marks import figures, outside, stance_word
from crmbridge.report.text import clean, count, percent, share

SEATS: Final[tuple[Role, ...]] = ("initiator", "influencer", "user", "decider", "buyer", "gatekeeper")
"""Seats as they are drawn: the need first, then the purchase."""

_PEOPLE: Final = 3
_CANDIDATES: Final = 2


@dataclass(frozen=True)
class PersonView:
    """A person in a seat.

    Attributes:
        fill: Confidence, 0 to 1.
        marks: Words such as ``consultant`` or ``locked``.
        figures: Influence and engagement, each 0 to 100.
        stance: How the person stands to the purchase; empty if it is not known or not shown.
    """

    member_id: str
    name: str
    title: str
    fill: float
    marks: tuple[str, ...]
    figures: str
    stance: str


@dataclass(frozen=True)
class SeatView:
    """One of the six seats.

    Attributes:
        label: The role in English.
        german: The role in German.
        state: ``filled``; ``gap``, a required seat without enough people; ``free``, an empty one nobody requires.
        taken: Number of people who play the role.
        people: The most certain three of them; in an empty seat the two closest candidates.
        answers: Two-way touches with those who sit here.
        note: The words in the seat's corner.
        headline: What an empty seat says; ``ask`` is the question that would fill a gap.
    """

    role: Role
    label: str
    german: str
    state: Literal["filled", "gap", "free"]
    taken: int
    people: tuple[PersonView, ...]
    answers: int
    note: str
    headline: str
    ask: str

    @property
    def words(self) -> str:
        """The seat in words, for those who cannot see the picture."""
        names = ", ".join(person.name for person in self.people) if self.taken else self.headline.lower()
        return f"{self.label}: {names} ({self.note})"


def _person(member: Member, role: Role, *, stance: bool) -> PersonView:
    status = next(item.status for item in member.roles if item.role == role)
    marks = ("" if status == "proposed" else status, outside(member))
    title = member.facts.contact.job_title if member.facts else None
    return PersonView(
        member_id=member.id,
        name=name_of(member),
        title=clean(title, "title unknown" if member.facts else "not in the CRM, known by address"),
        fill=share(member.confidence(role)),
        marks=tuple(mark for mark in marks if mark),
        figures=figures(member),
        stance=stance_word(member) if stance else "",
    )


def _note(role: Role, state: str, taken: int) -> str:
    if state == "gap":
        return "GAP"
    if state == "free":
        return "not required"
    if taken > _PEOPLE:
        return f"{_PEOPLE} of {taken} people"
    if role == "decider":
        return "decides" if taken == 1 else f"{taken} decide"
    return count(taken, "person", "people")


def seat(center: BuyingCenter, role: Role, *, stance: bool = False) -> SeatView:
    """Say what the seat for ``role`` shows; how people stand to the purchase only with ``stance``."""
    taken = center.seats()[role]
    shown = taken[:_PEOPLE] or candidates(center, role)[:_CANDIDATES]
    state: Literal["filled", "gap", "free"] = "filled" if taken else "free"
    if role in center.missing_roles:
        state = "gap"
    return SeatView(
        role=role,
        label=role.capitalize(),
        german=ROLE_LABELS[role],
        state=state,
        taken=len(taken),
        people=tuple(_person(member, role, stance=stance) for member in shown),
        answers=answers(center, taken),
        note=_note(role, state, len(taken)),
        headline=f"No {role} yet" if state == "gap" else "Empty",
        ask=f"{ASK[role].capitalize()}." if state == "gap" else "",
    )


def decides(decider: SeatView) -> tuple[str, str]:
    """Who decides, and what is known of them; or that nobody is known."""
    if not decider.taken:
        return "Nobody known yet", "nobody reaches a confidence of 50 %"
    first = decider.people[0]
    others = f", with {count(decider.taken - 1, 'other')}" if decider.taken > 1 else ""
    return first.name, f"{percent(first.fill)} certain{others}"
