"""One question of consent and the facts that answer it, by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, Literal, NamedTuple

from crmbridge import ConsentQuestion, Evidence, Subscription
from crmbridge.model import Decision3
from crmbridge_consent.known import Kept, Same, known, topic
from crmbridge_consent.settings import Settings
from crmbridge_consent.texts import CONTRACT, EXISTING_CUSTOMER, objects

# HubSpot's words for the ground of a subscription:
# https://developers.hubspot.com/docs/api-reference/latest/communication-preferences/guide
SUBSCRIBED_BASES: Final = {
    "LEGITIMATE_INTEREST_CLIENT": EXISTING_CUSTOMER,
    "PERFORMANCE_OF_CONTRACT": CONTRACT,
}
NO_CONSENT: Final = frozenset(
    ("LEGITIMATE_INTEREST_PQL", "LEGITIMATE_INTEREST_OTHER", "PROCESS_AND_STORE", *SUBSCRIBED_BASES)
)
"""Grounds on which a subscription is no consent to be written to."""

Spoken = Literal["yes", "no", "unknown"]


class Verdict(NamedTuple):
    """What a rule says: the answer to the question, see ``ConsentDecision``."""

    decision: Decision3
    reason: str
    legal_basis: str | None = None
    expires_on: date | None = None
    evidence: tuple[Evidence, ...] = ()


class Asked:
    """A question, and what is known for its answer.

    Attributes:
        question: Who, what for, by which way.
        settings: Where the facts are kept.
        today: As-of day.
        known: What is known of the person.
        topic: What the question is about.
        contact: The contact itself.
        text: A contact property as text, see ``Known.text``.
        day: A contact property as day, see ``Known.day``.
        is_own: Whether sales and cases of this CRM are those of the controller that is asked for.
        covering: What the records that cover this question hold.
        refusing: What those records hold in which a refusal or an objection stands against this contact.
    """

    def __init__(self, question: ConsentQuestion, settings: Settings, today: date, timezone: str) -> None:
        same = Same(settings)
        self.question = question
        self.settings = settings
        self.today = today
        self.contact = question.person.contact
        self.known = known(Same(question.person), same, today, timezone)
        self.topic = topic(same, question.purpose, question.channel)
        self.text = self.known.text
        self.day = self.known.day
        self.is_own = self._speaks(settings.own)
        kept = self.known.kept
        self.covering = tuple([kept[place] for place in self.topic.covering if self.given_to(kept[place]) != "no"])
        self.refusing = kept if settings.refusals == "all" else self.covering

    def seen(self, text: str, on: date | None = None) -> Evidence:
        """Make a piece of evidence from the contact's record; ``text`` holds no value of a property."""
        return Evidence(source="crm", weight=1.0, text=text[:300], ref=self.contact.ref, on=on)

    def rests_on(self, basis: str) -> bool:
        """True if the contact, or its subscription to this purpose, was recorded on a basis."""
        subscribed = self.subscribed if self.question.person.subscriptions else ()
        return basis in self.known.bases or any(SUBSCRIBED_BASES.get(i.legal_basis or "") == basis for i in subscribed)

    def given_to(self, kept: Kept) -> Spoken:
        """Tell whether what a record holds was said to the controller that is asked for."""
        return self._speaks(kept.named)

    def _speaks(self, named: frozenset[str]) -> Spoken:
        if not self.question.controller or self.question.controller.casefold() in named:
            return "yes"
        return "no" if named else "unknown"

    @property
    def left(self) -> Iterator[Subscription]:
        """Opt-outs from everything, from this purpose, or from what has no purpose, by any address of the person."""
        channel, foreign = self.question.channel, self.topic.foreign
        said = self.question.person.subscriptions
        return (i for i in said if i.status == "unsubscribed" and i.channel == channel and i.id not in foreign)

    @property
    def subscribed(self) -> Iterator[Subscription]:
        """Subscriptions to this purpose of the address that is written to."""
        channel, ours = self.question.channel, self.topic.subscriptions
        said = [item for item in self.question.person.subscriptions if item.address == self.contact.email]
        return (item for item in said if item.status == "subscribed" and item.channel == channel and item.id in ours)

    @property
    def objected(self) -> str | None:
        """Name of a property that holds an objection to this purpose by this channel."""
        for name in self.topic.objections:
            if objects(self.text(name)):
                return name
        left = self.known.left if self.question.channel == "email" else ()
        return next((name for name in left if name not in self.topic.others), None)

    @property
    def is_read(self) -> bool:
        """True if every configured property that may hold an objection or a refusal was read from the platform."""
        return all(name in self.known.properties for name in self.topic.must_be_read)

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
    def countries(self) -> tuple[str, ...]:
        """The countries of the contact and of its company, in lower case, as far as known."""
        company = self.question.person.company
        names = (self.text(self.settings.country_property), (company.country or "") if company else "")
        return tuple(name.strip().casefold() for name in names if name.strip())
