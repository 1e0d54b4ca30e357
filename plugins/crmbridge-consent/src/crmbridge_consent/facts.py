"""One question of consent and the facts that answer it, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from crmbridge import ConsentQuestion, Contact
from crmbridge.model.consent import Decision3
from crmbridge_consent.settings import Settings
from crmbridge_consent.texts import State, read_day, usable_bases

OPT_OUT = "hs_email_optout_"
"""HubSpot's opt-out from one kind of e-mail; the id of the subscription follows."""


class Verdict(NamedTuple):
    """What a rule says: the answer to the question, see ``ConsentDecision``."""

    decision: Decision3
    reason: str
    legal_basis: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class Asked:
    """A question, and what is known for its answer; a fact that several rules need is found once.

    Attributes:
        question: Who, what for, by which way.
        settings: Where the facts are kept.
        today: As-of day.
        timezone: Name of the account's time zone.
    """

    question: ConsentQuestion
    settings: Settings
    today: date
    timezone: str

    @property
    def contact(self) -> Contact:
        """The contact itself."""
        return self.question.person.contact

    @property
    def properties(self) -> Mapping[str, str | None]:
        """What was read of the contact."""
        return self.question.person.contact.properties

    def text(self, name: str | None) -> str:
        """Return a contact property without surrounding blanks; empty if it is empty, unknown or not configured."""
        return (self.properties.get(name) or "").strip() if name else ""

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """Usable legal bases of the contact."""
        return usable_bases(self.text("hs_legal_basis"))

    @cached_property
    def state(self) -> State | None:
        """What became of a request for consent; None without one, and for a word that is not known."""
        return self.settings.states.get(self.text(self.settings.consent_state_property).casefold())

    @property
    def left_all(self) -> bool:
        """True if the person opted out of everything that is sent on this channel."""
        said = self.question.person.subscriptions
        return any(
            not item.id and item.channel == self.question.channel and item.status == "unsubscribed" for item in said
        )

    @property
    def consent_ends(self) -> date | None:
        """First day on which a recorded consent no longer holds."""
        return read_day(self.text(self.settings.consent_expires_property), self.timezone)

    @property
    def is_covered(self) -> bool:
        """True if a recorded consent speaks about this purpose and this channel."""
        settings, question = self.settings, self.question
        return question.purpose in settings.consent_purposes and question.channel in settings.consent_channels

    @property
    def address(self) -> str | None:
        """Where the channel leads to, if anywhere."""
        match self.question.channel:
            case "email":
                return self.contact.email
            case "phone":
                return self.contact.phone or self.text("mobilephone")
            case "post":
                return self.text(self.settings.address_property) or self._company_address()
            case _:
                return None

    def _company_address(self) -> str:
        company = self.question.person.company
        return ((company.properties.get(self.settings.address_property) if company else None) or "").strip()

    @property
    def objections(self) -> tuple[str, ...]:
        """Names of the properties that hold objections to this purpose by this channel."""
        settings = self.settings
        match self.question.channel:
            case "email":
                return (settings.email_objection_property, *self._opt_outs())
            case "phone":
                name = settings.phone_objection_property
            case "post":
                name = settings.post_objection_property
            case _:
                name = None
        return (name,) if name else ()

    def _opt_outs(self) -> list[str]:
        subscriptions = self.settings.subscriptions
        ours = {OPT_OUT + number for number in subscriptions.get(self.question.purpose, ())}
        others = {OPT_OUT + number for numbers in subscriptions.values() for number in numbers} - ours
        found = {name for name in self.properties if name.startswith(OPT_OUT)}
        return sorted(ours | found - others)

    @property
    def is_read(self) -> bool:
        """True if every configured property that may hold an objection or a refusal was read from the platform."""
        settings = self.settings
        names = (settings.objection_property, settings.consent_state_property, settings.consent_expires_property)
        return all(name in self.properties for name in (*names, *self.objections) if name)
