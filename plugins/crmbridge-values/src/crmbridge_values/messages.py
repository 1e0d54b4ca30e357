"""What to say to a member, by which channel: nothing that consent does not allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from crmbridge import Member
from crmbridge.model import STRICTNESS, Purpose
from crmbridge_values.matrix import Asked, Language, Way, fits
from crmbridge_values.settings import ValuesSettings


class Advice(NamedTuple):
    """A message, or the reason why there is none.

    Attributes:
        reason: Why, in one line, with all factors.
        text: The message in the person's language; None if nothing may or need be said.
        row: Id of the row it stands in.
        way: The channel by which it may go.
        score: Of the row, 0 to 1.
    """

    reason: str
    text: str | None = None
    row: str | None = None
    way: Way | None = None
    score: float | None = None


def advise(member: Member, asked: Asked, settings: ValuesSettings) -> Advice:
    """Choose the best row that may be said by a channel it may go by."""
    found = fits(settings.rows, asked)
    if not found:
        return Advice(f"no row fits roles {_named(asked.roles)} and pains {_named(asked.pains)}")
    answers = {way: _answer(member, way, purpose) for way, purpose in settings.purposes.items()}
    for fit in found:
        way = next((way for way in answers if fit.row.channel in (None, way) and _allows(answers[way])), None)
        if way:
            text = fit.row.message.text(language(member, settings))
            return Advice(f"{asked.why(fit)}; by {way}: {answers[way]}", text, fit.row.id, way, fit.score)
    said = "; ".join(f"{way} {answer}" for way, answer in answers.items())
    return Advice(f"no channel allowed for {found[0].row.id}: {said}")


def asked_for(member: Member, pains: Mapping[str, float], phase: str | None) -> Asked:
    """What decides which row fits a member."""
    roles = {item.role: item.confidence for item in member.roles if member.plays(item.role)}
    return Asked(roles, pains, phase, member.persona.persona if member.persona else None)


def language(member: Member, settings: ValuesSettings) -> Language:
    """German or English, as the contact's language says; the default for all others."""
    known = (member.facts.contact.language or "").lower()[:2] if member.facts else ""
    return "de" if known == "de" else "en" if known == "en" else settings.default_language


def _answer(member: Member, way: Way, purpose: Purpose) -> str:
    """Decision and reason; of several controllers one that does not allow it speaks for all."""
    told = [item for item in member.consent if (item.channel, item.purpose) == (way, purpose)]
    chosen = min(told, key=lambda item: STRICTNESS.index(item.decision), default=None)
    return f"{chosen.decision} {chosen.reason}" if chosen else "not asked"


def _allows(answer: str) -> bool:
    return answer.startswith("allow ")


def _named(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys)) or "none"
