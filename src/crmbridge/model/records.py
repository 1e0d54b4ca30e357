"""The normalised rows of the mirror: contacts, companies, deals, engagements, owners, pipelines."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from crmbridge.model.base import Frozen, ObjectName, Properties, Ref


class Record(Frozen):
    """One row of a CRM.

    Attributes:
        object: What the record is.
        id: The platform's id, unique within ``object``.
        properties: What was read, by the platform's names.
        created_at: Creation, in UTC.
        updated_at: Last modification of any property, in UTC.
        archived: True once the platform archived it.
        url: Address of the record in the CRM's own pages.
    """

    object: ObjectName
    id: str = Field(min_length=1)
    properties: Properties = Field(default_factory=dict, validate_default=True)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    archived: bool = False
    url: str | None = None

    @property
    def ref(self) -> Ref:
        """The reference to this record."""
        return Ref(object=self.object, id=self.id)


class Contact(Record):
    """A person.

    Attributes:
        email: Primary address, lower case.
        emails: All addresses, lower case, the primary one first.
        language: ISO 639-1 code, lower case, where the CRM knows it.
    """

    object: Literal["contact"] = "contact"
    email: str | None = None
    emails: tuple[str, ...] = ()
    first_name: str | None = None
    last_name: str | None = None
    job_title: str | None = None
    company_name: str | None = None
    phone: str | None = None
    language: str | None = None
    lifecycle_stage: str | None = None
    owner_id: str | None = None

    @property
    def name(self) -> str:
        """First and last name, else the address, else the id."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.email or self.id


class Company(Record):
    """An organisation.

    Attributes:
        domains: Internet domains, lower case, the primary one first.
        employees: Head count as the CRM states it.
    """

    object: Literal["company"] = "company"
    name: str | None = None
    domains: tuple[str, ...] = ()
    industry: str | None = None
    employees: int | None = None
    country: str | None = None
    lifecycle_stage: str | None = None
    owner_id: str | None = None


class Deal(Record):
    """A buying case as the CRM keeps it.

    Attributes:
        amount: In ``currency``.
        currency: ISO 4217; a CRM may keep one per deal.
        probability: 0 to 1, of the stage.
    """

    object: Literal["deal"] = "deal"
    name: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    pipeline_id: str | None = None
    stage_id: str | None = None
    probability: float | None = None
    close_at: datetime | None = None
    is_closed: bool = False
    is_won: bool = False
    owner_id: str | None = None


class Participant(Frozen):
    """An address that took part in an engagement.

    Attributes:
        address: E-mail address, lower case.
        part: What the address did.
    """

    address: str
    part: Literal["from", "to", "cc", "bcc", "attendee"]


class Engagement(Record):
    """Something that happened between people.

    Attributes:
        object: Which kind of engagement.
        at: When it happened (business time), in UTC.
        direction: ``in`` from outside, ``out`` to outside, ``both`` for a conversation, ``internal`` otherwise.
        subject: Its title; bodies are not kept.
        failed: True if it did not take place: bounced, cancelled, nobody came.
        participants: Addresses as the engagement itself states them.
    """

    object: Literal["email", "meeting", "call", "note", "task", "communication", "postal_mail"]
    at: datetime
    direction: Literal["in", "out", "both", "internal"] = "internal"
    subject: str | None = None
    failed: bool = False
    participants: tuple[Participant, ...] = ()
    owner_id: str | None = None


class Owner(Record):
    """A user of the CRM who owns records."""

    object: Literal["owner"] = "owner"
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    user_id: str | None = None

    @property
    def name(self) -> str:
        """First and last name, else the id."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.id


class Stage(Frozen):
    """One stage of a pipeline; ``probability`` is 0 to 1."""

    id: str
    label: str
    order: int
    is_closed: bool = False
    probability: float | None = None


class Pipeline(Record):
    """The ordered stages that a deal may go through."""

    object: Literal["pipeline"] = "pipeline"
    label: str
    stages: tuple[Stage, ...] = ()


AnyRecord = Annotated[Contact | Company | Deal | Engagement | Owner | Pipeline, Field(discriminator="object")]
"""Any record, told apart by ``object``."""

RECORD: TypeAdapter[AnyRecord] = TypeAdapter(AnyRecord)
"""Reads any record from JSON."""
