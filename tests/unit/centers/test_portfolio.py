"""Figures over all cases: taken once a week, from what happened before Monday."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from crmbridge.centers.portfolio import monday, p90, take_stock
from crmbridge.model import Company, Engagement, Portfolio
from crmbridge.store import Portfolios

from .conftest import TODAY, World

MONDAY = date(2026, 11, 16)
BODY = {"note": "hs_note_body"}


def _met(world: World, number: int, day: date, company: int = 1) -> None:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    world.put(Engagement(id=str(number), object="meeting", at=at, direction="both"))
    world.link(f"meeting:{number}", f"company:{company}")


def _taken(world: World, today: date = TODAY) -> tuple[Portfolio, bool]:
    return take_stock(world.store, Portfolios("main"), world.run, today, "Europe/Berlin", BODY)


def test_a_week_begins_on_monday() -> None:
    assert [monday(TODAY), monday(MONDAY), monday(MONDAY - timedelta(1))] == [MONDAY, MONDAY, date(2026, 11, 9)]


def test_nine_of_ten_gaps_in_whole_weeks() -> None:
    assert p90(Counter({3: 8, 8: 1, 400: 1})) == 14
    assert p90(Counter({3: 9, 400: 1})) == 7


def test_gaps_are_those_between_answers_of_one_company(world: World) -> None:
    # Kills: a gap from one company's last answer to the next one's first.
    world.put(Company(id="1", name="A", industry="STEEL"), Company(id="2", name="B"))
    for number in range(21):
        _met(world, number, MONDAY - timedelta(days=1 + 3 * number))
    _met(world, 50, MONDAY - timedelta(days=900), company=2)
    figures, moved = _taken(world)
    assert dict(figures.gaps_p90) == {"*": 7, "steel": 7}
    assert moved
    assert figures.gap_p90("Steel") == 7
    assert figures.gap_p90("unheard of") == 7


def test_within_a_week_the_figures_stand(world: World) -> None:
    # Kills: taking them at every run, which would judge everything again every day.
    world.put(Company(id="1", name="A"))
    first, _ = _taken(world)
    for number in range(30):
        _met(world, number, MONDAY - timedelta(days=10 * number))
    again, moved = _taken(world, TODAY + timedelta(days=1))
    assert (again, moved) == (first, False)
    later, moved = _taken(world, TODAY + timedelta(days=2))
    assert (later.as_of, moved) == (MONDAY + timedelta(days=7), True)


def test_a_text_that_stands_everywhere_is_a_template(world: World) -> None:
    at = datetime(2026, 10, 1, tzinfo=UTC)
    for number in range(25):
        body = "<p>Agenda: intro, demo</p>" if number < 20 else f"Note {number}"
        world.put(Engagement(id=str(number), object="note", at=at, properties={"hs_note_body": body}))
    figures, _ = _taken(world)
    assert len(figures.templates) == 1
