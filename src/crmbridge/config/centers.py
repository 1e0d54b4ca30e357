"""The tables ``[centers...]``: every number by which a buying center is measured, with its default.

What the numbers do is told in ``docs/explanation/buying-center.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, Field, field_validator

from crmbridge.config.base import Section
from crmbridge.model.base import ObjectName
from crmbridge.model.centers import ExternalKind
from crmbridge.model.evidence import EvidenceSource, Role
from crmbridge.model.touchpoints import Action

Rank = Literal["management", "director", "lead", "senior", "professional", "junior"]
RiskClass = Literal["routine", "modified", "new_task"]
"""Straight rebuy, modified rebuy, new task (Robinson/Faris/Wind 1967)."""

Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=1, le=36_500)]
Number = Annotated[int, Field(ge=0, le=9)]
Weight = Annotated[float, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]

REQUIRED: Final[Mapping[Role, int]] = MappingProxyType({"decider": 1, "buyer": 1, "influencer": 1, "user": 1})
"""What a complete center of a complex purchase has, if the config says nothing else."""

ACTION_WEIGHTS: Final[Mapping[Action, float]] = MappingProxyType(
    {
        "meeting": 40.0,
        "event_attended": 40.0,
        "inbound_call": 30.0,
        "inbound_message": 25.0,
        "form": 25.0,
        "event_registered": 15.0,
        "download": 15.0,
        "key_page": 10.0,
        "click": 6.0,
        "page_view": 2.0,
        "open": 0.0,
        "outbound": 0.0,
        "other": 0.0,
    }
)
"""What one act is worth; opens weigh nothing, since machines open mail."""

ROLE_WEIGHTS: Final[Mapping[Role, float]] = MappingProxyType(
    {"decider": 100.0, "buyer": 80.0, "influencer": 60.0, "user": 60.0, "initiator": 60.0, "gatekeeper": 40.0}
)
"""Weights of roles in the group's engagement, on Adobe's scale of 20 (trivial) to 100 (vital).

AdobeDocs/journey-optimizer-b2b.en, help/user/buying-groups/buying-groups-role-templates.md
"""

POSITIONS: Final[Mapping[Rank, float]] = MappingProxyType(
    {"management": 1.0, "director": 0.8, "lead": 0.6, "senior": 0.45, "professional": 0.3, "junior": 0.1}
)

MAILBOXES: Final = (
    *("accounting", "admin", "bestellung", "bestellungen", "bewerbung", "buchhaltung", "contact", "einkauf"),
    *("empfang", "export", "hallo", "hello", "hr", "import", "info", "invoice", "invoices", "jobs", "kanzlei"),
    *("kontakt", "kundenservice", "mail", "marketing", "newsletter", "no-reply", "noreply", "office", "order"),
    *("orders", "personal", "post", "poststelle", "praxis", "procurement", "purchasing", "rechnung", "rechnungen"),
    *("sales", "sekretariat", "service", "support", "team", "technik", "verkauf", "vertrieb", "verwaltung", "zentrale"),
)
"""Names before the @ of addresses that several people read."""

K = TypeVar("K")


def _over(defaults: Mapping[K, float]) -> Callable[[Mapping[K, float]], dict[K, float]]:
    """What the file does not name keeps its default."""
    return lambda given: {**defaults, **given}


class RoleTemplate(Section):
    """Which roles a complete center of some kind of purchase has; all conditions that are set must hold."""

    name: Text = Field(description="Its name, as people see it.")
    required: dict[Role, Number] = Field(description="How many members of each role it takes.")
    weights: dict[Role, Weight] = Field(default_factory=dict, description="Weights of roles; 1 where none is named.")
    risk: tuple[RiskClass, ...] = Field(default=(), description="Only purchases of these risk classes.")
    amount_from: Decimal | None = Field(default=None, ge=0, description="Only deals of this amount or more.")
    amount_below: Decimal | None = Field(default=None, ge=0, description="Only deals below this amount.")
    employees_from: int | None = Field(default=None, ge=0, description="Only companies with so many people or more.")
    employees_below: int | None = Field(default=None, ge=0, description="Only companies with fewer people.")
    industries: tuple[Text, ...] = Field(default=(), description="Only companies of these industries.")
    pipelines: tuple[Text, ...] = Field(default=(), description="Only deals of these pipelines, by id.")
    properties: dict[Text, tuple[Text, ...]] = Field(
        default_factory=dict, description="Only deals with one of these values, per property of the platform."
    )


class Engagement(Section):
    """How engagement is counted: acts are weighted, aged, and brought to a scale of 0 to 100."""

    weights: Annotated[dict[Action, Weight], AfterValidator(_over(ACTION_WEIGHTS))] = Field(
        default_factory=lambda: dict(ACTION_WEIGHTS), description="What one act is worth, by what was done."
    )
    role_weights: Annotated[dict[Role, Weight], AfterValidator(_over(ROLE_WEIGHTS))] = Field(
        default_factory=lambda: dict(ROLE_WEIGHTS), description="What a role weighs in the group's engagement."
    )
    other_weight: Weight = Field(default=20.0, description="What members without an assigned role weigh in it.")
    cap: int = Field(default=5, ge=1, description="So many acts of one kind count on one day.")
    half_life_days: Days = Field(default=30, description="An act is worth half after so many days.")
    saturation: float = Field(default=60.0, gt=0, description="The worth of acts at which the score is 63.")
    every_days: Days = Field(default=1, description="Scores age in steps of so many days; 7 has them stand for a week.")
    momentum_days: Days = Field(default=30, description="Momentum compares the last so many days with those before.")
    momentum_acts: int = Field(default=3, ge=1, description="Fewer acts than this in both say nothing of momentum.")
    rising: float = Field(default=1.25, ge=1, description="Above this ratio momentum is rising.")
    falling: Share = Field(default=0.8, description="Below this ratio momentum is falling.")
    burst: int = Field(default=5, ge=2, description="So many clicks of one person in a burst are a machine's.")
    burst_seconds: int = Field(default=10, ge=1, description="Clicks within so many seconds are a burst.")


class InfluenceParts(Section):
    """What influence is made of; parts that are unknown are left out, and the others weigh more."""

    position: Share = Field(default=0.55, description="Weight of rank and role.")
    reach: Share = Field(default=0.30, description="Weight of how many people of the company turn to somebody.")
    advice: Share = Field(default=0.15, description="Weight of the share in the advice that is sought in the center.")
    positions: Annotated[dict[Rank, Share], AfterValidator(_over(POSITIONS))] = Field(
        default_factory=lambda: dict(POSITIONS), description="What each rank is worth."
    )
    decider: Share = Field(default=0.8, description="A decider's position is worth at least this.")
    least_people: int = Field(default=10, ge=0, description="With fewer people writing, reliability is low.")
    least_messages: int = Field(default=30, ge=0, description="With fewer messages, reliability is low.")
    many_people: int = Field(default=30, ge=0, description="From so many people writing on it can be high.")
    many_messages: int = Field(default=100, ge=0, description="From so many messages on it can be high.")


class Relations(Section):
    """How ties between members are weighed."""

    meeting: Share = Field(default=1.0, description="Weight of a meeting.")
    call: Share = Field(default=0.8, description="Weight of a call.")
    mail_to: Share = Field(default=0.6, description="Weight of a message, between who wrote it and who it is to.")
    mail_cc: Share = Field(default=0.3, description="Weight of a message, between who wrote it and who got a copy.")
    half_life_days: Days = Field(default=90, description="Communication weighs half after so many days.")
    most_people: int = Field(default=12, ge=2, description="With more people of the customer it joins nobody.")
    expansion: Share = Field(
        default=0.5, description="Evidence of advice: a person answers us and brings somebody into the conversation."
    )
    expansion_up: Share = Field(default=0.7, description="The same, if that one has a higher rank or is a specialist.")
    advice_half_life_days: Days = Field(default=180, description="Evidence of other ties weighs half after so long.")
    mailboxes: tuple[Text, ...] = Field(
        default=MAILBOXES, description="Addresses that many read, by what stands before the @: they are no people."
    )


HALF_LIVES: Final[Mapping[EvidenceSource, int]] = MappingProxyType(
    {"crm": 730, "signature": 730, "vendor": 730, "statement": 365, "behaviour": 180}
)


class Weighing(Section):
    """How evidence for roles is added up."""

    half_life_days: dict[EvidenceSource, Days] = Field(
        default_factory=lambda: dict(HALF_LIVES),
        description="Dated evidence of a source weighs half after so long; a source that is not named does not age.",
    )
    assigned: Share = Field(default=0.5, description="From this confidence on a role is assigned.")
    candidate: Share = Field(default=0.3, description="From this confidence on a role is worth showing.")
    regrow: float = Field(
        default=0.10,
        gt=0,
        le=1,
        description="A dismissed role is proposed again once its evidence comes to so much more than at the dismissal.",
    )


class Stances(Section):
    """From when on evidence makes somebody a promoter or an opponent."""

    threshold: Share = Field(default=0.25, description="Scores nearer to 0 are neutral.")
    least: float = Field(default=0.3, ge=0, description="Less evidence, added up, is neutral.")
    power: tuple[Rank, ...] = Field(default=("management", "director"), description="Ranks that have power.")


class Externals(Section):
    """What members from outside the buying company are to it."""

    domains: dict[Text, ExternalKind] = Field(default_factory=dict, description="Domain to kind; it goes before all.")
    labels: dict[Text, ExternalKind] = Field(
        default_factory=dict, description="Association labels of yours to kind, beside those that are known."
    )


class Centers(Section):
    """How buying centers are measured."""

    benchmark: float = Field(default=6.8, gt=0, description="Group size that coverage is compared with, in people.")
    benchmark_source: str = Field(
        default="CEB/Gartner, Harvard Business Review 2017",
        description="Where that number comes from, and of which year it is.",
    )
    engaged_days: Days = Field(default=90, description="A member is engaged for so many days after a touch.")
    one_way: tuple[Action, ...] = Field(
        default=("open", "click", "page_view", "key_page", "download"),
        description="Acts that are no conversation: they engage nobody, whatever they are worth.",
    )
    single_share: Share = Field(default=0.7, description="Who has this share of the touches carries the case alone.")
    key_roles: tuple[Role, ...] = Field(default=("decider", "buyer"), description="Roles that must be engaged.")
    executives: tuple[Rank, ...] = Field(
        default=("management",), description="Ranks whose engagement is executive backing, beside the decider's."
    )
    specialists: tuple[Text, ...] = Field(
        default=("engineering", "finance", "it", "legal", "production", "quality", "rnd"),
        description="Departments whose people are asked for what they know.",
    )
    required: dict[Role, Number] = Field(
        default_factory=lambda: dict(REQUIRED),
        description="How many members of each role a complete center has.",
    )
    weights: dict[Role, Weight] = Field(
        default_factory=dict, description="What each required role weighs in completeness; 1 where none is named."
    )
    routine_amount: Decimal | None = Field(
        default=None, ge=0, description="Deals below this amount are routine purchases: only a buyer is required."
    )
    new_task_amount: Decimal | None = Field(
        default=None, ge=0, description="Deals of this amount or more are new tasks; those between are modified."
    )
    risk_property: Text | None = Field(
        default=None, description="The platform's deal property that says the risk class; it goes before the amount."
    )
    risk_values: dict[Text, RiskClass] = Field(
        default_factory=dict, description="Values of that property, to routine, modified or new_task."
    )
    templates: tuple[RoleTemplate, ...] = Field(
        default=(), description="Role templates [[centers.templates]]; the first that fits goes before the above."
    )
    evidence: Weighing = Field(default_factory=Weighing, description="How evidence for roles is added up.")
    engagement: Engagement = Field(default_factory=Engagement, description="How engagement is counted.")
    influence: InfluenceParts = Field(default_factory=InfluenceParts, description="What influence is made of.")
    relations: Relations = Field(default_factory=Relations, description="How ties between members are weighed.")
    stance: Stances = Field(default_factory=Stances, description="When somebody is a promoter or an opponent.")
    external: Externals = Field(default_factory=Externals, description="What outside members are.")

    def reads(self) -> dict[ObjectName, tuple[str, ...]]:
        """Platform properties that these settings look at, so that the mirror holds them."""
        names = {name for template in self.templates for name in template.properties}
        names |= {self.risk_property} if self.risk_property else set()
        return {"deal": tuple(sorted(names))} if names else {}

    @field_validator("templates")
    @classmethod
    def _names_differ(cls, templates: tuple[RoleTemplate, ...]) -> tuple[RoleTemplate, ...]:
        if len({template.name for template in templates}) != len(templates):
            raise ValueError("two templates have the same name: rename one")
        return templates
