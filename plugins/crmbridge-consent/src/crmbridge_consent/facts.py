"""One question of consent and the facts that answer it, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crmbridge import ConsentDecision, ConsentQuestion, Contact
from crmbridge.model.consent import Decision3
from crmbridge_consent.settings import Settings, State
from crmbridge_consent.texts import STATES, read_day, usable_bases

OPT_OUT = "hs_email_optout_"
"""HubSpot's opt-out from one kind of e-mail; the id of the subscription follows."""


@dataclass(frozen=True)
class Asked:
    """A question, and what is known for its answer.

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

    def answer(
        self, decision: Decision3, reason: str, legal_basis: str | None = None, expires_on: date | None = None
    ) -> ConsentDecision:
        """Make the answer to this question."""
        return ConsentDecision(
            purpose=self.question.purpose,
            channel=self.question.channel,
            decision=decision,
            reason=reason,
            legal_basis=legal_basis,
            expires_on=expires_on,
        )

    @property
    def contact(self) -> Contact:
        """The contact itself."""
        return self.question.person.contact

    def text(self, name: str | None) -> str:
        """Return a contact property without surrounding blanks; empty if it is empty, unknown or not configured."""
        return (self.contact.properties.get(name) or "").strip() if name else ""

    @property
    def bases(self) -> tuple[str, ...]:
        """Usable legal bases of the contact."""
        return usable_bases(self.text("hs_legal_basis"))

    @property
    def state(self) -> State | None:
        """What became of a request for consent; None without one, and for a word that is not known."""
        word = self.text(self.settings.consent_state_property).casefold()
        own = {key.casefold(): state for key, state in self.settings.consent_states.items()}
        return own.get(word) or STATES.get(word)

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
        company = self.question.person.company
        at_company = company.properties.get(self.settings.address_property) if company else None
        addresses = {
            "email": self.contact.email,
            "phone": self.contact.phone or self.text("mobilephone"),
            "post": self.text(self.settings.address_property) or (at_company or "").strip(),
        }
        return addresses.get(self.question.channel) or None

    @property
    def objections(self) -> tuple[str, ...]:
        """Names of the properties that hold objections to this purpose by this channel."""
        settings = self.settings
        by_channel = {
            "email": (settings.email_objection_property, *self._opt_outs()),
            "phone": (settings.phone_objection_property,),
            "post": (settings.post_objection_property,),
        }
        return tuple(name for name in by_channel.get(self.question.channel, ()) if name)

    def _opt_outs(self) -> tuple[str, ...]:
        subscriptions = self.settings.subscriptions
        ours = {OPT_OUT + number for number in subscriptions.get(self.question.purpose, ())}
        others = {OPT_OUT + number for numbers in subscriptions.values() for number in numbers} - ours
        found = {name for name in self.contact.properties if name.startswith(OPT_OUT)}
        return tuple(sorted(ours | found - others))

    @property
    def is_read(self) -> bool:
        """True if every configured property that may hold an objection or a refusal was read from the platform."""
        settings = self.settings
        names = {settings.objection_property, settings.consent_state_property, settings.consent_expires_property}
        return all(name in self.contact.properties for name in (*names, *self.objections) if name)
