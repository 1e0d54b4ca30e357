"""What a connector must do whose platform reads ranges of ids and tells what became of a record, as tests.

Subclass ``RangeContract`` beside ``ConnectorContract``, with the same fixtures; the third, ``gone``, is optional.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from crmbridge.connector import Connector, Fate
from crmbridge.model.base import ENGAGEMENTS, ObjectName
from crmbridge.model.records import Engagement
from crmbridge.testing.world import World, listed, needs, walk


class RangeContract:
    """The contract of ``read_page`` by ids, ``read_top``, ``read_bottom``, ``read_archived`` and ``read_fates``."""

    @pytest.fixture
    def gone(self) -> Mapping[str, Fate]:
        """Contacts that the account no longer lists, and what became of each; none if a test cannot say."""
        return {}

    def test_pages_ascend_from_their_cursor(self, connector: Connector, world: World) -> None:
        """A page begins at the id that its cursor names, whether that record exists or not."""
        for name, ids in _ranged(connector, world):
            assert [record.id for record in listed(connector, name)] == ids, f"{name}: not by ascending id"
            for start in (ids[-1], str(int(ids[-1]) - 1), str(int(ids[-1]) + 1)):
                found = [record.id for record in connector.read_page(name, (), start).records]
                assert found == [id_ for id_ in ids if int(id_) >= int(start)], f"{name}: a page starts elsewhere"

    def test_a_top_is_the_upper_end_of_its_range(self, connector: Connector, world: World) -> None:
        """The lower end belongs to a range, the upper does not; what is skipped counts from above."""
        size = connector.capabilities.top_page
        for name, ids in _ranged(connector, world):
            falling = ids[::-1]
            assert _top(connector, name, "0", None) == falling[:size]
            assert _top(connector, name, "0", None, skip=1) == falling[1 : size + 1]
            assert _top(connector, name, ids[0], ids[-1]) == falling[1 : size + 1], f"{name}: an end is wrong"
            assert _top(connector, name, ids[-1], None) == ids[-1:], f"{name}: the lower end belongs to the range"
            assert _top(connector, name, str(int(ids[-1]) + 1), None) == []

    def test_a_top_has_the_values_of_a_page(self, connector: Connector, world: World) -> None:
        """However a record is read, it is the same."""
        prop, _ = world.filled
        for name, ids in _ranged(connector, world):
            asked = (prop,) if name == "contact" else ()
            (found,) = connector.read_top(name, asked, ids[-1], None).records
            (same,) = connector.read_page(name, asked, ids[-1]).records
            assert found == same, f"{name}: a search and a list differ"

    def test_what_happened_before_is_left_out(self, connector: Connector, world: World) -> None:
        """The time of an engagement is its business time, and the boundary belongs to what is read."""
        for name, ids in _ranged(connector, world):
            if name not in ENGAGEMENTS:
                continue
            happened = [one for one in listed(connector, name) if isinstance(one, Engagement)]
            for at in {one.at for one in happened}:
                wanted = [one.id for one in happened if one.at >= at]
                found = connector.read_top(name, (), "0", None, since=at).records
                assert [record.id for record in found] == wanted[::-1][: connector.capabilities.top_page]
                assert connector.read_bottom(name, at) == wanted[0], f"{name}: the bottom is another one"
            latest = max(one.at for one in happened)
            assert connector.read_bottom(name, latest + timedelta(seconds=1)) is None
            assert len(happened) == len(ids)

    def test_archived_records_are_listed(self, connector: Connector, gone: Mapping[str, Fate]) -> None:
        """Each once, and none that lives, was merged or is deleted for good."""
        needs(connector, "archived")

        def read(after: str | None) -> tuple[Sequence[str], str | None]:
            page = connector.read_archived("contact", after)
            return page.ids, page.after

        assert sorted(walk(read)) == sorted(id_ for id_, fate in gone.items() if fate.state == "archived")

    def test_fates_are_told(self, connector: Connector, world: World, gone: Mapping[str, Fate]) -> None:
        """Every id has a fate, and a merged record names its survivor."""
        needs(connector, "archived")
        living = dict.fromkeys(world.ids["contact"], Fate("alive"))
        expected = {**living, **gone, world.missing: Fate("deleted")}
        assert dict(connector.read_fates("contact", list(expected))) == expected

    def test_a_survivor_names_what_was_merged_into_it(self, connector: Connector, gone: Mapping[str, Fate]) -> None:
        """So that links and decisions of the merged record can follow it."""
        for id_, fate in gone.items():
            if fate.survivor is not None:
                (record,) = connector.read_records("contact", [fate.survivor], ())
                assert id_ in record.merged_ids
                assert record.id not in record.merged_ids


def _ranged(connector: Connector, world: World) -> list[tuple[ObjectName, list[str]]]:
    """Return the objects that are read by ranges, each with its ids ascending."""
    found = [(name, sorted(world.ids.get(name, ()), key=int)) for name in connector.capabilities.ranges]
    if not any(ids for _, ids in found):
        pytest.skip("the platform has no ranges")
    return [(name, ids) for name, ids in found if ids]


def _top(connector: Connector, name: ObjectName, low: str, high: str | None, skip: int = 0) -> list[str]:
    return [record.id for record in connector.read_top(name, (), low, high, skip=skip).records]
