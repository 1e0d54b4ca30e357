"""How much silence is borne, what the CRM's own history and people say, and where the group stands."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from journey_cases import ANNA, BEN, center, day, judge, told, touch

from crmbridge import BuyingCenter, Company, Influence, PersonFacts, Portfolio, Ref, StageVisit
from crmbridge.model import Decision
from crmbridge_journey.group import mode
from crmbridge_journey.patience import Patience
from crmbridge_journey.standing import Standing

SLOW = [10, 30, 50, 70, 90, 150]
"""Gaps of 20, 20, 20, 20 and 60 days."""


def word(number: int, value: str, subject: Ref) -> Decision:
    at = datetime.combine(day(number), datetime.min.time(), UTC)
    return Decision(subject=subject, property="journey_stage", value=value, source="crm", at=at)


# Kills: taking all gaps, instead of those that had ended when the silence began.
def test_five_earlier_gaps_set_the_pace_of_a_case_and_four_do_not() -> None:
    patience = Patience(SLOW, 45)
    assert [patience.after(number) for number in (0, 90, 149, 150, 400)] == [45, 45, 45, 60, 60]
    case = center(*(touch(number) for number in SLOW), opened=5)
    assert told(case, 155) == ["consideration#1 5-135", "consideration#2 150-"]
    assert told(case, 210)[-1] == "consideration#2 150-"
    assert told(case, 211)[-1] == "consideration#2 150-~210"
    assert judge(case, 155)[1] == day(211)


# Kills: the greatest gap in place of the 95th percentile.
def test_one_gap_of_twenty_does_not_set_the_pace() -> None:
    signs = [*range(0, 95, 5), 290]
    assert Patience([*signs, 295], 45).after(400) == 45
    assert Patience(signs, 45).after(400) == 200


def test_segments_that_are_slower_are_given_longer() -> None:
    silent = center(touch(20), opened=10).model_copy(update={"company": Company(id="7", industry="Maschinenbau")})
    slow = Portfolio(gaps_p90={"maschinenbau": 80, "*": 60})
    assert judge(silent, 30, stats=slow)[1] == day(101)
    assert judge(silent, 30, stats=Portfolio(gaps_p90={"*": 60}))[1] == day(81)
    assert judge(silent, 30, stats=Portfolio(gaps_p90={"*": 6}))[1] == day(66)


def test_a_pause_names_its_first_day_and_a_resumption_its_length() -> None:
    visits, _ = judge(center(touch(20), touch(95), opened=10), 100)
    before, after = (visit for visit in visits if visit.subject == "deal:9" and visit.model == "phases")
    assert (before.left_on, before.paused_on) == (day(65), None)
    assert (after.resumed_on, after.pause_days, after.reason) == (day(95), 30, "resumed after 75 days")


def test_looking_at_pages_is_a_touch_but_no_sign_of_life() -> None:
    looked = [touch(50, action="page_view"), touch(60, action="download")]
    assert told(center(touch(20), *looked, opened=10), 70) == ["consideration#1 10-~65"]
    assert told(center(looked[0]), 60) == ["awareness#1 50-"]
    assert told(center(touch(20), touch(30, action="key_page")), 60)[-1] == "consideration#1 30-"


def test_what_a_machine_did_is_no_touch() -> None:
    robot = touch(60).model_copy(update={"is_bot": True})
    assert told(center(touch(20), robot, opened=10), 70) == ["consideration#1 10-~65"]
    assert judge(center(robot), 70) == ([], None)


def history(**days: str) -> dict[str, str]:
    return {f"hs_v2_date_{name}": text for name, text in days.items()}


def test_the_crms_history_is_read_with_the_way_back() -> None:
    stages = history(
        entered_current_stage="2026-02-10T08:00:00Z",
        entered_qualifiedtobuy="2026-02-10T08:00:00Z",
        entered_contractsent="2026-01-21T08:00:00Z",
        exited_contractsent="2026-02-10T08:00:00Z",
    )
    case = center(touch(30), opened=10, stage_id="qualifiedtobuy", probability=0.9, properties=stages)
    assert told(case, 50) == ["consideration#1 10-20", "purchase#1 20-40", "consideration#2 40-"]


# Kills: probability before the stage map; HubSpot's own "decision maker bought in" stands at 80 %.
def test_the_map_of_stages_outranks_probability_and_words() -> None:
    mapped: dict[str, Any] = {"stage_id": "decisionmakerboughtin", "probability": 0.8, "label": "Contract talks"}
    assert told(center(opened=10, **mapped), 20) == ["consideration#1 10-"]
    assert told(center(opened=10, **mapped), 20, consideration_stage_ids=())[-1] == "purchase#1 10-"
    assert told(center(opened=10, **mapped), 20, purchase_stage_ids=["decisionmakerboughtin"])[-1] == "purchase#1 10-"


# Kills: taking the entry into the present stage for the end of one that was left before.
def test_a_stage_lasts_until_the_day_on_which_it_was_left() -> None:
    stages = history(
        entered_contractsent="2026-01-21", exited_contractsent="2026-01-31", entered_current_stage="2026-02-10"
    )
    case = center(touch(30), opened=10, stage_id="x", properties=stages)
    assert told(case, 50) == ["consideration#1 10-20", "purchase#1 20-30", "consideration#2 30-"]


def test_a_stage_left_at_an_unknown_time_ended_when_the_present_one_began() -> None:
    stages = history(entered_contractsent="2026-01-21", entered_current_stage="2026-02-10")
    assert told(center(touch(30), opened=10, stage_id="x", properties=stages), 50) == [
        "consideration#1 10-20",
        "purchase#1 20-40",
        "consideration#2 40-",
    ]


def test_a_member_stands_where_the_case_stood_when_it_last_took_part() -> None:
    stages = history(entered_contractsent="2026-01-31")
    case = center(
        touch(5), touch(20), touch(30, who=BEN), touch(35, who=BEN), opened=10, stage_id="contractsent",
        properties=stages,
    )  # fmt: skip
    assert told(case, 40) == ["awareness#1 5-10", "consideration#1 10-30", "purchase#1 30-"]
    assert told(case, 40, ANNA) == ["awareness#1 5-20", "consideration#1 20-"]
    assert told(case, 40, BEN) == ["purchase#1 30-"]


def test_a_persons_word_stands_until_the_case_is_closed_after_it() -> None:
    said = {"decisions": (word(20, "purchase", Ref("deal", "9")),)}
    open_case = center(touch(15), opened=10).model_copy(update=said)
    assert told(open_case, 300) == ["consideration#1 10-20", "purchase#1 20-"]
    assert judge(open_case, 300)[0][1].reason == "a person said so"
    won = center(touch(15), opened=10, closed=50, won=True).model_copy(update=said)
    assert told(won, 100) == ["consideration#1 10-20", "purchase#1 20-81", "retention#1 81-"]
    corrected = center(opened=10, closed=15, won=True).model_copy(
        update={"decisions": (word(20, "advocacy", Ref("deal", "9")),)}
    )
    assert told(corrected, 100) == ["consideration#1 10-15", "purchase#1 15-20", "advocacy#1 20-"]


def test_a_word_about_another_record_or_no_phase_changes_nothing() -> None:
    plain = center(touch(15), opened=10)
    for other in (word(20, "purchase", Ref("company", "7")), word(20, "sold", Ref("deal", "9"))):
        assert judge(plain.model_copy(update={"decisions": (other,)}), 40) == judge(plain, 40)


def test_a_persons_word_about_a_member_is_the_members() -> None:
    case = center(touch(15), opened=10)
    anna = case.members[0].facts
    assert anna is not None
    facts = PersonFacts(contact=anna.contact, decisions=(word(20, "advocacy", anna.contact.ref),))
    case = case.model_copy(update={"members": (case.members[0].model_copy(update={"facts": facts}), case.members[1])})
    assert told(case, 30, ANNA) == ["consideration#1 15-20", "advocacy#1 20-"]
    assert told(case, 30) == ["consideration#1 10-"]


def weighty(subject: BuyingCenter, **scores: float) -> BuyingCenter:
    """Give members influence; ``anna=80``."""
    names = {ANNA: "anna", BEN: "ben"}
    members = tuple(
        person.model_copy(update={"influence": Influence(score=scores[names[person.id]], reliability="high")})
        if names[person.id] in scores
        else person
        for person in subject.members
    )
    return subject.model_copy(update={"members": members})


# Kills: a plain majority, no floor of 10, and one advocate for all.
def test_the_group_advocates_once_the_members_of_the_most_weight_do() -> None:
    won = center(touch(20, who=BEN), touch(70, subject="Our review"), opened=10, closed=30, won=True)
    assert told(won, 80)[-1] == "retention#1 61-"
    assert told(weighty(won, anna=80), 80)[-1] == "advocacy#1 70-"
    assert told(weighty(won, anna=80, ben=90), 80)[-1] == "retention#1 61-"
    assert told(weighty(won, anna=5, ben=3), 80)[-1] == "retention#1 61-"
    assert told(won, 80, ANNA)[-1] == "advocacy#1 70-"


def test_of_two_phases_that_weigh_the_same_the_earlier_is_taken() -> None:
    one = (10, [(1, Standing("retention")), (5, Standing("advocacy"))])
    other = (10, [(2, Standing("retention")), (9, Standing())])
    assert mode([one, other]) == [(1, "retention"), (2, "retention"), (5, "retention"), (9, "advocacy")]
    assert mode([other, one]) == mode([one, other])


@profile(deadline=None)
@given(st.lists(st.integers(0, 400), max_size=20, unique=True), st.integers(1, 60))
def test_no_more_silence_is_ever_borne_than_there_was(days: list[int], least: int) -> None:
    signs = sorted(days)
    patience = Patience(signs, least)
    longest = max((b - a for a, b in pairwise(signs)), default=0)
    assert all(least <= patience.after(number) <= max(least, longest) for number in range(0, 500, 7))


def test_the_lifecycle_is_told_beside_the_phases() -> None:
    won = center(touch(5), opened=10, closed=30, won=True)
    assert told(won, 400, model="services") == [
        "pre_purchase#1 5-30",
        "in_engagement#1 30-211",
        "between_engagements#1 211-",
    ]
    visits = [item for item in judge(won, 400)[0] if isinstance(item, StageVisit)]
    assert {visit.model for visit in visits} == {"phases", "services"}
