"""What all models share: immutability, strict fields, and a reference to a record."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, PlainSerializer, StringConstraints
from pydantic_core import CoreSchema, core_schema

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
    "touchpoint",
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
"""The objects that are engagements of a platform. Ids are unique within one object only."""

TOUCHES: tuple[ObjectName, ...] = (*ENGAGEMENTS, "touchpoint")
"""Everything that happened between people: engagements, and touchpoints that were imported from elsewhere."""


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


class Ref(NamedTuple):
    """Points at one record of the connection. A tuple, because a million of them are made, hashed and compared.

    Attributes:
        object: What the record is.
        id: The platform's id.
    """

    object: ObjectName
    id: str

    def __str__(self) -> str:
        return f"{self.object}:{self.id}"

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """In a model it is taken as it is; from JSON, and in it, it is an object with both names."""
        fields = {
            "object": core_schema.typed_dict_field(handler.generate_schema(ObjectName)),
            "id": core_schema.typed_dict_field(core_schema.str_schema()),
        }
        named = core_schema.no_info_after_validator_function(
            _ref, core_schema.typed_dict_schema(fields, extra_behavior="forbid")
        )
        either = core_schema.union_schema([core_schema.is_instance_schema(cls), named], mode="left_to_right")
        return core_schema.json_or_python_schema(
            json_schema=named,
            python_schema=either,
            serialization=core_schema.plain_serializer_function_ser_schema(_named),
        )


def _named(ref: Ref) -> dict[str, str]:
    return {"object": ref[0], "id": ref[1]}


def _ref(fields: Mapping[str, str]) -> Ref:
    return Ref(fields["object"], fields["id"])
