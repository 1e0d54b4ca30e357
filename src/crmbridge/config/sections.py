"""The tables of ``crmbridge.toml``: what each holds, its limits and its defaults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from crmbridge.config.base import Section
from crmbridge.model.base import ObjectName
from crmbridge.model.evidence import Role
from crmbridge.model.properties import Policy

EngagementName = Literal["email", "meeting", "call", "note", "task", "communication", "postal_mail", "form_submission"]
Percent = Annotated[float, Field(ge=0, le=100)]
PlatformName = Annotated[str, Field(min_length=1)]


def _check_property(name: str) -> str:
    if not re.fullmatch(r"(contact|company|deal)\.[a-z][a-z0-9_]*", name):
        raise ValueError('name a property as "OBJECT.NAME", in quotes; OBJECT is contact, company or deal')
    return name


PropertyName = Annotated[str, AfterValidator(_check_property)]


def _check_distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len({name.casefold() for name in names}) != len(names):
        raise ValueError("name each only once; upper and lower case make no difference")
    return names


class ConnectionTable(BaseModel):
    """A table ``[connections.NAME]``; all keys but ``connector`` are the connector's own, kept as they stand."""

    model_config = ConfigDict(frozen=True, extra="allow")

    connector: str = Field(description='The platform, e.g. "hubspot".')


class Privacy(Section):
    """What the controller of the data declares."""

    processing: Literal["legitimate-interest", "record-required"] = Field(
        description=(
            "Declare on what ground people's data are judged, because nobody but you can: "
            '"legitimate-interest" judges everybody who did not object (write your assessment beside it), '
            '"record-required" judges only people with a recorded legal basis.'
        )
    )
    assessment: str = Field(default="", description="Your assessment of the legitimate interest, or where it is kept.")
    controllers: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], AfterValidator(_check_distinct)] = Field(
        default=(),
        description=(
            "Who is responsible for the data, if several are: consent is asked for each by this name, and the first "
            "one's answers are written."
        ),
    )


class Store(Section):
    """Where the mirror, the proposals and the journal are kept."""

    path: Path = Field(default=Path(".crmbridge/store.db"), description="Relative to the config file.")


class Sync(Section):
    """What is read from the CRM."""

    engagements: tuple[EngagementName, ...] = Field(
        default=("email", "meeting", "call", "note"), description="Kinds of engagements to read."
    )
    since_months: int = Field(default=24, ge=0, description="Engagements of how many months to read; 0 reads all.")
    engagements_of: Literal["all", "open-deals"] = Field(
        default="all", description="Read all engagements, or only those that are linked to an open deal."
    )
    objects: tuple[ObjectName, ...] = Field(
        default=(), description='Further objects to read, e.g. "ticket", "line_item" or "custom.machine".'
    )
    properties: dict[ObjectName, tuple[PlatformName, ...]] = Field(
        default_factory=dict, description="Further properties to read, per object, by the platform's names."
    )
    pipelines: tuple[str, ...] = Field(default=(), description="Read only the deals of these pipelines, by id.")
    owners: tuple[str, ...] = Field(
        default=(), description="Read only the companies, contacts and deals of these owners, by id."
    )
    segments: tuple[str, ...] = Field(
        default=(), description="Read only the contacts in these lists of the platform, by name or id."
    )
    texts: tuple[ObjectName, ...] = Field(
        default=("call", "note"),
        description=(
            "Whose texts may be read where a plugin asks for them: the body of a note, a call, an email, a ticket. "
            "They stay in the store; an empty list reads none."
        ),
    )
    subscriptions: bool = Field(
        default=False, description="Read what people subscribed to or opted out of: one call per 100 addresses."
    )
    archived_hours: int = Field(
        default=24, ge=0, description="Look so often for records that were archived or restored; 0 is never."
    )
    links_hours: int = Field(
        default=24, ge=0, description="Read all links so often, since they change without a trace; 0 is never."
    )
    listing_days: int = Field(
        default=7, ge=0, description="List all records so often, to compare them one by one; 0 is never."
    )
    transform_limit_percent: Percent = Field(
        default=5.0, description="A sync stops when plugins failed on more than this share of the records."
    )


class Limits(Section):
    """What is allowed unseen for one property or one plugin, where it differs from ``[writeback.guard]``."""

    changed_percent: Percent | None = Field(default=None, description="More of its values would change.")
    cleared_percent: Percent | None = Field(default=None, description="More of its values would be emptied.")
    rows: int | None = Field(default=None, ge=1, description="More of its values would be written.")
    first_apply: bool | None = Field(default=None, description="It is written for the first time.")


class Guard(Section):
    """When a plan waits for approval."""

    changed_percent: Percent = Field(default=30.0, description="More of a property's values would change.")
    cleared_percent: Percent = Field(default=10.0, description="More of a property's values would be emptied.")
    rows: int = Field(default=500, ge=1, description="The plan has more rows.")
    minimum: int = Field(default=10, ge=0, description="Shares count from so many existing values on.")
    first_apply: bool = Field(default=True, description="A property is written for the first time.")
    deviation_percent: Percent = Field(
        default=50.0,
        description="Warn if the number of values proposed differs so much from the mean of the last plans.",
    )
    deviation_plans: int = Field(default=5, ge=0, description="How many plans that mean is taken of; 0 warns never.")
    properties: dict[PropertyName, Limits] = Field(
        default_factory=dict,
        description='Other limits for single properties, e.g. [writeback.guard.properties."contact.roles"].',
    )
    plugins: dict[str, Limits] = Field(
        default_factory=dict,
        description="Other limits for all properties of a plugin, e.g. [writeback.guard.plugins.roles].",
    )


class Review(Section):
    """What an apply leaves in the CRM for those who work there."""

    activity: Literal["off", "note", "task"] = Field(
        default="off", description="Put a note or a task with the changes and their reasons on each changed record."
    )
    objects: tuple[Literal["contact", "company", "deal"], ...] = Field(
        default=("deal",), description="On records of which objects."
    )
    segments: bool = Field(default=False, description="Make a list of the changed records, one per plan and object.")


class Writeback(Section):
    """What is written to the CRM."""

    prefix: str = Field(
        default="crmb_",
        pattern=r"^[a-z][a-z0-9_]{0,20}$",
        description="Names of created properties begin with it; fixed at the first sync.",
    )
    group: str = Field(
        default="crmbridge", pattern=r"^[a-z][a-z0-9_]{0,40}$", description="Property group of created properties."
    )
    properties: tuple[PropertyName, ...] = Field(
        default=(), description='Optional properties to write as well, e.g. "contact.department".'
    )
    skip: tuple[PropertyName, ...] = Field(default=(), description="Properties not to write.")
    policies: dict[PropertyName, Policy] = Field(
        default_factory=dict, description="What may be overwritten, where it differs from the plugin's own policy."
    )
    overwrite: dict[PropertyName, bool] = Field(
        default_factory=dict,
        description="Native properties that policy overwrite may write; true if people's edits are overwritten too.",
    )
    clear: tuple[PropertyName, ...] = Field(
        default=(), description="Properties that are emptied when no plugin proposes a value any more."
    )
    labels: dict[Role, Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict,
        description="Role to the label of the association, contact to deal, that says it; the CRM must have the label.",
    )
    canary: int = Field(
        default=0, ge=0, description="Write so many records first, read them back, and stop if they are not as written."
    )
    guard: Guard = Field(default_factory=Guard, description="When a plan waits for approval.")
    review: Review = Field(default_factory=Review, description="What an apply leaves in the CRM to be looked at.")


class CallLimits(Section):
    """What one plugin may take, where it differs from ``[pipeline]``."""

    seconds: float = Field(ge=0, description="What one call of a hook may take; 0 for no limit.")


class Separate(Section):
    """How one plugin runs in a process of its own; an empty table is enough."""

    memory_mb: int | None = Field(
        default=1024, ge=256, description="Address space of the process in MiB, where the system can limit it."
    )
    seconds: float | None = Field(
        default=None, ge=0, description="What one call of a hook may take; by default as for other plugins."
    )


class Pipeline(Section):
    """Which plugins run, in which order, and what each may take."""

    order: tuple[str, ...] = Field(default=(), description="Plugins in the order they are asked; others by name.")
    disabled: tuple[str, ...] = Field(default=(), description="Plugins that do not run.")
    allow: tuple[str, ...] | None = Field(
        default=None,
        description='If given, plugins of just these distributions are imported; "bridgefile.py" names that file.',
    )
    seconds: float = Field(
        default=60.0,
        ge=0,
        description="What one call of a hook may take, a check of a plan for each 10,000 rows; 0 for no limit.",
    )
    limits: dict[str, CallLimits] = Field(
        default_factory=dict, description="Other limits for single plugins, e.g. [pipeline.limits.roles]."
    )
    separate: dict[str, Separate] = Field(
        default_factory=dict,
        description="Plugins that run in processes of their own, e.g. [pipeline.separate.roles].",
    )


class Report(Section):
    """The HTML report."""

    path: Path = Field(default=Path(".crmbridge/report.html"), description="Relative to the config file.")
    top: int = Field(default=20, ge=0, description="Buying centers shown with a map.")
    rows: int = Field(default=200, ge=1, description="Buying centers in the table.")
    stance: bool = Field(
        default=False, description="Show who is for the purchase and who against, too: it judges people."
    )
