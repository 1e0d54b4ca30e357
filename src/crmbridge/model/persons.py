"""What hooks know about one contact or one company outside a buying center."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from crmbridge.model.base import Frozen, Ref
from crmbridge.model.records import Company, Contact, Deal
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


class PersonFacts(Frozen):
    """A contact and what its history says.

    Attributes:
        company: Its primary company.
        open_cases: Number of open deals it is linked to.
        won_cases: Number of won deals it is linked to.
        last_inbound_on: Day of the last message or conversation that came from it.
        last_two_way_on: Day of the last touch in which it took part actively.
        decisions: A person's words about this contact.
        subscriptions: What it subscribed to or opted out of, if that is read.
    """

    contact: Contact
    company: Company | None = None
    open_cases: int = 0
    won_cases: int = 0
    last_inbound_on: date | None = None
    last_two_way_on: date | None = None
    decisions: tuple[Decision, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()

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
    """

    company: Company
    deals: tuple[Deal, ...] = ()
    touches: int = 0
    first_touch_on: date | None = None
    last_touch_on: date | None = None
    decisions: tuple[Decision, ...] = ()
