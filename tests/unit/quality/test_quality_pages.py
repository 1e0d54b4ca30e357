"""Each rule has its page, each page its rule, and the examples keep the rules that they explain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crmbridge.quality.examine import CHECKS
from crmbridge.quality.rules import BY_NAME, RULES, Rule, Trait
from crmbridge.quality.scale import read_claims

from .conftest import CONNECTING, JUDGING, Make

PAGES = Path(__file__).parents[3] / "docs/plugins/quality"
BLOCK = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTIONS = ["Reason", "Example", "Exceptions", "How it is verified"]


def test_pages_and_rules_are_the_same() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} - {"README"} == set(BY_NAME)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_page_says_what_its_rule_says(rule: Rule) -> None:
    text = (PAGES / f"{rule.name}.md").read_text("utf-8")
    assert text.startswith(f"# {rule.name}\n\n{rule.summary}\n")
    assert re.findall(r"^## (.+)$", BLOCK.sub("", text), re.MULTILINE) == SECTIONS
    parts = [part.strip() for part in re.split(r"^## .+$", BLOCK.sub("(example)", text), flags=re.MULTILINE)]
    assert all(parts)
    assert not rule.firm or parts[3].startswith("None")
    assert len(text.splitlines()) <= 50


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_an_example_keeps_its_rule(make: Make, rule: Rule) -> None:
    blocks = dict(BLOCK.findall((PAGES / f"{rule.name}.md").read_text("utf-8")))
    connects = bool(rule.needs & {Trait.CONNECTS, Trait.REMOTE, Trait.LISTENS})
    base = CONNECTING if connects else JUDGING
    package = make(base, blocks)
    for module in package.modules:
        compile(module.text, module.path, "exec")
    for name in {rule.name, "public-names", "strict-typing"} & set(CHECKS):
        assert list(CHECKS[name](package)) == []


def test_the_index_lists_all_rules_and_shows_valid_claims() -> None:
    text = (PAGES / "README.md").read_text("utf-8")
    rows = [
        f"| [{rule.name}]({rule.name}.md) | {rule.says} | {', '.join(sorted(rule.needs)) or 'all'} "
        f"| {' and '.join(sorted(rule.verified))} |"
        for rule in RULES
    ]
    assert re.findall(r"^\| \[.+$", text, re.MULTILINE) == rows
    claims, faults = read_claims(dict(BLOCK.findall(text))["quality.toml"])
    assert {claim.state for claim in claims.values()} == {"done", "todo", "exempt"}
    assert faults == ()
