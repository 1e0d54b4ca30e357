"""Labels: which are planned, what is sent, and that nobody else's label is touched."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from crmbridge.connector import UNANSWERED, LinkChange, LinkOutcome
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.model import LabelChange, Plan, Ref
from crmbridge.store import Owned
from crmbridge.writeback.hands.labels import UNLINKED, look
from crmbridge.writeback.verdicts import NOT_OURS, THERE

from .conftest import Portal
from .handmade import DEAL, case, contact, deals, ends, labelled, labels, link, plan_of, planned, sync_links

DECIDER = {"decider": "Decider"}


@pytest.fixture
def crm(portal: Portal) -> Portal:
    """A deal with three contacts; the CRM has a label."""
    portal.contacts("1", "2", "3")
    deals(portal, "9")
    portal.crm.create_label("contact", "deal", "Decider")
    link(portal, "1", "2", "3")
    return portal


def owned(portal: Portal) -> set[str]:
    """Contacts with a label of ours."""
    with portal.store.reading() as tx:
        return {id_ for id_, _ in portal.journal.manifest.owned_by(tx, "label", "contact", ["1", "2", "3"])}


def mirrored(portal: Portal) -> set[tuple[str, str]]:
    """Contacts whose label the mirror knows."""
    with portal.store.reading() as tx:
        edges = list(portal.mirror.links.edges(tx, "deal", ["9"]))
    return {(edge.target.id, edge.label) for edge in edges if edge.label}


def rows(plan: Plan) -> list[tuple[str, str, bool]]:
    return [(row.subject.id, row.label, row.after) for row in plan if isinstance(row, LabelChange)]


def written(portal: Portal) -> None:
    """Put a label of ours on contact 1."""
    portal.apply(plan_of(portal, [labelled("1")]))


# What is sent


@pytest.mark.parametrize(
    ("after", "standing", "ours", "expected"),
    [
        (True, {None}, False, None),
        (True, {None, "Decider"}, False, THERE),
        (True, {None, "User"}, False, None),
        (True, None, False, UNLINKED),
        (False, {None, "Decider"}, True, None),
        (False, {None, "Decider"}, False, NOT_OURS),
        (False, {None}, True, THERE),
        (False, None, True, THERE),
    ],
)
def test_what_stands_on_the_link_decides(
    *, after: bool, standing: set[str | None] | None, ours: bool, expected: object
) -> None:
    assert look(labelled("1", after=after), standing, ours=ours) == expected


def test_a_label_stands_in_the_crm_in_the_mirror_and_in_the_manifest(crm: Portal) -> None:
    plan = plan_of(crm, [labelled("1"), labelled("2")])
    assert crm.apply(plan).confirmed == 2
    assert labels(crm, "1") == labels(crm, "2") == {None, "Decider"}
    assert labels(crm, "3") == {None}
    assert mirrored(crm) == {("1", "Decider"), ("2", "Decider")}
    with crm.store.reading() as tx:
        assert crm.journal.manifest.on(tx, [contact("1")], ["label"]) == {Owned.label(contact("1"), DEAL, "Decider")}
    assert crm.journal.verify().faults == ()


def test_a_label_that_stands_already_is_not_ours(crm: Portal) -> None:
    crm.crm.connect(DEAL, contact("1"), "Decider")
    plan = plan_of(crm, [labelled("1")])
    crm.apply(plan)
    assert ends(crm, plan) == [("confirmed", "already-there")]
    assert owned(crm) == set()
    assert mirrored(crm) == {("1", "Decider")}


def test_only_our_own_label_is_taken_off_and_the_link_stays(crm: Portal) -> None:
    """Kills "remove whatever label stands there": contact 2's was put on by a person."""
    written(crm)
    link(crm, "2", label="Decider")
    plan = plan_of(crm, [labelled("1", after=False), labelled("2", after=False)])
    result = crm.apply(plan)
    assert ends(crm, plan) == [("confirmed", ""), ("invalid", "not-ours")]
    assert (result.confirmed, result.invalid) == (1, 1)
    assert (labels(crm, "1"), labels(crm, "2")) == ({None}, {None, "Decider"})
    assert (owned(crm), mirrored(crm)) == (set(), {("2", "Decider")})


def test_a_label_that_is_gone_already_is_ours_no_more(crm: Portal) -> None:
    written(crm)
    crm.crm.unlink([LinkChange(source=contact("1"), target=DEAL, label="Decider")])
    plan = plan_of(crm, [labelled("1", after=False)])
    crm.apply(plan)
    assert ends(crm, plan) == [("confirmed", "already-there")]
    assert owned(crm) == set()


def test_nobody_is_linked_who_was_taken_off_the_deal(crm: Portal) -> None:
    """Kills "a label brings the plain link": a person's edit would be undone."""
    crm.crm.unlink([LinkChange(source=contact(id_), target=DEAL) for id_ in ("1", "2")])
    crm.crm.remove(contact("2"))
    plan = plan_of(crm, [labelled("1"), labelled("2"), labelled("3", deal=Ref("deal", "404"))])
    result = crm.apply(plan)
    assert ends(crm, plan) == [
        ("conflict", "no-longer-linked"), ("invalid", "record-missing"), ("invalid", "record-missing")
    ]  # fmt: skip
    assert (result.conflicts, result.invalid) == (1, 2)
    assert labels(crm, "1") == set()


def test_a_label_that_is_not_defined_is_refused_row_by_row(crm: Portal) -> None:
    plan = plan_of(crm, [labelled("1"), labelled("1", "Unheard"), labelled("2")])
    crm.apply(plan)
    assert [reason for _, reason in ends(crm, plan)] == ["", "label-missing", ""]
    assert [(item.property, item.reason) for item in crm.journal.rejects.all()] == [("deal:9:Unheard", "label-missing")]


def test_each_answer_decides_its_own_row(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills "any success means all succeeded"."""
    answers = {"1": ("", True), "2": (UNANSWERED, False), "3": ("NO_WAY", False)}

    def answer(changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        told = [(change, *answers[change.source.id]) for change in reversed(changes)]
        return [LinkOutcome(change=change, ok=ok, code=code) for change, code, ok in told]

    monkeypatch.setattr(crm.crm, "link", answer)
    plan = plan_of(crm, [labelled("1"), labelled("2"), labelled("3")])
    assert crm.apply(plan).unknown == 1
    assert ends(crm, plan) == [("confirmed", ""), ("unknown", "no-answer"), ("rejected", "NO_WAY")]
    assert owned(crm) == {"1"}


def test_a_label_refused_on_one_deal_stays_refused_when_another_deal_gets_it(
    crm: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills "a refused label is named without its deal"."""
    other = Ref("deal", "8")
    deals(crm, "8")
    link(crm, "1", deal=other)

    def answer(changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        return [LinkOutcome(change=change, ok=False, code="LIMIT") for change in changes]

    def listed() -> list[str]:
        return [item.property for item in crm.journal.rejects.all()]

    with monkeypatch.context() as patch:
        patch.setattr(crm.crm, "link", answer)
        crm.apply(plan_of(crm, [labelled("1"), labelled("1", deal=other)]))
    assert listed() == ["deal:8:Decider", "deal:9:Decider"]
    crm.apply(plan_of(crm, [labelled("1", deal=other)]))
    assert listed() == ["deal:9:Decider"]


def test_one_refused_row_does_not_take_the_others_with_it(crm: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    real = crm.crm.link

    def answer(changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        if any(change.source.id == "2" for change in changes):
            raise FixRequest("refused", status=400, category="VALIDATION_ERROR")
        return real(changes)

    monkeypatch.setattr(crm.crm, "link", answer)
    plan = plan_of(crm, [labelled("1"), labelled("2"), labelled("3")])
    crm.apply(plan)
    assert ends(crm, plan) == [("confirmed", ""), ("rejected", "VALIDATION_ERROR"), ("confirmed", "")]


@pytest.mark.parametrize("arrived", [True, False])
def test_after_a_lost_answer_the_links_are_read(crm: Portal, monkeypatch: pytest.MonkeyPatch, *, arrived: bool) -> None:
    real = crm.crm.link

    def lost(changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        if arrived:
            real(changes)
        raise RetryLater("no answer")

    monkeypatch.setattr(crm.crm, "link", lost)
    plan = plan_of(crm, [labelled("1")])
    if arrived:
        assert crm.apply(plan).confirmed == 1
        assert ends(crm, plan) == [("confirmed", "read-back")]
        return
    with pytest.raises(RetryLater):
        crm.apply(plan)
    assert (ends(crm, plan), owned(crm)) == ([("planned", "not-sent")], set())
    monkeypatch.setattr(crm.crm, "link", real)
    assert crm.apply(plan).confirmed == 1
    assert owned(crm) == {"1"}


def test_many_labels_take_one_look_and_one_write_a_hundred(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [str(number) for number in range(250)]
    portal.contacts(*ids)
    deals(portal, "9")
    portal.crm.create_label("contact", "deal", "Decider")
    link(portal, *ids)
    sent = list[int]()
    real = portal.crm.link

    def link_counted(changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        sent.append(len(changes))
        return real(changes)

    monkeypatch.setattr(portal.crm, "link", link_counted)
    before = portal.crm.calls
    portal.apply(plan_of(portal, [labelled(id_) for id_ in ids]))
    assert sent == [100, 100, 50]
    assert portal.crm.calls - before <= 3 * 2 + 2


# What is planned


def test_an_assigned_role_is_planned_once_and_never_again(crm: Portal) -> None:
    case(crm, {"1": {"decider": 0.82}, "2": {"decider": 0.4}, "3": {"user": 0.9}})
    plan = planned(crm, labels=DECIDER)
    assert rows(plan) == [("1", "Decider", True)]
    assert next(iter(plan)).reason == "decider 0.82"
    crm.apply(plan)
    assert planned(crm, labels=DECIDER).is_empty
    sync_links(crm)
    assert planned(crm, labels=DECIDER).is_empty


def test_an_empty_plan_asks_the_crm_nothing(crm: Portal) -> None:
    case(crm, {"1": {"decider": 0.82}})
    crm.apply(planned(crm, labels=DECIDER))
    before = crm.crm.calls
    assert planned(crm, labels=DECIDER).is_empty
    assert crm.crm.calls == before


def test_several_roles_with_one_label_are_one_row_with_the_surest_reason(crm: Portal) -> None:
    case(crm, {"1": {"decider": 0.9, "buyer": 0.6}})
    plan = planned(crm, labels={"decider": "Decider", "buyer": "Decider"})
    assert [row.reason for row in plan] == ["decider 0.90"]


def test_a_label_that_the_crm_lacks_is_told_and_not_planned(crm: Portal) -> None:
    crm.crm.create_label("contact", "deal", "Boss of", inverse="Bossed by")
    case(crm, {"1": {"decider": 0.9, "user": 0.9, "buyer": 0.9}})
    plan = planned(crm, labels={"decider": "Decider", "user": "Unheard", "buyer": "Boss of"})
    assert rows(plan) == [("1", "Decider", True)]
    found = [item for item in plan.header.findings if item.code == "label-missing"]
    assert [item.severity for item in found] == ["warning", "warning"]
    assert "'Boss of'" in found[0].message
    assert "'Unheard'" in found[1].message
    assert all("[writeback.labels]" in item.message for item in found)


def test_contacts_who_are_not_linked_get_no_label(crm: Portal) -> None:
    """They joined through what was said: a label would link them to the deal."""
    crm.contacts("4")
    case(crm, {"4": {"decider": 0.9}})
    assert planned(crm, labels=DECIDER).is_empty


def test_where_a_plugin_failed_no_label_is_touched(crm: Portal) -> None:
    written(crm)
    case(crm, {"1": {}, "2": {"decider": 0.9}}, unknown=("roles",), failed_hooks=("propose_roles",))
    assert planned(crm, labels=DECIDER).is_empty


def test_a_failure_that_says_nothing_of_roles_holds_no_label_back(crm: Portal) -> None:
    # Kills: leaving out centers in which any plugin failed.
    case(crm, {"1": {"decider": 0.9}}, unknown=("personas",), failed_hooks=("derive_center", "propose_personas"))
    assert rows(planned(crm, labels=DECIDER)) == [("1", "Decider", True)]


def test_our_label_goes_with_the_role_and_theirs_stays(crm: Portal) -> None:
    """Kills "label removed that was not ours", in the plan already."""
    written(crm)
    link(crm, "2", label="Decider")
    case(crm, {"1": {"user": 0.9}, "2": {}})
    plan = planned(crm, labels=DECIDER)
    assert rows(plan) == [("1", "Decider", False)]
    crm.apply(plan)
    assert (labels(crm, "1"), labels(crm, "2")) == ({None}, {None, "Decider"})
    assert planned(crm, labels=DECIDER).is_empty


def test_a_label_goes_when_its_contact_is_no_longer_a_member(crm: Portal) -> None:
    written(crm)
    case(crm, {})
    assert rows(planned(crm, labels=DECIDER)) == [("1", "Decider", False)]


def test_a_label_that_is_no_longer_configured_stays(crm: Portal) -> None:
    written(crm)
    case(crm, {"1": {}})
    assert planned(crm, labels={"user": "User"}).is_empty


def test_a_label_that_a_person_took_off_is_not_put_on_again(crm: Portal) -> None:
    case(crm, {"1": {"decider": 0.9}})
    crm.apply(planned(crm, labels=DECIDER))
    crm.crm.unlink([LinkChange(source=contact("1"), target=DEAL, label="Decider")])
    sync_links(crm)
    assert planned(crm, labels=DECIDER).is_empty


def test_what_was_rolled_back_waits_until_that_is_rolled_back(crm: Portal) -> None:
    case(crm, {"1": {"decider": 0.9}})
    crm.apply(planned(crm, labels=DECIDER))
    crm.apply(plan_of(crm, [labelled("1", after=False)], "rollback run1"))
    assert labels(crm, "1") == {None}
    held = planned(crm, labels=DECIDER)
    assert held.is_empty
    assert [item.code for item in held.header.findings] == ["withheld"]
    crm.apply(plan_of(crm, [labelled("1")], "rollback run2"))
    assert (labels(crm, "1"), owned(crm)) == ({None, "Decider"}, {"1"})
    with crm.store.reading() as tx:
        assert crm.journal.withheld.of(tx, "contact", ["1"]) == {}
