"""Records of the account's own objects reach the hooks that ask for them, and a change of one has its people judged."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from crmbridge import InputSpec, PersonFacts, PropertySpec, PropertyValue, hookimpl
from crmbridge.testing import BridgeProject, SamplePortal


@pytest.fixture
def portal() -> SamplePortal:
    return SamplePortal()


def _plugin(*reads: str) -> ModuleType:
    @hookimpl
    def register_inputs() -> list[InputSpec]:
        return [InputSpec(object=name, properties=("state",)) for name in reads]

    @hookimpl
    def register_properties() -> list[PropertySpec]:
        return [PropertySpec(object="contact", name="machines", label="Machines")]

    @hookimpl
    def derive_contact(person: PersonFacts) -> list[PropertyValue]:
        states = " ".join(str(item.properties["state"]) for item in person.items) or "none"
        return [PropertyValue(subject=person.contact.ref, property="machines", value=states, reason="as read")]

    made = ModuleType("crmbridge_machines")
    for hook in (register_inputs, register_properties, derive_contact):
        setattr(made, hook.__name__, hook)
    return made


@pytest.mark.parametrize("reads", [("custom.machine",), ()])
def test_a_change_of_an_own_object_is_judged_where_a_plugin_reads_it(
    portal: SamplePortal, bridge_project: Callable[..., BridgeProject], reads: tuple[str, ...]
) -> None:
    """Kills: ``items`` of objects nobody asked for; changed items that queue nobody; items left out of the graph."""
    kind = portal.account.define_object("machine")
    portal.account.define(kind.name, "state")
    anna, ben = portal.people(portal.company("Muster GmbH"), "Anna Beispiel, CFO", "Ben Muster, CTO")
    machine = portal.account.add(kind.name, {"state": "running"})
    portal.account.link(kind.name, machine, "contacts", anna.id)
    own = f'[connections.main.custom_objects]\nmachine = "{kind.type_id}"\n[sync]\nobjects = ["custom.machine"]\n'
    project = bridge_project(plugins=[_plugin(*reads)], config=own)
    project.write_back().done()
    assert portal.value(anna, "crmb_machines") == ("running" if reads else "none")
    assert portal.value(ben, "crmb_machines") == "none"
    portal.account.edit(kind.name, machine, {"state": "idle"})
    changed = {ref: row.after for (ref, name), row in project.plan().items() if name == "crmb_machines"}
    assert changed == ({anna: "idle"} if reads else {})
