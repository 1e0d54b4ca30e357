"""How people stand to the purchase, and to each other, by what is said and done."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from roles_cast import HEIDE, KOHL, MAIER, PEOPLE, SHORT, WEBER, center_of, said_in

from crmbridge import Contact, Member, PersonFacts, Ref, Touch
from crmbridge.model import Part
from crmbridge_roles.relations import relation_proposals
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.stances import stance_proposals
from crmbridge_roles.statements import heard

ON_OUR_OFFER = [
    ("Herr Kohl ist dagegen.", "Kohl+against"),
    ("Herr Kohl ist dagegen, weil es teuer ist.", "Kohl+against"),
    ("Frau Maier ist skeptisch, Herr Kohl dagegen überzeugt.", "Maier+against"),
    ("Herr Kohl ist dagegen sehr interessiert.", ""),  # "by contrast"
    ("Herr Kohl lehnt das Angebot ab.", "Kohl+against"),
    ("Herr Kohl lehnt ab.", "Kohl+against"),
    ("Herr Kohl lehnt den Termin ab, gern nächste Woche.", ""),
    ("Herr Kohl blockiert das Projekt.", "Kohl+against"),
    ("Herr Kohl blockiert den Raum für uns.", ""),
    ("Mr. Kohl rejects our proposal.", "Kohl+against"),
    ("Mr. Kohl rejected the meeting.", ""),
    ("Herr Kohl ist begeistert.", "Kohl+for"),
    ("Herr Kohl war begeistert von der Demo.", "Kohl+for"),
    ("Herr Kohl war von der Lösung begeistert.", "Kohl+for"),
    ("Herr Kohl war begeistert vom Wettbewerber.", ""),
    ("Herr Kohl ist begeistert vom neuen Firmenwagen.", ""),
    ("Herr Kohl ist dafür.", "Kohl+for"),
    ("Herr Kohl ist dafür zuständig.", ""),
    ("Herr Kohl ist dafür bekannt, alles zu blockieren.", ""),
    ("Herr Kohl will unbedingt in den Urlaub.", ""),
    ("Mr. Kohl is a fan of our solution.", "Kohl+for"),
    ("Mr. Kohl is a big fan of Bayern Munich.", ""),
    ("Mr. Kohl likes our demo.", "Kohl+for"),
    ("Mr. Kohl likes our demo less than the other one.", ""),
    ("Mr. Kohl is pushing for a discount.", ""),
]


# Kills taking liking or refusing anything for a stance on the purchase.
@pytest.mark.parametrize(("text", "expected"), ON_OUR_OFFER)
def test_a_stance_is_one_on_what_we_offer(text: str, expected: str) -> None:
    found = heard(center_of(said_in(text)), frozenset(), mail=True)
    said = {f"{SHORT[item.who]}{'-' if item.against else '+'}{item.says}" for item in found}
    assert {item for item in said if item.endswith(("for", "against"))} == set(expected.split())


TIES = [
    ("Herr Kohl muss das noch mit Frau Maier abstimmen.", {("advice", KOHL, MAIER)}),
    ("Er stimmt sich mit Frau Maier ab.", {("advice", KOHL, MAIER)}),
    ("Muss sich noch mit Frau Maier abstimmen.", {("advice", KOHL, MAIER)}),
    ("Herr Kohl verweist auf Frau Maier.", {("advice", KOHL, MAIER)}),
    ("Auf Empfehlung von Frau Maier.", {("advice", KOHL, MAIER)}),
    ("He needs to check with Anna Maier.", {("advice", KOHL, MAIER)}),
    ("He will run it by Anna Maier.", {("advice", KOHL, MAIER)}),
    ("Peter Kohl defers to Anna Maier.", {("advice", KOHL, MAIER)}),
    ("He was referred to us by Anna Maier.", {("advice", KOHL, MAIER)}),
    ("Herr Weber berichtet an Frau von der Heide.", {("reports_to", WEBER, HEIDE)}),
    ("Max Weber reports directly to Julia.", {("reports_to", WEBER, HEIDE)}),
    ("Max's boss is Julia.", {("reports_to", WEBER, HEIDE)}),
    ("Konflikt zwischen Herrn Kohl und Frau Maier.", {("conflict", MAIER, KOHL)}),
    ("Herr Kohl und Frau Maier verstehen sich nicht.", {("conflict", MAIER, KOHL)}),
    ("Peter Kohl and Anna Maier do not get along.", {("conflict", MAIER, KOHL)}),
    ("Kein Konflikt zwischen Herrn Kohl und Frau Maier.", set()),
    ("Herr Kohl muss das mit Frau Huber abstimmen.", set()),
    ("Muss er das mit Frau Maier abstimmen?", set()),
    ("Falls er sich mit Frau Maier abstimmen muss, dauert es.", set()),
    ("Herr Kohl berichtet nicht an Frau Maier.", set()),
    ("Peter Kohl does not get advice from Anna Maier.", set()),
]


@pytest.mark.parametrize(("text", "expected"), TIES)
def test_who_turns_to_whom(text: str, expected: set[tuple[str, str, str]]) -> None:
    found = relation_proposals(center_of(said_in(text)), RolesSettings(), frozenset())
    assert {(item.kind, item.source, item.target) for item in found} == expected


def test_in_its_own_mail_a_person_asks_whom_it_names() -> None:
    mail = {"ref": Ref(object="email", id="1"), "direction": "in", "responders": (KOHL,)}
    center = center_of(said_in("Ich muss das mit Frau Maier besprechen.", **mail))
    (tie,) = relation_proposals(center, RolesSettings(read_mail=True), frozenset())
    assert (tie.kind, tie.source, tie.target, tie.evidence[0].weight) == ("advice", KOHL, MAIER, 0.8)
    assert list(relation_proposals(center, RolesSettings(), frozenset())) == []


def test_a_recorded_referral_ties_those_who_came_by_it_to_the_one_who_gave_it() -> None:
    parts = (Part(id=MAIER, part="from"), Part(id="us", part="to"))
    touch = said_in("", channel="referral", member_ids=(KOHL, MAIER), parts=parts, ref=Ref(object="touchpoint", id="1"))
    (tie,) = relation_proposals(center_of(touch), RolesSettings(statements=False), frozenset())
    assert (tie.kind, tie.source, tie.target, tie.evidence[0].weight) == ("advice", KOHL, MAIER, 0.9)


STANCES = [
    ("Frau Maier ist überzeugt.", {("Maier", 0.6, False)}),
    ("Frau Maier will das Projekt unbedingt.", {("Maier", 0.6, False)}),
    ("Frau Maier ist von der Lösung begeistert.", {("Maier", 0.6, False)}),
    ("Frau Maier ist nicht überzeugt.", {("Maier", 0.6, True)}),
    ("Frau Maier ist skeptisch.", {("Maier", 0.6, True)}),
    ("Herr Kohl ist dagegen.", {("Kohl", 0.6, True)}),
    ("Herr Kohl lehnt das Angebot ab.", {("Kohl", 0.6, True)}),
    ("Er blockiert.", {("Kohl", 0.6, True)}),
    ("Herr Kohl hat große Bedenken.", {("Kohl", 0.6, True)}),
    ("Herr Kohl hat keine Bedenken.", set()),
    ("Herr Kohl ist nicht dagegen.", set()),
    ("Herr Kohl bevorzugt den Wettbewerber.", {("Kohl", 0.3, True)}),
    ("Herr Kohl bittet um einen weiteren Termin.", {("Kohl", 0.2, False)}),
    ("Herr Kohl hat den Termin abgesagt.", {("Kohl", 0.1, True)}),
    ("Herr Kohl hat den Termin abgesagt, neuer Vorschlag am Montag.", set()),
    ("Frau Maier hat uns Herrn Kohl vorgestellt.", {("Maier", 0.3, False)}),
    ("Anna Maier is in favour of the project.", {("Maier", 0.6, False)}),
    ("Anna Maier is our champion.", {("Maier", 0.6, False)}),
    ("She is convinced.", {("Kohl", 0.6, False)}),
    ("She isn't convinced.", {("Kohl", 0.6, True)}),
    ("Peter Kohl is against the project.", {("Kohl", 0.6, True)}),
    ("Peter Kohl opposes the purchase.", {("Kohl", 0.6, True)}),
    ("Peter Kohl is not opposed.", set()),
    ("Peter Kohl prefers a competitor.", {("Kohl", 0.3, True)}),
    ("Peter Kohl declined the meeting.", {("Kohl", 0.1, True)}),
    ("Peter Kohl declined the meeting and proposed another day.", set()),
    ("Anna Maier introduced us to Peter Kohl.", {("Maier", 0.3, False)}),
    ("Vielleicht ist Frau Maier überzeugt.", set()),
    ("Frau Huber ist skeptisch.", set()),
    ("Ist Frau Maier skeptisch?", set()),
    ("Frau Maier hat sich nicht gemeldet.", set()),
]


def stances(*touches: Touch, members: tuple[Member, ...] = PEOPLE) -> set[tuple[str, float, bool]]:
    found = stance_proposals(center_of(*touches, members=members), RolesSettings(), frozenset())
    return {(SHORT[item.member_id], piece.weight, piece.against) for item in found for piece in item.evidence}


@pytest.mark.parametrize(("text", "expected"), STANCES)
def test_how_people_stand_to_the_purchase(text: str, expected: set[tuple[str, float, bool]]) -> None:
    assert stances(said_in(text)) == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Champion", {("Kohl", 0.9, False)}),
        ("Förderer", {("Kohl", 0.9, False)}),
        ("Fachpromotor", {("Kohl", 0.9, False)}),
        ("Blocker", {("Kohl", 0.9, True)}),
        ("Gegner des Projekts", {("Kohl", 0.9, True)}),
        ("Kein Champion", set()),
        ("Former champion", set()),
        ("Billing contact", set()),
    ],
)
def test_labels_tell_promoters_and_opponents(label: str, expected: set[tuple[str, float, bool]]) -> None:
    assert stances(members=(PEOPLE[1].model_copy(update={"labels": (label,)}),)) == expected


def test_hubspots_buying_role_tells_champions_and_blockers_unless_we_write_it() -> None:
    contact = Contact(id="2", properties={"hs_buying_role": "BLOCKER;END_USER"})
    center = center_of(members=(Member(id=KOHL, facts=PersonFacts(contact=contact), joined_by="deal"),))
    (found,) = stance_proposals(center, RolesSettings(), frozenset())
    assert [(item.weight, item.against) for item in found.evidence] == [(0.9, True)]
    assert list(stance_proposals(center, RolesSettings(buying_role="write"), frozenset())) == []


def test_who_brings_somebody_new_in_and_comes_again_is_for_us() -> None:
    def touch(day: int, name: str, **fields: Any) -> Touch:
        ref = Ref(object=name, id=str(day))
        return said_in("", ref=ref, at=datetime(2026, 1, day, tzinfo=UTC), on=date(2026, 1, day), **fields)

    first = touch(1, "email", direction="in", responders=(MAIER,), member_ids=(MAIER,))
    brings = touch(
        2,
        "email",
        direction="in",
        responders=(MAIER,),
        member_ids=(KOHL, MAIER),
        parts=(Part(id=MAIER, part="from"), Part(id=KOHL, part="cc")),
    )
    meeting = touch(3, "meeting", direction="both", responders=(WEBER, KOHL), member_ids=(KOHL, WEBER))
    assert stances(brings, first, meeting) == {("Maier", 0.3, False), ("Kohl", 0.2, False)}
    assert stances(brings) == set()
    assert stances(first, touch(4, "email", direction="out", member_ids=(KOHL,))) == set()
