"""What every plugin must do, as tests: subclass ``PluginContract`` and name the plugin.

.. code-block:: python

    class TestAcme(PluginContract):
        plugin = "acme"
        settings = {"threshold": 3}

A test is skipped where the plugin has no hook, and declares no property or setting, that it is about. The plugin is
asked about invented people and centers; the last test runs it on an account of the sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, ClassVar

import pytest

from crmbridge.plugins import HookCall
from crmbridge.plugins.registration import Plugin
from crmbridge.quality.probes import PROBES, observe
from crmbridge.quality.probes_ask import PURE, ask, load_plugin
from crmbridge.quality.probes_cases import FILLINGS, make_cases
from crmbridge.testing.portal import SamplePortal
from crmbridge.testing.project import BridgeProject

DETERMINISTIC = ("repeats", "order", "pure", "elsewhere")
"""Probes that tell whether the same question always has the same answer."""


def assert_deterministic(plugin: str | ModuleType, settings: Mapping[str, Any] | None = None) -> None:
    """Fail unless a plugin answers the same question the same way: again, in another order, in another process.

    Args:
        plugin: The name of an installed one, or its module.
        settings: Its table ``[plugins.NAME]``.
    """
    faults = [seen.message for seen in observe(load_plugin(plugin, settings), DETERMINISTIC) if not seen.ok]
    assert not faults, "\n".join(faults)


class PluginContract:
    """The contract of a plugin.

    Attributes:
        plugin: Name of an installed plugin, or its module.
        settings: Its table ``[plugins.NAME]``.
    """

    plugin: ClassVar[str | ModuleType]
    settings: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture
    def loaded(self) -> Plugin:
        """The plugin, loaded by itself with its settings."""
        return load_plugin(self.plugin, self.settings)

    def test_it_registers(self, loaded: Plugin) -> None:
        """Its hooks fit their specifications, and what it registers is valid."""
        assert loaded.hooks, "it has no hook"

    def test_it_takes_no_unknown_setting(self, loaded: Plugin) -> None:
        """A misspelt setting is an error, not a silence."""
        model = type(loaded.context.settings)
        assert model.model_config.get("extra") == "forbid", "unknown settings pass unseen"

    def test_it_registers_the_same_again(self, loaded: Plugin) -> None:
        """What it registers hangs on its settings alone."""
        again = load_plugin(self.plugin, self.settings)
        assert (again.properties, again.inputs, again.stages) == (loaded.properties, loaded.inputs, loaded.stages)

    def test_people_can_read_its_properties(self, loaded: Plugin) -> None:
        """Each has a label, and its name leaves the prefix to crmbridge."""
        _skip_unless(loaded.properties, "registers no property")
        bad = [spec.name for spec in loaded.properties if not spec.label.strip() or spec.name.startswith("crmb_")]
        assert not bad, f"a label is missing, or the prefix stands in the name: {', '.join(bad)}"

    def test_each_property_is_registered_once(self, loaded: Plugin) -> None:
        """Two registrations of one property contradict each other."""
        _skip_unless(loaded.properties, "registers no property")
        assert len(loaded.specs) == len(loaded.properties), "a property is registered twice"

    def test_what_it_reads_is_named_once(self, loaded: Plugin) -> None:
        """An input stands once for each object and connector."""
        _skip_unless(loaded.inputs, "reads no properties")
        named = [(spec.connector, spec.object, name) for spec in loaded.inputs for name in spec.properties]
        assert len(named) == len(set(named)), "an input is named twice"

    @pytest.mark.parametrize("hook", PURE)
    def test_it_answers(self, loaded: Plugin, hook: str) -> None:
        """Each hook answers about every center, person, company and record, and core takes the answer."""
        _skip_unless(hook in loaded.hooks, f"has no {hook}")
        _refuse_failures(ask(loaded, make_cases(loaded.inputs), hooks=(hook,)), hook)

    @pytest.mark.parametrize("filling", FILLINGS[1:])
    def test_it_takes_what_the_crm_holds(self, loaded: Plugin, filling: str | None) -> None:
        """The properties that it reads may hold nothing, or what nobody expects there."""
        _skip_unless(loaded.inputs, "reads no properties")
        _refuse_failures(ask(loaded, make_cases(loaded.inputs, filling)), f"where its inputs are {filling!r}, it")

    @pytest.mark.parametrize("probe", [name for name in PROBES if name not in ("answers", "speed", "idle")])
    def test_it_holds(self, loaded: Plugin, probe: str) -> None:
        """What ``crmbridge.quality.probes`` watch holds: see there for each."""
        seen = observe(loaded, (probe,))
        _skip_unless(seen, f"has nothing to do with {probe}")
        faults = [item.message for item in seen if not item.ok]
        assert not faults, "\n".join(faults)

    def test_it_writes_back_once(
        self, loaded: Plugin, portal: SamplePortal, bridge_project: Callable[..., BridgeProject]
    ) -> None:
        """On an account it runs without a failure, and a second plan has nothing to write."""
        company = portal.company("Muster GmbH")
        people = portal.people(company, "Anna Beispiel, CFO", "Ben Muster, Leiter Einkauf", "Cleo Probe")
        portal.email(people[0], people[1], subject="Angebot")
        portal.email(portal.us, *people)
        portal.meeting(*people)
        portal.note("Frau Beispiel entscheidet.", portal.deal("Packaging line", *people, company=company))
        project = bridge_project([self.plugin], _table(loaded.name, self.settings))
        project.write_back()
        assert not project.plan(), "a second plan finds something to write again"


def _refuse_failures(calls: Iterable[HookCall], who: str) -> None:
    """Fail on the first failure, with its traceback: the samples are invented, so it may quote them."""
    failed = [call for call in calls if call.failure]
    if failed:
        first = failed[0]
        what = f"{first.hook} on {first.unit}: {first.failure.message if first.failure else ''}"
        raise AssertionError(f"{who} failed on {len(failed)} samples, first in {what}") from first.error


def _skip_unless(there: object, why: str) -> None:
    if not there:
        pytest.skip(f"the plugin {why}")


def _table(name: str, settings: Mapping[str, Any]) -> str:
    lines = (f"{key} = {_toml(value)}" for key, value in settings.items())
    return "\n".join([f"[plugins.{name}]", *lines, ""])


def _toml(value: Any) -> str:
    """Write a setting as TOML: texts, numbers, truth, lists and tables; JSON has the same words for the first ones."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
