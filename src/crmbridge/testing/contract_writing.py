"""What every connector must do that makes, links and lists records, as tests; part of ``ConnectorContract``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

import pytest

from crmbridge.connector import (
    IGNORED,
    NO_LABEL,
    Activity,
    Connector,
    Created,
    Creation,
    LinkChange,
    Outcome,
    Tie,
    Update,
    Upsert,
)
from crmbridge.errors import CrmBridgeError
from crmbridge.model.base import ObjectName, Ref
from crmbridge.testing.world import World, needs, walk

TITLE = "crmb contract"


class WritingContract:
    """The contract of what a connector writes beyond values."""

    def test_created_records_are_there(self, connector: Connector, world: World) -> None:
        """Each creation has the outcome of its trace, and its record holds what was sent."""
        _creates(connector, "contact")
        prop, value = world.filled
        rows = [Creation(trace=trace, properties={prop: f"{value} {trace}"}) for trace in ("b", "a")]
        with _made(connector, "contact", connector.create("contact", rows)) as made:
            assert all(one.ok and one.new and one.id for one in made), "create() failed"
            for one in made:
                (record,) = connector.read_records("contact", [one.id or ""], [prop])
                assert record.properties[prop] == f"{value} {one.trace}", "outcomes are joined with other traces"

    def test_a_creation_that_is_refused_fails_alone(self, connector: Connector, world: World) -> None:
        """A row that the platform refuses does not keep the others from being made."""
        _creates(connector, "contact")
        prop, value = world.filled
        rows = [
            Creation(trace="bad", properties={"crmb_contract_nobody_has_this": "x"}),
            Creation(trace="good", properties={prop: value}),
        ]
        with _made(connector, "contact", connector.create("contact", rows)) as made:
            assert {one.trace: one.ok for one in made} == {"bad": False, "good": True}
            assert [one.trace for one in made if one.code] == ["bad"], "a row that is not ok has a code"

    def test_a_trace_that_comes_twice_is_refused(self, connector: Connector, world: World) -> None:
        """Nothing is made that could not be told apart."""
        _creates(connector, "contact")
        twice = Creation(trace="same", properties=dict([world.filled]))
        before = len(world.ids["contact"])
        with pytest.raises(CrmBridgeError):
            connector.create("contact", [twice, twice])
        assert len(_all(connector, "contact")) == before, "create() made records of a batch that it refused"

    def test_a_record_is_born_with_its_links(self, connector: Connector, world: World) -> None:
        """Links are made with the record, and a label that is not defined is told, not left out."""
        _creates(connector, "contact")
        source, target = _pair(connector, "contact")
        end = Tie(target=Ref(target, min(world.ids[target])))
        lost = Tie(target=end.target, label="crmb contract, never defined")
        rows = [
            Creation(trace="plain", properties=dict([world.filled]), links=(end,)),
            Creation(trace="lost", properties=dict([world.filled]), links=(lost,)),
        ]
        with _made(connector, "contact", connector.create(source, rows)) as made:
            outcomes = {one.trace: one for one in made}
            assert (outcomes["plain"].ok, outcomes["lost"].code) == (True, NO_LABEL)
            links = list(connector.read_links(source, target, [outcomes["plain"].id or ""]))
            assert {link.target for link in links} == {end.target}

    @pytest.mark.parametrize("kind", ["note", "task"])
    def test_notes_and_tasks_are_composed(self, connector: Connector, kind: Literal["note", "task"]) -> None:
        """What is composed can be created, and happens when it should."""
        _creates(connector, kind)
        at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        activity = Activity(object=kind, trace="t", at=at, text="1 < 2\nand so on", subject="Read it")
        row = connector.compose(activity)
        assert row.trace == activity.trace
        with _made(connector, kind, connector.create(kind, [row])) as (made,):
            (record,) = connector.read_records(kind, [made.id or ""], tuple(row.properties))
            assert getattr(record, "at", at) == at
            assert all(record.properties[prop] for prop in row.properties if prop in record.properties)

    @pytest.mark.parametrize("kind", ["note", "task"])
    @pytest.mark.parametrize("subject", ["contact", "company", "deal"])
    def test_notes_and_tasks_are_found_by_their_text(
        self, connector: Connector, world: World, subject: ObjectName, kind: Literal["note", "task"]
    ) -> None:
        """Whoever does not know whether one was made finds it on its record; what is archived is not found."""
        _creates(connector, kind)
        end, key = Ref(subject, min(world.ids[subject])), "crmb-contract-key"
        at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        activity = Activity(object=kind, trace="t", at=at, text=f"1 < 2\n{key}\n", links=(Tie(target=end),))
        other = activity.model_copy(update={"trace": "other", "text": "of somebody else"})
        rows = [connector.compose(one) for one in (activity, other)]
        assert _with_text(connector, end, kind, activity) == []
        with _made(connector, kind, connector.create(kind, rows)) as made:
            ids = {one.trace: one.id for one in made}
            assert _with_text(connector, end, kind, activity) == [ids["t"]]
            connector.archive(kind, [ids["t"] or ""])
            assert _with_text(connector, end, kind, activity) == []

    def test_upsert_makes_once_and_changes_then(self, connector: Connector, world: World) -> None:
        """The same row twice is one record."""
        _creates(connector, "contact")
        if not world.unique:
            pytest.skip("world.unique is not given")
        prop, value = world.filled
        row = Upsert(trace="t", value="contract@crmbridge.example", properties={prop: value})
        with _made(connector, "contact", connector.upsert("contact", world.unique, [row])) as (first,):
            again = row.model_copy(update={"properties": {prop: "changed"}})
            (second,) = connector.upsert("contact", world.unique, [again])
            assert (first.new, second.new) == (True, False)
            assert first.id == second.id, "upsert() made a double"
            (record,) = connector.read_records("contact", [first.id or ""], [prop])
            assert record.properties[prop] == "changed"

    def test_archiving_is_done_once_and_no_error_twice(self, connector: Connector, world: World) -> None:
        """What is archived is read no more; what is gone is gone."""
        _creates(connector, "contact")
        (made,) = connector.create("contact", [Creation(trace="t", properties=dict([world.filled]))])
        for _ in range(2):
            assert connector.archive("contact", [made.id or ""]) == [Outcome(id=made.id or "", ok=True)]
        assert connector.read_records("contact", [made.id or ""], ()) == []

    def test_a_label_is_defined_once(self, connector: Connector) -> None:
        """Defining it again finds it, and each direction has kinds of its own."""
        source, target = _pair(connector)
        first = connector.create_label(source, target, TITLE)
        assert connector.create_label(source, target, TITLE) == first
        labels = connector.read_labels(source, target)
        assert [one for one in labels if one.label == TITLE] == [first]
        assert [one.label for one in labels].count(None) == 1, "the plain link is a kind too"

    def test_links_are_made_and_removed_label_by_label(self, connector: Connector, world: World) -> None:
        """Another label stays when one is made or removed; without the plain link nothing is left."""
        plain = _plain(connector, world)
        first, second = (plain.model_copy(update={"label": label}) for label in (TITLE, f"{TITLE} 2"))
        connector.unlink([plain])
        for change in (first, second):
            connector.create_label(change.source.object, change.target.object, change.label or "")
            assert [one.ok for one in connector.link([change])] == [True]
        both = {None, first.label, second.label}
        assert _labels(connector, plain) == both, "making one label took another away, or left out the plain link"
        assert [one.ok for one in connector.unlink([first])] == [True]
        assert _labels(connector, plain) == both - {first.label}
        for _ in range(2):
            assert [one.ok for one in connector.unlink([plain])] == [True]
        assert _labels(connector, plain) == set()

    def test_a_label_is_seen_from_both_ends(self, connector: Connector, world: World) -> None:
        """The other direction says the inverse; what is removed at one end is gone at the other."""
        there = _plain(connector, world)
        pair = there.target.object, there.source.object
        if pair not in connector.capabilities.labels:
            pytest.skip("the platform does not write such links the other way")
        label, inverse = f"{TITLE} of", f"{TITLE} by"
        connector.create_label(*pair[::-1], label, inverse)
        assert inverse in {one.label for one in connector.read_labels(*pair)}
        change = there.model_copy(update={"label": label})
        back = LinkChange(source=there.target, target=there.source)
        assert [one.ok for one in connector.link([change])] == [True]
        assert [one.ok for one in connector.link([back])] == [True]
        assert {None, label} <= _labels(connector, there)
        assert {None, inverse} <= _labels(connector, back)
        seen = list(connector.read_links(*pair, [there.target.id]))
        assert len(seen) == len(set(seen)), "a link that was made from both ends is read twice"
        assert [one.ok for one in connector.unlink([back.model_copy(update={"label": inverse})])] == [True]
        assert label not in _labels(connector, there)
        connector.unlink([there])
        assert _labels(connector, back) == set()

    def test_each_link_has_its_outcome(self, connector: Connector, world: World) -> None:
        """A label that is not defined and a record that is missing fail alone."""
        good = _plain(connector, world)
        lost = good.model_copy(update={"label": "crmb contract, never defined"})
        gone = LinkChange(source=good.source, target=Ref(good.target.object, world.missing))
        outcomes = {one.change: one for one in connector.link([lost, good, gone])}
        assert {change: one.ok for change, one in outcomes.items()} == {lost: False, good: True, gone: False}
        assert outcomes[lost].code == NO_LABEL
        assert outcomes[gone].code, "an outcome that is not ok needs the platform's code"

    def test_a_list_is_made_once_and_keeps_its_members(self, connector: Connector, world: World) -> None:
        """Records are put in and taken out; an id that nobody has is told."""
        needs(connector, "segments")
        segment = connector.create_segment("contact", TITLE)
        assert connector.create_segment("contact", TITLE) == segment
        one, two = sorted(world.ids["contact"])[:2]
        outcomes = {item.id: item.ok for item in connector.change_members(segment, [one, two, world.missing])}
        assert outcomes == {one: True, two: True, world.missing: False}
        assert sorted(_members(connector, segment)) == sorted([one, two])
        connector.change_members(TITLE, remove=[one])
        assert _members(connector, TITLE) == [two], "a list is known by its name too"
        with pytest.raises(CrmBridgeError):
            connector.change_members(segment, [one], [one])
        connector.change_members(segment, remove=[two])

    def test_subscriptions_are_what_people_said(self, connector: Connector, world: World) -> None:
        """What somebody opted out of is read, everything at once included."""
        needs(connector, "subscriptions")
        asked = sorted({one.address for one in world.subscriptions})
        found = {(one.address, one.id, one.status) for one in connector.read_subscriptions(asked)}
        wanted = {(one.address, one.id, one.status) for one in world.subscriptions}
        assert {one for one in found if one[2] != "unknown"} == {one for one in wanted if one[2] != "unknown"}

    def test_a_step_back_needs_a_restart(self, connector: Connector, world: World) -> None:
        """A platform that moves a value forward only says so, and moves it back when it is told to."""
        needs(connector, "forward_only")
        prop = connector.capabilities.forward_only[0]
        definitions = {one.name: one for one in connector.read_definitions("contact")}
        early, late = (option.value for option in definitions[prop].options[:2])
        plain = Update(id=world.contact, properties={prop: early})
        connector.update("contact", [Update(id=world.contact, properties={prop: late}, restart=frozenset([prop]))])
        assert connector.update("contact", [plain]) == [Outcome(id=world.contact, ok=False, code=IGNORED)]
        back = plain.model_copy(update={"restart": frozenset([prop])})
        assert [(item.id, item.ok, item.code) for item in connector.update("contact", [back])] == [
            (world.contact, True, "")
        ]
        assert connector.read_records("contact", [world.contact], [prop])[0].properties[prop] == early


@contextmanager
def _made(connector: Connector, name: ObjectName, made: Sequence[Created]) -> Iterator[Sequence[Created]]:
    """Archive at the end what a test made."""
    try:
        yield made
    finally:
        connector.archive(name, [one.id for one in made if one.id])


def _with_text(connector: Connector, end: Ref, kind: ObjectName, wanted: Activity) -> list[str]:
    """Return the records of a kind on another record that hold the last line of a text."""
    asked = tuple(connector.compose(wanted).properties)
    ids = [link.target.id for link in connector.read_links(end.object, kind, [end.id])]
    records = connector.read_records(kind, ids, asked) if ids else []
    key = wanted.text.split()[-1]
    return [record.id for record in records if any(key in (value or "") for value in record.properties.values())]


def _creates(connector: Connector, name: ObjectName) -> None:
    if name not in connector.capabilities.creatable:
        pytest.skip(f"the platform does not create a {name}")


def _pair(connector: Connector, source: ObjectName | None = None) -> tuple[ObjectName, ObjectName]:
    able = connector.capabilities
    for pair in able.labels:
        if pair in able.links and source in (None, pair[0]):
            return pair
    pytest.skip("the platform does not write such links")


def _plain(connector: Connector, world: World) -> LinkChange:
    source, target = _pair(connector)
    return LinkChange(source=Ref(source, max(world.ids[source])), target=Ref(target, max(world.ids[target])))


def _labels(connector: Connector, ends: LinkChange) -> set[str | None]:
    links = connector.read_links(ends.source.object, ends.target.object, [ends.source.id])
    return {link.label for link in links if link.target == ends.target}


def _members(connector: Connector, segment: str) -> list[str]:
    def read(after: str | None) -> tuple[Sequence[str], str | None]:
        page = connector.read_members(segment, after)
        return page.ids, page.after

    return walk(read)


def _all(connector: Connector, name: ObjectName) -> list[str]:
    def read(after: str | None) -> tuple[Sequence[str], str | None]:
        page = connector.read_page(name, (), after)
        return [record.id for record in page.records], page.after

    return walk(read)
