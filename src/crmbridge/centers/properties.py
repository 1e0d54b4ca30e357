"""The properties that the built-in plugin ``core`` writes: the figures of a center, and of its members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from crmbridge.model.evidence import ROLE_LABELS, ROLES
from crmbridge.model.properties import Fold, Option, PropertySpec, PropertyType
from crmbridge.model.relations import STANCE_LABELS, StanceClass

Target = Literal["contact", "company", "deal"]
TARGETS: Final[tuple[Target, ...]] = ("contact", "company", "deal")

KIND_LABELS: Final = {
    "consultant": "Consultant (Berater)",
    "incumbent_supplier": "Incumbent supplier (bisheriger Lieferant)",
    "partner": "Partner (Partner)",
    "agency": "Agency (Agentur)",
    "authority": "Authority (Behörde)",
    "intermediary": "Intermediary (Vermittler)",
    "other": "Other (Sonstige)",
}
RELIABILITY_LABELS: Final = {"low": "Low (gering)", "medium": "Medium (mittel)", "high": "High (hoch)"}
MOMENTUM_LABELS: Final = {
    "insufficient": "Too few touches (zu wenige Kontakte)",
    "falling": "Falling (fallend)",
    "steady": "Steady (gleichbleibend)",
    "rising": "Rising (steigend)",
}
_STANCES: Final[tuple[StanceClass, ...]] = (
    *("unknown", "neutral", "expert_promoter", "power_promoter", "expert_opponent", "power_opponent"),
)  # fmt: skip


def _options(labels: Mapping[Any, str]) -> tuple[Option, ...]:
    return tuple(Option(value=value, label=label) for value, label in labels.items())


def _two(english: str, german: str) -> str:
    return english if english == german else f"{english} ({german})"


def _spec(
    target: Target, name: str, label: str, description: str, type_: PropertyType = "number", **more: Any
) -> PropertySpec:
    return PropertySpec(object=target, name=name, label=label, description=description, type=type_, **more)


def _deal(name: str, label: str, description: str, type_: PropertyType = "number", **more: Any) -> PropertySpec:
    return _spec("deal", name, f"Buying center: {label}", description, type_, **more)


def _optional_deal(
    name: str, label: str, description: str, type_: PropertyType = "number", **more: Any
) -> PropertySpec:
    return _deal(name, label, description, type_, core=False, **more)


def _contact(
    name: str, label: str, description: str, type_: PropertyType = "number", fold: Fold = "max", **more: Any
) -> PropertySpec:
    return _spec("contact", name, label, description, type_, fold=fold, core=False, **more)


def _deal_specs() -> Iterable[PropertySpec]:
    roles = {role: f"{role.capitalize()} ({ROLE_LABELS[role]})" for role in ROLES}
    yield _deal(
        "center_completeness",
        "completeness (Vollständigkeit)",
        "How certainly the required roles are filled, 0 to 100: confidences added up.",
        min_change=1.0,
    )
    yield _deal(
        "center_completeness_hard", "roles filled (besetzte Rollen)", "Share of required roles filled, 0 to 100."
    )
    yield _deal(
        "missing_roles",
        "missing roles (fehlende Rollen)",
        "Required roles that nobody plays yet.",
        "multi",
        options=_options(roles),
        clear=True,
    )
    yield _deal("members_known", "members known (bekannte Personen)", "People known to take part in the decision.")
    yield _deal(
        "members_engaged",
        "members engaged (aktive Personen)",
        "Members with a two-way touch in the last 90 days, if no setting says otherwise.",
    )
    yield _deal("coverage_benchmark", "coverage (Abdeckung)", "Members engaged, divided by the benchmark group size.")
    yield _deal(
        "threads_eff",
        "threads (Gesprächsfäden)",
        "Effective number of members who carry the conversation.",
        min_change=0.05,
    )
    yield _deal(
        "single_threaded", "single-threaded (nur ein Kontakt)", "Yes if the conversation hangs on one member.", "bool"
    )
    yield _optional_deal("center_summary", "summary (Übersicht)", "Who plays which role.", "text")
    yield from _coverage_specs()


def _coverage_specs() -> Iterable[PropertySpec]:
    yield _optional_deal(
        "departments_engaged", "departments engaged (aktive Abteilungen)", "Departments of the engaged members."
    )
    yield _optional_deal(
        "levels_engaged", "levels engaged (aktive Hierarchiestufen)", "Different ranks among the engaged members."
    )
    yield _optional_deal("externals", "externals (Externe)", "Members from outside the buying company.")
    yield _optional_deal(
        "key_roles_engaged",
        "key roles engaged (Schlüsselrollen aktiv)",
        "Yes if a decider and a buyer are engaged, as far as both are required.",
        "bool",
    )
    yield _optional_deal(
        "exec_backing",
        "executive backing (Rückendeckung der Führung)",
        "Yes if a decider, or somebody of the management, is engaged.",
        "bool",
    )
    yield _optional_deal(
        "group_engagement", "engagement (Engagement)", "How much the group engages, 0 to 100.", min_change=5.0
    )
    yield _optional_deal(
        "momentum",
        "momentum (Dynamik)",
        "Engagement of the last 30 days against the 30 before.",
        "enumeration",
        options=_options(MOMENTUM_LABELS),
    )
    yield _optional_deal(
        "influence_spread",
        "influence spread (Verteilung des Einflusses)",
        "So many members of equal influence would be as hard to win.",
        min_change=0.1,
    )
    yield _optional_deal(
        "center_template", "role template (Rollenvorlage)", "Which roles a center of this kind needs.", "string"
    )


def _contact_specs() -> Iterable[PropertySpec]:
    stances = {name: _two(*STANCE_LABELS[name]) for name in _STANCES}
    yield _contact("is_external", "External (extern)", "Yes if not of the buying company.", "bool")
    yield _contact(
        "external_kind",
        "External as (extern als)",
        "What an external member is to the buying company.",
        "enumeration",
        "latest",
        options=_options(KIND_LABELS),
        clear=True,
    )
    yield _contact(
        "stance",
        "Stance (Haltung)",
        "Promoter or opponent, by power or expertise; unknown without evidence. It judges a person.",
        "enumeration",
        "latest",
        options=_options(stances),
    )
    yield _contact("influence", "Influence (Einfluss)", "Weight of the person's word, 0 to 100.", min_change=5.0)
    yield _contact(
        "influence_reliability",
        "Influence: reliability (Einfluss: Verlässlichkeit)",
        "Low where few people or messages of the company are known.",
        "enumeration",
        options=_options(RELIABILITY_LABELS),
    )
    yield _contact(
        "engagement", "Engagement (Engagement)", "How much the person engages in open cases, 0 to 100.", min_change=5.0
    )
    yield _contact(
        "last_two_way_at",
        "Last two-way touch (letzter beidseitiger Kontakt)",
        "Day of the last touch in which the person took part actively.",
        "date",
    )


def _stamps() -> Iterable[PropertySpec]:
    for target in TARGETS:
        yield _spec(
            target,
            "computed_at",
            "crmbridge: computed on",
            "Day for which the values of crmbridge were last computed.",
            "date",
            stamp=True,
        )


SPECS: Final = (*_deal_specs(), *_contact_specs(), *_stamps())
