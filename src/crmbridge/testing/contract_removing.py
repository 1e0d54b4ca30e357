"""What every connector must do that removes what crmbridge made, as tests; part of ``ConnectorContract``."""

from __future__ import annotations

import pytest

from crmbridge.connector import Connector, Update
from crmbridge.errors import CrmBridgeError, FixRequest
from crmbridge.model.properties import PropertyDefinition
from crmbridge.testing.world import World, needs

GROUP = "crmb_contract_group"
PROPERTY = "crmb_contract_removed"
LIST = "crmb contract, removed"


class RemovingContract:
    """The contract of what a connector takes away again."""

    def test_a_removed_property_is_gone_with_its_values(self, connector: Connector, world: World) -> None:
        """It is neither listed nor read; removing it again is no error."""
        needs(connector, "removes")
        _define(connector)
        connector.update("contact", [Update(id=world.contact, properties={PROPERTY: "x"})])
        for _ in range(2):
            connector.remove_definition("contact", PROPERTY)
        assert PROPERTY not in _names(connector), "remove_definition() left it"
        (record,) = connector.read_records("contact", [world.contact], [PROPERTY])
        assert record.properties[PROPERTY] is None
        connector.remove_group("contact", GROUP)

    def test_what_stands_in_the_way_of_a_property_is_told(self, connector: Connector) -> None:
        """A name that would bring back an old definition is archived, and each property takes one place."""
        needs(connector, "removes")
        before = connector.read_vacancy("contact")
        _define(connector)
        there = connector.read_vacancy("contact")
        assert PROPERTY not in there.archived, "a property that is there is not archived"
        assert before.left is None or there.left == before.left - 1, "a new property takes a place"
        connector.remove_definition("contact", PROPERTY)
        after = connector.read_vacancy("contact")
        assert after.left == before.left, "a removed property gives its place back"
        _define(connector, label="another")
        assert PROPERTY not in connector.read_vacancy("contact").archived, "a property that is there is not archived"
        (again,) = [one for one in connector.read_definitions("contact") if one.name == PROPERTY]
        assert again.label == "another" or PROPERTY in after.archived, "an old definition came back unannounced"
        connector.remove_definition("contact", PROPERTY)
        connector.remove_group("contact", GROUP)

    def test_a_group_is_removed_when_it_is_empty(self, connector: Connector) -> None:
        """Properties in a group keep it; the platform says why. Removing it again is no error."""
        needs(connector, "removes")
        _define(connector)
        with pytest.raises(FixRequest) as refused:
            connector.remove_group("contact", GROUP)
        assert refused.value.category, "a refusal needs the platform's word for it"
        assert PROPERTY in _names(connector), "a refused removal took the properties away"
        connector.remove_definition("contact", PROPERTY)
        for _ in range(2):
            connector.remove_group("contact", GROUP)

    def test_a_removed_list_leaves_its_members(self, connector: Connector, world: World) -> None:
        """It is known no more, its records are; one of its name begins empty. Removing it again is no error."""
        needs(connector, "removes")
        needs(connector, "segments")
        for name in (LIST, ""):
            segment = connector.create_segment("contact", LIST)
            assert not connector.read_members(segment, None).ids, "a new list has members of an old one"
            connector.change_members(segment, [world.contact])
            for _ in range(2):
                connector.remove_segment(name or segment)
            with pytest.raises(CrmBridgeError):
                connector.read_members(segment, None)
        assert connector.read_records("contact", [world.contact], ()), "remove_segment() took its members away"


def _define(connector: Connector, label: str = "one") -> None:
    connector.create_group("contact", GROUP, "crmb contract")
    made = PropertyDefinition(object="contact", name=PROPERTY, label=label, type="string", group=GROUP)
    connector.create_definition(made)


def _names(connector: Connector) -> set[str]:
    return {one.name for one in connector.read_definitions("contact")}
