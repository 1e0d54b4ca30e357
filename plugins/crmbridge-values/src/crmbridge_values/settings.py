"""The section ``[plugins.values]``: topics, the value matrix, and how much counts."""

from __future__ import annotations

from functools import cached_property
from typing import Final, Self

from pydantic import Field, model_validator

from crmbridge import PluginSettings
from crmbridge.model import Purpose
from crmbridge_values.lexicon import Lexicon
from crmbridge_values.matrix import Language, Row, Way, example_rows
from crmbridge_values.topics import Topic, Word, shipped_cues, shipped_topics

PURPOSES: Final[dict[Way, Purpose]] = {"email": "marketing", "phone": "sales", "post": "marketing"}
"""The questions of the second gate that are about advertising."""


class ValuesSettings(PluginSettings):
    """What can be tuned.

    Attributes:
        topics: Topics of your own; one with the key of a shipped topic takes its place.
        shipped: False to leave the shipped topics out.
        problems: Further words that make a pain of a topic's words in the same clause.
        half_life_days: After so many days a mention counts half, after twice as many a quarter; after four times as
            many it is forgotten. In between it stays as it is, so that values move rarely.
        min_strength: Pains weaker than this are neither written nor answered. One fresh mention makes 0.5.
        most_people: What is written of more people than this is nobody's own pain.
        matrix: The value matrix. Without rows no message is written.
        example: Use the matrix of a maker of CRM software, as long as there is none of your own. To try it out.
        stage_model: Key of the stage model whose stages ``phase`` names.
        purposes: Channel to the purpose for which it must be allowed; the first allowed channel is named.
        default_language: Of people whose language is not known, or is neither German nor English.
    """

    topics: tuple[Topic, ...] = ()
    shipped: bool = True
    problems: tuple[Word, ...] = ()
    half_life_days: int = Field(default=180, ge=1, le=3650)
    min_strength: float = Field(default=0.25, gt=0, le=1)
    most_people: int = Field(default=5, ge=1)
    matrix: tuple[Row, ...] = ()
    example: bool = False
    stage_model: str = "phases"
    purposes: dict[Way, Purpose] = Field(default_factory=PURPOSES.copy)
    default_language: Language = "en"

    @model_validator(mode="after")
    def _keys_fit(self) -> Self:
        _refuse("topics: each key may stand once; given twice", _twice([item.key for item in self.topics]))
        _refuse("matrix: each id may stand once; given twice", _twice([row.id for row in self.matrix]))
        if not self.all_topics:
            raise ValueError("topics: takes at least one, as the shipped ones are left out")
        known = {item.key for item in self.all_topics}
        _refuse("matrix: there is no topic", {row.pain for row in self.matrix} - known)
        return self

    @cached_property
    def all_topics(self) -> tuple[Topic, ...]:
        """The shipped topics, replaced by those of the same key, then the client's others."""
        own = {item.key: item for item in self.topics}
        shipped = shipped_topics() if self.shipped else ()
        return tuple({**{item.key: item for item in shipped}, **own}.values())

    @cached_property
    def lexicon(self) -> Lexicon:
        """Finds the topics in texts."""
        cues = shipped_cues()
        return Lexicon(self.all_topics, cues.model_copy(update={"problem": (*cues.problem, *self.problems)}))

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The matrix that holds."""
        known = {item.key for item in self.all_topics}
        example = example_rows() if self.example else ()
        return self.matrix or tuple(row for row in example if row.pain in known)


def _twice(keys: list[str]) -> set[str]:
    return {key for key in keys if keys.count(key) > 1}


def _refuse(fault: str, keys: set[str]) -> None:
    if keys:
        raise ValueError(f"{fault}: {', '.join(sorted(keys))}")
