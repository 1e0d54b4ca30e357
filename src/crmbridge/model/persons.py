"""What hooks know about one contact or one company outside a buying center."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from crmbridge.model.base import Frozen, Ref
from crmbridge.model.records import Company, Contact, Deal, Item
from crmbridge.model.subscriptions import Subscription


class Decision(Frozen):
    """A person's word on one value; it outranks every plugin.

    Attributes:
        subject: The record it is about.
        property: Name as registered (without prefix), e.g. ``roles``.
        value: The decided value in canonical text; None for "empty".
        source: Edited in the CRM, or said to crmbridge.
        author: Who, as the platform's user id.
        at: When, in UTC.
    """

    subject: Ref
    property: str
    value: str | None
    source: Literal["crm", "local"]
    author: str | None = None
    at: datetime


class Remark(Frozen):
    """A text that somebody of ours, or the person, wrote: of a note, a call, a message or a form.

    Attributes:
        ref: The engagement it stands in.
        on: Its day.
        direction: See ``Engagement.direction``: ``in`` is what came from outside, ``internal`` what was written here.
        own: True if the person whose remark it is wrote it; never True of a company's.
        text: Plain, without quoted replies. It is there while judging, and never stored with what was judged.
        digest: Of the text, so that another text is another input.
    """

    ref: Ref
    on: date
    direction: Literal["in", "out", "both", "internal"]
    own: bool = False
    text: str = Field(default="", exclude=True, repr=False)
    digest: str = ""


class PersonFacts(Frozen):
    """A contact and what its history says.

    Attributes:
        company: Its primary company.
        open_cases: Number of open deals it is linked to.
        won_cases: Number of won deals it is linked to.
        last_inbound_on: Day of the last message or conversation that came from it.
        last_two_way_on: Day of the last touch in which it took part actively.
        decisions: A person's words about this contact.
        subscriptions: What it subscribed to or opted out of, by any of its addresses, if that is read.
        remarks: Texts of notes, calls, messages and forms linked to it, oldest first, if a plugin asked for texts.
        items: Answers to surveys, and records of the account's own objects, linked to it, by object and id, of those
            objects that a plugin reads.
    """

    contact: Contact
    company: Company | None = None
    open_cases: int = 0
    won_cases: int = 0
    last_inbound_on: date | None = None
    last_two_way_on: date | None = None
    decisions: tuple[Decision, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    remarks: tuple[Remark, ...] = ()
    items: tuple[Item, ...] = ()

    def decided(self, name: str) -> Decision | None:
        """The decision on the property registered as ``name``, if a person made one."""
        return next((item for item in self.decisions if item.property == name), None)


class CompanyFacts(Frozen):
    """A company and what its history says.

    Attributes:
        deals: Its deals, by id.
        touches: Number of engagements linked to it.
        first_touch_on: Day of the first of them.
        last_touch_on: Day of the last of them.
        decisions: A person's words about this company.
        remarks: Texts linked to it or its contacts, as ``PersonFacts.remarks``.
        items: Linked to it, as ``PersonFacts.items``.
    """

    company: Company
    deals: tuple[Deal, ...] = ()
    touches: int = 0
    first_touch_on: date | None = None
    last_touch_on: date | None = None
    decisions: tuple[Decision, ...] = ()
    remarks: tuple[Remark, ...] = ()
    items: tuple[Item, ...] = ()
