"""Lists: who is put in, who is taken out, and that nobody else's membership is touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from crmbridge.connector import Outcome
from crmbridge.errors import FixRequest, RecordMissing, RetryLater
from crmbridge.model import Change, MembershipChange, Plan, SegmentChange

from .conftest import Portal
from .handmade import contact, ends, plan_of, score, scored

TITLE = "crmbridge 2026-03-01 contact #abc123"
LISTED = SegmentChange(object="contact", title=TITLE)


@pytest.fixture
def crm(portal: Portal) -> Portal:
    """Three contacts with a property to write."""
    score(portal)
    portal.contacts("1", "2", "3", crmb_score=None)
    return portal


def member(id_: str, *, after: bool = True) -> MembershipChange:
    return MembershipChange(subject=contact(id_), segment=TITLE, before=not after, after=after, by="core review")


def listed(portal: Portal, *ids: str) -> Plan:
    """A plan that writes to contacts and puts them into a list."""
    rows: list[Change] = [scored(id_) for id_ in ids]
    return plan_of(portal, [*rows, LISTED, *(member(id_) for id_ in ids)])


def members(portal: Portal) -> set[str]:
    return portal.crm.segments["contact", TITLE]


def owned(portal: Portal) -> set[tuple[str, str]]:
    with portal.store.reading() as tx:
        return portal.journal.manifest.owned_by(tx, "membership", "contact", ["1", "2", "3"])


def test_what_was_written_is_in_the_list(crm: Portal) -> None:
    crm.apply(listed(crm, "1", "2"))
    assert members(crm) == {"1", "2"}
    assert owned(crm) == {("1", TITLE), ("2", TITLE)}


def test_a_record_that_was_not_written_is_not_in_the_list(crm: Portal) -> None:
    crm.crm.edit(contact("2"), {"crmb_score": "9"})
    plan = listed(crm, "1", "2")
    result = crm.apply(plan)
    assert members(crm) == {"1"}
    assert ends(crm, plan)[-1] == ("invalid", "nothing-written")
    assert (result.conflicts, result.invalid) == (1, 0)


def test_each_answer_decides_its_own_row(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills "any success means all succeeded"."""

    def answer(_: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Sequence[Outcome]:
        return [Outcome(id="2", ok=False, code="NOT_FOUND"), Outcome(id="1", ok=True)]

    monkeypatch.setattr(crm.crm, "change_members", answer)
    plan = listed(crm, "1", "2", "3")
    assert crm.apply(plan).unknown == 1
    assert ends(crm, plan)[4:] == [("confirmed", ""), ("rejected", "NOT_FOUND"), ("unknown", "no-answer")]
    assert owned(crm) == {("1", TITLE)}


def test_without_its_list_nobody_is_sent(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> str:
        raise FixRequest("refused", status=400, category="NO_ROOM")

    monkeypatch.setattr(crm.crm, "create_segment", refuse)
    plan = listed(crm, "1")
    crm.apply(plan)
    assert ends(crm, plan)[1:] == [("rejected", "NO_ROOM"), ("invalid", "definition-failed")]


def test_only_our_own_members_are_taken_out(crm: Portal) -> None:
    """Kills "take out whoever is named": contact 3 was put in by a person."""
    crm.apply(listed(crm, "1", "2"))
    crm.crm.change_members(TITLE, add=["3"])
    plan = plan_of(crm, [member(id_, after=False) for id_ in "123"], "rollback run1")
    crm.apply(plan)
    assert ends(crm, plan) == [("confirmed", ""), ("confirmed", ""), ("invalid", "not-ours")]
    assert (members(crm), owned(crm)) == ({"3"}, set())


def test_a_list_that_a_person_deleted_has_no_members(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.apply(listed(crm, "1"))

    def gone(*_: Any, **__: Any) -> Sequence[Outcome]:
        raise RecordMissing("there is no such list")

    monkeypatch.setattr(crm.crm, "change_members", gone)
    out = plan_of(crm, [member("1", after=False)], "rollback run1")
    crm.apply(out)
    assert (ends(crm, out), owned(crm)) == ([("confirmed", "already-there")], set())
    back = plan_of(crm, [member("1")], "rollback run2")
    crm.apply(back)
    assert ends(crm, back) == [("rejected", "list-missing")]


def test_what_got_no_answer_is_done_again(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    real = crm.crm.change_members

    def lost(segment: str, **parts: Sequence[str]) -> Sequence[Outcome]:
        real(segment, **parts)
        raise RetryLater("no answer")

    monkeypatch.setattr(crm.crm, "change_members", lost)
    plan = listed(crm, "1")
    with pytest.raises(RetryLater):
        crm.apply(plan)
    assert ends(crm, plan)[-1] == ("planned", "not-sent")
    monkeypatch.setattr(crm.crm, "change_members", real)
    crm.apply(plan)
    assert (members(crm), owned(crm)) == ({"1"}, {("1", TITLE)})


def test_a_thousand_go_at_a_time(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [str(number) for number in range(1_200)]
    portal.contacts(*ids)
    sent = list[int]()

    def answer(_: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Sequence[Outcome]:
        sent.append(len(add))
        return [Outcome(id=id_, ok=True) for id_ in add]

    monkeypatch.setattr(portal.crm, "change_members", answer)
    rows: list[Change] = [SegmentChange(object="contact", title=TITLE), *(member(id_) for id_ in ids)]
    portal.apply(plan_of(portal, rows, "rollback run1"))
    assert sent == [1_000, 200]


def test_nobody_is_put_into_a_list_that_crmbridge_did_not_make(crm: Portal) -> None:
    """Kills: putting people into any list that a plan names: one may start mails."""
    crm.crm.create_segment("contact", TITLE)
    plan = plan_of(crm, [scored("1"), member("1")])
    crm.apply(plan)
    assert ends(crm, plan)[-1] == ("invalid", "not-ours")
    assert members(crm) == set()
