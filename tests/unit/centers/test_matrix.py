from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crmbridge.centers.matrix import NO_PHASE, NO_ROLE, channel_matrix, phase_on
from crmbridge.model import BuyingCenter, Member, Ref, RoleAssignment, StageVisit, Touch


def member(number: int, *roles: str) -> Member:
    played = [RoleAssignment(role=role, confidence=0.9, status="proposed") for role in roles]
    return Member(id=f"contact:{number}", joined_by="deal", roles=tuple(played))


def touch(number: int, day: int, *people: int, **more: Any) -> Touch:
    at = datetime(2026, 5, day, 12, tzinfo=UTC)
    ids = tuple(f"contact:{person}" for person in people)
    return Touch(ref=Ref("email", str(number)), at=at, on=at.date(), direction="in", member_ids=ids, **more)


def visit(stage: str, entered: int, left: int | None = None, **more: Any) -> StageVisit:
    days = {"entered_on": date(2026, 5, entered), "left_on": date(2026, 5, left) if left else None}
    return StageVisit.model_validate({"subject": "deal:1", "model": "phases", "stage": stage, **days, **more})


def center(*touches: Touch, members: tuple[Member, ...] = (), **more: Any) -> BuyingCenter:
    people = members or (member(1), member(2))
    visits = (visit("awareness", 1, 10), visit("consideration", 10, 20), visit("awareness", 20, visit_no=2))
    facts = {"id": "deal:1", "name": "Press", "members": people, "visits": visits, "touches": touches, **more}
    return BuyingCenter.model_validate(facts)


def test_a_touch_counts_in_the_phase_of_its_day_and_the_day_of_leaving_is_the_next_phases() -> None:
    # kills: the phase of today for all days, and a stay that is looked up by stage
    found = channel_matrix(
        [
            center(
                touch(1, 9, 1, channel="phone"),
                touch(2, 10, 1, channel="phone"),
                touch(3, 10, 2, channel="phone"),
                touch(4, 25, 1, channel="website"),
            )
        ]
    )
    assert found.phases == ("awareness", "consideration")
    assert [(cell.channel, cell.phase, cell.touches, cell.reach) for cell in found.cells] == [
        ("website", "awareness", 1, 1),
        ("phone", "awareness", 1, 1),
        ("phone", "consideration", 2, 2),
    ]


def test_on_the_day_on_which_the_last_stay_ended_there_is_no_phase() -> None:
    # kills: a day of leaving that still belongs to the stay
    assert [phase_on([visit("purchase", 1, 10)], date(2026, 5, day)) for day in (9, 10)] == ["purchase", NO_PHASE]


def test_what_was_shown_and_what_was_done_are_counted_apart_and_machines_not_at_all() -> None:
    (cell,) = channel_matrix(
        [
            center(
                touch(1, 2, 1, channel="newsletter", nature="exposure"),
                touch(2, 3, 1, channel="newsletter"),
                touch(3, 4, 2, channel="newsletter", is_bot=True),
            )
        ]
    ).cells
    assert (cell.touches, cell.activities, cell.exposures, cell.reach) == (2, 1, 1, 1)


def test_by_role_a_touch_counts_for_each_role_of_those_in_it_and_reach_for_those_who_play_it() -> None:
    # kills: reach of everybody in the touch, and people without a role left out
    people = (member(1, "decider", "buyer"), member(2, "buyer"), member(3))
    found = channel_matrix([center(touch(1, 2, 1, 2, channel="phone"), touch(2, 3, 3), members=people)], "role")
    assert {(cell.group, cell.touches, cell.reach) for cell in found.cells} == {
        ("decider", 1, 1),
        ("buyer", 1, 2),
        (NO_ROLE, 1, 1),
    }
    assert [group for group, _ in found.groups()] == ["buyer", "decider", NO_ROLE]


def test_without_a_journey_there_is_no_phase_and_other_models_and_members_do_not_matter() -> None:
    visits = (visit("hired", 1, model="services"), visit("awareness", 1, subject="contact:1"))
    (cell,) = channel_matrix([center(touch(1, 2, 1), visits=visits)]).cells
    assert cell.phase == NO_PHASE
    assert phase_on([], date(2026, 5, 1)) == NO_PHASE


def test_a_person_in_two_centers_is_reached_in_each() -> None:
    (cell,) = channel_matrix([center(touch(1, 2, 1)), center(touch(1, 2, 1), id="deal:1")]).cells
    assert (cell.reach, cell.centers, cell.touches) == (2, 2, 2)


def test_rows_are_channels_and_a_cell_without_touches_is_empty() -> None:
    found = channel_matrix([center(touch(1, 2, 1, channel="phone"), touch(2, 12, 1, channel="website"))])
    ((_, rows),) = found.groups()
    assert [[cell.touches if cell else None for cell in row] for row in rows] == [[None, 1], [1, None]]


TOUCHES = st.lists(
    st.builds(
        lambda number, day, people, channel, nature: touch(number, day, *people, channel=channel, nature=nature),
        st.integers(1, 99),
        st.integers(1, 28),
        st.lists(st.sampled_from((1, 2)), min_size=1, max_size=2, unique=True),
        st.sampled_from(("phone", "website", "newsletter")),
        st.sampled_from(("activity", "exposure")),
    ),
    max_size=12,
)


@given(touches=TOUCHES, data=st.data())
def test_every_touch_is_counted_once_in_whatever_order(touches: list[Touch], data: st.DataObject) -> None:
    found = channel_matrix([center(*touches)])
    assert sum(cell.touches for cell in found.cells) == len(touches)
    assert all(cell.activities + cell.exposures == cell.touches and 1 <= cell.reach <= 2 for cell in found.cells)
    assert channel_matrix([center(*data.draw(st.permutations(touches)))]) == found
