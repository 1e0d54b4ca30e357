from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from crmbridge import __version__, hookimpl
from crmbridge.errors import FixConfig
from crmbridge.plugins import Plugins, Switches

OBSERVER = {"on_event": lambda event: None}
BRIDGE = """
from __future__ import annotations
from dataclasses import dataclass
from crmbridge import PluginSettings, hookimpl

@dataclass
class Rule:
    weight: float

class Settings(PluginSettings):
    level: int = 1

@hookimpl
def register_settings():
    return Settings

@hookimpl
def on_event(event):
    pass
"""


def names(plugins: Any) -> Any:
    return list(plugins.versions())


@pytest.fixture
def entries(entry: Callable[..., Any], plugin: Callable[..., ModuleType]) -> Any:
    found = {name: entry(name, plugin(**OBSERVER)) for name in ("roles", "consent")}
    found["hubspot"] = entry("hubspot", plugin(**OBSERVER), "crmbridge")
    return found


def start(entries: Any, plugin: Any, settings: Any = None, bridgefile: Any = None, **switches: Any) -> Any:
    return Plugins.load(
        settings or {},
        switches=Switches(**switches),
        builtins={"core": plugin(**OBSERVER)},
        entry_points=entries.values(),
        bridgefile=bridgefile,
    )


def test_plugins_come_by_name_whatever_the_order_of_installation(
    entries: dict[str, Any], plugin: Callable[..., ModuleType]
) -> None:
    assert names(start(entries, plugin)) == ["consent", "core", "hubspot", "roles"]


def test_the_configured_order_comes_first(entries: dict[str, Any], plugin: Callable[..., ModuleType]) -> None:
    plugins = start(entries, plugin, order=("roles", "core"))
    assert names(plugins) == ["roles", "core", "consent", "hubspot"]
    assert [status.order for status in plugins.statuses] == [1, 2, 3, 4]


def test_builtins_have_the_version_of_crmbridge_and_others_that_of_their_distribution(
    entries: dict[str, Any], plugin: Callable[..., ModuleType]
) -> None:
    versions = start(entries, plugin).versions()
    assert (versions["core"], versions["roles"]) == (__version__, "1.0")


@pytest.mark.parametrize(
    ("switches", "running"),
    [
        ({"only": ("roles",)}, ["core", "hubspot", "roles"]),
        ({"only": ()}, ["core", "hubspot"]),
        ({"disabled": ("roles", "hubspot")}, ["consent", "core"]),
        ({"no_plugins": True}, ["core", "hubspot"]),
        ({"allow": ("Acme_Roles",)}, ["core", "hubspot", "roles"]),
        ({"only": ("roles",), "disabled": ("roles",)}, ["core", "hubspot"]),
    ],
)
def test_switches_choose_plugins(
    entries: dict[str, Any], plugin: Callable[..., ModuleType], switches: dict[str, Any], running: list[str]
) -> None:
    assert names(start(entries, plugin, **switches)) == running


@pytest.mark.parametrize(
    "switches", [{"only": ("consent",)}, {"disabled": ("roles",)}, {"no_plugins": True}, {"allow": ("acme-consent",)}]
)
def test_a_plugin_that_is_switched_off_is_not_even_imported_but_reported(
    entries: dict[str, Any], plugin: Callable[..., ModuleType], switches: dict[str, Any]
) -> None:
    plugins = start(entries, plugin, **switches)
    assert entries["roles"].imported == []
    status = next(status for status in plugins.statuses if status.name == "roles")
    assert (status.enabled, status.ok, status.order, status.problem) == (False, True, None, "switched off")


def test_settings_of_a_plugin_that_is_switched_off_are_no_error(
    entries: dict[str, Any], plugin: Callable[..., ModuleType]
) -> None:
    start(entries, plugin, settings={"roles": {"whatever": 1}}, disabled=("roles",))


@pytest.mark.parametrize(
    ("switches", "place"),
    [
        ({"order": ("rolls",)}, "[pipeline] order"),
        ({"disabled": ("rolls",)}, "[pipeline] disabled"),
        ({"only": ("rolls",)}, "CRMBRIDGE_PLUGINS"),
    ],
)
def test_a_switch_for_a_plugin_that_is_not_there_is_an_error(
    entries: dict[str, Any], plugin: Callable[..., ModuleType], switches: dict[str, Any], place: str
) -> None:
    with pytest.raises(FixConfig) as caught:
        start(entries, plugin, **switches)
    assert f"{place}: no plugin named rolls" in str(caught.value)
    assert "consent, core, hubspot, roles" in str(caught.value)


@pytest.mark.parametrize(
    "fault", [ImportError("No module named 'left_pad'"), SystemExit("Erika M."), ValueError("Erika M.")]
)
def test_a_plugin_that_cannot_be_imported_is_reported_and_the_others_run(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], fault: Any
) -> None:
    plugins = load({"bad": fault, "good": plugin(**OBSERVER)})
    bad, good = plugins.statuses
    assert names(plugins) == ["good"]
    assert (bad.ok, good.ok) == (False, True)
    assert type(fault).__name__ in bad.problem
    assert (str(fault) in bad.problem) == isinstance(fault, ImportError)
    assert "acme-bad" in bad.remedy


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("\nint('erika@muster.example')\n", "ValueError at bridgefile.py:2"),
        (
            "import json\ndef read():\n    json.loads('erika@muster.example')\nread()",
            "JSONDecodeError at bridgefile.py:3",
        ),
        ("import crmbridge_nosuch", "ModuleNotFoundError: No module named 'crmbridge_nosuch'"),
        ("x = (", "SyntaxError: '(' was never closed (bridgefile.py, line 1)"),
    ],
)
def test_why_a_plugin_cannot_be_imported_quotes_nothing_but_imports_and_syntax(
    tmp_path: Path, plugin: Callable[..., ModuleType], code: str, told: str
) -> None:
    bridgefile = tmp_path / "bridgefile.py"
    bridgefile.write_text(code)
    (bad,) = (item for item in start({}, plugin, bridgefile=bridgefile).statuses if not item.ok)
    assert bad.problem == f"cannot be imported: {told}"


def test_the_user_can_interrupt_an_import(load: Callable[..., Plugins]) -> None:
    with pytest.raises(KeyboardInterrupt):
        load({"bad": KeyboardInterrupt()})


def test_two_distributions_with_one_plugin_name_are_both_refused_and_named(
    entry: Callable[..., Any], plugin: Callable[..., ModuleType]
) -> None:
    rivals = [entry("roles", plugin(**OBSERVER), name) for name in ("beta", "alpha")]
    plugins = Plugins.load({}, entry_points=rivals)
    assert names(plugins) == []
    assert all("alpha and beta" in status.problem for status in plugins.statuses)
    assert [rival.imported for rival in rivals] == [[], []]


def test_nobody_can_take_the_name_of_what_crmbridge_ships(
    entry: Callable[..., Any], plugin: Callable[..., ModuleType]
) -> None:
    rival = entry("core", plugin(**OBSERVER), "evil")
    plugins = Plugins.load({}, builtins={"core": plugin(**OBSERVER)}, entry_points=[rival])
    assert plugins.versions() == {"core": __version__}
    assert [(status.distribution, status.ok) for status in plugins.statuses] == [("crmbridge", True), ("evil", False)]


def test_a_bridgefile_is_a_plugin_whose_version_is_its_content(
    entries: dict[str, Any], plugin: Callable[..., ModuleType], tmp_path: Path
) -> None:
    file = tmp_path / "bridgefile.py"
    file.write_text(BRIDGE)
    first = start(entries, plugin, bridgefile=file, settings={"bridgefile": {"level": 2}}).versions()["bridgefile"]
    file.write_text(BRIDGE + "# edited\n")
    second = start(entries, plugin, bridgefile=file).versions()["bridgefile"]
    assert len(first) == 12
    assert first != second
    assert [item.name for item in tmp_path.iterdir()] == ["bridgefile.py"]  # no __pycache__ beside the user's config


def test_a_bridgefile_that_is_not_there_is_none(
    entries: dict[str, Any], plugin: Callable[..., ModuleType], tmp_path: Path
) -> None:
    assert "bridgefile" not in names(start(entries, plugin, bridgefile=tmp_path / "bridgefile.py"))


def test_a_broken_bridgefile_is_reported_with_its_line(
    entries: dict[str, Any], plugin: Callable[..., ModuleType], tmp_path: Path
) -> None:
    file = tmp_path / "bridgefile.py"
    file.write_text("\ndef broken(:\n")
    plugins = start(entries, plugin, bridgefile=file)
    status = next(status for status in plugins.statuses if status.name == "bridgefile")
    assert not status.ok
    assert "line 2" in status.problem
    assert "roles" in names(plugins)


def test_under_an_allow_list_the_bridgefile_runs_only_if_it_is_named(
    entries: dict[str, Any], plugin: Callable[..., ModuleType], tmp_path: Path
) -> None:
    file = tmp_path / "bridgefile.py"
    file.write_text("raise SystemExit('imported')")
    assert names(start(entries, plugin, bridgefile=file, allow=("acme-roles",))) == ["core", "hubspot", "roles"]
    file.write_text(BRIDGE)
    assert names(start(entries, plugin, bridgefile=file, allow=("bridgefile.py",))) == ["bridgefile", "core", "hubspot"]


def test_the_code_of_an_unlisted_distribution_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: Callable[..., Any]
) -> None:
    # mutant: the list is looked at only after loading
    (tmp_path / "acme_unlisted.py").write_text("from crmbridge import hookimpl\n@hookimpl\ndef on_event(): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    unlisted = EntryPoint("unlisted", "acme_unlisted", "crmbridge")
    Plugins.load({}, switches=Switches(allow=("acme-roles",)), entry_points=[unlisted])
    assert "acme_unlisted" not in sys.modules
    Plugins.load({}, switches=Switches(allow=("unknown",)), entry_points=[unlisted])  # it has no distribution
    assert sys.modules.pop("acme_unlisted")


def test_a_bridgefile_runs_only_if_it_is_asked_for(
    entries: dict[str, Any], plugin: Callable[..., ModuleType], tmp_path: Path
) -> None:
    file = tmp_path / "bridgefile.py"
    file.write_text(BRIDGE)
    assert "bridgefile" not in names(start(entries, plugin, bridgefile=file, no_plugins=True))
    assert "bridgefile" not in names(start(entries, plugin, bridgefile=file, only=("roles",)))
    assert "bridgefile" in names(start(entries, plugin, bridgefile=file, only=("bridgefile",)))


def test_the_installed_entry_points_are_the_default() -> None:
    assert "hubspot" in {status.name for status in Plugins.load({}).statuses}


def test_an_instance_is_a_plugin_too(load: Callable[..., Plugins]) -> None:
    class Observer:
        @hookimpl
        def on_event(self, ctx: Any, event: Any) -> Any:
            pass

    assert names(load({"acme": Observer()})) == ["acme"]
