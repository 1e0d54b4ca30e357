"""Imported touchpoints that name no deal count for the deals of the person, in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.model import Company, Deal, Engagement

from .conftest import World, person

MADE = datetime(2026, 6, 1, tzinfo=UTC)


def touchpoint(number: int, at: datetime) -> Engagement:
    return Engagement(
        id=str(number), object="touchpoint", at=at, direction="both", channel="trade_fair", action="event_attended"
    )


@pytest.fixture
def case(world: World) -> World:
    world.put(Company(id="5", name="M", domains=("mueller.example",)), person(1))
    world.put(Deal(id="8", name="Presse", created_at=MADE), Deal(id="7", name="Other", created_at=MADE))
    world.link("contact:1", "company:5", primary=True)
    for deal in ("7", "8"):
        world.link(f"deal:{deal}", "contact:1")
        world.link(f"deal:{deal}", "company:5", primary=True)
    return world


def touches(world: World, deal: str) -> list[str]:
    center = world.center(f"deal:{deal}")
    assert center is not None
    return [f"{touch.ref.id} {touch.channel}" for touch in center.touches]


def test_a_fair_counts_for_each_deal_of_the_person(case: World) -> None:
    # Kills: taking only engagements that are linked to the deal.
    case.put(touchpoint(1, MADE - timedelta(days=365)))
    case.link("touchpoint:1", "contact:1")
    case.judge()
    assert touches(case, "8") == touches(case, "7") == ["1 trade_fair"]


def test_a_touchpoint_that_names_a_deal_counts_for_that_one_alone(case: World) -> None:
    case.put(touchpoint(1, MADE))
    case.link("touchpoint:1", "contact:1")
    case.link("touchpoint:1", "deal:7")
    case.judge()
    assert (touches(case, "8"), touches(case, "7")) == ([], ["1 trade_fair"])


def test_what_was_long_before_the_deal_does_not_count(case: World) -> None:
    case.put(touchpoint(1, MADE - timedelta(days=366)))
    case.link("touchpoint:1", "contact:1")
    case.judge()
    assert touches(case, "8") == []


def test_a_date_that_means_never_stops_nobody(case: World) -> None:
    # Kills: a day beyond the calendar, which ends the judging of the whole account.
    never = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    case.put(Deal(id="8", name="Presse", created_at=MADE, close_at=never, is_closed=True), touchpoint(1, never))
    case.link("touchpoint:1", "contact:1")
    assert case.judge().failed == 0
    assert touches(case, "8") == []
