"""The value matrix: which message for which role, pain, persona and phase, and which of its rows fits somebody best."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge import Role

Way = Literal["email", "phone", "post"]
"""A channel that the second gate of consent is asked about."""

Language = Literal["en", "de"]

OTHER_PHASE: Final = 0.5
"""Factor of a row that was written for another phase."""

OTHER_PERSONA: Final = 0.7
"""Factor of a row that was written for another persona."""


class Message(BaseModel):
    """What to say; at least one of the two.

    Attributes:
        en: In English.
        de: In German.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str = Field(default="", max_length=2000)
    de: str = Field(default="", max_length=2000)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.en or self.de):
            raise ValueError("takes a text in en, in de, or in both")
        return self

    def text(self, language: Language) -> str:
        """The text in a language; the other one where it has none."""
        return (self.de or self.en) if language == "de" else (self.en or self.de)


class Row(BaseModel):
    """One row of the matrix.

    Attributes:
        id: Names it in the CRM and in reasons; keep it.
        role: For members who play this role.
        pain: Key of the topic that troubles them.
        solution: What helps.
        message: What to say.
        persona: Key of the persona it is written for; None for all.
        phase: Key of the stage it is written for; None for all.
        channel: The only channel it may go by; None for any that is allowed.
        version: Raised with every change of the text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,60}$")
    role: Role
    pain: str
    solution: str = Field(min_length=1, max_length=300)
    message: Message
    persona: str | None = None
    phase: str | None = None
    channel: Way | None = None
    version: int = Field(default=1, ge=1)


class Fit(NamedTuple):
    """How well a row fits somebody, with the factors that make the score."""

    row: Row
    confidence: float
    strength: float
    in_phase: float
    for_persona: float

    @property
    def score(self) -> float:
        """0 to 1, four decimals."""
        return round(self.confidence * self.strength * self.in_phase * self.for_persona, 4)


class Asked(NamedTuple):
    """Somebody for whom a row is looked for.

    Attributes:
        roles: Played roles (by default from a confidence of 0.5 on), with their confidence.
        pains: Topics that trouble the person, with their strength.
        phase: The stage that the person is in; None if unknown.
        persona: Key of the person's persona; None if undetermined.
    """

    roles: Mapping[Role, float]
    pains: Mapping[str, float]
    phase: str | None = None
    persona: str | None = None

    def why(self, fit: Fit) -> str:
        """All factors of a fit, in one line."""
        row = fit.row
        return (
            f"{row.id} v{row.version}: {row.role} {fit.confidence:.2f} x {row.pain} {fit.strength:.2f}"
            f" x phase {self.phase or 'unknown'} {fit.in_phase:g}"
            f" x persona {self.persona or 'undetermined'} {fit.for_persona:g} = {fit.score:.4f}"
        )


def fits(rows: Sequence[Row], asked: Asked) -> list[Fit]:
    """The rows whose role is played and whose pain is felt, the best first; of equals the first in the matrix."""
    found = [
        Fit(
            row,
            asked.roles[row.role],
            asked.pains[row.pain],
            1.0 if row.phase in (None, asked.phase) else OTHER_PHASE,
            1.0 if row.persona in (None, asked.persona) else OTHER_PERSONA,
        )
        for row in rows
        if row.role in asked.roles and row.pain in asked.pains
    ]
    return sorted(found, key=lambda item: -item.score)


@cache
def example_rows() -> tuple[Row, ...]:
    """The matrix of a maker of CRM software, in English and German."""
    table = tomllib.loads(files(__package__).joinpath("example.toml").read_text("utf-8"))
    return tuple(Row.model_validate(row) for row in table["matrix"])
