"""Notes and tasks: each is made once, tells only of what was written, and only ours are archived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import pytest

from crmbridge.connector import UNANSWERED, Activity, Created, Creation, Tie, Update
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.model import ActivityChange, Plan, Ref
from crmbridge.model.records import Record
from crmbridge.testing import MemoryConnector
from crmbridge.testing.memory_words import TEXT

from .conftest import TODAY, Portal
from .handmade import contact, deals, ends, labelled, link, plan_of, score, scored

Name = Literal["note", "task"]


@pytest.fixture
def crm(portal: Portal) -> Portal:
    """Three contacts with a property to write."""
    score(portal)
    portal.contacts("1", "2", "3", crmb_score=None)
    return portal


def noted(id_: str, name: Name = "note", **more: Any) -> ActivityChange:
    """A row that makes a note or a task."""
    facts = {"key": f"key{id_}", "day": TODAY, "after": f"Changed:\nkey{id_}", "by": "core review"} | more
    return ActivityChange(subject=contact(id_), object=name, **facts)


def archived(id_: str, made: str) -> ActivityChange:
    """A row that archives a note."""
    return noted(id_, before="x", after=None, made=made)


def notes(portal: Portal, name: Name = "note") -> list[Record]:
    return [record for ref, record in portal.crm.records.items() if ref.object == name and not record.archived]


def owned(portal: Portal, kind: Name = "note") -> set[tuple[str, str]]:
    with portal.store.reading() as tx:
        return portal.journal.manifest.owned_by(tx, kind, "contact", ["1", "2", "3"])


def reviewed(portal: Portal, *ids: str) -> Plan:
    """A plan that writes to contacts and tells so."""
    return plan_of(portal, [*(scored(id_) for id_ in ids), *(noted(id_) for id_ in ids)])


@pytest.mark.parametrize("name", ["note", "task"])
def test_it_stands_on_its_record_with_its_key(crm: Portal, name: Name) -> None:
    row = noted("1", name, title="Review" if name == "task" else "", owner_id="7")
    assert crm.apply(plan_of(crm, [scored("1"), row])).confirmed == 2
    (made,) = notes(crm, name)
    assert made.properties[TEXT] == "Changed:\nkey1"
    assert made.properties["OwnerId"] == "7"
    assert str(made.properties["Date"]).startswith("2026-03-01")
    assert made.properties.get("Title") == ("Review" if name == "task" else None)
    assert [link.target.id for link in crm.crm.read_links("contact", name, ["1"])] == [made.id]
    assert owned(crm, name) == {("1", made.id)}


def test_nothing_is_told_of_a_record_that_was_not_written(crm: Portal) -> None:
    """Kills "note first": contact 2's value is a person's, so there is nothing to review."""
    crm.crm.edit(contact("2"), {"crmb_score": "9"})
    plan = reviewed(crm, "1", "2")
    result = crm.apply(plan)
    assert ends(crm, plan)[2:] == [("confirmed", ""), ("invalid", "nothing-written")]
    assert len(notes(crm)) == 1
    assert (result.conflicts, result.invalid) == (1, 0), "the conflict is told once"
    assert [item.property for item in crm.journal.rejects.all()] == []


def test_what_a_label_changed_is_told_too(crm: Portal) -> None:
    deals(crm, "9")
    crm.crm.create_label("contact", "deal", "Decider")
    link(crm, "1")
    crm.apply(plan_of(crm, [labelled("1"), noted("1")]))
    assert len(notes(crm)) == 1


def test_each_answer_decides_its_own_row(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills "any success means all succeeded"."""
    real = crm.crm.create

    def answer(name: Any, creations: Sequence[Creation]) -> Sequence[Created]:
        told = real(name, [row for row in creations if row.trace == "key1"])
        return [
            Created(trace="key3", ok=False, code="NO_WAY"),
            Created(trace="key2", ok=False, code=UNANSWERED),
            *told,
        ]

    monkeypatch.setattr(crm.crm, "create", answer)
    plan = reviewed(crm, "1", "2", "3")
    assert crm.apply(plan).unknown == 1
    assert ends(crm, plan)[3:] == [("confirmed", ""), ("unknown", "no-answer"), ("rejected", "NO_WAY")]


@pytest.mark.parametrize("arrived", [True, False])
def test_what_got_no_answer_is_looked_for_by_the_next_run(
    crm: Portal, monkeypatch: pytest.MonkeyPatch, *, arrived: bool
) -> None:
    """Kills "create again without looking", and "take it for made"."""
    real = crm.crm.create

    def lost(name: Any, creations: Sequence[Creation]) -> Sequence[Created]:
        if arrived:
            real(name, creations)
        raise RetryLater("no answer")

    monkeypatch.setattr(crm.crm, "create", lost)
    plan = reviewed(crm, "1", "2")
    with pytest.raises(RetryLater):
        crm.apply(plan)
    assert ends(crm, plan)[2:] == [("unknown", "no-answer")] * 2
    monkeypatch.setattr(crm.crm, "create", real)
    crm.apply(plan)
    assert [state for state, _ in ends(crm, plan)] == ["confirmed"] * 4
    made = {record.id for record in notes(crm)}
    assert {id_ for _, id_ in owned(crm)} == made
    assert len(made) == 2
    assert [reason for _, reason in ends(crm, plan)[2:]] == (["read-back"] * 2 if arrived else ["", ""])


def test_another_note_of_the_record_is_not_taken_for_ours(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills "a record with a note has its note"."""
    real = crm.crm.create
    monkeypatch.setattr(crm.crm, "create", _raise(RetryLater("no answer")))
    plan = reviewed(crm, "1")
    with pytest.raises(RetryLater):
        crm.apply(plan)
    monkeypatch.setattr(crm.crm, "create", real)
    real("note", [crm.crm.compose(_activity("key2", "somebody's own"))])
    crm.apply(plan)
    assert sorted(str(record.properties[TEXT]) for record in notes(crm)) == ["Changed:\nkey1", "somebody's own"]


def test_one_refused_row_does_not_take_the_others_with_it(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    real = crm.crm.create

    def answer(name: Any, creations: Sequence[Creation]) -> Sequence[Created]:
        if any(row.trace == "key2" for row in creations):
            raise FixRequest("refused", status=400, category="VALIDATION_ERROR")
        return real(name, creations)

    monkeypatch.setattr(crm.crm, "create", answer)
    plan = reviewed(crm, "1", "2", "3")
    crm.apply(plan)
    assert ends(crm, plan)[3:] == [("confirmed", ""), ("rejected", "VALIDATION_ERROR"), ("confirmed", "")]
    assert len(notes(crm)) == 2


def test_a_refused_note_stays_on_the_list_when_a_later_one_is_made(
    crm: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills "all notes of a record have one name"."""
    with monkeypatch.context() as patch:
        patch.setattr(crm.crm, "create", _raise(FixRequest("refused", status=400, category="VALIDATION_ERROR")))
        crm.apply(reviewed(crm, "1"))
    crm.apply(plan_of(crm, [scored("1", "2"), noted("1", key="later", after="Changed:\nlater")]))
    assert len(notes(crm)) == 1
    assert [item.property for item in crm.journal.rejects.all()] == ["note:key1"]


def test_a_text_that_is_too_long_is_never_sent(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crm.crm, "compose", _raise(FixRequest("too long")))
    plan = reviewed(crm, "1")
    crm.apply(plan)
    assert ends(crm, plan)[1] == ("invalid", "too-long")
    assert notes(crm) == []


def test_only_what_crmbridge_made_is_archived(crm: Portal) -> None:
    crm.apply(reviewed(crm, "1", "2"))
    theirs = crm.crm.create("note", [crm.crm.compose(_activity("key3", "somebody's own"))])[0].id or ""
    first, second = (made for _, made in sorted(owned(crm)))
    crm.crm.archive("note", [second])
    plan = plan_of(crm, [archived("1", first), archived("2", second), archived("3", theirs)], "rollback run1")
    crm.apply(plan)
    assert ends(crm, plan) == [("confirmed", ""), ("confirmed", ""), ("invalid", "not-ours")]
    assert [record.id for record in notes(crm)] == [theirs]
    assert owned(crm) == set()


@pytest.mark.parametrize("prop", [TEXT, "Title"])
@pytest.mark.parametrize("origin", ["rollback run1", "uninstall"])
def test_a_task_that_a_person_has_worked_in_stays(crm: Portal, origin: str, prop: str) -> None:
    """Kills: asking only whether crmbridge made it; asking for its text only."""
    tasks = [noted(id_, "task", title="Review") for id_ in "12"]
    crm.apply(plan_of(crm, [scored("1"), scored("2"), *tasks]))
    first, second = (made for _, made in sorted(owned(crm, "task")))
    crm.crm.edit(Ref("task", first), {prop: "she wants an offer by Friday"})
    back = plan_of(
        crm,
        [noted(id_, "task", before="x", after=None, made=made) for id_, made in (("1", first), ("2", second))],
        origin,
    )
    assert crm.apply(back).conflicts == 1
    assert ends(crm, back) == [("conflict", "edited-since"), ("confirmed", "")]
    assert [record.id for record in notes(crm, "task")] == [first]
    assert owned(crm, "task") == {("1", first)}


def test_a_note_that_a_program_touched_is_archived(crm: Portal) -> None:
    """Kills: taking any later version for a person's."""
    crm.apply(reviewed(crm, "1"))
    ((_, made),) = owned(crm)
    crm.crm.update("note", [Update(id=made, properties={TEXT: "tidied up"})])
    crm.apply(plan_of(crm, [archived("1", made)], "rollback run1"))
    assert notes(crm) == []


def test_where_nobody_knows_who_edited_what_is_ours_is_archived(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.apply(reviewed(crm, "1"))
    ((_, made),) = owned(crm)
    blind = crm.crm.capabilities.model_copy(update={"history": False})
    monkeypatch.setattr(MemoryConnector, "capabilities", property(lambda _: blind))
    monkeypatch.setattr(crm.crm, "read_authors", lambda *_: pytest.fail("history was asked"))
    crm.apply(plan_of(crm, [archived("1", made)], "rollback run1"))
    assert notes(crm) == []


def test_an_archive_without_an_answer_is_done_again(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.apply(reviewed(crm, "1"))
    ((_, made),) = owned(crm)
    real = crm.crm.archive
    monkeypatch.setattr(crm.crm, "archive", _raise(RetryLater("no answer")))
    plan = plan_of(crm, [archived("1", made)], "rollback run1")
    with pytest.raises(RetryLater):
        crm.apply(plan)
    assert (ends(crm, plan), len(owned(crm))) == ([("planned", "not-sent")], 1)
    monkeypatch.setattr(crm.crm, "archive", real)
    crm.apply(plan)
    assert (notes(crm), owned(crm)) == ([], set())


def test_many_are_made_a_hundred_at_a_time(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [str(number) for number in range(150)]
    score(portal)
    portal.contacts(*ids, crmb_score=None)
    sent = list[int]()
    real = portal.crm.create

    def create_counted(name: Any, creations: Sequence[Creation]) -> Sequence[Created]:
        sent.append(len(creations))
        return real(name, creations)

    monkeypatch.setattr(portal.crm, "create", create_counted)
    portal.apply(reviewed(portal, *ids))
    assert sent == [100, 50]


def _raise(error: Exception) -> Callable[..., Any]:
    def raising(*_: Any) -> Any:
        raise error

    return raising


def _activity(trace: str, text: str) -> Activity:
    row = noted("1")
    return Activity(object="note", trace=trace, at=f"{row.day}T12:00:00Z", text=text, links=(Tie(target=contact("1")),))
