"""Which roles a center needs follows from the size, the risk and the kind of the purchase."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from crmbridge.centers.templates import requirements, risk_class, template_of
from crmbridge.config import Centers
from crmbridge.model import Company, Deal

from .made import center


def _template(deal: dict[str, Any], company: dict[str, Any] | None = None, **settings: Any) -> tuple[str, bool]:
    more: dict[str, Any] = {"company": Company.model_validate({"id": "5", **company})} if company else {}
    return template_of(center(deal=Deal.model_validate({"id": "9", **deal}), **more), Centers.model_validate(settings))


def _named(**conditions: Any) -> dict[str, Any]:
    return {"templates": [{"name": "mine", "required": {"decider": 2}, **conditions}]}


def test_pens_are_bought_by_the_buyer_alone() -> None:
    assert _template({"amount": Decimal(40)}, routine_amount=500) == ("routine", True)
    assert requirements("routine", Centers()).required == {"buyer": 1}


def test_a_complex_purchase_needs_four_roles() -> None:
    assert _template({"amount": Decimal(50_000)}, routine_amount=500) == ("complex", False)
    assert requirements("complex", Centers()).required == {"decider": 1, "buyer": 1, "influencer": 1, "user": 1}
    assert requirements("complex", Centers(required={"decider": 2}, weights={"decider": 3})) == (
        {"decider": 2},
        {"decider": 3},
    )


@pytest.mark.parametrize(("amount", "risk"), [
    (Decimal("499.99"), "routine"), (Decimal(500), "modified"), (Decimal(99_999), "modified"),
    (Decimal(100_000), "new_task"), (None, None),
])  # fmt: skip
def test_risk_grows_with_the_amount(amount: Decimal | None, risk: str | None) -> None:
    settings = Centers(routine_amount=Decimal(500), new_task_amount=Decimal(100_000))
    assert risk_class(Deal(id="9", amount=amount), settings) == risk


def test_what_the_deal_says_of_its_risk_goes_before_the_amount() -> None:
    said: dict[str, Any] = {
        "risk_property": "dealtype",
        "risk_values": {"existingbusiness": "routine"},
        "routine_amount": 500,
    }
    assert _template({"amount": 9000, "properties": {"dealtype": "existingbusiness"}}, **said) == ("routine", True)
    assert _template({"amount": 9000, "properties": {"dealtype": "newbusiness"}}, **said) == ("complex", False)
    assert Centers.model_validate(said).reads() == {"deal": ("dealtype",)}


@pytest.mark.parametrize(("conditions", "fits"), [
    ({}, True),
    ({"amount_from": 1000}, True), ({"amount_from": 1001}, False),
    ({"amount_below": 1001}, True), ({"amount_below": 1000}, False),
    ({"employees_from": 50}, True), ({"employees_below": 50}, False),
    ({"industries": ["machinery"]}, True), ({"industries": ["RETAIL"]}, False),
    ({"pipelines": ["default", "p2"]}, True), ({"pipelines": ["p2"]}, False),
    ({"properties": {"dealtype": ["newbusiness"]}}, True), ({"properties": {"dealtype": ["other"]}}, False),
    ({"properties": {"unread": ["x"]}}, False),
    ({"risk": ["modified"]}, False),
    ({"amount_from": 1000, "pipelines": ["p2"]}, False),
])  # fmt: skip
def test_a_template_holds_if_all_its_conditions_do(conditions: dict[str, Any], fits: bool) -> None:
    deal = {"amount": Decimal(1000), "pipeline_id": "default", "properties": {"dealtype": "newbusiness"}}
    company = {"employees": 50, "industry": "MACHINERY"}
    assert _template(deal, company, **_named(**conditions))[0] == ("mine" if fits else "complex")


def test_what_is_unknown_meets_no_condition() -> None:
    assert _template({}, **_named(amount_below=1000))[0] == "complex"


def test_the_first_template_that_fits_holds_and_brings_its_weights() -> None:
    settings = Centers.model_validate({"templates": [
        {"name": "small", "required": {"buyer": 1}, "amount_below": 10},
        {"name": "large", "required": {"decider": 2}, "weights": {"decider": 5}},
        {"name": "any", "required": {"user": 1}},
    ]})  # fmt: skip
    name, _ = template_of(center(deal=Deal(id="9", amount=Decimal(50))), settings)
    assert (name, *requirements(name, settings)) == ("large", {"decider": 2}, {"decider": 5})


def test_a_routine_purchase_stays_one_whatever_its_template() -> None:
    assert _template({"amount": 40}, routine_amount=500, **_named(risk=["routine"])) == ("mine", True)


def test_a_company_without_deal_is_a_complex_purchase() -> None:
    assert template_of(center(), Centers(routine_amount=Decimal(500))) == ("complex", False)


def test_two_templates_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="same name"):
        Centers.model_validate({"templates": [{"name": "a", "required": {}}, {"name": "a", "required": {}}]})


def test_what_a_table_of_weights_does_not_name_keeps_its_default() -> None:
    settings = Centers.model_validate({"engagement": {"weights": {"open": 1}}})
    assert (settings.engagement.weights["open"], settings.engagement.weights["meeting"]) == (1, 40)
