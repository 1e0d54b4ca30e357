from __future__ import annotations

import pytest

from crmbridge.quality.examine import examine
from crmbridge.quality.rules import BY_NAME, RULES, Rule, Tier, Verified
from crmbridge.quality.scale import Claim, Fault, Finding, alone, read_claims, weigh

from .conftest import JUDGING, Make

DONE = {rule.name: Claim("done") for rule in RULES}
BROKEN = Finding("broken", (Fault("here", "it is broken", "mend it"),))


def test_the_tier_is_the_highest_whose_rules_and_those_below_are_done() -> None:
    assert weigh(RULES, DONE, {}).tier is Tier.PLATINUM
    assert weigh(RULES, DONE, {}).next is None
    gold = weigh(RULES, {**DONE, "measured-cost": Claim("todo")}, {})
    assert (gold.tier, gold.next) == (Tier.GOLD, (Tier.PLATINUM, ("measured-cost",)))
    # Kills: taking the highest tier that is whole by itself.
    assert weigh(RULES, {**DONE, "owner": Claim("todo")}, {}).tier is Tier.BRONZE
    none = weigh(RULES, {**DONE, "docs-setup": Claim("todo")}, {})
    assert (none.tier, none.next, none.ok) == (None, (Tier.BRONZE, ("docs-setup",)), True)


def test_an_exemption_counts_but_not_from_a_firm_rule() -> None:
    assert weigh(RULES, {**DONE, "incremental": Claim("exempt", "a file has no history")}, {}).tier is Tier.PLATINUM
    refused = weigh(RULES, {**DONE, "pure": Claim("exempt", "it asks a service")}, {})
    assert (refused.tier, refused.ok) == (None, False)


def test_a_claim_cannot_stand_against_the_verifier() -> None:
    verdict = weigh(RULES, DONE, {"owner": BROKEN})
    assert (verdict.ok, verdict.tier) == (False, Tier.BRONZE)
    assert [(row.rule.name, row.error) for row in verdict.rows if row.error] == [
        ("owner", "claimed done, but it is not")
    ]
    assert weigh(RULES, {**DONE, "owner": Claim("todo")}, {"owner": BROKEN}).ok


def test_what_would_harm_a_run_is_an_error_even_if_it_is_to_do() -> None:
    assert not weigh(RULES, {**DONE, "valid-answers": Claim("todo")}, {"valid-answers": BROKEN}).ok


def test_a_rule_without_a_claim_and_a_claim_without_a_rule_are_errors() -> None:
    missing = {name: claim for name, claim in DONE.items() if name != "owner"}
    assert [row.rule.name for row in weigh(RULES, missing, {}).rows if row.error] == ["owner"]
    some = tuple(rule for rule in RULES if rule.name != "webhooks-verified")
    verdict = weigh(some, DONE, {})
    assert [fault.problem.partition(" ")[0] for fault in verdict.faults] == ["webhooks-verified"]
    assert not verdict.ok


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('onwer = "done"', "no rule onwer"),
        ('owner = "yes"', "owner is not a claim"),
        ("owner = true", "owner is not a claim"),
        ('owner = { exempt = " " }', "owner is not a claim"),
        ('owner = { exempt = "why", until = "2027" }', "owner is not a claim"),
        ("owner = ", "is not TOML"),
    ],
)
def test_a_malformed_claim_is_named(text: str, problem: str) -> None:
    claims, (fault,) = read_claims(text)
    assert claims == {}
    assert problem in fault.problem


def test_claims_are_done_todo_or_exempt_with_a_reason() -> None:
    claims, faults = read_claims('owner = "done"\ncoverage = "todo"\nincremental = { exempt = "files" }')
    assert faults == ()
    assert claims == {"owner": Claim("done"), "coverage": Claim("todo"), "incremental": Claim("exempt", "files")}


def test_a_lone_file_has_no_tier_and_every_broken_rule_is_an_error() -> None:
    rules = (BY_NAME["pure"],)
    assert alone(rules, {"pure": Finding("holds")}).ok
    verdict = alone(rules, {"pure": BROKEN})
    assert (verdict.ok, verdict.tier, verdict.next) == (False, None, None)


def test_a_package_without_claims_is_told_what_was_found(make: Make) -> None:
    verdict = examine(make(JUDGING), lambda _: {"light-import": ()})
    assert [fault.problem for fault in verdict.faults] == ["there is none"]
    found = {row.rule.name: row.finding.found for row in verdict.rows}
    assert found["owner"] == "holds"
    assert found["coverage"] == "word"
    assert found["light-import"] == "holds"
    assert found["deterministic"] == "unseen"


def test_rules_have_one_name_a_short_line_and_a_way_to_know() -> None:
    assert len(BY_NAME) == len(RULES)
    assert [rule.tier for rule in RULES] == sorted(rule.tier for rule in RULES)
    for rule in RULES:
        assert len(rule.says) <= 80
        assert rule.says.endswith(".")
        assert rule.verified
        assert rule.verified == {Verified.WORD} or Verified.WORD not in rule.verified
        assert not rule.alone or _about_code(rule)


def _about_code(rule: Rule) -> bool:
    return not rule.name.startswith("docs-") and rule.verified != {Verified.WORD}
