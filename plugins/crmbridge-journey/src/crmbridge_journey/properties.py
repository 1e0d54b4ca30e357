"""The properties that hold the journey, and what the plugin reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from crmbridge import InputSpec, Option, PropertySpec, StageModel
from crmbridge.model import Fold, PropertyType
from crmbridge_journey.crm import history_of
from crmbridge_journey.models import PHASE_MODEL, SERVICE_MODEL
from crmbridge_journey.outcomes import OUTCOMES
from crmbridge_journey.settings import Settings

Labels = dict[str, tuple[str, str]]
"""Option → English and German label."""

STATUSES: Final[Labels] = {
    "active": ("Active", "aktiv"),
    "paused": ("Paused", "pausiert"),
    "resumed": ("Resumed", "wieder aufgenommen"),
    "closed": ("Closed", "abgeschlossen"),
}
ADVOCACIES: Final[Labels] = {
    "advocate": ("Advocate", "Fürsprecher"),
    "neutral": ("Neutral", "Neutral"),
    "detractor": ("Detractor", "Kritiker"),
    "unknown": ("Unknown", "Unbekannt"),
}
FORMER_KINDS: Final[Labels] = {
    "advocate": ("Advocate", "Fürsprecher"),
    "neutral": ("Neutral", "Neutral"),
    "lost": ("Lost", "Verloren"),
}
SERVICE_STATES: Final = ("pre_purchase", "in_engagement", "between_engagements", "former_client")

REMARKS: Final = ("note", "call")
"""Records whose texts tell that a relationship ended, or how it was."""


def inputs(settings: Settings) -> Iterator[InputSpec]:
    """Name what is read of deals and companies, and HubSpot's history of the stages that a model maps."""
    rules = (rule for model in settings.models.values() for stage in model.stages for rule in stage.when)
    stages = dict.fromkeys((*settings.phase_of_stage, *(item for rule in rules for item in rule.crm_stages)))
    yield InputSpec(object="deal", properties=history_of(stages), connector="hubspot")
    deal = (*settings.lost_reason_properties, settings.project_end_property, settings.recontact_property)
    yield InputSpec(object="deal", properties=tuple(filter(None, deal)))
    company = (settings.former_property, settings.nps_property)
    yield InputSpec(object="company", properties=tuple(filter(None, company)))
    for name in REMARKS:
        yield InputSpec(object=name, texts=True)


def specs() -> Iterator[PropertySpec]:
    """Name the stage of contacts, companies and deals, and what else is told of companies and deals."""
    stages = _options_of(PHASE_MODEL)
    for record, fold, what in _STAGES:
        yield _spec(record, "journey_stage", "Journey stage", f"{what} is in.", "enumeration", stages, fold, core=True)
    status = "Whether the buying journey goes on: paused means that the company fell silent in an open case."
    yield _spec("company", "journey_status", "Journey status", status, "enumeration", _options(STATUSES), core=True)
    yield _number("journey_loops", "Journey loops", "How often the journey went back, or began again after a pause.")
    spread = "How many phases lie between the members that are the least and the most far."
    yield _number("stage_spread", "Stage spread", spread)
    share = "Share of the journey's steps from phase to phase that the stage model foresees, 0 to 1."
    yield _spec("company", "conformance", "Journey conformance", share, "number", fold="latest")
    silent = "Day from which the buying journey counts as dropped off, the last time it did."
    yield _spec("company", "dropoff_at", "Journey drop-off", silent, "date")
    yield _spec("company", "resumed_at", "Journey resumed", "Day on which it last went on after a pause.", "date")
    states = tuple(option for option in _options_of(SERVICE_MODEL) if option.value in SERVICE_STATES)
    stands = "Where the company stands in the lifecycle of services."
    yield _spec("company", "service_stage", "Service stage", stands, "enumeration", states)
    left = "How a former client parted."
    yield _spec("company", "former_kind", "Former client", left, "enumeration", _options(FORMER_KINDS))
    speaks = "Whether the client speaks for us."
    yield _spec("company", "advocacy", "Advocacy", speaks, "enumeration", _options(ADVOCACIES))
    ended = "How the case ended."
    yield _spec("deal", "outcome_class", "Outcome", ended, "enumeration", _options(OUTCOMES))
    yield _spec("deal", "recontact_on", "Recontact on", "Day to come back on, of a case lost for now.", "date")


_STAGES: Final[tuple[tuple[Literal["contact", "company", "deal"], Fold, str], ...]] = (
    ("contact", "max", "The furthest phase of the buying journey that this person"),
    ("company", "max", "The furthest phase of the buying journey that this company"),
    ("deal", "latest", "The phase of the buying journey that this case"),
)


def _spec(
    record: Literal["contact", "company", "deal"],
    name: str,
    label: str,
    description: str,
    kind: PropertyType,
    options: tuple[Option, ...] = (),
    fold: Fold = "latest",
    *,
    core: bool = False,
) -> PropertySpec:
    return PropertySpec(
        object=record,
        name=name,
        label=label,
        description=description,
        type=kind,
        options=options,
        fold=fold,
        core=core,
    )


def _number(name: str, label: str, description: str) -> PropertySpec:
    return _spec("company", name, label, description, "number", fold="max")


def _options(labels: Labels) -> tuple[Option, ...]:
    return tuple(
        Option(value=key, label=english if english == german else f"{english} ({german})")
        for key, (english, german) in labels.items()
    )


def _options_of(model: StageModel) -> tuple[Option, ...]:
    return _options({stage.key: (stage.label, stage.label_de) for stage in model.stages})
