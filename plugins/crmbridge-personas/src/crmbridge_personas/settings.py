"""The settings of the section ``[plugins.personas]``."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from crmbridge import PluginSettings, Role
from crmbridge_personas.criteria import Criterion

T = TypeVar("T")


def _not_empty(items: tuple[T, ...]) -> tuple[T, ...]:
    """Checked after the items: a bad item is reported as itself, not also as too few."""
    if not items:
        raise ValueError("takes at least one")
    return items


class Persona(BaseModel):
    """A kind of person to tell apart.

    Attributes:
        key: The value written to the CRM; keep it, whatever happens to the label.
        label: What people see.
        roles: Only members who play one of these roles are judged; empty for all.
        threshold: Least score for this persona; None for the common one.
        criteria: What speaks for it, each with its weight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,60}$")
    label: str = Field(min_length=1, max_length=120)
    roles: tuple[Role, ...] = ()
    threshold: float | None = Field(default=None, gt=0, le=1)
    criteria: Annotated[tuple[Criterion, ...], AfterValidator(_not_empty)]


def _criterion(field: str, value: str | tuple[str, ...], weight: float) -> Criterion:
    return Criterion(field=field, op="in" if isinstance(value, tuple) else "equals", value=value, weight=weight)


DEFAULT_PERSONAS = (
    Persona(
        key="economic-buyer",
        label="Economic buyer (Wirtschaftlicher Entscheider)",
        criteria=(
            _criterion("seniority", ("management", "director"), 3),
            _criterion("role", "decider", 2),
        ),
    ),
    Persona(
        key="procurement-lead",
        label="Procurement lead (Einkaufsverantwortliche)",
        criteria=(
            _criterion("department", "purchasing", 3),
            _criterion("role", "buyer", 2),
            _criterion("seniority", ("lead", "senior", "professional"), 1),
        ),
    ),
    Persona(
        key="technical-evaluator",
        label="Technical evaluator (Fachliche Prüfer)",
        criteria=(
            _criterion("department", ("it", "engineering", "quality", "rnd", "legal"), 3),
            _criterion("role", "influencer", 2),
            _criterion("seniority", ("lead", "senior", "professional"), 1),
        ),
    ),
    Persona(
        key="daily-user",
        label="Daily user (Tägliche Anwender)",
        criteria=(
            _criterion("role", "user", 3),
            _criterion(
                "department",
                (
                    "production",
                    "logistics",
                    "sales",
                    "marketing",
                    "customer_service",
                    "hr",
                    "project_management",
                ),
                2,
            ),
            _criterion("seniority", ("lead", "senior", "professional", "junior"), 1),
        ),
    ),
    Persona(
        key="assistant",
        label="Assistant (Assistenz)",
        criteria=(
            _criterion("department", "administration", 3),
            _criterion("role", "gatekeeper", 2),
        ),
    ),
)
"""An example set for selling to businesses. It is a start, not a finding: replace it by your own."""


class PersonasSettings(PluginSettings):
    """What can be tuned.

    Attributes:
        threshold: Least score of an assigned persona.
        margin: Least distance to the next persona.
        personas: The personas; they become the options of the property, in this order.
    """

    threshold: float = Field(default=0.6, gt=0, le=1)
    margin: float = Field(default=0.1, ge=0, le=1)
    personas: Annotated[tuple[Persona, ...], AfterValidator(_not_empty)] = DEFAULT_PERSONAS

    @field_validator("personas")
    @classmethod
    def _keys_differ(cls, personas: tuple[Persona, ...]) -> tuple[Persona, ...]:
        keys = [persona.key for persona in personas]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"each key may stand once; given twice: {', '.join(twice)}")
        return personas
