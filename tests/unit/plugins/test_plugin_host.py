from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import Field, SecretStr

from crmbridge import CommandSpec, ConnectorSettings, ConnectorSpec, InputSpec, PluginSettings, PropertySpec
from crmbridge.plugins import Plugins


class Settings(PluginSettings):
    level: int = 1
    words: frozenset[str] = frozenset()
    token: SecretStr = SecretStr("none")


class Unwritable(PluginSettings):
    table: Mapping[tuple[int, int], str] = Field(default_factory=lambda: {(1, 2): "x"})


def with_settings() -> Any:
    return Settings


def test_inputs_of_all_plugins_are_merged_for_the_connector(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType]
) -> None:
    read = [
        InputSpec(object="deal", properties=("b", "a")),
        InputSpec(object="contact", properties=("c",), connector="hubspot"),
        InputSpec(object="contact", properties=("d",), connector="other"),
    ]
    plugins = load(
        {
            "a": plugin(register_inputs=lambda: read),
            "b": plugin(register_inputs=lambda: [InputSpec(object="deal", properties=("a", "z"))]),
        }
    )
    assert plugins.inputs("hubspot") == {"contact": ("c",), "deal": ("a", "b", "z")}
    assert list(plugins.inputs("other")) == ["contact", "deal"]


def test_properties_are_sorted_and_name_their_plugin_whatever_the_plugin_says(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType]
) -> None:
    one = PropertySpec(object="contact", name="b", label="B", by="somebody-else")
    two = PropertySpec(object="contact", name="a", label="A")
    three = PropertySpec(object="company", name="z", label="Z")
    plugins = load(
        {"x": plugin(register_properties=lambda: [one, two]), "y": plugin(register_properties=lambda: [three])}
    )
    found = [(spec.object, spec.name, spec.by) for spec in plugins.properties()]
    assert found == [("company", "z", "y"), ("contact", "a", "x"), ("contact", "b", "x")]


def test_connectors_and_commands_are_found_by_name(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType]
) -> None:
    specs = [
        ConnectorSpec(name=name, settings=ConnectorSettings, open=lambda settings: settings) for name in ("b", "a")
    ]
    commands = [CommandSpec(name=name, run=print) for name in ("z", "y")]
    plugins = load({"x": plugin(register_connectors=lambda: specs, register_commands=lambda: commands)})
    assert plugins.connectors() == {"b": specs[0], "a": specs[1]}
    assert [command.name for command in plugins.commands()] == ["y", "z"]


def test_a_status_tells_the_hooks(load: Callable[..., Plugins], plugin: Callable[..., ModuleType]) -> None:
    (status,) = load({"x": plugin(on_event=lambda: None, check_plan=lambda: None)}).statuses
    assert (status.name, status.version, status.distribution) == ("x", "1.0", "acme-x")
    assert (status.hooks, status.order, status.ok, status.enabled) == (("check_plan", "on_event"), 1, True, True)


def test_the_fingerprint_is_stable_and_differs_with_what_judging_depends_on(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], entry: Callable[..., Any]
) -> None:
    def fingerprint(section: Any, **switches: Any) -> Any:
        made = plugin(register_settings=with_settings)
        return load({"acme": made, "b": plugin(on_event=lambda: None)}, {"acme": section}, **switches).fingerprint()

    base = fingerprint({})
    assert fingerprint({"level": 1}) == base
    assert fingerprint({"level": 2}) != base
    assert fingerprint({}, order=("b", "acme")) != base
    assert fingerprint({}, disabled=("b",)) != base
    newer = Plugins.load({}, entry_points=[entry("x", plugin(on_event=lambda: None), version="2")]).fingerprint()
    older = Plugins.load({}, entry_points=[entry("x", plugin(on_event=lambda: None), version="1")]).fingerprint()
    assert newer != older


def test_a_secret_is_not_in_the_fingerprint(load: Callable[..., Plugins], plugin: Callable[..., ModuleType]) -> None:
    def fingerprint(token: Any) -> Any:
        made = plugin(register_settings=with_settings)
        return load({"acme": made}, {"acme": {"token": token}}).fingerprint()

    assert fingerprint("one") == fingerprint("two")


def test_the_fingerprint_of_a_set_is_the_same_in_every_process(tmp_path: Path) -> None:
    # mutant: settings are hashed in the order in which a set happens to be iterated
    file = tmp_path / "bridgefile.py"
    file.write_text(
        "from crmbridge import PluginSettings, hookimpl\n"
        "class Settings(PluginSettings):\n"
        "    words: frozenset[str] = frozenset(map(str, range(50)))\n"
        "@hookimpl\n"
        "def register_settings():\n"
        "    return Settings\n"
    )
    script = (
        "import sys, pathlib; from crmbridge.plugins import Plugins; "
        "print(Plugins.load({}, entry_points=[], bridgefile=pathlib.Path(sys.argv[1])).fingerprint())"
    )

    def run(seed: Any) -> Any:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", script, str(file)]
        return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout

    assert run("1") == run("2")


def test_settings_that_cannot_be_written_down_are_refused(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType]
) -> None:
    (status,) = load({"acme": plugin(register_settings=lambda: Unwritable)}).statuses
    assert "settings that cannot be written down" in status.problem


def test_two_hosts_share_nothing(load: Callable[..., Plugins], plugin: Callable[..., ModuleType]) -> None:
    assert list(load({"a": plugin(on_event=lambda: None)}).versions()) == ["a"]
    assert list(load({"b": plugin(on_event=lambda: None)}).versions()) == ["b"]
