"""The section ``[plugins.journey]``: spans in whole days, the words and the CRM's stages that tell a phase."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crmbridge import PluginSettings, StageModel
from crmbridge_journey.models import SHIPPED
from crmbridge_journey.own import Days, OwnModel, Word
from crmbridge_journey.words import Lexicon

ModelKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")]


class Settings(PluginSettings):
    """When a phase begins and ends.

    Attributes:
        engaged_days: A response counts as engagement for so long, and so does a sign of interest.
        engaged_members: So many engaged members make consideration.
        consideration_stage_ids: Deal stages that are consideration; HubSpot's history of them is read.
        purchase_stage_ids: Deal stages that are purchase; HubSpot's history of them is read.
        purchase_probability: Open deals from this probability on, in a stage that is not mapped, are in purchase.
        purchase_words: Words in the label of a deal stage, one that is not mapped, that make it purchase.
        purchase_days: A won case stays in purchase for so long.
        retention_days: A won case stays in retention for so long after the last touch.
        drop_off_days: Silence of so many days is borne at least; more, where the case or its segment is slower.
        min_dwell_days: A change read from touches counts once it has lasted so long; changes in the CRM count at once.
        consideration_words: Words in the subject of an inbound or two-way touch that show interest.
        advocacy_words: Words in the subject of an inbound or two-way touch after a won case that show advocacy.
        ignored_words: Words and phrases that are taken out of a text before any other word is looked for.
        engagement_days: A project takes so long after its deal was won, where no property says when it ends.
        project_end_property: Property of deals that holds the last day of the project.
        return_days: A client who stays away for longer is a former one.
        former_property: Property of companies that marks a former client with any value but empty, false, no or 0.
        former_words: Words in notes and calls after the last project that make a client a former one.
        nps_property: Property of companies that holds the likelihood to recommend, 0 to 10.
        praise_words: Words in what a client's people wrote, or what was noted, that tell an advocate.
        complaint_words: Words there that tell a detractor.
        lost_reason_properties: Properties of deals that hold why they were lost.
        outcome_reasons: Whole reasons, as the CRM spells them, that mean "not now" or "no way".
        recontact_property: Property of deals that holds the day to come back on.
        recontact_days: A case lost for now is worth another call so many days after closing, where no property says.
        unseen_days: Research without any talk, and then so many silent days, is a loss that nobody saw.
        models: Stage models of your own, by key.
    """

    engaged_days: Days = 90
    engaged_members: int = Field(default=2, ge=1)
    consideration_stage_ids: tuple[Word, ...] = (
        *("appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin"),
    )
    purchase_stage_ids: tuple[Word, ...] = ("contractsent",)
    purchase_probability: float = Field(default=0.8, ge=0, le=1)
    purchase_words: tuple[Word, ...] = ("contract", "contracts", "contracting", "*vertrag*", "verträge", "commit")
    purchase_days: Days = 30
    retention_days: Days = 180
    drop_off_days: Days = 45
    min_dwell_days: int = Field(default=3, ge=0, le=3650)
    consideration_words: tuple[Word, ...] = (
        *("demo", "demos", "*demo", "demonstration*", "pricing", "price*", "quote", "quotes", "quotation*"),
        *("proposal*", "comparison*", "compare*", "preis*", "angebot*", "kostenvoranschlag*", "vergleich*"),
    )
    advocacy_words: tuple[Word, ...] = (
        *("review", "reviews", "testimonial*", "reference", "references", "referral*", "case study", "case studies"),
        *("referenz*", "empfehlung*", "weiterempfehlung*"),
    )
    ignored_words: tuple[Word, ...] = (
        *("reference number*", "reference no", "reference nr", "your reference", "our reference"),
        *("referenznummer*", "referenznr", "referenz nr", "ihre referenz", "unsere referenz"),
        *("business review*", "code review*", "contract review*", "design review*", "security review*"),
        *("for review", "please review", "under review"),
    )
    engagement_days: Days = 180
    project_end_property: str = ""
    return_days: Days = 1096
    former_property: str = ""
    former_words: tuple[Word, ...] = (
        *("im ruhestand", "in rente", "in den ruhestand", "retired", "retirement", "left the company"),
        *("unternehmen verlassen", "firma verlassen", "neue stelle", "new position", "zusammenarbeit beendet"),
        *("ended the relationship", "ended our relationship", "terminated the contract", "vertrag gekündigt"),
    )
    nps_property: str = ""
    praise_words: tuple[Word, ...] = (
        *("recommended us", "recommend you", "happy to recommend", "gladly recommend", "empfohlen", "empfehle euch"),
        *("empfehle sie gerne", "empfehlen sie gerne", "gerne weiter", "begeistert", "very satisfied", "delighted"),
        *("sehr zufrieden", "happy to be a reference", "als referenz"),
    )
    complaint_words: tuple[Word, ...] = (
        *("complaint*", "dissatisfied", "unhappy", "not satisfied", "not very satisfied", "never again"),
        *("disappointed", "beschwerde*"),
        *(
            "unzufrieden*",
            "nicht zufrieden",
            "nicht sehr zufrieden",
            "enttäuscht*",
            "nie wieder",
            "kommen nicht wieder",
            "reklamation*",
        ),
    )
    lost_reason_properties: tuple[Word, ...] = ("closed_lost_reason",)
    outcome_reasons: Mapping[str, Literal["not_now", "no_way"]] = Field(default_factory=dict)
    recontact_property: str = ""
    recontact_days: Days = 180
    unseen_days: Days = 90
    models: Mapping[ModelKey, OwnModel] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _models_are_ones_own(self) -> Self:
        taken = sorted(self.models.keys() & {model.key for model in SHIPPED})
        if taken:
            raise ValueError(f"there is a model {', '.join(taken)} already: give yours another key")
        for key, model in self.models.items():
            model.as_model(key)
        return self

    @property
    def stage_models(self) -> tuple[StageModel, ...]:
        """All stage models whose visits are told."""
        return (*SHIPPED, *(model.as_model(key) for key, model in self.models.items()))

    @cached_property
    def phase_of_stage(self) -> dict[str, str]:
        """The CRM's stage id → phase."""
        consideration = dict.fromkeys(self.consideration_stage_ids, "consideration")
        return consideration | dict.fromkeys(self.purchase_stage_ids, "purchase")

    @cached_property
    def subjects(self) -> Lexicon:
        """Finds interest and advocacy in subjects."""
        return Lexicon((self.consideration_words, self.advocacy_words), self.ignored_words)

    @cached_property
    def remarks(self) -> Lexicon:
        """Finds the end of a relationship, praise and complaints in remarks."""
        return Lexicon((self.former_words, self.praise_words, self.complaint_words))
