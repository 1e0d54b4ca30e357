from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from crmbridge.model import (
    ROLES,
    BuyingCenter,
    Coverage,
    JourneyStage,
    Member,
    RoleAssignment,
    StageModel,
    StageVisit,
)
from crmbridge.report.evidence import evidence
from crmbridge.report.gaps import next_gap
from crmbridge.report.people import people
from crmbridge.report.stays import stays
from crmbridge.report.view import Context, view

CONTEXT = Context(as_of=date(2026, 3, 31))


def without_roles(member: Member) -> Member:
    return member.model_copy(update={"roles": ()})


def closed(center: BuyingCenter, *, won: bool) -> BuyingCenter:
    assert center.deal is not None
    deal = center.deal.model_copy(update={"is_closed": True, "is_won": won})
    return center.model_copy(update={"deal": deal, "closed_on": date(2026, 3, 20)})


def stay(stage: str, visit_no: int, entered: date, left: date | None = None) -> StageVisit:
    return StageVisit(subject="deal:1", stage=stage, visit_no=visit_no, entered_on=entered, left_on=left)


def test_all_six_roles_have_a_seat_with_both_labels(full_center: BuyingCenter) -> None:
    seats = view(full_center, CONTEXT).seats
    assert {seat.role for seat in seats} == set(ROLES)
    assert {seat.german for seat in seats} >= {"Einkäufer", "Entscheider", "Informationsselektierer"}


def test_a_required_role_without_people_is_a_gap_and_an_optional_one_is_not(full_center: BuyingCenter) -> None:
    seats = {seat.role: seat for seat in view(full_center, CONTEXT).seats}
    assert (seats["buyer"].state, seats["buyer"].note, seats["buyer"].headline) == ("gap", "GAP", "No buyer yet")
    assert (seats["gatekeeper"].state, seats["gatekeeper"].note) == ("free", "not required")
    assert seats["decider"].state == "filled"


def test_a_gap_shows_who_might_fill_it(full_center: BuyingCenter) -> None:
    buyer = next(seat for seat in view(full_center, CONTEXT).seats if seat.role == "buyer")
    assert [(person.name, person.marks) for person in buyer.people] == [("Priya Raman", ("candidate",))]
    assert buyer.taken == 0


def test_a_dismissed_person_is_neither_seated_nor_a_candidate(full_center: BuyingCenter) -> None:
    # Mutant: candidates() forgets the status.
    dismissed = RoleAssignment(role="buyer", confidence=0.9, status="dismissed")
    members = tuple(
        member.model_copy(update={"roles": (dismissed,)}) if member.id == "contact:5" else member
        for member in full_center.members
    )
    shown = view(full_center.model_copy(update={"members": members}), CONTEXT)
    assert next(seat for seat in shown.seats if seat.role == "buyer").people == ()
    assert shown.gap == "No buyer yet: find out who negotiates and places the order."


def test_marks_say_what_a_person_confirmed_and_who_is_external(full_center: BuyingCenter) -> None:
    people = {person.name: person.marks for seat in view(full_center, CONTEXT).seats for person in seat.people}
    assert people["Dr. Katharina Vogel"] == ("locked",)
    assert people["Anna Schröder"] == ("confirmed",)
    assert people["Henrike Groß"] == ("consultant",)


def test_a_crowded_seat_shows_three_and_says_how_many_there_are(full_center: BuyingCenter) -> None:
    user = RoleAssignment(role="user", confidence=0.8, status="proposed")
    members = tuple(member.model_copy(update={"roles": (user,)}) for member in full_center.members)
    seat = next(s for s in view(full_center.model_copy(update={"members": members}), CONTEXT).seats if s.role == "user")
    assert (len(seat.people), seat.note) == (3, "3 of 6 people")


def test_somebody_known_by_address_only_is_shown_as_such(full_center: BuyingCenter) -> None:
    user = RoleAssignment(role="user", confidence=0.8, status="proposed")
    member = Member(id="address:a@b.example", address="a@b.example", joined_by="engagement", roles=(user,))
    seat = next(s for s in view(full_center.model_copy(update={"members": (member,)}), CONTEXT).seats if s.taken)
    assert (seat.people[0].name, seat.people[0].title) == ("a@b.example", "not in the CRM, known by address")


def test_threads_count_touches_in_which_somebody_of_the_seat_acted(full_center: BuyingCenter) -> None:
    seats = {seat.role: seat for seat in view(full_center, CONTEXT).seats}
    acted = [touch for touch in full_center.touches if "contact:1" in touch.responders]
    assert seats["decider"].answers == len(acted) > 0
    assert seats["buyer"].answers == 0


def test_the_decider_is_named_or_missed_aloud(full_center: BuyingCenter) -> None:
    assert view(full_center, CONTEXT).decider == "Dr. Katharina Vogel"
    nobody = full_center.model_copy(update={"members": ()})
    assert view(nobody, CONTEXT).decider == "Nobody known yet"


def test_the_next_gap_is_the_most_important_missing_role(full_center: BuyingCenter) -> None:
    missing = full_center.model_copy(update={"missing_roles": ("user", "buyer")})
    assert next_gap(missing) == (True, "No buyer yet: Priya Raman is the closest candidate (38 %).")


def test_a_decider_nobody_talked_with_is_the_next_gap(full_center: BuyingCenter) -> None:
    touches = tuple(touch.model_copy(update={"responders": ("contact:2",)}) for touch in full_center.touches)
    center = full_center.model_copy(update={"missing_roles": (), "touches": touches})
    assert next_gap(center)[1].startswith("No conversation yet with Dr. Katharina Vogel")


def test_one_thread_is_a_gap_when_all_seats_are_filled(full_center: BuyingCenter) -> None:
    filled = full_center.model_copy(update={"missing_roles": ()})
    single = filled.model_copy(update={"coverage": Coverage(known=6, engaged=1, single_threaded=True)})
    assert "one person carries the conversation" in next_gap(single)[1]
    assert next_gap(filled) == (False, "No gap: the required seats are filled and several people take part.")


def test_missing_backing_is_the_next_gap_but_not_of_a_routine_purchase(full_center: BuyingCenter) -> None:
    unbacked = full_center.coverage.model_copy(update={"exec_backing": False})
    center = full_center.model_copy(update={"missing_roles": (), "coverage": unbacked})
    assert next_gap(center)[1].startswith("No executive backing now: Dr. Katharina Vogel")
    assert not next_gap(center.model_copy(update={"is_routine": True}))[0]
    assert view(center, CONTEXT).facts[-1] == "Group engagement 41, rising · no executive backing"
    nobody = center.model_copy(update={"members": ()})
    assert "nobody of the management" in next_gap(nobody)[1]


def test_a_closed_case_asks_for_nothing(full_center: BuyingCenter) -> None:
    shown = view(closed(full_center, won=False), CONTEXT)
    assert (shown.urgent, shown.facts[0], shown.warnings) == (False, "Lost 20 Mar 2026", ())


def test_a_failed_plugin_is_unknown_and_not_empty(full_center: BuyingCenter) -> None:
    members = tuple(without_roles(member) for member in full_center.members)
    center = full_center.model_copy(update={"unknown": ("roles",), "members": members})
    shown = view(center, CONTEXT)
    assert shown.gap.startswith("Not known")
    assert shown.warnings[0] == "roles failed here: unknown, not empty"


def test_the_stage_says_since_when_and_marks_a_re_entry(full_center: BuyingCenter) -> None:
    shown = view(full_center, CONTEXT)
    assert (shown.stage, shown.stage_note) == ("Consideration", "since 22 Feb 2026, 37 days, 2nd stay")
    assert [(phase.state, phase.stays) for phase in shown.phases] == [
        *(("been", 2), ("now", 2), ("ahead", 0), ("ahead", 0), ("ahead", 0)),
    ]


def test_a_pause_is_told_in_the_stage_words_and_on_the_track(full_center: BuyingCenter) -> None:
    now = stay("consideration", 1, date(2026, 1, 5))
    paused = now.model_copy(update={"paused_on": date(2026, 3, 1)})
    shown = view(full_center.model_copy(update={"visits": (paused,)}), CONTEXT)
    assert shown.stage_note == "since 5 Jan 2026, paused since 1 Mar 2026"
    assert [(phase.state, phase.note) for phase in shown.phases][1] == ("paused", "paused 1 Mar 2026")
    resumed = now.model_copy(update={"resumed_on": date(2026, 1, 5), "pause_days": 120})
    shown = view(full_center.model_copy(update={"visits": (resumed,)}), CONTEXT)
    assert shown.stage_note == "since 5 Jan 2026, resumed after 120 days"
    assert shown.phases[1].state == "now"


def test_figures_stand_beside_each_person_and_doubtful_ones_are_marked(full_center: BuyingCenter) -> None:
    people = {person.name: person.figures for seat in view(full_center, CONTEXT).seats for person in seat.people}
    assert people["Dr. Katharina Vogel"] == "Infl. ~89 · Eng. 7 ↓"
    assert people["Jürgen Weiß"] == "Infl. 78 · Eng. 14 →"
    assert people["Priya Raman"] == "Eng. 35 ↓"


def test_stance_is_shown_only_if_asked_for(full_center: BuyingCenter) -> None:
    # Mutant: people() hands on the stance whatever is asked.
    def shown(*, stance: bool) -> tuple[set[str], set[str]]:
        seats = view(full_center, Context(stance=stance)).seats
        rows = people(full_center, stance=stance).rows
        return {person.stance for seat in seats for person in seat.people}, {row.stance for row in rows}

    assert shown(stance=False) == ({""}, {"\u2013"})
    assert shown(stance=True) == ({"Power promoter"}, {"Power promoter (Machtpromotor), 0.75"})


def test_arrows_join_people_in_seats_and_nobody_else(full_center: BuyingCenter) -> None:
    # contact:5 is a candidate only: the seat is empty. Mutant: _advice() takes seats that nobody fills.
    assert view(full_center, CONTEXT).advice == (("contact:1", "contact:2"), ("contact:3", "contact:4"))
    assert "Dr. Katharina Vogel asks Jürgen Weiß" in view(full_center, CONTEXT).summary


def test_ties_and_people_are_listed_with_both_languages(full_center: BuyingCenter) -> None:
    found = people(full_center, stance=False)
    assert next((tie.source, tie.kind, tie.target) for tie in found.ties) == (
        "Dr. Katharina Vogel", "asks (fragt)", "Jürgen Weiß",
    )  # fmt: skip
    rows = {row.name: row for row in found.rows}
    vogel = rows["Dr. Katharina Vogel"]
    assert vogel.roles == ("Decider (Entscheider): locked by Kim on 9 Mar 2026",)
    assert vogel.parts == "A position 0.8, B reach \u2013, C advice 0.25; reliability Low (gering)"
    assert rows["Henrike Groß"].title == "Senior Consultant · external: Consultant (Berater)"
    assert rows["Jürgen Weiß"].momentum == "Steady (gleichbleibend)"


def test_a_word_that_no_longer_holds_is_not_given_as_the_status(full_center: BuyingCenter) -> None:
    old = full_center.rulings[0].model_copy(update={"word": "dismissed"})
    found = people(full_center.model_copy(update={"rulings": (old,)}), stance=False)
    assert any(row.roles == ("Decider (Entscheider): locked",) for row in found.rows)


def test_journeys_of_all_models_are_listed_with_their_pauses(full_center: BuyingCenter) -> None:
    service = StageVisit(
        subject="company:1", model="services", stage="between", visit_no=2, entered_on=date(2026, 1, 1),
        resumed_on=date(2026, 1, 1), pause_days=30, reason="deal won",
    )  # fmt: skip
    foreign = service.model_copy(update={"subject": "contact:1"})
    between = JourneyStage(key="between", label="Between engagements", label_de="Zwischen Mandaten")
    found = stays(
        full_center.model_copy(update={"visits": (*full_center.visits, service, foreign)}),
        (StageModel(key="services", stages=(between,)),),
    )
    assert found.summary == "5 stays, 3 re-entries, 1 pause"
    last = found.rows[-1]
    assert (last.journey, last.stage) == ("Company, services", "Between engagements (Zwischen Mandaten)")
    assert (last.stay, last.pause, last.left) == (2, "resumed after 30 days", "now")


@pytest.mark.parametrize(("won", "words"), [(None, "Paused after"), (True, "Ended in")])
def test_a_stay_that_ended_is_not_shown_as_present(full_center: BuyingCenter, won: bool | None, words: str) -> None:
    visits = (stay("purchase", 1, date(2026, 1, 1), date(2026, 2, 1)),)
    center = full_center.model_copy(update={"visits": visits})
    shown = view(center if won is None else closed(center, won=won), CONTEXT)
    assert (shown.stage, shown.stage_note) == (f"{words} Purchase", "since 1 Feb 2026")
    assert shown.phases[2].state == "left"


def test_stays_of_members_and_other_models_do_not_count(full_center: BuyingCenter) -> None:
    visits = (
        StageVisit(subject="contact:1", stage="advocacy", entered_on=date(2026, 1, 1)),
        StageVisit(subject="deal:1", model="service", stage="advocacy", entered_on=date(2026, 1, 1)),
    )
    assert view(full_center.model_copy(update={"visits": visits}), CONTEXT).stage == "No stage yet"


def test_coverage_is_measured_against_the_given_benchmark(full_center: BuyingCenter) -> None:
    meter = view(full_center, Context(benchmark=8.0, source="our own survey")).coverage
    assert (meter.text, meter.fill) == ("4 of 6 known, 1 withheld", 0.5)
    assert meter.note.startswith("50 % of 8")
    assert view(full_center, Context(benchmark=0)).coverage.fill == 0


def test_the_summary_says_in_words_what_the_picture_shows(full_center: BuyingCenter) -> None:
    summary = view(full_center, CONTEXT).summary
    for words in ("Decides: Dr. Katharina Vogel", "Next gap: No buyer yet", "Stage: Consideration", "Buyer: no buyer"):
        assert words in summary


def test_evidence_is_listed_for_every_role_strongest_claim_first(full_center: BuyingCenter) -> None:
    roles = {role.label: role for role in evidence(full_center)}
    assert roles["Influencer"].claims[0].name == "Jürgen Weiß"
    assert roles["Buyer"].summary == "0 assigned, 1 not"
    assert roles["Gatekeeper"].claims == ()
    piece = roles["Decider"].claims[0].pieces[0]
    assert (piece.source, piece.weight, piece.direction, piece.on) == ("title", "0.7", "for", "3 Feb 2026")


def test_evidence_lists_are_bounded_and_say_what_they_leave_out(any_center: Callable[[int], BuyingCenter]) -> None:
    base = any_center(3)
    member = base.members[0]
    crowd = tuple(
        member.model_copy(
            update={"id": f"contact:{n}", "roles": (RoleAssignment(role="user", confidence=0.6, status="proposed"),)}
        )
        for n in range(50)
    )
    user = next(role for role in evidence(base.model_copy(update={"members": crowd})) if role.label == "User")
    assert (len(user.claims), user.more) == (12, "and 38 more claims")
