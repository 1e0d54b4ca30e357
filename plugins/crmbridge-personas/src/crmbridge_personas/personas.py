"""A persona: a kind of person, what speaks for it, and what should be known of whoever is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from crmbridge import Role
from crmbridge_personas.criteria import Criterion, FieldName
from crmbridge_personas.fields import Values

T = TypeVar("T")


def not_empty(items: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse an empty list. Checked after the items: a bad item is reported as itself, not also as too few."""
    if not items:
        raise ValueError("takes at least one")
    return items


class Persona(BaseModel):
    """A kind of person to tell apart.

    Attributes:
        key: The value written to the CRM; keep it, whatever happens to the label.
        label: What people see, in English.
        label_de: The same in German; empty if ``label`` is enough.
        roles: Only members who play one of these roles are judged; empty for all.
        threshold: Least score for this persona; None for the common one.
        criteria: What speaks for it, each with its weight.
        required_fields: The checklist: fields that should be filled for each person of this persona.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,60}$")
    label: str = Field(min_length=1, max_length=120)
    label_de: str = Field(default="", max_length=120)
    roles: tuple[Role, ...] = ()
    threshold: float | None = Field(default=None, gt=0, le=1)
    criteria: Annotated[tuple[Criterion, ...], AfterValidator(not_empty)]
    required_fields: tuple[FieldName, ...] = ()

    @property
    def title(self) -> str:
        """Both labels as one: ``Daily user (Tägliche Anwender)``."""
        return f"{self.label} ({self.label_de})" if self.label_de else self.label

    def score(self, values: Mapping[str, Values]) -> Score:
        """Score somebody, given the values of the fields that the criteria look at."""
        matched = tuple(item for item in self.criteria if item.holds(values[item.field]))
        empty = (item.field for item in self.criteria if item.op != "exists" and not values[item.field])
        share = sum(item.weight for item in matched) / sum(item.weight for item in self.criteria)
        return Score(self, round(share, 4), tuple(map(str, matched)), tuple(dict.fromkeys(empty)))


@dataclass(frozen=True)
class Score:
    """How well a persona fits.

    Attributes:
        value: Matched weight by all weight, 0 to 1, four decimals.
        matched: Criteria that match, in words.
        missing: Fields that are empty and would have counted.
    """

    persona: Persona
    value: float
    matched: tuple[str, ...]
    missing: tuple[str, ...]
