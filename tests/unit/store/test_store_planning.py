"""What a plan asks the store for: values, counts, proposals of some records, earlier plans."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from crmbridge.model import Contact, PlanHeader, PropertyChange, PropertyValue, Record, Ref
from crmbridge.store import Journal, Judgements, Mirror, Store, Unit

AT = datetime(2026, 1, 1, tzinfo=UTC)


def put(store: Store, *records: Record) -> Mirror:
    mirror = Mirror(store, "main", "crmb_")
    with store.locking() as tx:
        mirror.put(tx, records, 1, 1)
    return mirror


def test_filled_counts_records_that_have_a_value(store: Store) -> None:
    """Kills: counting empty texts, archived records, or those of another connection or object."""
    mirror = put(
        store,
        Contact(id="1", properties={"a": "x", "b": None}),
        Contact(id="2", properties={"a": "", "b": "0"}),
        Contact(id="3", properties={"a": "x"}),
        Contact(id="4", properties={"a": "x"}, archived=True),
    )
    other = Mirror(store, "other", "crmb_")
    with store.locking() as tx:
        other.put(tx, [Contact(id="1", properties={"a": "x"})], 1, 1)
    with store.reading() as tx:
        assert mirror.filled(tx, "contact", ["a", "b", "nobody"]) == {"a": 2, "b": 1, "nobody": 0}
        assert mirror.filled(tx, "contact", []) == {}
        assert mirror.filled(tx, "deal", ["a"]) == {"a": 0}


def test_values_are_those_of_the_whole_record(store: Store) -> None:
    properties = {"a": "Zürich", "b": None}
    record = Contact(id="1", properties=properties, updated_at=AT, first_name="Ada")
    mirror = put(store, record, Contact(id="2"), Contact(id="3", archived=True))
    with store.reading() as tx:
        found = mirror.values(tx, "contact", ["1", "2", "3", "4"])
    assert set(found) == {"1", "2"}
    assert found["1"] == (record.ref, properties, AT)
    assert found["2"] == (Ref("contact", "2"), {}, None)


def test_proposals_of_some_records_are_those_of_all_less_the_others(store: Store) -> None:
    judgements = Judgements(store, "main")
    with store.locking() as tx:
        for name in ("contact", "company"):
            units = [
                Unit(
                    "center",
                    f"deal:{name}{id_}",
                    "h",
                    values=[PropertyValue(subject=Ref(name, str(id_)), property="p", value=id_, by="judge")],
                    last_on=date(2026, 1, 1),
                )
                for id_ in range(12)
            ]
            judgements.put(tx, "center", units)
    with store.reading() as tx:
        every = list(judgements.proposed(tx))
        some = list(judgements.proposed(tx, {"contact": {"11", "2", "99"}, "company": {"3"}}))
        assert list(judgements.proposed(tx, {})) == []
    assert [str(item.subject) for item in some] == ["company:3", "contact:11", "contact:2"]
    assert some == [item for item in every if item.subject in {one.subject for one in some}]


def header(number: int) -> PlanHeader:
    return PlanHeader(
        id=f"plan{number:03}",
        connection="main",
        account_id="1",
        as_of=date(2026, 1, 1),
        created_at=AT + timedelta(seconds=number // 3),  # some at the same time
        serial=1,
        plugins={},
        hash="" if number % 10 == 0 else f"hash{number}",
    )


def test_recent_plans_come_newest_first_each_once_and_only_finished_ones(store: Store) -> None:
    """Kills: a page that starts at the time of the last, by which plans of one moment are lost."""
    plans = Journal(store, "main").plans
    with store.locking() as tx:
        for number in range(65):
            plans.begin(tx, header(number))
    found = [item.id for item in plans.recent()]
    assert found == [f"plan{number:03}" for number in reversed(range(65)) if number % 10]


def change(number: int) -> PropertyChange:
    return PropertyChange(
        subject=Ref("contact", str(number // 2)), property=f"p{number % 2}", before=None, after="x", policy="own"
    )


def test_rows_that_are_added_later_go_on_where_the_others_end(store: Store) -> None:
    plans = Journal(store, "main").plans
    with store.locking() as tx:
        plans.begin(tx, header(1))
        after = plans.add(tx, "plan001", map(change, range(1_201)))
        assert after == 1_201
        assert plans.add(tx, "plan001", [], after) == after
        assert plans.add(tx, "plan001", map(change, range(1_201, 1_210)), after) == 1_210
        assert plans.records(tx, "plan001") == 605
    assert [row.row for page in plans.pages("plan001") for row in page] == list(range(1_210))
    assert list(plans.changes("plan001")) == list(map(change, range(1_210)))
