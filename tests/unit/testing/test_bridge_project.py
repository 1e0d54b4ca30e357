from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from crmbridge import PersonFacts, PropertySpec, PropertyValue, Ref, hookimpl
from crmbridge.testing import BridgeProject, SamplePortal

Make = Callable[..., BridgeProject]

BRIDGEFILE = """
from crmbridge import PersonFacts, PropertySpec, PropertyValue, hookimpl

@hookimpl
def register_properties():
    return [PropertySpec(object="contact", name="beside", label="Beside")]

@hookimpl
def derive_contact(person):
    return [PropertyValue(subject=person.contact.ref, property="beside", value="here", reason="it is a file")]
"""


def _state() -> tuple[dict[str, str], Path, bool]:
    words = {name: value for name, value in os.environ.items() if name.startswith("CRMBRIDGE_")}
    return words, Path.cwd(), "crmbridge_titled" in sys.modules


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """Holds after each test here, when its other fixtures have ended. Kills: what is set without ``monkeypatch``."""
    before = _state()
    yield
    assert _state() == before


@pytest.fixture
def titled() -> ModuleType:
    """A plugin as a module: it says the length of the job title; a person named Broken breaks it."""
    module = ModuleType("crmbridge_titled")

    @hookimpl
    def register_properties() -> list[PropertySpec]:
        return [PropertySpec(object="contact", name="title_length", label="Length", type="number")]

    @hookimpl
    def derive_contact(person: PersonFacts) -> Iterator[PropertyValue]:
        if person.contact.last_name == "Broken":
            raise ZeroDivisionError
        length = len(person.contact.job_title or "")
        yield PropertyValue(subject=person.contact.ref, property="title_length", value=length, reason="counted")

    module.register_properties, module.derive_contact = register_properties, derive_contact  # type: ignore[attr-defined]
    return module


def test_the_readme_of_the_kit_in_one_test(portal: SamplePortal, bridge_project: Make) -> None:
    company = portal.company("Muster GmbH")
    anna, ben = portal.people(company, "Anna Beispiel, CFO", "Ben Muster, Leiter Einkauf")
    portal.email(anna, ben, subject="Angebot")
    portal.deal("Packaging line", anna, ben)
    project = bridge_project(plugins=["roles"])
    project.write_back().done()
    assert "decider" in (portal.value(anna, "crmb_roles") or "")
    assert "buyer" in (portal.value(ben, "crmb_roles") or "")
    with project.bridge() as bridge:
        (center,) = bridge.buying_centers()
    assert [touch.responders for touch in center.touches] == [(str(anna),)]
    assert project.plan() == {}


def test_a_module_is_a_plugin_under_its_own_name(
    portal: SamplePortal, bridge_project: Make, titled: ModuleType
) -> None:
    # mutant: _choose() that leaves CRMBRIDGE_PLUGINS alone, so that all installed plugins run
    anna = portal.person("Anna Beispiel", "CFO")
    project = bridge_project([titled])
    plugins = project.run("plugins", "--json").done().document["plugins"]
    running = {item["name"]: item["distribution"] for item in plugins if item["enabled"]}
    assert running == {"core": "crmbridge", "hubspot": "crmbridge", "titled": "crmbridge-sample-titled"}
    row = project.plan()[anna, "crmb_title_length"]
    assert (row.after, row.reason, row.by) == ("3", "counted", "titled")


def test_an_installed_module_is_not_installed_twice(portal: SamplePortal, bridge_project: Make) -> None:
    import crmbridge_roles

    status = bridge_project([crmbridge_roles]).run("plugins", "--json").done().document["plugins"]
    assert [item["ok"] for item in status if item["name"] == "roles"] == [True]


def test_a_plugin_that_fails_fails_the_test(portal: SamplePortal, bridge_project: Make, titled: ModuleType) -> None:
    # mutant: write_back() without _check()
    portal.person("Bob Broken")
    project = bridge_project([titled])
    with pytest.raises(AssertionError, match="titled failed in derive_contact on contact:.*ZeroDivisionError"):
        project.write_back()
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        project.plan()


def test_a_plugin_that_is_refused_fails_the_test(portal: SamplePortal, bridge_project: Make) -> None:
    with pytest.raises(AssertionError, match="empty implements no hook"):
        bridge_project([ModuleType("crmbridge_empty")]).plan()


def test_the_config_takes_more_and_replaces_privacy(portal: SamplePortal, bridge_project: Make) -> None:
    project = bridge_project(
        ["roles"], '[privacy]\nprocessing = "record-required"\n[plugins.roles]\nbuying_role = "read"\n'
    )
    assert project.run("status").code == 0
    assert (project.path / "crmbridge.toml").read_text().count("[privacy]") == 1


def test_a_bridgefile_in_the_folder_runs_as_well(portal: SamplePortal, bridge_project: Make) -> None:
    anna = portal.person("Anna Beispiel")
    project = bridge_project()
    (project.path / "bridgefile.py").write_text(BRIDGEFILE)
    project.write_back().done()
    assert portal.value(anna, "crmb_beside") == "here"


def test_a_result_tells_how_a_command_ended(portal: SamplePortal, bridge_project: Make) -> None:
    project = bridge_project()
    result = project.run("plan")
    assert (result.code, "crmbridge sync" in result.err, result.out) == (1, True, "")
    with pytest.raises(AssertionError, match="ended with 1"):
        result.done()
    assert project.run("sync", "--json").done().document["connection"] == "main"


def test_another_portal_can_be_given(bridge_project: Make) -> None:
    other = SamplePortal()
    anna = other.person("Anna Beispiel", "CFO")
    project = bridge_project(["roles"], portal=other)
    assert project.plan()[anna, "crmb_seniority"].after == "management"


def test_a_persons_edit_is_left_alone(portal: SamplePortal, bridge_project: Make, titled: ModuleType) -> None:
    anna = portal.person("Anna Beispiel", "CFO")
    project = bridge_project([titled])
    project.write_back().done()
    portal.edit(anna, crmb_title_length=7)
    assert (Ref("contact", anna.id), "crmb_title_length") not in project.plan()
