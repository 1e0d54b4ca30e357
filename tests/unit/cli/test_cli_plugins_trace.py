"""``crmbridge plugins`` and ``crmbridge plugins trace``."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from crmbridge.plugins import HookCall
from crmbridge.testing import MemoryConnector

from .conftest import BRIDGEFILE, Run

JUDGING = """
from crmbridge import PluginSettings, PropertySpec, PropertyValue

class Limits(PluginSettings):
    floor: int = 3

@hookimpl
def register_settings():
    return Limits

@hookimpl
def register_properties():
    yield PropertySpec(object="company", name="size_class", label="Size", type="string")
    yield PropertySpec(object="deal", name="grade", label="Grade", type="string")

@hookimpl
def derive_center(center):
    raise ValueError(f"quotes {center.name}")

@hookimpl
def derive_company(facts):
    yield PropertyValue(subject=facts.company.ref, property="size_class", value="tiny secret", reason="counted")
"""


@pytest.fixture
def synced(project: Path, run: Run) -> Path:
    with (project / "bridgefile.py").open("a") as file:
        file.write(JUDGING)
    assert run("sync").exit_code == 0
    return project


def traced(run: Run, *words: str, code: int = 0) -> dict[str, Any]:
    result = run("plugins", "trace", "--json", *words)
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def rows(project: Path) -> dict[str, int]:
    with sqlite3.connect(project / ".crmbridge" / "store.db") as store:
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: store.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


def test_every_call_is_shown_in_the_order_of_the_phases(synced: Path, run: Run) -> None:
    found = traced(run, "deal:7", "company:1")
    assert [unit["unit"] for unit in found["units"]] == ["deal:7", "company:1"]
    deal, company = ([(call["hook"], call["plugin"]) for call in unit["calls"]] for unit in found["units"])
    assert deal == [("derive_center", "bridgefile"), ("derive_center", "core")]
    assert company == [("derive_company", "bridgefile")]
    assert ("register_settings", "bridgefile", "Limits") in [
        (call["hook"], call["plugin"], call["returned"]) for call in found["registration"]
    ]


def test_a_failure_is_shown_with_its_place_and_never_with_its_text(synced: Path, run: Run) -> None:
    failed = traced(run, "deal:7")["units"][0]["calls"][0]
    assert failed["returned"] == "failed"
    assert failed["failure"].startswith("ValueError at bridgefile.py:")
    result = run("plugins", "trace", "deal:7", "--exit-code")
    assert result.exit_code == 14
    assert "bridgefile failed in derive_center on deal:7: ValueError at bridgefile.py:" in result.stdout
    assert "Presse" not in result.output


def test_values_are_shown_only_when_asked_for(synced: Path, run: Run) -> None:
    # mutant: values are shown by default
    assert "tiny secret" not in run("plugins", "trace", "company:1").output
    assert "tiny secret" not in json.dumps(traced(run, "company:1"))
    assert "1 PropertyValue" in run("plugins", "trace", "company:1").stdout
    assert "tiny secret" in run("plugins", "trace", "company:1", "--values").stdout
    values = traced(run, "company:1", "--values")["units"][0]["calls"][0]["values"]
    assert [(item["property"], item["value"]) for item in values] == [("size_class", "tiny secret")]


def test_nothing_is_stored_and_the_crm_is_not_asked(
    synced: Path, run: Run, crm: MemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(synced)
    opened: list[bool] = []
    monkeypatch.setattr("crmbridge.app.opened.open_connector", lambda *_: opened.append(True))
    traced(run, "deal:7", "contact:10", "company:1")
    assert rows(synced) == before  # mutant: units are judged as in a run
    assert before["units"] == 0
    assert opened == []


def test_without_units_the_first_deals_are_judged(synced: Path, run: Run) -> None:
    assert [unit["unit"] for unit in traced(run)["units"]] == ["deal:7"]
    assert "there is no deal:8 in the mirror" in run("plugins", "trace", "deal:8").stderr
    assert run("plugins", "trace", "meeting:1").exit_code == 2
    assert run("plugins", "trace", "7").exit_code == 2


def test_what_each_plugin_took_is_added_up(synced: Path, run: Run) -> None:
    found = traced(run, "deal:7", "company:1")
    calls = [*found["registration"], *(call for unit in found["units"] for call in unit["calls"])]
    mine = [call for call in calls if call["plugin"] == "bridgefile"]
    total = next(item for item in found["plugins"] if item["plugin"] == "bridgefile")
    assert (total["calls"], total["failed"]) == (len(mine), 1)
    assert total["ms"] == pytest.approx(sum(call["ms"] for call in mine), abs=0.01)


def test_registration_hooks_are_traced_also_where_one_fails(project: Path, run: Run) -> None:
    (project / "bridgefile.py").write_text(f"{BRIDGEFILE}\n@hookimpl\ndef register_properties():\n    raise KeyError\n")
    result = run("sync", "--trace-hooks", "-v")
    assert "register_connectors bridgefile registration -> 1 ConnectorSpec" in result.stderr


def test_observers_are_told_of_a_registration_that_fails(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from crmbridge.app import load_plugins
    from crmbridge.config import Config

    (project / "bridgefile.py").write_text(f"{BRIDGEFILE}\n@hookimpl\ndef register_properties():\n    raise KeyError\n")
    calls: list[HookCall] = []
    load_plugins(Config.load(project / "crmbridge.toml"), observe=calls.append)
    failed = [call for call in calls if call.failure]
    assert [(call.plugin, call.hook, call.answer) for call in failed] == [("bridgefile", "register_properties", None)]


# list


def test_the_list_says_what_each_plugin_has_and_what_may_be_set(synced: Path, run: Run) -> None:
    found = json.loads(run("plugins", "--json").stdout)
    mine = next(item for item in found["plugins"] if item["name"] == "bridgefile")
    assert (mine["settings"], mine["tier"], mine["distribution"]) == (["floor"], None, "bridgefile.py")
    assert found["hooks"]["derive_center"] == ["bridgefile", "core"]
    shown = run("plugins").stdout
    assert "settings floor" in shown
    assert "company.size_class" in shown


def test_hooks_are_shown_in_the_order_of_the_phases_with_who_is_asked_first(synced: Path, run: Run) -> None:
    (synced / "crmbridge.toml").write_text(
        (synced / "crmbridge.toml").read_text() + '[pipeline]\norder = ["core", "bridgefile"]\n'
    )
    lines = run("plugins", "--hooks").stdout.splitlines()
    order = [line.split()[0] for line in lines if "_" in line]
    assert order.index("register_settings") < order.index("derive_company") < order.index("derive_center")
    assert any(line.split() == ["derive_center", "core", "→", "bridgefile"] for line in lines)


def test_the_tier_that_a_distribution_claims_is_shown(synced: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmbridge.quality.tier_of", lambda name: "gold" if name == "crmbridge" else None)
    tiers = {item["name"]: item["tier"] for item in json.loads(run("plugins", "--json").stdout)["plugins"]}
    assert (tiers["core"], tiers["bridgefile"]) == ("gold", None)
    assert "gold" in run("plugins").stdout


def test_the_list_fits_a_narrow_terminal(synced: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, run("plugins").stdout.splitlines())) <= 80
    assert max(map(len, run("plugins", "--hooks").stdout.splitlines())) <= 80


def test_a_plugin_in_a_process_of_its_own_is_listed_and_traced_as_such(
    synced: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "bridgefile,consent")
    with (synced / "crmbridge.toml").open("a") as file:
        file.write("[pipeline.separate.consent]\n")
    found = {item["name"]: item for item in json.loads(run("plugins", "--json").stdout)["plugins"]}
    assert (found["consent"]["separate"], found["bridgefile"]["separate"]) == (True, False)
    assert "default" in found["consent"]["settings"]
    assert "runs apart" in run("plugins").stdout
    calls = traced(run, "contact:10")["units"][0]["calls"]
    assert ("decide_consent", "consent", "ConsentDecision") in [
        (call["hook"], call["plugin"], call["returned"]) for call in calls
    ]
