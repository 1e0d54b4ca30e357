"""The mirror keeps what was read, and marks dirty what judging must look at again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from crmbridge.errors import FixConfig
from crmbridge.model import Company, Contact, Deal, Link, Owner, Ref
from crmbridge.store import Mirror, Progress, Run, Store
from crmbridge.store.schema import dirty


@pytest.fixture
def mirror(store: Store) -> Mirror:
    return Mirror(store, "main", "crmb_")


def _dirty(tx: sa.Connection) -> set[tuple[str, str]]:
    found = {(row.object, row.id) for row in tx.execute(sa.select(dirty))}
    tx.execute(dirty.delete())
    return found


def _person(number: int, **properties: str | None) -> Contact:
    return Contact(
        id=str(number), email=f"p{number}@a.example", emails=(f"p{number}@a.example",), properties=properties
    )


def test_a_record_comes_back_as_it_was(store: Store, run: Run, mirror: Mirror) -> None:
    person = _person(1, jobtitle="CFO", crmb_roles="decider").model_copy(
        update={
            "created_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "first_name": "Jörg\U0001f600",
            "last_name": "<b>x</b>",
        }
    )
    with store.writing(run.lease) as tx:
        mirror.put(tx, [person], 1, 1)
    assert list(mirror.records("contact")) == [person]


def test_only_other_content_makes_a_record_dirty(store: Store, run: Run, mirror: Mirror) -> None:
    with store.writing(run.lease) as tx:
        assert mirror.put(tx, [_person(1, jobtitle="CFO", crmb_roles=None)], 1, 1).changed == 1
        _dirty(tx)
        ours = _person(1, jobtitle="CFO", crmb_roles="decider", hs_lastmodifieddate="later")
        assert mirror.put(tx, [ours.model_copy(update={"updated_at": datetime.now(UTC)})], 1, 1).changed == 0
        assert _dirty(tx) == set()
        assert mirror.put(tx, [_person(1, jobtitle="CEO", crmb_roles="decider")], 1, 1).changed == 1
        assert _dirty(tx) == {("contact", "1")}


def test_a_changed_link_makes_both_ends_dirty(store: Store, run: Run, mirror: Mirror) -> None:
    link = Link(source=Ref("deal", "9"), target=Ref("contact", "1"), type_id="3")
    labelled = Link(source=Ref("deal", "9"), target=Ref("contact", "1"), type_id="77", label="Decision maker")
    with store.writing(run.lease) as tx:
        mirror.links.put(tx, "deal", ["9"], "contact", [link, labelled])
        assert _dirty(tx) == {("deal", "9"), ("contact", "1")}
        mirror.links.put(tx, "deal", ["9"], "contact", [link, labelled])
        assert _dirty(tx) == set()
        mirror.links.put(tx, "deal", ["9"], "contact", [link])
        assert _dirty(tx) == {("deal", "9"), ("contact", "1")}
        assert [edge.label for edge in mirror.links.edges(tx, "contact", ["1"])] == [None]


def test_links_to_other_objects_stay(store: Store, run: Run, mirror: Mirror) -> None:
    firm = Link(source=Ref("deal", "9"), target=Ref("company", "5"), type_id="5", primary=True)
    with store.writing(run.lease) as tx:
        mirror.links.put(tx, "deal", ["9"], "company", [firm])
        mirror.links.put(tx, "deal", ["9"], "contact", [])
        assert [(edge.target, edge.primary) for edge in mirror.links.edges(tx, "deal", ["9"])] == [
            (Ref("company", "5"), True)
        ]


def test_what_a_finished_listing_did_not_see_is_known(store: Store, run: Run, mirror: Mirror) -> None:
    with store.writing(run.lease) as tx:
        mirror.put(tx, [_person(1), _person(2), _person(3)], 1, 1)
        mirror.put(tx, [_person(1)], 1, 2)
        mirror.seen(tx, "contact", ["2"], 2)
        assert mirror.unseen(tx, "contact", 2, "", 10) == ["3"]
        mirror.archive(tx, "contact", ["3"])
    assert [item.id for item in mirror.records("contact")] == ["1", "2"]
    assert mirror.count("contact") == 2


def test_an_address_leads_to_its_contact_until_it_changes(store: Store, run: Run, mirror: Mirror) -> None:
    with store.writing(run.lease) as tx:
        mirror.put(tx, [_person(1)], 1, 1)
        assert mirror.addresses.find(tx, ["p1@a.example", "x@y.example"]) == {"p1@a.example": "1"}
        mirror.put(tx, [Contact(id="1", email="new@a.example", emails=("new@a.example",))], 1, 1)
        assert mirror.addresses.find(tx, ["p1@a.example", "new@a.example"]) == {"new@a.example": "1"}


def test_a_confirmed_value_is_in_the_record_and_makes_nothing_dirty(store: Store, run: Run, mirror: Mirror) -> None:
    with store.writing(run.lease) as tx:
        mirror.put(tx, [Deal(id="9", name="D", properties={"crmb_members_known": None})], 1, 1)
        _dirty(tx)
        mirror.set_properties(tx, {Ref("deal", "9"): {"crmb_members_known": "4"}})
        assert _dirty(tx) == set()
        assert mirror.get(tx, Deal, "deal", ["9"])["9"].properties["crmb_members_known"] == "4"


def test_connections_do_not_see_each_other(store: Store, run: Run, mirror: Mirror) -> None:
    with store.writing(run.lease) as tx:
        mirror.put(tx, [Company(id="5", name="A")], 1, 1)
    assert list(Mirror(store, "other", "crmb_").records("company")) == []


def test_a_rolled_back_page_leaves_nothing(store: Store, run: Run, mirror: Mirror) -> None:
    with pytest.raises(ZeroDivisionError), store.writing(run.lease) as tx:
        mirror.put(tx, [_person(1)], 1, 1)
        _ = 1 / 0
    assert mirror.count("contact") == 0


def test_a_connection_stays_with_its_account_and_prefix(store: Store, run: Run) -> None:
    progress = Progress(store, "main")
    with store.writing(run.lease) as tx:
        progress.bind(tx, "1", "Europe/Berlin", "crmb_")
        progress.bind(tx, "1", "Europe/Berlin", "crmb_")
        with pytest.raises(FixConfig, match="account 2: use the right token"):
            progress.bind(tx, "2", "Europe/Berlin", "crmb_")
        with pytest.raises(FixConfig, match="change it back"):
            progress.bind(tx, "1", "Europe/Berlin", "other_")


def test_a_living_contact_is_found_by_an_address_that_an_archived_one_had(
    store: Store, run: Run, mirror: Mirror
) -> None:
    twin = Contact(id="2", email="p1@a.example", emails=("p1@a.example",))
    with store.writing(run.lease) as tx:
        mirror.put(tx, [_person(1), twin], 1, 1)
        assert mirror.addresses.find(tx, ["p1@a.example"]) == {"p1@a.example": "1"}
        _dirty(tx)
        mirror.archive(tx, "contact", ["1"])
        assert mirror.addresses.find(tx, ["p1@a.example"]) == {"p1@a.example": "2"}
        assert _dirty(tx) == {("contact", "1"), ("contact", "2")}


def test_an_unknown_time_zone_of_the_account_is_refused(store: Store, run: Run) -> None:
    with pytest.raises(FixConfig, match="tzdata"), store.writing(run.lease) as tx:
        Progress(store, "main").bind(tx, "1", "Mars/Phobos", "crmb_")


def test_an_archived_record_that_stays_so_is_no_news(store: Store, run: Run, mirror: Mirror) -> None:
    # Kills "only what lives is known": an archived owner would have everything judged again at each sync.
    gone = Owner(id="9", archived=True)
    with store.writing(run.lease) as tx:
        assert mirror.put(tx, [gone], 1, 1).changed == 1
        assert mirror.put(tx, [gone], 1, 2).changed == 0
        assert mirror.put(tx, [gone.model_copy(update={"archived": False})], 1, 3).changed == 1
