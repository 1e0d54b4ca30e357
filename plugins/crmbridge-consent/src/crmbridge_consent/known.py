"""What is known of a person and what a question is about, each worked out once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar

from crmbridge import Evidence, PersonFacts, Remark
from crmbridge.model import Channel, Purpose
from crmbridge_consent.phrases import Phrase, found
from crmbridge_consent.settings import ConsentRecord, OwnWords, Settings
from crmbridge_consent.texts import State, objects, read_day, split, usable_bases

OPT_OUT: Final = "hs_email_optout_"
"""HubSpot's opt-out from one kind of e-mail; the id of the subscription follows."""

MESSAGES: Final = frozenset(("email", "communication", "postal_mail"))
"""What reaches the person. Those that we sent are not searched: every mailing tells how to unsubscribe."""

ABOUT_DATA: Final = re.compile(
    r"daten|\bdata\b|ds-?gvo|gdpr|einwilligung|consent|verarbeitung|processing|werbung|marketing"
)
"""Without such a word "I object" may be about anything."""

T = TypeVar("T")


class Same(Generic[T]):
    """Something told apart by what it is, not by what it holds: the key of what was worked out for it."""

    __slots__ = ("it",)

    def __init__(self, it: T) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.it is other.it


class Kept(NamedTuple):
    """What a record of consent holds about one person.

    Attributes:
        state: What became of the request; None without one, and for a word that is not known.
        is_unclear: True if that is such a word.
        ends: First day on which the consent no longer holds.
        has_no_day: True if an end is given that is no day.
        named: Controllers whom it was given to, in lower case.
    """

    record: ConsentRecord
    state: State | None
    is_unclear: bool
    ends: date | None
    has_no_day: bool
    named: frozenset[str]


class Hit(NamedTuple):
    """An opt-out that stands in a text."""

    phrase: Phrase
    remark: Remark

    def concerns(self, purpose: Purpose, channel: Channel) -> bool:
        """True if it speaks against what is asked for."""
        return self.phrase.processing if purpose == "processing" else channel in self.phrase.channels

    def denies(self, own_words: OwnWords) -> bool:
        """True if the person itself wrote it, in words that leave no doubt, and that is to deny."""
        if not (self.phrase.explicit and self.remark.own) or own_words == "review":
            return False
        return own_words == "deny" or (self.phrase.processing and bool(ABOUT_DATA.search(self.remark.text.lower())))

    @property
    def evidence(self) -> Evidence:
        """The phrase's name, where it stands and since when; nothing else of the text."""
        ref, on = self.remark.ref, self.remark.on
        return Evidence(source="statement", weight=1.0, against=True, text=self.phrase.label, ref=ref, on=on)


class Known:
    """What is known of a person, whatever is asked.

    Attributes:
        person: Everything.
        properties: What was read of the contact.
        bases: Usable legal bases, the best documented first.
        kept: What the configured records hold.
        left: Opt-outs from kinds of e-mail: names of properties that hold one.
        hits: Opt-outs in texts that nobody has looked at yet, newest first.
        settled_on: The day to come from which on some of them are settled.
    """

    def __init__(self, person: PersonFacts, settings: Settings, today: date, timezone: str) -> None:
        self.person = person
        self.properties = person.contact.properties
        self.timezone = timezone
        self.bases = usable_bases(self.text("hs_legal_basis"))
        self.kept = tuple(self._kept(record, settings) for record in settings.records)
        self.left = tuple(
            sorted(name for name in self.properties if name.startswith(OPT_OUT) and objects(self.text(name)))
        )
        checked = self.day(settings.opt_out_checked_property) if person.remarks else None
        is_to_come = checked is not None and checked > today
        self.hits = tuple(self._hits(None if is_to_come else checked)) if person.remarks else ()
        self.settled_on = checked if is_to_come and self.hits else None

    def text(self, name: str | None) -> str:
        """Return a contact property without surrounding blanks; empty if it is empty, unknown or not configured."""
        return (self.properties.get(name) or "").strip() if name else ""

    def day(self, name: str | None) -> date | None:
        """Return the day that a contact property holds."""
        text = self.text(name)
        return read_day(text, self.timezone) if text else None

    def _kept(self, record: ConsentRecord, settings: Settings) -> Kept:
        said, until = self.text(record.state_property), self.text(record.expires_property)
        state = settings.states.get(said.casefold()) if said else None
        ends = read_day(until, self.timezone) if until else None
        named = frozenset(name.casefold() for name in split(self.text(record.controller_property)))
        unclear, undated = bool(said) and state is None, bool(until) and ends is None
        return Kept(record, state, unclear, ends, undated, named or settings.own)

    def _hits(self, checked: date | None) -> Iterator[Hit]:
        """What was written on the day of the check may have come after it."""
        for remark in reversed(self.person.remarks):
            settled = checked is not None and remark.on < checked
            if not settled and not (remark.direction == "out" and remark.ref.object in MESSAGES):
                yield from (Hit(phrase, remark) for phrase in found(remark.text))


@lru_cache(maxsize=8)
def known(person: Same[PersonFacts], settings: Same[Settings], today: date, timezone: str) -> Known:
    """Work out what is known of a person: it is asked about several times in a row."""
    return Known(person.it, settings.it, today, timezone)


class Topic(NamedTuple):
    """What a question is about, whoever is asked about.

    Attributes:
        covering: Places of the records that cover this purpose and this channel.
        objections: Properties that hold objections to it.
        others: Opt-outs from kinds of e-mail that are about other purposes only.
        subscriptions: Ids of subscriptions that are about it.
        foreign: Ids of those that are about other purposes only.
        must_be_read: Properties that may hold an objection or a refusal.
    """

    covering: tuple[int, ...]
    objections: tuple[str, ...]
    others: frozenset[str]
    subscriptions: frozenset[str]
    foreign: frozenset[str]
    must_be_read: tuple[str, ...]


@lru_cache(maxsize=64)
def topic(settings: Same[Settings], purpose: Purpose, channel: Channel) -> Topic:
    """Work out what a question is about."""
    it = settings.it
    ours = frozenset(it.subscriptions.get(purpose, ()))
    foreign = frozenset(number for numbers in it.subscriptions.values() for number in numbers) - ours
    own = {
        "email": it.email_objection_property,
        "phone": it.phone_objection_property,
        "post": it.post_objection_property,
    }
    objections = [own.get(channel), *(OPT_OUT + number for number in sorted(ours) if channel == "email")]
    kept = [name for record in it.records for name in (record.state_property, record.expires_property)]
    named = tuple(name for name in objections if name)
    return Topic(
        covering=tuple(
            place
            for place, record in enumerate(it.records)
            if purpose in record.purposes and channel in record.channels
        ),
        objections=named,
        others=frozenset(OPT_OUT + number for number in foreign),
        subscriptions=ours,
        foreign=foreign,
        must_be_read=(*named, *(name for name in (*kept, it.objection_property) if name)),
    )
