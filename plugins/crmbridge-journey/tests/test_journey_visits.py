"""The stays that a center and its members are told to have had, rule by rule."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from journey_cases import ANNA, BEN, START, Direction, center, day, judge, told, touch

from crmbridge import PHASES, BuyingCenter, Deal


def test_without_touch_or_deal_there_is_no_journey() -> None:
    assert judge(center(), 10) == ([], None)
    assert judge(center(touch(3, "internal")), 10) == ([], None)


def test_any_touch_is_awareness_once_it_has_happened() -> None:
    assert told(center(touch(5, "out")), 10) == ["awareness#1 5-"]
    assert judge(center(touch(5, "out")), 4) == ([], day(5))


def test_an_open_case_is_consideration_from_its_first_day() -> None:
    assert told(center(touch(5), opened=20), 21) == ["awareness#1 5-20", "consideration#1 20-"]
    assert told(center(opened=20), 21) == ["consideration#1 20-"]


def test_a_case_without_an_opening_day_opens_with_its_first_touch() -> None:
    assert told(center(touch(5, "out"), touch(1, "internal"), amount=None, name="x"), 9) == ["consideration#1 5-"]


def test_two_engaged_members_are_consideration_while_their_window_lasts() -> None:
    both = center(touch(0), touch(10, who=BEN))
    assert told(both, 12) == ["awareness#1 0-"]
    assert told(both, 13) == ["awareness#1 0-10", "consideration#1 10-"]
    assert told(both, 93) == ["awareness#1 0-10", "consideration#1 10-"]
    assert told(both, 94) == ["awareness#1 0-10", "consideration#1 10-91", "awareness#2 91-"]
    assert told(center(touch(0), touch(91, who=BEN)), 99) == ["awareness#1 0-"]
    assert told(center(touch(0), touch(10)), 20) == ["awareness#1 0-"]


def test_a_subject_that_shows_interest_is_consideration() -> None:
    for subject in ("Demo next week?", "Re: Preisanfrage Kugellager", "Your QUOTE", "Vergleich der Anbieter"):
        assert told(center(touch(0), touch(10, subject=subject)), 20) == ["awareness#1 0-10", "consideration#1 10-"]


# Kills: taking our own cold mail for the customer's interest.
def test_only_the_customer_can_show_interest() -> None:
    assert told(center(touch(0), touch(10, "out", subject="Free demo?")), 20) == ["awareness#1 0-"]


def test_a_probable_deal_is_purchase_since_it_entered_its_stage() -> None:
    entered = {"hs_v2_date_entered_current_stage": "2026-01-31T23:30:00Z"}
    probable = center(touch(30), opened=10, probability=0.8, properties=entered)
    assert told(probable, 32) == ["consideration#1 10-30", "purchase#1 30-"]
    visits, _ = judge(probable, 40, timezone="Europe/Berlin")
    assert next(visit.entered_on for visit in visits if visit.stage == "purchase") == day(31)
    assert told(center(touch(30), opened=10, probability=0.79, properties=entered), 40) == ["consideration#1 10-"]


def test_purchase_is_dated_from_the_opening_where_the_crm_keeps_no_record() -> None:
    visits, _ = judge(center(opened=10, probability=0.9), 20)
    assert told(center(opened=10, probability=0.9), 20) == ["purchase#1 10-"]
    assert visits[0].reason == "deal at 90%, since when is not recorded"


@pytest.mark.parametrize("label", ["Contract sent", "Contract review", "Rahmenvertrag", "Vertragsprüfung", "COMMIT"])
def test_a_stage_label_can_tell_purchase(label: str) -> None:
    assert told(center(opened=10, label=label, probability=0.1), 20) == ["purchase#1 10-"]


def test_other_stage_labels_do_not_tell_purchase() -> None:
    assert told(center(opened=10, label="Buying committee met", probability=0.5), 20) == ["consideration#1 10-"]


def test_the_entry_into_a_stage_of_purchase_is_remembered_after_closing() -> None:
    entered = {"hs_v2_date_entered_contractsent": "2026-01-21"}
    assert told(center(opened=10, closed=30, won=True, properties=entered), 35) == [
        "consideration#1 10-20",
        "purchase#1 20-",
    ]
    # An open deal that went back to an early stage is not in purchase.
    assert told(center(opened=10, probability=0.2, properties=entered), 35) == ["consideration#1 10-"]


def test_a_won_case_is_purchase_for_thirty_days_then_retention() -> None:
    won = center(touch(25), opened=10, closed=30, won=True)
    assert told(won, 60) == ["consideration#1 10-30", "purchase#1 30-"]
    assert told(won, 61) == ["consideration#1 10-30", "purchase#1 30-61", "retention#1 61-"]
    assert judge(won, 35)[1] == day(61)
    assert told(center(touch(60), opened=10, closed=30, won=True), 60)[-1] == "purchase#1 30-"


def test_retention_needs_a_touch_within_180_days() -> None:
    won = center(touch(100, "out"), opened=10, closed=30, won=True)
    assert told(won, 280)[-1] == "retention#1 61-"
    assert told(won, 281)[-1] == "awareness#1 281-"
    assert judge(won, 215)[1] == day(281)
    assert told(center(touch(100), opened=10, closed=99, won=True), 280)[-1] == "retention#1 130-"
    again = center(touch(100, "out"), touch(300), opened=10, closed=30, won=True)
    assert told(again, 300)[-3:] == ["retention#1 61-281", "awareness#1 281-300", "retention#2 300-"]


@pytest.mark.parametrize("subject", ["Our review", "Referenzgespräch", "Empfehlung an Kollegen", "A referral for you"])
def test_an_inbound_subject_after_a_won_case_can_be_advocacy(subject: str) -> None:
    won = center(touch(70, subject=subject), opened=10, closed=30, won=True)
    assert told(won, 73)[-2:] == ["retention#1 61-70", "advocacy#1 70-"]
    assert told(won, 72)[-1] == "retention#1 61-"


@pytest.mark.parametrize(
    ("number", "direction", "subject"),
    [
        (20, "in", "Our review"),  # before the case was won
        (70, "out", "Would you write a review?"),  # ours
        (70, "in", "Quarterly business review"),
        (70, "in", "Invoice, reference number 4711"),
        (70, "in", "Referenznummer 4711"),
        (70, "in", "Preview of the month"),
    ],
)
def test_other_subjects_are_no_advocacy(number: int, direction: Direction, subject: str) -> None:
    assert told(center(touch(number, direction, subject), opened=10, closed=30, won=True), 90)[-1] == "retention#1 61-"


def test_a_lost_case_ends_the_journey() -> None:
    lost = center(touch(15), opened=10, closed=30)
    assert told(lost, 40) == ["consideration#1 10-30"]
    assert judge(lost, 40)[0][0].reason == "open case; case lost"
    assert judge(lost, 40)[1] is None


# Kills: a threshold of ">=" instead of ">", and counting from the deal instead of the last touch.
def test_forty_five_silent_days_are_borne_and_the_forty_sixth_ends_the_stay() -> None:
    silent = center(touch(20), opened=10)
    assert told(silent, 65) == ["consideration#1 10-"]
    assert told(silent, 66) == ["consideration#1 10-~65"]
    assert judge(silent, 66)[0][0].reason == "open case; no two-way touch for 45 days"
    assert judge(silent, 20)[1] == day(66)
    assert told(center(opened=10), 56) == ["consideration#1 10-~55"]
    assert told(center(touch(0), opened=30), 75)[-1] == "consideration#1 30-"
    assert told(center(touch(0), opened=30), 76)[-1] == "consideration#1 30-~75"


def test_our_own_mail_does_not_break_the_silence() -> None:
    assert told(center(touch(20), touch(50, "out"), touch(55, "internal"), opened=10), 66) == ["consideration#1 10-~65"]


def test_a_touch_just_in_time_keeps_the_stay_and_one_too_late_opens_another() -> None:
    assert told(center(touch(20), touch(65), opened=10), 100) == ["consideration#1 10-"]
    late = center(touch(20), touch(66), opened=10)
    assert told(late, 100) == ["consideration#1 10-65", "consideration#2 66-"]
    again = [visit for visit in judge(late, 100)[0] if visit.subject == "deal:9"][1]
    assert again.is_reentry
    assert (again.resumed_on, again.pause_days) == (day(66), 1)
    assert again.reason == "resumed after 46 days"


def test_every_pause_opens_one_more_stay() -> None:
    case = center(touch(20), touch(80), touch(150), opened=10)
    assert told(case, 160) == ["consideration#1 10-65", "consideration#2 80-125", "consideration#3 150-"]


def test_a_paused_case_that_is_won_goes_on_with_purchase() -> None:
    won = center(touch(20), opened=10, closed=90, won=True)
    assert told(won, 95) == ["consideration#1 10-65", "purchase#1 90-"]
    assert [visit for visit in judge(won, 95)[0] if visit.subject == "deal:9"][1].reason == "case won"


def test_a_paused_case_that_is_lost_was_left_when_it_fell_silent() -> None:
    assert told(center(touch(20), opened=10, closed=90), 95) == ["consideration#1 10-65~65"]


def test_a_member_has_a_journey_of_its_own() -> None:
    case = center(touch(20), touch(30, who=BEN), touch(60, who=BEN), touch(90, who=BEN), opened=10)
    assert told(case, 100, ANNA) == ["consideration#1 20-~65"]
    assert told(case, 100, BEN) == ["consideration#1 30-"]
    assert told(case, 100) == ["consideration#1 10-"]


# Kills: taking the days before a member's first touch for a pause of that member.
def test_a_member_that_joins_late_does_not_resume() -> None:
    visits, _ = judge(center(touch(20), touch(80, who=BEN), opened=10), 90)
    assert [(visit.visit_no, visit.reason) for visit in visits if visit.subject == BEN] == [(1, "open case")]


def test_a_member_that_never_acted_has_no_journey() -> None:
    assert told(center(touch(20), opened=10), 30, BEN) == []
    assert told(center(touch(20, "out"), opened=10), 30, ANNA) == []


def test_an_imported_deal_closed_before_it_was_created_counts_from_its_closing() -> None:
    assert told(center(opened=200, closed=30, won=True), 201) == ["purchase#1 30-61", "retention#1 61-"]


def test_a_brief_inferred_change_is_no_stay() -> None:
    brief = center(touch(0), touch(10, subject="Demo"), opened=12)
    assert told(brief, 11) == ["awareness#1 0-"]
    assert told(brief, 12) == ["awareness#1 0-10", "consideration#1 10-"]
    assert told(center(touch(0), touch(10, subject="Demo")), 10, min_dwell_days=0)[-1] == "consideration#1 10-"
    gone = center(touch(0), touch(1, who=BEN))
    assert told(gone, 40, engaged_days=2) == ["awareness#1 0-"]


def test_dates_at_the_end_of_the_calendar_do_not_break_judging() -> None:
    far = BuyingCenter(
        id="deal:9",
        name="Case",
        deal=Deal(id="9", is_closed=True, is_won=True),
        opened_on=date.min,
        closed_on=date.max,
    )
    assert [stay.split("#")[0] for stay in told(far, 0)] == ["consideration"]


SUBJECTS = [None, "Demo", "Vergleich", "Our review", "Hello"]
TOUCHES = st.builds(
    touch,
    st.integers(0, 300),
    st.sampled_from(["in", "out", "both", "internal"]),
    st.sampled_from(SUBJECTS),
    st.sampled_from([ANNA, BEN, None]),
)
CASES = st.fixed_dictionaries(
    {},
    optional={
        "opened": st.integers(0, 200),
        "closed": st.integers(0, 300),
        "won": st.booleans(),
        "probability": st.sampled_from([0.2, 0.9]),
        "label": st.sampled_from(["Vertrag", "Offer"]),
        "properties": st.sampled_from([{}, {"hs_v2_date_entered_current_stage": "2026-03-01"}]),
    },
)
CENTERS = st.builds(lambda touches, case: center(*touches, **case), st.lists(TOUCHES, max_size=8), CASES)


@profile(deadline=None)
@given(CENTERS, st.integers(0, 700))
def test_stays_follow_one_another_and_are_counted(subject: BuyingCenter, today: int) -> None:
    visits, _ = judge(subject, today)
    for who in ("deal:9", ANNA, BEN):
        path = [visit for visit in visits if visit.subject == who and visit.model == "phases"]
        assert all(visit.stage in PHASES and visit.entered_on <= day(today) for visit in path)
        assert all(visit.left_on is None or visit.entered_on <= visit.left_on <= day(today) for visit in path)
        for before, after in pairwise(path):
            assert before.left_on is not None
            assert before.entered_on < after.entered_on
            assert before.left_on <= after.entered_on
            assert before.stage != after.stage or before.left_on < after.entered_on
        for stage in PHASES:
            numbers = [visit.visit_no for visit in path if visit.stage == stage]
            assert numbers == list(range(1, len(numbers) + 1))


# Kills: a forgotten turning day, an edge that is a day off, anything that depends on more than the day.
@profile(deadline=None)
@given(CENTERS, st.integers(0, 400))
def test_nothing_changes_before_the_due_day_and_something_does_on_it(subject: BuyingCenter, today: int) -> None:
    visits, due = judge(subject, today)
    last = today + 260 if due is None else (due - START).days
    assert last > today
    for number in range(today + 1, last):
        assert judge(subject, number)[0] == visits
    assert (judge(subject, last)[0] == visits) == (due is None)


@profile(deadline=None)
@given(CENTERS, st.integers(0, 400))
def test_the_order_of_touches_is_of_no_account(subject: BuyingCenter, today: int) -> None:
    turned = subject.model_copy(update={"touches": subject.touches[::-1]})
    assert judge(turned, today) == judge(subject, today)
