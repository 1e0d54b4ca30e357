"""What the six roles are called at other vendors."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from crmbridge.model import ROLES
from crmbridge.model.mappings import APPROVAL, TARGETS, RoleMapping, Target, mapped, mapping


@pytest.mark.parametrize("target", TARGETS)
def test_each_table_names_its_page_and_what_is_lost(target: Target) -> None:
    table = mapping(target)
    assert table.source.startswith("https://")
    assert table.note.startswith("Lossy: ")


def test_there_is_one_file_for_each_target() -> None:
    names = {item.name for item in files("crmbridge.model.mappings").iterdir() if item.name.endswith(".toml")}
    assert names == {f"{target}.toml" for target in TARGETS}
    assert get_args(Target) == TARGETS


# The proposed mapping of domain-model D.1, row by row.
@pytest.mark.parametrize(
    ("role", "known", "values"),
    [
        ("decider", {}, ("DECISION_MAKER",)),
        ("decider", {"seniority": "management", "operative": False}, ("DECISION_MAKER", "EXECUTIVE_SPONSOR")),
        ("decider", {"seniority": "management", "operative": True}, ("DECISION_MAKER",)),
        ("decider", {"seniority": "director", "operative": False}, ("DECISION_MAKER",)),
        ("decider", {"evidence": [APPROVAL]}, ("DECISION_MAKER", "BUDGET_HOLDER")),
        ("buyer", {"evidence": [APPROVAL]}, ("BUDGET_HOLDER",)),
        ("buyer", {}, ("OTHER",)),
        ("buyer", {"evidence": ["signature"]}, ("OTHER",)),
        ("user", {}, ("END_USER",)),
        ("influencer", {"department": "it"}, ("INFLUENCER",)),
        ("influencer", {"department": "legal"}, ("LEGAL_AND_COMPLIANCE",)),
        ("decider", {"department": "legal"}, ("DECISION_MAKER",)),
        ("gatekeeper", {}, ("OTHER",)),
        ("initiator", {}, ("OTHER",)),
        ("user", {"stance": "expert_promoter"}, ("END_USER", "CHAMPION")),
        ("user", {"stance": "power_opponent"}, ("END_USER", "BLOCKER")),
        ("user", {"stance": "neutral"}, ("END_USER",)),
        (None, {"stance": "power_promoter"}, ("CHAMPION",)),
        (None, {}, ()),
    ],
)
def test_hubspot_values_follow_role_rank_stance_and_proof(
    role: Any, known: dict[str, Any], values: tuple[str, ...]
) -> None:
    assert mapped(role, "hubspot", **known) == values


# Kills the mutant that takes an unknown condition for a fulfilled one: `operative in (None, rule.operative)`.
def test_what_is_not_known_does_not_make_an_executive_sponsor() -> None:
    assert mapped("decider", "hubspot", seniority="management") == ("DECISION_MAKER",)


# Kills the mutant that filters by the account's options after the first rule was chosen.
def test_an_option_that_the_account_lacks_gives_way_to_the_next_rule() -> None:
    options = ["INFLUENCER", "OTHER"]
    assert mapped("influencer", "hubspot", department="legal", options=options) == ("INFLUENCER",)
    assert mapped("user", "hubspot", options=options) == ()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("salesforce_contact_role", ["Other", "Influencer", "Business User", "Other", "Decision Maker", "Other"]),
        ("salesforce_buying_committee", [None, "Influencer", "End User", None, "Economic Buyer", "Gatekeeper"]),
        ("adobe", ["Other", "Influencer", "Practitioner", "Other", "Decision Maker", "Other"]),
        ("sales_navigator", [None, "Influencer", None, "Procurement", "Decision Maker", None]),
        ("altify", [None, "Evaluator", "User", None, "Decision Maker", None]),
    ],
)
def test_the_plain_roles_of_the_other_vendors(target: Target, expected: list[str | None]) -> None:
    found = [mapped(role, target) for role in ROLES]
    assert found == [(value,) if value else () for value in expected]


@pytest.mark.parametrize("target", TARGETS)
def test_a_plain_role_comes_back_or_is_lost_but_never_becomes_another(target: Target) -> None:
    table = mapping(target)
    for role in ROLES:
        for value in mapped(role, target):
            assert table.role(value) in (role, None)


def test_values_are_read_back_without_regard_to_case() -> None:
    assert mapping("adobe").role(" executive steering committee ") == "decider"
    assert mapping("salesforce_contact_role").role("Technical Buyer") == "influencer"
    assert mapping("hubspot").role("CHAMPION") is None
    assert mapping("hubspot").role("OTHER") is None


def test_an_unknown_vendor_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="there are hubspot, salesforce_contact_role"):
        mapping("siebel")  # type: ignore[arg-type]  # a name that is none


def test_a_table_that_names_a_value_it_does_not_have_is_refused() -> None:
    table = mapping("altify").model_dump()
    with pytest.raises(ValidationError, match="there is no value Boss"):
        RoleMapping.model_validate({**table, "roles": {"Boss": "decider"}})
