"""The section ``[plugins.journey]``: spans in whole days, and the words that tell a phase."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from crmbridge import PluginSettings

Days = Annotated[int, Field(ge=1, le=3650)]
"""A span in whole days; its last day belongs to it."""

Word = Annotated[str, Field(min_length=1)]
"""A word or phrase, without regard to case; ``*`` stands for any letters, so ``preis*`` finds ``Preisanfrage``."""


class Settings(PluginSettings):
    """When a phase begins and ends.

    Attributes:
        engaged_days: A response counts as engagement for so long, and so does a subject that shows interest.
        engaged_members: So many engaged members make consideration.
        purchase_probability: Open deals from this probability on are in purchase.
        purchase_stage_ids: Deal stages that are purchase; HubSpot's record of when they were entered is read.
        purchase_words: Words in the label of a deal stage that make it purchase.
        purchase_days: A won case stays in purchase for so long.
        retention_days: A won case stays in retention for so long after the last touch.
        drop_off_days: An open case is paused after so many days without a two-way touch.
        min_dwell_days: A change read from touches counts once it has lasted so long; changes in the CRM count at once.
        consideration_words: Words in the subject of an inbound or two-way touch that show interest.
        advocacy_words: Words in the subject of an inbound or two-way touch after a won case that show advocacy.
        ignored_words: Words and phrases that are taken out of a text before any other word is looked for.
    """

    engaged_days: Days = 90
    engaged_members: int = Field(default=2, ge=1)
    purchase_probability: float = Field(default=0.8, ge=0, le=1)
    purchase_stage_ids: tuple[Word, ...] = ("contractsent",)
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
