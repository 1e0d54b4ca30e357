"""A HubSpot account for tests: a few lines fill it with a company, its people, what they wrote, and a deal."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from crmbridge.model.base import ObjectName, Ref
from crmbridge.sandbox import Portal
from crmbridge.sandbox.times import iso

Value = str | int | float | bool | Decimal | date | None
"""What can be written into a property; None empties it."""

Person = Ref | str
"""A contact or ``portal.us``; or the e-mail address of somebody the CRM does not know."""

_LOGGED: Final = ("email", "meeting", "call", "note", "task", "communication", "postal_mail")
_OFFICE: Final = time(9, tzinfo=UTC)
_US: Final = {
    "id": "21400000",
    "email": "sales@vendor.example",
    "type": "PERSON",
    "firstName": "Sasha",
    "lastName": "Sales",
    "userId": 9_500_000,
    "userIdIncludingInactive": 9_500_000,
    "createdAt": "2022-01-01T00:00:00.000Z",
    "updatedAt": "2022-01-01T00:00:00.000Z",
    "archived": False,
    "teams": [],
}


class SamplePortal:
    """An account of the sandbox without rate limits, and one of our sales people in it.

    Names, addresses and companies are invented: addresses end in ``.example``. A property that the account does not
    have yet is made as text where a record is created with it.

    Attributes:
        account: The sandbox's portal, for all that is not here.
        us: Our side, as sender, recipient or attendee.
    """

    def __init__(self, account: Portal | None = None) -> None:
        self.account = account or Portal()
        self.account.limits.off()
        if not self.account.owners:
            self.account.owners = [dict(_US)]
        self.us = Ref("owner", self.account.owners[0]["id"])
        self._names: Counter[str] = Counter()
        self._minutes = 0

    # -- records

    def company(self, name: str, **properties: Value) -> Ref:
        """Add a company; its domain follows from its name."""
        return self._add("company", {"name": name, "domain": f"{_slug(name, '-')}.example", **properties})

    def people(self, company: Ref | None, *words: str) -> list[Ref]:
        """Add people of a company, each as ``"Anna Beispiel, CFO"``; the title may be left out."""
        parts = (word.partition(",") for word in words)
        return [self.person(name.strip(), title.strip(), company) for name, _, title in parts]

    def person(self, name: str, title: str = "", company: Ref | None = None, **properties: Value) -> Ref:
        """Add a contact; its address follows from its name and the company's."""
        first, _, last = name.rpartition(" ")
        known = {"firstname": first, "lastname": last, "jobtitle": title, "email": self._address(name, company)}
        made = self._add("contact", {**known, **properties})
        if company is not None:
            self.link(made, company, "Primary")
        return made

    def deal(
        self,
        name: str,
        *people: Ref,
        company: Ref | None = None,
        amount: float | Decimal | None = None,
        **properties: Value,
    ) -> Ref:
        """Add a deal with its people; what they wrote and attended is logged on it, before and after.

        Args:
            name: Its name.
            people: Contacts.
            company: Whose deal it is; without one, the first person's.
            amount: In the account's currency.
            properties: More of it; it is in the first stage of the pipeline unless ``dealstage`` says otherwise.
        """
        stage = {"pipeline": "default", "dealstage": "appointmentscheduled"}
        made = self._add("deal", {"dealname": name, "amount": amount, **stage, **properties})
        company = company or next((found for one in people for found in self._linked(one, "company")), None)
        if company is not None:
            self.link(made, company, "Primary")
        for one in people:
            self.link(made, one)
        for touch in sorted({touch for one in people for kind in _LOGGED for touch in self._linked(one, kind)}):
            self.link(touch, made)
        return made

    def link(self, source: Ref, target: Ref, label: str | None = None) -> None:
        """Link two records; ``label`` is ``Primary`` or one that is made for it."""
        pair = (self._kind(source.object), self._kind(target.object))
        if label is not None and self.account.links.find(pair, label) is None:
            self.account.define_label(*pair, label)
        self.account.link(pair[0], source.id, pair[1], target.id, label)

    # -- what happened

    def email(
        self, sender: Person, *recipients: Person, on: date | None = None, subject: str = "", text: str = ""
    ) -> Ref:
        """Log an e-mail; without recipients it is to us.

        Args:
            sender: Who wrote it: ``portal.us`` makes it one of ours.
            recipients: To whom.
            on: Its day or moment; yesterday by default.
            subject: Its subject.
            text: Its body.
        """
        to = recipients or (self.us,)
        headers = {"from": self._entry(sender), "to": [self._entry(one) for one in to], "cc": [], "bcc": []}
        return self._touch(
            "email",
            (sender, *to),
            on,
            hs_email_direction="EMAIL" if sender == self.us else "INCOMING_EMAIL",
            hs_email_status="SENT",
            hs_email_subject=subject,
            hs_email_text=text,
            hs_email_headers=json.dumps(headers),
        )

    def meeting(self, *people: Ref, on: date | None = None, subject: str = "", text: str = "") -> Ref:
        """Log a meeting with us that took place; ``on`` is yesterday by default."""
        return self._touch(
            "meeting",
            people,
            on,
            hs_meeting_title=subject,
            hs_meeting_body=text,
            hs_meeting_outcome="COMPLETED",
            hs_attendee_owner_ids=self.us.id,
        )

    def call(
        self, *people: Ref, on: date | None = None, subject: str = "", text: str = "", inbound: bool = True
    ) -> Ref:
        """Log a call with us that was answered; ``on`` is yesterday by default."""
        return self._touch(
            "call",
            people,
            on,
            hs_call_title=subject,
            hs_call_body=text,
            hs_call_status="COMPLETED",
            hs_call_direction="INBOUND" if inbound else "OUTBOUND",
        )

    def note(self, text: str, *records: Ref, on: date | None = None) -> Ref:
        """Put a note on records; ``on`` is yesterday by default."""
        return self._touch("note", records, on, hs_note_body=text)

    # -- what is there now

    def value(self, ref: Ref, name: str) -> str | None:
        """Read a property as the CRM has it now; None if it is empty.

        Raises:
            RecordMissing: There is no such record.
        """
        value: str | None = self.account.record(self._kind(ref.object), ref.id)["properties"].get(name)
        return value or None

    def edit(self, ref: Ref, **values: Value) -> None:
        """Edit a record as a person does in the CRM's pages.

        Raises:
            FixRequest: A property is not defined or does not take the value.
            RecordMissing: There is no such record.
        """
        self.account.edit(self._kind(ref.object), ref.id, {name: _text(value) for name, value in values.items()})

    # -- inside

    def _add(self, name: ObjectName, values: dict[str, Value]) -> Ref:
        kind = self._kind(name)
        for unknown in values.keys() - self.account.properties[kind].keys():
            self.account.define(kind, unknown)
        written = {key: _text(value) for key, value in values.items() if _text(value)}
        return Ref(name, self.account.add(kind, written))

    def _touch(self, name: ObjectName, people: tuple[Person, ...], on: date | None, **values: Value) -> Ref:
        """Log an engagement on people, their companies and their deals, as HubSpot does."""
        made = self._add(name, {"hs_timestamp": self._moment(on), "hubspot_owner_id": self.us.id, **values})
        known = [one for one in people if isinstance(one, Ref) and one != self.us]
        around = (found for one in known for kind in ("company", "deal") for found in self._linked(one, kind))
        for record in dict.fromkeys((*known, *around)):
            self.link(made, record)
        return made

    def _moment(self, on: date | None) -> datetime:
        """Each a minute after the one before, so that their order is that of the test's lines."""
        if isinstance(on, datetime):
            return on
        self._minutes += 1
        day = on or datetime.fromtimestamp(self.account.clock() / 1000, UTC).date() - timedelta(days=1)
        return datetime.combine(day, _OFFICE) + timedelta(minutes=self._minutes)

    def _linked(self, ref: Ref, name: ObjectName) -> Iterator[Ref]:
        pair = (self._kind(ref.object), self._kind(name))
        if pair in self.account.links.types:
            yield from (Ref(name, id_) for id_ in self.account.links.of(pair, ref.id))

    def _entry(self, one: Person) -> dict[str, str | None]:
        if isinstance(one, str):
            return {"email": one}
        if one == self.us:
            return {"email": self.account.owners[0]["email"]}
        return {"email": self.value(one, "email")}

    def _address(self, name: str, company: Ref | None) -> str:
        domain = (company and self.value(company, "domain")) or "people.example"
        plain = f"{_slug(name, '.')}@{domain}"
        self._names[plain] += 1
        number = self._names[plain]
        return plain if number == 1 else plain.replace("@", f"{number}@")

    def _kind(self, name: ObjectName) -> str:
        kind = self.account.kind(name)
        assert kind is not None, f"the sandbox has no {name}"
        return kind.name


def _slug(words: str, between: str) -> str:
    plain = unicodedata.normalize("NFKD", words.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", between, plain).strip(between) or "somebody"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return iso(round(value.timestamp() * 1000))
    return value.isoformat() if isinstance(value, date) else str(value)
