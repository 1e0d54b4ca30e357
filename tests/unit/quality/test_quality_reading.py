"""For each rule that is verified by reading: two plugins that keep it, and what breaks it."""

from __future__ import annotations

import pytest

from crmbridge.errors import FixPlugin
from crmbridge.quality.examine import CHECKS
from crmbridge.quality.rules import BY_NAME, RULES, Trait, Verified, applicable

from .conftest import CONNECTING, JUDGING, Files, Make

ACME = "src/crmbridge_acme"
FILES = "src/crmbridge_files"
HOOKS = JUDGING[f"{ACME}/__init__.py"]
COUNTING = JUDGING[f"{ACME}/counting.py"]
CONNECTOR = CONNECTING[f"{FILES}/connector.py"]


def without(text: str, part: str, instead: str = "") -> str:
    assert part in text
    return text.replace(part, instead)


BROKEN: list[tuple[str, Files, str, str | None, str]] = [
    ("entry-point", JUDGING, "pyproject.toml",
     without(JUDGING["pyproject.toml"], 'acme = "crmbridge_acme"'), "0 entry points"),
    ("entry-point", JUDGING, "pyproject.toml",
     without(JUDGING["pyproject.toml"], 'acme = "crmbridge_acme"', 'acme = "crmbridge_acme.nowhere"'), "is no module"),
    ("entry-point", JUDGING, "pyproject.toml",
     without(JUDGING["pyproject.toml"], "acme = ", '"Acme GmbH" = '), "no name of a plugin"),
    ("hooks-declare-range", JUDGING, "pyproject.toml",
     without(JUDGING["pyproject.toml"], ",<0.2"), "no range"),
    ("hooks-declare-range", JUDGING, "pyproject.toml",
     without(JUDGING["pyproject.toml"], "crmbridge>=", "crmbridge-roles>=0.1,<0.2"), "no range"),
    ("common-modules", JUDGING, f"{ACME}/__init__.py", HOOKS + "\n\ndef helper() -> None: ...\n", "helper is no hook"),
    ("common-modules", JUDGING, f"{ACME}/__init__.py", HOOKS + "# long\n" * 60, "more than 60"),
    ("common-modules", JUDGING, f"{ACME}/counting.py",
     COUNTING + "\nfrom crmbridge import hookimpl\n\n\n@hookimpl\ndef on_event() -> None: ...\n", "on_event is not in"),
    ("common-modules", JUDGING, f"{ACME}/__init__.py",
     without(HOOKS, "from crmbridge_acme.settings import AcmeSettings",
             "from crmbridge import PluginSettings\n\n\nclass AcmeSettings(PluginSettings): ..."),
     "not in settings.py"),
    ("public-names", JUDGING, f"{ACME}/counting.py", COUNTING + "import crmbridge.store\n", "crmbridge.store"),
    ("public-names", JUDGING, f"{ACME}/counting.py", COUNTING + "from crmbridge import plugins\n", "crmbridge.plugins"),
    ("public-names", JUDGING, f"{ACME}/counting.py", COUNTING + "import crmbridge.app\n", "crmbridge.app"),
    ("public-names", JUDGING, f"{ACME}/counting.py", COUNTING + "from crmbridge.model.base import Ref\n", "model.base"),
    ("public-names", JUDGING, f"{ACME}/counting.py", COUNTING + "from crmbridge.http import HttpClient\n", "http"),
    ("settings-model", JUDGING, f"{ACME}/settings.py",
     JUDGING[f"{ACME}/settings.py"] + '    model_config = {"extra": "allow"}\n', "takes unknown keys"),
    ("settings-model", JUDGING, f"{ACME}/settings.py",
     JUDGING[f"{ACME}/settings.py"] + '    model_config = ConfigDict(extra="ignore")\n', "takes unknown keys"),
    ("settings-model", JUDGING, f"{ACME}/settings.py",
     without(JUDGING[f"{ACME}/settings.py"], "least: int = 1", "api_key: str = ''"), "api_key is a plain text"),
    ("settings-model", JUDGING, f"{ACME}/settings.py",
     "from pydantic import BaseModel\n" + JUDGING[f"{ACME}/settings.py"]
     + "    inner: tuple['Inner', ...] = ()\n\n\nclass Inner(BaseModel):\n    name: str\n", "Inner takes unknown keys"),
    ("settings-model", CONNECTING, f"{FILES}/settings.py",
     without(CONNECTING[f"{FILES}/settings.py"], "token: SecretStr", "token: str | None"), "token is a plain text"),
    ("contract-suite", JUDGING, "tests/test_acme_contract.py", None, "no test runs PluginContract"),
    ("contract-suite", CONNECTING, "tests/test_files_contract.py", None, "no test runs ConnectorContract"),
    ("docs-setup", JUDGING, "README.md", without(JUDGING["README.md"], "`deal_count`"), "does not name deal_count"),
    ("docs-setup", JUDGING, "README.md", JUDGING["README.md"].replace("least", "at_least"), "does not name least"),
    ("docs-setup", JUDGING, "README.md", without(JUDGING["README.md"], "[plugins.acme]", "[plugins.other]"),
     "no example shows [plugins.acme]"),
    ("docs-setup", JUDGING, "README.md", without(JUDGING["README.md"], "least = 2", "least ="), "not TOML"),
    ("docs-setup", JUDGING, "README.md", None, "there is none"),
    ("docs-setup", CONNECTING, "README.md",
     without(CONNECTING["README.md"], "[connections.main]"), "shows a connection"),
    ("uses-crmbridge-http", CONNECTING, f"{FILES}/connector.py", CONNECTOR + "import httpx\n", "httpx is used"),
    ("uses-crmbridge-http", CONNECTING, f"{FILES}/connector.py",
     CONNECTOR + "import time\ntime.sleep(1)\n", "time.sleep is used"),  # read, never run
    ("docs-token-scopes", CONNECTING, "README.md", without(CONNECTING["README.md"], "scope"), "names no scopes"),
    ("docs-token-scopes", CONNECTING, "README.md", CONNECTING["README.md"].replace("token", "key"), "not name token"),
    ("owner", JUDGING, "pyproject.toml",
     without(JUDGING["pyproject.toml"], 'authors = [{ name = "Acme Ltd" }]\n'), "nobody"),
    ("changelog", JUDGING, "CHANGELOG.md", None, "there is none"),
    ("changelog", JUDGING, "CHANGELOG.md", "# Changes\n\n## 1.1.0\n\nBefore 1.2.0.\n", "no entry for 1.2.0"),
    ("docs-known-limitations", JUDGING, "README.md", without(JUDGING["README.md"], "## Limits"), "no section"),
    ("docs-known-limitations", JUDGING, "README.md",
     without(JUDGING["README.md"], "It counts, no more."), "no section"),
    ("errors-by-recovery", CONNECTING, f"{FILES}/connector.py",
     CONNECTOR + '\n\ndef refuse() -> None:\n    raise RuntimeError("no")\n', "RuntimeError is raised"),
    ("incremental", CONNECTING, f"{FILES}/connector.py", without(CONNECTOR, "changes=True, "), "no changes"),
    ("incremental", CONNECTING, f"{FILES}/connector.py",
     without(CONNECTOR, "changes=True", "changes=False"), "no changes"),
    ("stale-records", CONNECTING, f"{FILES}/connector.py",
     without(CONNECTOR, ', archived=("contact",)'), "no archived"),
    ("docs-troubleshooting", JUDGING, "README.md", without(JUDGING["README.md"], "## Troubleshooting"), "no section"),
    ("docs-data-update", JUDGING, "README.md", without(JUDGING["README.md"], "## When values change"), "no section"),
    ("settings-described", JUDGING, f"{ACME}/settings.py",
     without(JUDGING[f"{ACME}/settings.py"], "        least: Fewer deals are not counted.\n"), "least does not say"),
    ("settings-described", CONNECTING, f"{FILES}/settings.py",
     without(CONNECTING[f"{FILES}/settings.py"], 'description="Address of the files."'), "url does not say"),
    ("properties-described", JUDGING, f"{ACME}/counting.py",
     without(COUNTING, 'description="How many deals there are."', 'description=""'), "deal_count has no description"),
    ("recorded-answers", CONNECTING, "tests/data/contacts.json", None, "no recorded answer"),
    ("strict-typing", JUDGING, f"{ACME}/py.typed", None, "py.typed is missing"),
    ("strict-typing", JUDGING, f"{ACME}/counting.py",
     without(COUNTING, "least: int", "least"), "counted lacks annotations: least"),
    ("strict-typing", JUDGING, f"{ACME}/counting.py",
     without(COUNTING, " -> Iterator[PropertyValue]"), "counted lacks annotations: its result"),
    ("measured-cost", JUDGING, "README.md", without(JUDGING["README.md"], "0.1 ms a company on one core.", "Little."),
     "no section Cost with figures"),
    ("measured-accuracy", JUDGING, "README.md", without(JUDGING["README.md"], "99 of 100.", "Always."), "with figures"),
    ("webhooks-verified", CONNECTING, f"{FILES}/hearing.py", "def receiver(settings: object) -> None: ...\n",
     "no signature is compared"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "base", "name", "text", "problem"), BROKEN, ids=[f"{item[0]}: {item[4]}" for item in BROKEN]
)
def test_what_breaks_a_rule_is_found(
    make: Make, rule: str, base: Files, name: str, text: str | None, problem: str
) -> None:
    faults = list(CHECKS[rule](make(base, {name: text})))
    assert any(problem in fault.problem for fault in faults), faults
    assert all(fault.where and fault.remedy for fault in faults)


@pytest.mark.parametrize("rule", sorted(CHECKS))
def test_what_keeps_a_rule_is_left_alone(make: Make, rule: str) -> None:
    for base in (JUDGING, CONNECTING):
        package = make(base)
        if BY_NAME[rule].needs <= package.traits:
            assert list(CHECKS[rule](package)) == []


def test_every_rule_that_is_verified_by_reading_has_a_check_and_a_case() -> None:
    read = {rule.name for rule in RULES if Verified.READ in rule.verified}
    assert set(CHECKS) == read
    assert {item[0] for item in BROKEN} | {"pure"} == read


def test_rules_apply_where_the_plugin_has_the_thing(make: Make) -> None:
    assert make(JUDGING).traits == {Trait.JUDGES, Trait.READS, Trait.WRITES, Trait.SETTINGS}
    assert make(CONNECTING).traits == {Trait.CONNECTS, Trait.REMOTE, Trait.LISTENS, Trait.SETTINGS}
    names = {rule.name for rule in applicable(make(CONNECTING).traits)}
    assert {"test-connection", "webhooks-verified"} <= names
    assert not {"pure", "due-told", "properties-described"} & names


@pytest.mark.parametrize(
    ("line", "use"),
    [
        ("from datetime import date\n", "date.today()"),
        ("import datetime as dt\n", "dt.datetime.now()"),
        ("import os\n", "os.environ['HOME']"),
        ("from os import environ\n", "environ"),
        ("import random\n", "random.random()"),
        ("import requests\n", "requests.get('https://crm.example')"),
        ("import urllib.request\n", "urllib.request.urlopen('https://crm.example')"),
        ("from time import sleep\n", "sleep(1)"),
        ("", "open('names.txt')"),
    ],
)
def test_judging_may_not_touch_the_world(make: Make, line: str, use: str) -> None:
    text = without(line + COUNTING, "    count = len(facts.deals)\n", f"    count = len(facts.deals)\n    {use}\n")
    found = [fault.where for fault in CHECKS["pure"](make(JUDGING, {f"{ACME}/counting.py": text}))]
    wanted = text[: text.index(f"    {use}")].count("\n") + 1
    assert f"{ACME}/counting.py:{wanted}" in found


def test_what_only_an_observer_does_is_no_judging(make: Make) -> None:
    # Kills: looking at every module of the package.
    hooks = without(
        HOOKS, "from crmbridge_acme.settings", "from crmbridge_acme.telling import tell\nfrom crmbridge_acme.settings"
    )
    hooks += "\n\n@hookimpl\ndef on_event() -> None:\n    tell()\n"
    telling = "import httpx\n\n\ndef tell() -> None:\n    httpx.post('https://chat.example')\n"
    package = make(JUDGING, {f"{ACME}/__init__.py": hooks, f"{ACME}/telling.py": telling})
    assert list(CHECKS["pure"](package)) == []


def test_a_helper_of_the_hooks_module_and_a_module_behind_a_module_are_followed(make: Make) -> None:
    hooks = without(HOOKS, "yield from counted(facts, ctx.settings.least)", "yield from _counted(facts)")
    hooks += "\n\ndef _counted(facts):\n    print(facts)\n"
    assert list(CHECKS["pure"](make(JUDGING, {f"{ACME}/__init__.py": hooks})))
    behind = {
        f"{ACME}/counting.py": "from . import clock\n" + without(COUNTING, "len(facts.deals)", "clock.now()"),
        f"{ACME}/clock.py": "import time\n\n\ndef now() -> float:\n    return time.time()\n",
        f"{ACME}/__init__.py": HOOKS,
    }
    assert [fault.where for fault in CHECKS["pure"](make(JUDGING, behind))] == [f"{ACME}/clock.py:5"]


def test_an_error_that_the_connector_itself_catches_may_be_any(make: Make) -> None:
    parsing = "\n\ndef parse():\n    try:\n        raise ValueError('none')\n    except ValueError:\n        return\n"
    assert list(CHECKS["errors-by-recovery"](make(CONNECTING, {f"{FILES}/connector.py": CONNECTOR + parsing}))) == []


def test_an_identifier_called_key_is_no_secret(make: Make) -> None:
    # Kills: taking every field with "key" in its name for a secret.
    text = without(
        JUDGING[f"{ACME}/settings.py"],
        "least: int = 1",
        "key: str = ''\n    stage_key: str = ''\n    max_tokens: int = 1",
    )
    assert list(CHECKS["settings-model"](make(JUDGING, {f"{ACME}/settings.py": text}))) == []


def test_a_module_that_is_no_python_is_named_with_its_line(make: Make) -> None:
    with pytest.raises(FixPlugin, match=r"counting\.py:2 is not Python"):
        list(CHECKS["pure"](make(JUDGING, {f"{ACME}/counting.py": "\ndef (\n"})))


def test_a_folder_without_a_package_is_refused(make: Make) -> None:
    with pytest.raises(FixPlugin, match="has no pyproject.toml"):
        make({})
    with pytest.raises(FixPlugin, match="has no package crmbridge_other"):
        make(JUDGING, {"pyproject.toml": without(JUDGING["pyproject.toml"], "crmbridge_acme", "crmbridge_other")})
