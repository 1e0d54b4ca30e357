"""Topics of pain and the words that tell them, as data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _word(text: str) -> str:
    if not text.strip(" *")[:1].isalnum():
        raise ValueError("takes a word or phrase that begins with a letter; * stands for any letters")
    return text


Word = Annotated[str, Field(min_length=2, max_length=120), AfterValidator(_word)]
"""A word or phrase without regard to case; ``*`` stands for any letters, so ``preis*`` finds ``Preisliste``."""


class Topic(BaseModel):
    """Something that troubles buyers.

    Attributes:
        key: The value written to the CRM; keep it, whatever happens to the labels.
        label: What people see, in English.
        label_de: The same in German; empty if ``label`` is enough.
        pains: Words that state the pain by themselves: ``too expensive``.
        words: Words that name the topic: a pain only together with a word for a problem, else an interest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")
    label: str = Field(min_length=1, max_length=120)
    label_de: str = Field(default="", max_length=120)
    pains: tuple[Word, ...] = ()
    words: tuple[Word, ...] = ()

    @property
    def title(self) -> str:
        """Both labels as one: ``Cost (Kosten)``."""
        return f"{self.label} ({self.label_de})" if self.label_de else self.label


class Cues(BaseModel):
    """Words around a topic.

    Attributes:
        problem: Makes a pain of a topic's words in the same clause.
        negation: Takes back what follows within a few words, or what it closes.
        affirmation: Looks like a negation and is none.
        solved: The clause tells of no pain any more.
        contrast: Begins a new clause.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem: tuple[Word, ...]
    negation: tuple[Word, ...]
    affirmation: tuple[Word, ...]
    solved: tuple[Word, ...]
    contrast: tuple[Word, ...]


@cache
def shipped_topics() -> tuple[Topic, ...]:
    """The topics that come with the plugin."""
    return tuple(Topic(key=key, **table) for key, table in _table()["topics"].items())


@cache
def shipped_cues() -> Cues:
    """The words around topics that come with the plugin."""
    return Cues.model_validate(_table()["cues"])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("topics.toml").read_text("utf-8"))
