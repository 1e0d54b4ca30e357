"""The recall benchmark compares the roles found with those meant."""

from __future__ import annotations

from benchmarks.recall import LABEL, compared, found_in
from benchmarks.titles import Score

from crmbridge.sandbox import generate


def test_roles_are_compared_by_deal_and_contact() -> None:
    meant = {"d1": {"1": frozenset({"decider", "buyer"}), "2": frozenset({"user"})}, "d2": {"1": frozenset({"user"})}}
    found = {"d1": {"1": frozenset({"decider"}), "3": frozenset({"user"})}, "d2": {"1": frozenset({"user"})}}
    scores = compared(meant, found)
    assert scores["decider"] == Score(right=1, wrong=0, missed=0)
    assert scores["buyer"] == Score(right=0, wrong=0, missed=1)
    assert scores["user"] == Score(right=1, wrong=1, missed=1)  # mutant: deals are thrown together


def test_a_deal_that_was_not_found_counts_as_missed() -> None:
    scores = compared({"d1": {"1": frozenset({"user"})}}, {})
    assert scores["user"] == Score(right=0, wrong=0, missed=1)  # mutant: only deals that were found are compared


def test_roles_of_a_generated_portal_are_found() -> None:
    portal = generate(7, companies=6, contacts=50, deals=10, engagements=120)
    portal.limits.off()
    scores = found_in(portal)
    assert scores["decider"].right + scores["decider"].missed >= 8
    assert scores["buyer"].right > scores["buyer"].wrong
    assert "never accuracy" in LABEL
