"""How a case ended: hired, not now, no way, or lost before anybody saw it."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from crmbridge import BuyingCenter, Deal
from crmbridge_journey.days import as_date, read_day
from crmbridge_journey.models import REASONS
from crmbridge_journey.settings import Settings
from crmbridge_journey.trail import is_research
from crmbridge_journey.words import Lexicon

OUTCOMES: Final = {
    "open": ("Open", "Offen"),
    "hired": ("Hired", "Beauftragt"),
    "not_now": ("Not now", "Nicht jetzt"),
    "no_way": ("No way", "Auf keinen Fall"),
    "unseen_loss": ("Unseen loss", "Unbemerkt verloren"),
    "unknown": ("Unknown", "Unbekannt"),
}
"""How a case can end, with English and German labels."""

_WORDS: Final = Lexicon([reason.words for reason in REASONS])


class Outcome(NamedTuple):
    """How a case ended.

    Attributes:
        outcome: One of ``OUTCOMES``.
        code: Why, as a code; empty if nothing says.
    """

    outcome: str
    code: str = ""

    @property
    def reason(self) -> str:
        """Why, in one line."""
        return f"{self.outcome.replace('_', ' ')}, reason: {self.code}" if self.code else self.outcome.replace("_", " ")


def outcome_of(deal: Deal, settings: Settings) -> Outcome:
    """Return how the deal ended, by its own fields."""
    if not deal.is_closed:
        return Outcome("open")
    if deal.is_won:
        return Outcome("hired", "won")
    said = [text for name in settings.lost_reason_properties if (text := deal.properties.get(name))]
    known = {text.casefold(): outcome for text, outcome in settings.outcome_reasons.items()}
    for text in said:
        if outcome := known.get(text.strip().casefold()):
            return Outcome(outcome, "configured")
    found = _WORDS.find(" | ".join(said)) if said else ()
    reason = next((reason for reason, is_there in zip(REASONS, found, strict=False) if is_there), None)
    return Outcome(reason.outcome, reason.code) if reason else Outcome("unknown")


def center_outcome(center: BuyingCenter, settings: Settings) -> Outcome:
    """Return how the center's deal ended; a loss without a reason and without any talk was not seen."""
    outcome = outcome_of(center.deal, settings) if center.deal else Outcome("open")
    if outcome.outcome == "unknown" and only_looked(center):
        return Outcome("unseen_loss", "research_only")
    return outcome


def only_looked(center: BuyingCenter) -> bool:
    """Tell whether somebody looked at things, and nobody ever talked to us."""
    acts = [touch for touch in center.touches if touch.direction in ("in", "both") and not touch.is_bot]
    return bool(acts) and all(is_research(touch) for touch in acts)


def recontact_on(deal: Deal, closed_on: date | None, settings: Settings, timezone: str) -> date | None:
    """Return the day to come back on."""
    said = read_day(deal.properties.get(settings.recontact_property), timezone) if settings.recontact_property else None
    if said:
        return as_date(said)
    return as_date(closed_on.toordinal() + settings.recontact_days) if closed_on else None
