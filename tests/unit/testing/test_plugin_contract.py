"""The suite fails a bad plugin, and skips by what a plugin declares."""

from __future__ import annotations

from types import ModuleType
from typing import Any, ClassVar

import pytest

from crmbridge import PropertySpec, PropertyValue, hookimpl
from crmbridge.testing import PluginContract


def module(**hooks: Any) -> ModuleType:
    made = ModuleType("crmbridge_held")
    for name, function in hooks.items():
        setattr(made, name, hookimpl(function))
    return made


def register_properties() -> list[PropertySpec]:
    return [PropertySpec(object="contact", name="crmb_score", label=" ")]


def derive_contact(person: Any) -> Any:
    yield PropertyValue(subject=person.contact.ref, property="crmb_score", value=person.contact.job_title.lower())


class Bad(PluginContract):
    plugin = module(register_properties=register_properties, derive_contact=derive_contact)


class TestOneHook(PluginContract):
    """A plugin that answers one hook passes what is about it; all else is skipped."""

    plugin = module(check_plan=lambda plan: ())
    settings: ClassVar[dict[str, Any]] = {}


def test_a_bad_plugin_fails() -> None:
    held = Bad()
    loaded = Bad.loaded.__wrapped__(held)  # type: ignore[attr-defined]  # a fixture, called as a function
    with pytest.raises(AssertionError, match="a label is missing, or the prefix"):
        held.test_people_can_read_its_properties(loaded)
    with pytest.raises(AssertionError, match="derive_contact failed on .* samples") as raised:
        held.test_it_answers(loaded, "derive_contact")
    assert raised.value.__cause__ is not None  # pytest shows its traceback
    with pytest.raises(AssertionError, match="no reason"):
        held.test_it_holds(loaded, "reasons")
    with pytest.raises(pytest.skip.Exception, match="has no check_plan"):
        held.test_it_answers(loaded, "check_plan")
    with pytest.raises(pytest.skip.Exception, match="reads no properties"):
        held.test_it_takes_what_the_crm_holds(loaded, "7")
