"""Puts what a plugin claims beside what was found. Pure: claims and findings come in, rows and a tier come out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from crmbridge.quality.rules import BY_NAME, Rule, Tier, Verified

FILE = "quality.toml"
Found = Literal["holds", "broken", "word", "unseen"]
"""``word``: no code can tell. ``unseen``: what would tell it is not there, as the tests of an installed package."""


UNTRIED: Final = "trial"
"""Where a fault is that kept the plugin from being tried at all."""


@dataclass(frozen=True)
class Fault:
    """One place where a rule does not hold.

    Attributes:
        where: ``file:line`` below the plugin's folder, or the file.
        problem: What is wrong there.
        remedy: What to do about it.
    """

    where: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class Claim:
    """What ``quality.toml`` says of a rule: ``done``, ``todo`` or ``exempt`` with the reason."""

    state: Literal["done", "todo", "exempt"]
    why: str = ""


@dataclass(frozen=True)
class Finding:
    """What was found of a rule."""

    found: Found
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Row:
    """One rule: what is claimed, what was found, and what is wrong with that.

    Attributes:
        rule: The rule.
        claim: None if nothing is claimed.
        finding: What was found.
        error: Why claim and finding cannot stand beside each other; empty if they can.
    """

    rule: Rule
    claim: Claim | None
    finding: Finding
    error: str = ""

    @property
    def counts(self) -> bool:
        """True if the rule does not keep the plugin from its tier."""
        return not self.error and self.claim is not None and self.claim.state != "todo"


@dataclass(frozen=True)
class Verdict:
    """How good a plugin is.

    Attributes:
        rows: The rules that apply, the lowest tier first.
        faults: What is wrong with ``quality.toml`` itself.
        graded: False for a lone file, which has no tier.
    """

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...] = ()
    graded: bool = True

    @property
    def tier(self) -> Tier | None:
        """The highest tier all of whose rules count, and those of the lower ones."""
        reached = None
        for tier in Tier if self.graded else ():
            if any(row.rule.tier == tier and not row.counts for row in self.rows):
                break
            reached = tier
        return reached

    @property
    def next(self) -> tuple[Tier, tuple[str, ...]] | None:
        """The next tier, and the rules that it lacks; None at the top."""
        if not self.graded or self.tier is Tier.PLATINUM:
            return None
        tier = Tier((self.tier or 0) + 1)
        return tier, tuple(row.rule.name for row in self.rows if row.rule.tier == tier and not row.counts)

    @property
    def ok(self) -> bool:
        """True if nothing contradicts the claims."""
        return not self.faults and not any(row.error for row in self.rows)


def read_claims(text: str) -> tuple[dict[str, Claim], tuple[Fault, ...]]:
    """Read a ``quality.toml``: the claims that can be read, and what is wrong with the others."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, (Fault(FILE, f"is not TOML: {error}", 'write rule = "done", "todo" or { exempt = "why" }'),)
    claims: dict[str, Claim] = {}
    faults = []
    for name, value in table.items():
        claim = _claim(value)
        if name not in BY_NAME:
            faults.append(Fault(FILE, f"there is no rule {name}", "take it out, or mend its name"))
        elif claim is None:
            remedy = 'write "done", "todo" or { exempt = "why" }'
            faults.append(Fault(FILE, f"{name} is not a claim", remedy))
        else:
            claims[name] = claim
    return claims, tuple(faults)


def weigh(rules: tuple[Rule, ...], claims: Mapping[str, Claim], findings: Mapping[str, Finding]) -> Verdict:
    """Put claims and findings together.

    Args:
        rules: Those that apply.
        claims: What the author says, by rule.
        findings: What was found, by rule; a rule that is not there is the author's word.
    """
    names = {rule.name for rule in rules}
    faults = tuple(
        Fault(FILE, f"{name} does not apply: the plugin has nothing of the kind", "take it out")
        for name in claims
        if name not in names
    )
    return Verdict(tuple(_row(rule, claims.get(rule.name), findings) for rule in rules), faults)


def alone(rules: tuple[Rule, ...], findings: Mapping[str, Finding]) -> Verdict:
    """Hold a lone file to the rules: it claims nothing, so whatever is broken is an error."""
    found = [(rule, findings.get(rule.name, Finding("word"))) for rule in rules]
    rows = [Row(rule, None, finding, "broken" if finding.found == "broken" else "") for rule, finding in found]
    return Verdict(tuple(rows), graded=False)


def _row(rule: Rule, claim: Claim | None, findings: Mapping[str, Finding]) -> Row:
    finding = findings.get(rule.name, Finding("word"))
    return Row(rule, claim, finding, _error(rule, claim, finding))


def _error(rule: Rule, claim: Claim | None, finding: Finding) -> str:
    if claim is None:
        return "not claimed"
    if finding.found == "broken" and claim.state == "done":
        return "claimed done, but it is not"
    if finding.found == "broken" and rule.firm and Verified.PROBED in rule.verified:
        return "harms a run"
    if claim.state == "exempt" and rule.firm:
        return "there is no exemption"
    return ""


def _claim(value: object) -> Claim | None:
    if value == "done":
        return Claim("done")
    if value == "todo":
        return Claim("todo")
    if isinstance(value, dict) and set(value) == {"exempt"}:
        why = value["exempt"]
        return Claim("exempt", why) if isinstance(why, str) and why.strip() else None
    return None
