"""What every connector must do, as tests: subclass ``ConnectorContract`` and give it two fixtures.

.. code-block:: python

    class TestMine(ConnectorContract):
        @pytest.fixture
        def connector(self):
            return MyConnector(...)

        @pytest.fixture
        def world(self):
            return World(ids={"contact": {"1", "2"}}, contact="1", filled=("Title", "CFO"), empty="Nickname")

A test is skipped where the capabilities say that the platform cannot do it. The tests write to ``world.contact``,
create and archive records, link them, and leave behind properties, a label and a list named ``crmb_contract_…`` or
``crmb contract``: use a test account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from crmbridge.connector import Connector, Modified, Update
from crmbridge.errors import CrmBridgeError
from crmbridge.model.base import ObjectName
from crmbridge.model.links import Link
from crmbridge.model.properties import Option, PropertyDefinition, PropertyType
from crmbridge.testing.contract_removing import RemovingContract
from crmbridge.testing.contract_writing import WritingContract
from crmbridge.testing.world import World, listed, needs, walk

__all__ = ["ConnectorContract", "World"]

GROUP = "crmbridge"
_LATER = timedelta(seconds=2)  # more than the coarsest platform rounds a time


class ConnectorContract(WritingContract, RemovingContract):
    """The contract of ``crmbridge.connector.Connector``."""

    def test_it_has_every_method(self, connector: Connector) -> None:
        """The protocol is there whole, and what is written is also read."""
        assert isinstance(connector, Connector), "methods of crmbridge.connector.Connector are missing"
        able = connector.capabilities
        assert set(able.writable) <= set(able.objects), "what is writable must be readable"
        assert set(able.creatable) <= set(able.objects), "what is created must be readable"
        assert {end for pair in able.links for end in pair} <= set(able.objects), "links need readable ends"

    def test_account_is_named(self, connector: Connector) -> None:
        """A plan is bound to the account, days are counted in its zone."""
        account = connector.account()
        assert account.id, "account().id is empty"
        assert ZoneInfo(account.timezone), "account().timezone is no IANA zone"

    def test_check_finds_nothing_wrong(self, connector: Connector) -> None:
        """A sound account has a clean report."""
        checks = list(connector.check())
        assert checks, "check() says nothing"
        assert not [check.name for check in checks if not check.ok], "check() objects to a sound account"

    def test_listing_returns_each_record_once(self, connector: Connector, world: World) -> None:
        """All pages together hold all records."""
        for name, ids in world.ids.items():
            found = [record.id for record in listed(connector, name)]
            assert sorted(found) == sorted(ids), f"listing {name}: records are missing, doubled or archived"

    def test_records_are_what_was_asked(self, connector: Connector, world: World) -> None:
        """Ids are texts, the object fits, times carry a zone."""
        for name in world.ids:
            for record in listed(connector, name):
                assert isinstance(record.id, str), f"{name}: ids are texts, even if the platform sends numbers"
                assert record.object == name, f"{name}: listed as {record.object}"
                assert record.updated_at is None or record.updated_at.tzinfo, f"{name}: updated_at lacks a zone"

    def test_values_are_the_platforms(self, connector: Connector, world: World) -> None:
        """Asked properties are there, and no others; empty ones and those that nobody has are None."""
        prop, value = world.filled
        asked = tuple(filter(None, (prop, world.empty, "crmb_contract_nobody_has_this")))
        shown = next(record for record in listed(connector, "contact", asked) if record.id == world.contact)
        for record in (shown, *connector.read_records("contact", [world.contact], asked)):
            found = dict(record.properties)
            assert found == {**dict.fromkeys(asked), prop: value}, "other properties are there than were asked for"

    def test_reading_by_id_leaves_out_what_is_missing(self, connector: Connector, world: World) -> None:
        """A record that is gone is no error."""
        found = connector.read_records("contact", [world.missing, world.contact], ())
        assert [record.id for record in found] == [world.contact]

    def test_changes_include_both_ends(self, connector: Connector, world: World) -> None:
        """A change in the very moment of the boundary belongs to both windows."""
        needs(connector, "changes")
        at = connector.read_records("contact", [world.contact], ())[0].updated_at
        assert at is not None, "without updated_at there are no changes to read"
        for since, until in ((at, at + _LATER), (at - _LATER, at)):
            found = _changed(connector, since, until)
            assert found.count(world.contact) == 1, "a change at either end of the window is missing or doubled"
        assert world.contact not in _changed(connector, at + _LATER, at + 2 * _LATER), "a change shows after its window"

    def test_links_are_complete(self, connector: Connector, world: World) -> None:
        """Every link of every source is read once, with its label."""
        for source, target in connector.capabilities.links:
            sources = sorted(world.ids.get(source, ()))
            wanted = {_plain(link) for link in world.links if _pair(link) == (source, target)}
            found = list(connector.read_links(source, target, sources))
            assert {_plain(link) for link in found} == wanted, f"links {source} → {target} differ"
            assert len(found) == len(set(found)), f"links {source} → {target} are doubled"

    def test_update_writes_and_empties(self, connector: Connector, world: World) -> None:
        """A value is written, None empties it."""
        needs(connector, "writable")
        for value in ("crmbridge contract", None):
            outcomes = connector.update("contact", [Update(id=world.contact, properties={world.empty: value})])
            assert [(outcome.id, outcome.ok) for outcome in outcomes] == [(world.contact, True)]
            record = connector.read_records("contact", [world.contact], [world.empty])[0]
            assert record.properties[world.empty] == value, "update() said it wrote, but the value differs"

    def test_update_tells_what_is_there_now(self, connector: Connector, world: World) -> None:
        """Of what was sent only, if it tells at all: the platform may have trimmed it."""
        needs(connector, "writable")
        update = Update(id=world.contact, properties={world.empty: " crmbridge  contract "})
        (outcome,) = connector.update("contact", [update])
        (record,) = connector.read_records("contact", [world.contact], [world.empty])
        there = {world.empty: record.properties[world.empty]}
        assert outcome.properties in (None, there), "update() tells another value than can be read"

    def test_update_of_a_missing_record_fails_alone(self, connector: Connector, world: World) -> None:
        """Each update has one outcome; one failure is not everyone's."""
        needs(connector, "writable")
        updates = [Update(id=id_, properties={world.empty: "x"}) for id_ in (world.missing, world.contact)]
        outcomes = {outcome.id: outcome for outcome in connector.update("contact", updates)}
        assert {id_: outcome.ok for id_, outcome in outcomes.items()} == {world.missing: False, world.contact: True}
        assert outcomes[world.missing].code, "an outcome that is not ok needs the platform's code"

    def test_an_unknown_property_is_not_written(self, connector: Connector, world: World) -> None:
        """The platform's refusal arrives: as an error for the batch or as an outcome."""
        needs(connector, "writable")
        updates = [Update(id=world.contact, properties={"crmb_contract_nobody_has_this": "x"})]
        try:
            outcomes = connector.update("contact", updates)
        except CrmBridgeError:
            return
        assert [outcome.ok for outcome in outcomes] == [False]

    def test_definitions_are_created_as_declared(self, connector: Connector) -> None:
        """Every property type survives the way to the platform and back."""
        needs(connector, "definitions")
        assert connector.create_group("contact", GROUP, "crmbridge")
        assert not connector.create_group("contact", GROUP, "crmbridge")  # one that exists is left as it is
        made = [_definition(word) for word in get_args(PropertyType)]
        for definition in made:
            connector.create_definition(definition)
        found = {definition.name: definition for definition in connector.read_definitions("contact")}
        for definition in made:
            there = found[definition.name]
            assert (there.type, there.label, there.group) == (definition.type, definition.label, GROUP)
            assert not definition.options or there.options == definition.options, f"options of {there.name} differ"
            assert not there.read_only, f"{there.name} was created to be written"

    def test_options_are_added_never_removed(self, connector: Connector) -> None:
        """A narrower declaration does not take options away."""
        needs(connector, "definitions")
        connector.create_group("contact", GROUP, "crmbridge")
        definition = _definition("multi", "crmb_contract_options")
        connector.create_definition(definition)
        more = Option(value="c", label="C")
        connector.add_options(definition.model_copy(update={"options": (more,)}))
        found = {there.name: there for there in connector.read_definitions("contact")}[definition.name]
        assert found.options == (*definition.options, more)

    def test_authors_tell_people_from_programs(self, connector: Connector, world: World) -> None:
        """What crmbridge wrote is a program's, what a person edited is a person's."""
        needs(connector, "history")
        connector.update("contact", [Update(id=world.contact, properties={world.empty: "by a program"})])
        version = connector.read_authors("contact", [world.contact], [world.empty])[world.contact][world.empty]
        assert (version.author, version.value) == ("system", "by a program")
        if world.edit is None:
            pytest.skip("world.edit is not given")
        world.edit(world.empty, "by a person")
        version = connector.read_authors("contact", [world.contact], [world.empty])[world.contact][world.empty]
        assert (version.author, version.value) == ("person", "by a person")

    def test_the_credential_does_not_show(self, connector: Connector, world: World) -> None:
        """Neither repr nor text of a connector holds its secret."""
        shown = f"{connector!r} {connector!s}"
        assert not world.secret or world.secret not in shown, "repr() of the connector shows the credential"

    def test_it_counts_calls_and_closes_twice(self, connector: Connector, world: World) -> None:
        """Calls are counted for reports; closing again is harmless."""
        before = connector.calls
        connector.read_records("contact", [world.contact], ())
        assert connector.calls > before, "calls does not count"
        connector.close()
        connector.close()


def _changed(connector: Connector, since: datetime, until: datetime) -> list[str]:
    def read(after: str | None) -> tuple[Sequence[Modified], str | None]:
        page = connector.read_changes("contact", since, until, after)
        return page.modified, page.after

    return [item.id for item in walk(read)]


def _pair(link: Link) -> tuple[ObjectName, ObjectName]:
    return link.source.object, link.target.object


def _plain(link: Link) -> Link:
    return replace(link, type_id=None)


def _definition(word: PropertyType, name: str = "") -> PropertyDefinition:
    options = (Option(value="a", label="A"), Option(value="b", label="B")) if word in {"enumeration", "multi"} else ()
    name = name or f"crmb_contract_{word}"
    return PropertyDefinition(object="contact", name=name, label=name, type=word, group=GROUP, options=options)
