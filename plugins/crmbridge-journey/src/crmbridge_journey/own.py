"""Stage models that a client brings: stages with rules, as data under ``[plugins.journey.models.KEY]``."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge import JourneyStage, StageModel
from crmbridge.model import Action

Days = Annotated[int, Field(ge=1, le=3650)]
"""A span in whole days; its last day belongs to it."""

Word = Annotated[str, Field(min_length=1)]
"""A word or phrase, without regard to case; ``*`` stands for any letters, so ``preis*`` finds ``Preisanfrage``."""


class Table(BaseModel):
    """A table of the configuration: frozen, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(Table):
    """What must hold for a stage; all that is given must hold at once.

    Attributes:
        crm_stages: The deal is in one of these stages, by the CRM's id. It outranks rules without it.
        labels: The label of the open deal's present stage holds one of these words.
        deal: The deal is open, won or lost.
        won_days: The deal was won at most so many days ago.
        words: A two-way touch of the last ``within_days`` has one of these words in its subject.
        actions: Somebody did one of these in the last ``within_days``.
        engaged: So many different members gave a sign of life in the last ``within_days``.
        touched_days: There was any touch in the last so many days.
        touched: There was any touch at all.
        within_days: How long words, actions and engaged members count.
    """

    crm_stages: tuple[Word, ...] = ()
    labels: tuple[Word, ...] = ()
    deal: Literal["open", "won", "lost"] | None = None
    won_days: Days | None = None
    words: tuple[Word, ...] = ()
    actions: tuple[Action, ...] = ()
    engaged: int | None = Field(default=None, ge=1)
    touched_days: Days | None = None
    touched: Literal[True] | None = None
    within_days: Days = 90

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_dump(exclude={"within_days"}, exclude_defaults=True):
            raise ValueError("a rule must ask for something: give it crm_stages, deal, words, actions or the like")
        return self


class OwnStage(JourneyStage):
    """A stage and its rules.

    Attributes:
        when: The stage holds while one of these does.
    """

    when: tuple[Rule, ...] = Field(min_length=1)


class OwnModel(Table):
    """A client's own stage model. Of several stages that hold on a day, the last in order is taken.

    Attributes:
        version: Raise it with every change.
        label: What people see.
        stages: In their order.
        transitions: Allowed ways, as ``[from, to]``.
        entry: Stages in which a journey may begin; empty for any.
    """

    version: int = Field(default=1, ge=1)
    label: str = ""
    stages: tuple[OwnStage, ...] = Field(min_length=1)
    transitions: tuple[tuple[str, str], ...] = ()
    entry: tuple[str, ...] = ()

    def as_model(self, key: str) -> StageModel:
        """Return the model without its rules."""
        stages = tuple(JourneyStage(**stage.model_dump(exclude={"when"})) for stage in self.stages)
        return StageModel(
            key=key,
            version=self.version,
            label=self.label,
            stages=stages,
            transitions=self.transitions,
            entry=self.entry,
        )

    @property
    def terminal(self) -> frozenset[str]:
        """Keys of the stages in which a journey ends: in these nobody drops off."""
        return frozenset(stage.key for stage in self.stages if stage.terminal)
