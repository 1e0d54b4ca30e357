"""The normalised rows of the mirror: people, organisations, cases, what happened, and who works on them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from crmbridge.model.base import TOUCHES, Frozen, ObjectName, Properties, Ref
from crmbridge.model.touchpoints import Action


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
        merged_ids: Ids of records that were merged into this one.
    """

    object: ObjectName
    id: str = Field(min_length=1)
    properties: Properties = Field(default_factory=dict, validate_default=True)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    archived: bool = False
    url: str | None = None
    merged_ids: tuple[str, ...] = ()

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


class Ticket(Record):
    """A request for service.

    Attributes:
        priority: The platform's word.
        closed_at: When it was closed; None while it is open.
    """

    object: Literal["ticket"] = "ticket"
    subject: str | None = None
    pipeline_id: str | None = None
    stage_id: str | None = None
    priority: str | None = None
    closed_at: datetime | None = None
    owner_id: str | None = None


class Item(Record):
    """A survey's answer, or a record of an object that the account defined; the rest of it is in ``properties``."""

    object: Annotated[str, StringConstraints(pattern=r"^(feedback|custom\.[a-z][a-z0-9_]*)$")]
    name: str | None = None


class LineItem(Record):
    """A product or service in a deal.

    Attributes:
        price: Of one unit, in the deal's currency.
        amount: What the line comes to, in the deal's currency.
    """

    object: Literal["line_item"] = "line_item"
    name: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    amount: Decimal | None = None


class Participant(Frozen):
    """Somebody who took part in an engagement.

    Attributes:
        address: E-mail address, lower case; None where the platform names an owner only.
        part: What that person did.
        owner_id: The owner who it is, where the platform says so.
    """

    address: str | None = None
    part: Literal["from", "to", "cc", "bcc", "attendee"]
    owner_id: str | None = None


class Engagement(Record):
    """Something that happened between people.

    Attributes:
        object: Which kind of engagement.
        at: When it happened (business time), in UTC.
        direction: ``in`` from outside, ``out`` to outside, ``both`` for a conversation, ``internal`` otherwise.
        subject: Its title; bodies are not kept.
        failed: True if it did not take place: bounced, cancelled, nobody came.
        channel: The medium of a communication, e.g. ``linkedin``, ``sms``, ``whatsapp``; one of ``CHANNELS`` for an
            imported touchpoint.
        action: What was done, where the kind of record does not tell.
        content: What it was done with: a page, an asset, a form, by its address or id.
        topic: What it was about, in the words of whoever recorded it.
        is_bot: True if a machine did it.
        duration_seconds: How long it took.
        participants: Who took part, as the engagement itself states it.
    """

    object: Literal[
        "email", "meeting", "call", "note", "task", "communication", "postal_mail", "form_submission", "touchpoint"
    ]
    at: datetime
    direction: Literal["in", "out", "both", "internal"] = "internal"
    subject: str | None = None
    failed: bool = False
    channel: str | None = None
    action: Action | None = None
    content: str | None = None
    topic: str | None = None
    is_bot: bool = False
    duration_seconds: int | None = None
    participants: tuple[Participant, ...] = ()
    owner_id: str | None = None


class Team(Frozen):
    """A team that an owner belongs to; each owner has at most one primary team."""

    id: str
    name: str
    primary: bool = False


class Owner(Record):
    """A user of the CRM who owns records."""

    object: Literal["owner"] = "owner"
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    user_id: str | None = None
    teams: tuple[Team, ...] = ()

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
    """The ordered stages that a record may go through.

    Attributes:
        of: What goes through it.
    """

    object: Literal["pipeline"] = "pipeline"
    of: Literal["deal", "ticket"] = "deal"
    label: str
    stages: tuple[Stage, ...] = ()


_Named = Annotated[
    Contact | Company | Deal | Ticket | LineItem | Engagement | Owner | Pipeline, Field(discriminator="object")
]
AnyRecord = Annotated[_Named | Item, Field(union_mode="left_to_right")]
"""Any record, told apart by ``object``."""

RECORD: TypeAdapter[AnyRecord] = TypeAdapter(AnyRecord)
"""Reads any record from JSON."""

_MODELS: dict[str, type[Record]] = {
    "contact": Contact,
    "company": Company,
    "deal": Deal,
    "ticket": Ticket,
    "line_item": LineItem,
    "owner": Owner,
    "pipeline": Pipeline,
    **dict.fromkeys(TOUCHES, Engagement),
}


def record_model(name: ObjectName) -> type[Record]:
    """Return the model of an object's records."""
    return _MODELS.get(name, Item)


def record_from_json(name: ObjectName, text: str | bytes) -> Record:
    """Read a record of a known object from JSON, without looking for the model that fits.

    Raises:
        pydantic.ValidationError: It is no record of that object.
    """
    return record_model(name).model_validate_json(text)
