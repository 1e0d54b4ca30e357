"""What all models share: immutability, strict fields, and a reference to a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, StringConstraints

STANDARD: Final = (
    "contact",
    "company",
    "deal",
    "email",
    "meeting",
    "call",
    "note",
    "task",
    "communication",
    "postal_mail",
    "form_submission",
    "ticket",
    "line_item",
    "feedback",
    "owner",
    "pipeline",
)
"""What a record is, in crmbridge's words; a connector translates them to its platform's."""

CUSTOM: Final = "custom."
"""How the names of objects begin that an account defined for itself, e.g. ``custom.machine``."""

ObjectName = Annotated[str, StringConstraints(pattern=rf"^({'|'.join(STANDARD)}|custom\.[a-z][a-z0-9_]*)$")]
"""One of ``STANDARD``, or ``custom.NAME``."""

ENGAGEMENTS: tuple[ObjectName, ...] = (
    "email",
    "meeting",
    "call",
    "note",
    "task",
    "communication",
    "postal_mail",
    "form_submission",
)
"""The objects that are engagements. Ids are unique within one object only."""


def _freeze(value: Mapping[str, str | None]) -> Mapping[str, str | None]:
    return MappingProxyType(dict(value))


Properties = Annotated[
    Mapping[str, str | None],
    AfterValidator(_freeze),
    PlainSerializer(dict, return_type=dict[str, str | None]),
]
"""Platform properties by the platform's name. Present with None: read and empty. Absent: never read, unknown."""


class Frozen(BaseModel):
    """An immutable model that refuses unknown fields and endless numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Points at one record of the connection. A plain dataclass, because a million of them are compared.

    Attributes:
        object: What the record is.
        id: The platform's id.
    """

    object: ObjectName
    id: str

    def __str__(self) -> str:
        return f"{self.object}:{self.id}"
