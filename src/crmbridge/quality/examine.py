"""Holds one plugin to the scale: reads it, has it run in a process of its own, and weighs what it claims."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from crmbridge.quality import checks_code as code
from crmbridge.quality import checks_package as around
from crmbridge.quality import checks_settings as settings
from crmbridge.quality.checks_pure import pure
from crmbridge.quality.package import Package
from crmbridge.quality.rules import Rule, Verified, applicable
from crmbridge.quality.scale import FILE, Fault, Finding, Verdict, alone, read_claims, weigh

Check = Callable[[Package], Iterable[Fault]]
Trial = Callable[[Package], Mapping[str, tuple[Fault, ...]]]
"""Runs a plugin: the faults by rule; a rule that could not be tried is not there."""

CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "entry-point": around.entry_point,
        "hooks-declare-range": around.hooks_declare_range,
        "common-modules": code.common_modules,
        "public-names": code.public_names,
        "settings-model": settings.settings_model,
        "pure": pure,
        "contract-suite": around.contract_suite,
        "docs-setup": around.docs_setup,
        "uses-crmbridge-http": code.own_client,
        "docs-token-scopes": around.docs_token_scopes,
        "owner": around.owner,
        "changelog": around.changelog,
        "docs-known-limitations": around.docs_known_limitations,
        "errors-by-recovery": code.errors_by_recovery,
        "incremental": code.incremental,
        "docs-troubleshooting": around.docs_troubleshooting,
        "docs-data-update": around.docs_data_update,
        "settings-described": settings.settings_described,
        "properties-described": code.properties_described,
        "stale-records": code.stale_records,
        "recorded-answers": around.recorded_answers,
        "strict-typing": code.strict_typing,
        "measured-cost": around.measured_cost,
        "measured-accuracy": around.measured_accuracy,
        "webhooks-verified": code.webhooks_verified,
    }
)
"""What is verified by reading."""

_OF_TESTS: Final = frozenset(("contract-suite", "recorded-answers"))


def examine(package: Package, trial: Trial) -> Verdict:
    """Say how good a plugin is.

    Args:
        package: The plugin as it was read.
        trial: Runs it.

    Raises:
        FixPlugin: A module of it is no Python.
    """
    rules = applicable(package.traits, alone=package.alone)
    tried = trial(package) if any(Verified.PROBED in rule.verified for rule in rules) else {}
    findings = {rule.name: _finding(rule, package, tried) for rule in rules}
    slips = tuple(code.slips(package))
    if package.alone:
        return replace(alone(rules, findings), faults=slips)
    claims, faults = read_claims(package.claims or "")
    verdict = weigh(rules, claims, findings)
    if package.claims is None:
        faults = (Fault(FILE, "there is none", 'claim each rule: rule = "done", "todo" or { exempt = "why" }'),)
    return Verdict(verdict.rows, (*slips, *faults, *verdict.faults))


def _finding(rule: Rule, package: Package, tried: Mapping[str, tuple[Fault, ...]]) -> Finding:
    if rule.verified == {Verified.WORD}:
        return Finding("word")
    if _is_hidden(rule, package):
        return Finding("unseen")
    faults = tuple(CHECKS[rule.name](package)) if Verified.READ in rule.verified else ()
    if Verified.PROBED in rule.verified:
        faults += tried.get(rule.name, ())
        if not faults and rule.name not in tried:
            return Finding("unseen")
    return Finding("broken" if faults else "holds", faults)


def _is_hidden(rule: Rule, package: Package) -> bool:
    """True if an installed package does not bring what would tell."""
    return (rule.name in _OF_TESTS and package.tests is None) or (
        rule.name == "changelog" and package.changelog is None
    )
