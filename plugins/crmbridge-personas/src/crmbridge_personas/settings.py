"""The settings of the section ``[plugins.personas]``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from crmbridge import PluginSettings, Role
from crmbridge_personas.defaults import DEFAULT_PERSONAS
from crmbridge_personas.fields import Values
from crmbridge_personas.personas import Persona, Score, not_empty

MOST_REMEMBERED: Final = 4096
"""So many different people are remembered with their scores."""


class PersonasSettings(PluginSettings):
    """What can be tuned.

    Attributes:
        threshold: Least score of an assigned persona.
        margin: Least distance to the next persona.
        by_role: Role to the persona of whoever plays it and has no clear persona otherwise; the strongest role counts.
        personas: The personas; they become the options of the property, in this order.
    """

    threshold: float = Field(default=0.6, gt=0, le=1)
    margin: float = Field(default=0.1, ge=0, le=1)
    by_role: dict[Role, str] = Field(default_factory=dict)
    personas: Annotated[tuple[Persona, ...], AfterValidator(not_empty)] = DEFAULT_PERSONAS

    @field_validator("personas")
    @classmethod
    def _keys_differ(cls, personas: tuple[Persona, ...]) -> tuple[Persona, ...]:
        keys = [persona.key for persona in personas]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"each key may stand once; given twice: {', '.join(twice)}")
        return personas

    @model_validator(mode="after")
    def _roles_lead_to_personas(self) -> Self:
        unknown = sorted(set(self.by_role.values()) - self.by_key.keys())
        if unknown:
            raise ValueError(f"by_role names no persona of these settings: {', '.join(unknown)}")
        return self

    @cached_property
    def by_key(self) -> dict[str, Persona]:
        """The personas by their keys."""
        return {persona.key: persona for persona in self.personas}

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that criteria look at."""
        return tuple(dict.fromkeys(item.field for persona in self.personas for item in persona.criteria))

    @cached_property
    def ranked(self) -> Callable[[tuple[Values, ...], frozenset[Role]], tuple[Score, ...]]:
        """Scores of the personas that are open to somebody, the best first; most people are like somebody else.

        Takes the values of ``fields``, in their order, and the roles that the person plays.
        """
        return lru_cache(maxsize=MOST_REMEMBERED)(self._ranked)

    def _ranked(self, values: tuple[Values, ...], roles: frozenset[Role]) -> tuple[Score, ...]:
        known = dict(zip(self.fields, values, strict=True))
        found = (item.score(known) for item in self.personas if not item.roles or not roles.isdisjoint(item.roles))
        return tuple(sorted(found, key=lambda item: -item.value))
