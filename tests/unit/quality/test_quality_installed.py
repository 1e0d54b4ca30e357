from __future__ import annotations

import sys
import tomllib
from importlib.metadata import PathDistribution, distribution
from pathlib import Path

import pytest

from crmbridge.errors import FixPlugin
from crmbridge.quality import tier_of
from crmbridge.quality.examine import examine
from crmbridge.quality.installed import find_installed
from crmbridge.quality.package import SHIPPED, read_folder, read_installed
from crmbridge.quality.rules import Rule, Trait, applicable
from crmbridge.quality.trial import PROBES_OF

from .conftest import JUDGING, Make

ROOT = Path(__file__).parents[3]
PLUGINS = sorted(path for path in (ROOT / "plugins").iterdir() if (path / "quality.toml").exists())
METADATA = """\
Metadata-Version: 2.4
Name: crmbridge-acme
Version: 1.2.0
Author: Acme Ltd
Requires-Dist: crmbridge<0.2,>=0.1

"""


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: path.name)
def test_the_plugins_that_ship_with_crmbridge_keep_what_they_claim(folder: Path) -> None:
    verdict = examine(read_folder(folder), lambda _: {})  # their contract tests run them
    assert [fault.problem for fault in verdict.faults] == []
    assert [(row.rule.name, row.error, row.finding.faults) for row in verdict.rows if row.error] == []
    assert verdict.tier is not None
    assert tier_of(folder.name) == verdict.tier.word


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: path.name)
def test_their_wheels_bring_the_claims(folder: Path) -> None:
    built = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert built["extra-metadata"] == {"quality.toml": "quality.toml"}


@pytest.fixture
def wheel(tmp_path: Path) -> PathDistribution:
    """A plugin as a wheel leaves it behind: no tests, no change log, the README in the metadata."""
    claims = "\n".join(f'{rule.name} = "done"' for rule in rules())
    files = {name.removeprefix("src/"): text for name, text in JUDGING.items() if name.startswith("src/")} | {
        "crmbridge_acme-1.2.0.dist-info/METADATA": METADATA + JUDGING["README.md"],
        "crmbridge_acme-1.2.0.dist-info/entry_points.txt": "[crmbridge]\nacme = crmbridge_acme\n",
        f"crmbridge_acme-1.2.0.dist-info/{SHIPPED}": claims,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return PathDistribution(tmp_path / "crmbridge_acme-1.2.0.dist-info")


def rules() -> tuple[Rule, ...]:
    return applicable(frozenset((Trait.JUDGES, Trait.READS, Trait.WRITES, Trait.SETTINGS)))


def test_an_installed_wheel_is_read_without_what_it_does_not_bring(wheel: PathDistribution) -> None:
    package = read_installed(wheel)
    verdict = examine(package, lambda _: dict.fromkeys((*PROBES_OF, "light-import"), ()))
    found = {row.rule.name: row.finding.found for row in verdict.rows}
    assert verdict.ok, [(row.rule.name, row.error, row.finding.faults) for row in verdict.rows if row.error]
    assert {name for name, state in found.items() if state == "unseen"} == {"contract-suite", "changelog"}
    assert found["docs-setup"] == found["hooks-declare-range"] == found["strict-typing"] == "holds"


def test_the_claimed_tier_of_an_installed_wheel_is_told(
    wheel: PathDistribution, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crmbridge.quality.installed.distribution", lambda _: wheel)
    assert tier_of("crmbridge-acme") == "platinum"
    shipped = Path(str(wheel.locate_file("crmbridge_acme-1.2.0.dist-info"))) / SHIPPED
    shipped.write_text(shipped.read_text("utf-8").replace('owner = "done"\n', ""), "utf-8")
    assert tier_of("crmbridge-acme") == "bronze"
    shipped.unlink()
    assert tier_of("crmbridge-acme") is None


def test_a_distribution_that_is_not_there_or_is_no_plugin_has_no_tier() -> None:
    assert tier_of("crmbridge-no-such-plugin") is None
    assert tier_of("pytest") is None


def test_telling_a_tier_imports_no_plugin(wheel: PathDistribution, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmbridge.quality.installed.distribution", lambda _: wheel)
    monkeypatch.syspath_prepend(str(wheel.locate_file("")))
    assert tier_of("crmbridge-acme") == "platinum"
    assert "crmbridge_acme" not in sys.modules


def test_an_installed_plugin_is_found_by_either_name() -> None:
    assert distribution("crmbridge-roles").name == "crmbridge-roles"
    assert find_installed("roles").name == find_installed("crmbridge-roles").name == "crmbridge-roles"
    with pytest.raises(FixPlugin, match="neither a path nor an installed plugin"):
        find_installed("no-such-plugin")
    with pytest.raises(FixPlugin, match="part of crmbridge"):
        find_installed("hubspot")


def test_files_of_the_tests_are_no_part_of_the_package(make: Make) -> None:
    package = make(JUDGING)
    assert {module.path.partition("/")[0] for module in package.modules} == {"src"}
    assert {module.path.partition("/")[0] for module in package.tests or ()} == {"tests"}
