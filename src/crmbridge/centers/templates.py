"""Role templates: which roles a complete center has, by the size and the risk of the purchase. Pure.

Risk classes are the buying classes of Robinson/Faris/Wind (*Industrial Buying and Creative Marketing*, 1967): the
smaller the risk, the fewer people decide; in a routine purchase the buyer does so alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from crmbridge.config.centers import Centers, RiskClass, RoleTemplate
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.evidence import Role
from crmbridge.model.records import Deal

ROUTINE: Final = "routine"
COMPLEX: Final = "complex"


class Requirements(NamedTuple):
    """How many members of each role are required, and what each role weighs; 1 where none is named."""

    required: Mapping[Role, int]
    weights: Mapping[Role, float]


def template_of(center: BuyingCenter, settings: Centers) -> tuple[str, bool]:
    """Name the template of a center, and say whether the purchase is routine.

    The first of the settings' templates whose conditions hold; else ``routine`` or ``complex``, which are always
    there. What is unknown, such as the amount of a deal without one, meets no condition.
    """
    risk = risk_class(center.deal, settings)
    fits = next((template.name for template in settings.templates if _fits(template, center, risk)), None)
    return fits or (ROUTINE if risk == "routine" else COMPLEX), risk == "routine"


def requirements(name: str, settings: Centers) -> Requirements:
    """What the template with this name asks for; of a name that no setting knows, what a complex purchase does."""
    template = next((item for item in settings.templates if item.name == name), None)
    if template:
        return Requirements(template.required, template.weights)
    if name == ROUTINE:
        return Requirements({"buyer": 1}, {})
    return Requirements(settings.required, settings.weights)


def risk_class(deal: Deal | None, settings: Centers) -> RiskClass | None:
    """The risk class: what a property of the deal says, else by its amount, in its own currency; None if unknown."""
    if deal is None:
        return None
    said = deal.properties.get(settings.risk_property) if settings.risk_property else None
    if said in settings.risk_values:
        return settings.risk_values[said]
    if deal.amount is None or (settings.routine_amount is None and settings.new_task_amount is None):
        return None
    if settings.routine_amount is not None and deal.amount < settings.routine_amount:
        return "routine"
    if settings.new_task_amount is not None and deal.amount >= settings.new_task_amount:
        return "new_task"
    return "modified"


def _fits(template: RoleTemplate, center: BuyingCenter, risk: RiskClass | None) -> bool:
    deal, company = center.deal, center.company
    return (
        (not template.risk or risk in template.risk)
        and _within(deal.amount if deal else None, template.amount_from, template.amount_below)
        and _within(company.employees if company else None, template.employees_from, template.employees_below)
        and _among(company.industry if company else None, template.industries)
        and _among(deal.pipeline_id if deal else None, template.pipelines)
        and all(
            _among(deal.properties.get(name) if deal else None, values) for name, values in template.properties.items()
        )
    )


def _within(value: Decimal | int | None, least: Decimal | int | None, below: Decimal | int | None) -> bool:
    if least is None and below is None:
        return True
    return value is not None and (least is None or value >= least) and (below is None or value < below)


def _among(value: str | None, wanted: tuple[str, ...]) -> bool:
    return not wanted or (value is not None and value.casefold() in {item.casefold() for item in wanted})
