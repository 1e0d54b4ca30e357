"""Figures over all cases, against examples that were worked out by hand."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.centers.tables import (
    GroupTables,
    JourneyTables,
    conversion,
    durations,
    journey_tables,
    kaplan_meier,
    pauses,
    wilson,
)
from crmbridge.model import (
    BuyingCenter,
    Company,
    Deal,
    JourneyStage,
    Member,
    PersonaAssignment,
    RoleAssignment,
    StageModel,
    StageVisit,
)

MOST_BYTES = 1_000_000
"""A twentieth of what 5,000 centers with two stays each take."""

START = date(2026, 1, 1)
TODAY = date(2026, 12, 31)

MODEL = StageModel(
    key="m",
    label="Model",
    stages=(
        JourneyStage(key="a", label="A", label_de="Ä"),
        JourneyStage(key="b", label="B"),
        JourneyStage(key="c", label="C", terminal="success"),
    ),
    transitions=(("a", "b"), ("b", "c")),
)

REMISSION = [
    *((6, True), (6, True), (6, True), (6, False), (7, True), (9, False), (10, True), (10, False), (11, False)),
    *((13, True), (16, True), (17, False), (19, False), (20, False), (22, True), (23, True), (25, False)),
    *((32, False), (32, False), (34, False), (35, False)),
]
"""Weeks of remission under 6-mercaptopurine (Freireich et al. 1963), the classic example."""


def visit(stage: str, entered: int, left: int | None = None, **fields: Any) -> StageVisit:
    def on(day: int | None) -> date | None:
        return None if day is None else START + timedelta(days=day)

    days = {name: on(fields.pop(name)) for name in ("paused_on", "resumed_on") if name in fields}
    return StageVisit(
        **{"subject": "deal:1", "model": "m", **fields}, **days, stage=stage, entered_on=on(entered), left_on=on(left)
    )


def center(*visits: StageVisit, id_: str = "deal:1", **fields: Any) -> BuyingCenter:
    return BuyingCenter(id=id_, name="Case", visits=visits, **fields)


def tables(*centers: BuyingCenter, **asked: Any) -> JourneyTables:
    return journey_tables(centers, MODEL, TODAY, **asked)


def only(found: JourneyTables) -> GroupTables:
    (group,) = found.groups
    return group


def test_the_classic_example_of_survival() -> None:
    curve = kaplan_meier(REMISSION)
    assert (curve.n, curve.events, curve.median, curve.p90) == (21, 9, 23, None)
    assert [(day, round(share, 3)) for day, share in curve.steps] == [
        *((6, 0.857), (7, 0.807), (10, 0.753), (13, 0.69), (16, 0.627), (22, 0.538), (23, 0.448)),
    ]


# Kills: leaving out what has not ended, and counting it as ended.
def test_what_goes_on_still_is_not_left_out_and_has_not_ended() -> None:
    assert kaplan_meier([(10, True), (20, True), (30, True)]).median == 20
    assert kaplan_meier([(10, True), (20, False), (30, True)]).median == 30
    assert kaplan_meier([(10, False), (20, False)]).median is None
    assert kaplan_meier([(5, True), (5, False)]).median == 5
    assert kaplan_meier([]) == kaplan_meier(iter(()))


def test_without_censoring_the_median_and_the_ninth_tenth_are_the_plain_ones() -> None:
    curve = kaplan_meier((day, True) for day in range(1, 11))
    assert (curve.median, curve.p90) == (5, 9)


@given(st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=60))
def test_the_curve_falls_and_does_not_depend_on_order(seen: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier(seen)
    assert curve == kaplan_meier(reversed(seen))
    shares = [1.0, *(share for _, share in curve.steps)]
    assert shares == sorted(shares, reverse=True)
    assert all(share >= 0 for share in shares)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (0, 0, 0.0, 1.0)],
)
def test_the_interval_of_wilson(successes: int, n: int, low: float, high: float) -> None:
    assert [round(end, 4) for end in wilson(successes, n)] == [low, high]


# Kills: taking a pause for the end of a stay.
def test_a_pause_cuts_a_stay_off_and_does_not_end_it() -> None:
    way = [
        visit("a", 0, 10),
        visit("b", 10, 60),
        visit("b", 90, 100, visit_no=2, resumed_on=90, pause_days=30),
        visit("a", 100, paused_on=160, visit_no=2),
    ]
    today = START + timedelta(days=200)
    assert list(durations(way, today)) == [("a", 10, True), ("b", 50, False), ("b", 10, True), ("a", 60, False)]
    assert list(pauses(way, today)) == [("b", 30, True), ("a", 40, False)]
    assert list(durations([visit("a", 0)], today)) == [("a", 200, False)]
    lost = [visit("a", 0, 45, paused_on=45)]
    assert list(durations(lost, today)) == [("a", 45, False)]
    assert list(pauses(lost, today)) == [("a", 155, False)]
    assert list(pauses(lost, today, START + timedelta(days=60))) == [("a", 15, False)]  # until the case was closed
    assert list(pauses([visit("a", 0, paused_on=45)], today, START)) == [("a", 155, False)]  # it lasts


# Kills: cohorts with those that have not been watched for long enough, and entries after the horizon.
def test_conversion_counts_a_cohort_that_was_watched_for_the_whole_horizon() -> None:
    ways = [
        [visit("a", 0, 30), visit("b", 30)],
        [visit("a", 0, 91), visit("b", 91)],
        [visit("a", 0)],
        [visit("a", 300, 310), visit("b", 310)],
        [visit("b", 0)],
    ]
    found = conversion(ways, "a", "b", 90, TODAY)
    assert (found.n, found.count, found.share) == (3, 1, 0.3333)
    assert (found.low, found.high) == (0.0615, 0.7923)
    assert conversion(ways, "a", "b", 10, START + timedelta(days=310)).n == 4
    assert conversion([], "a", "b", 90, TODAY).share is None


def test_the_first_entry_opens_the_cohort_and_a_way_back_does_not() -> None:
    there_and_back = [visit("a", 0, 200), visit("b", 200, 210), visit("a", 210, 220, visit_no=2), visit("b", 220)]
    assert conversion([there_and_back], "a", "b", 90, TODAY).count == 0


def test_each_stage_has_its_volume_conversion_velocity_and_value() -> None:
    deal = Deal(id="1", amount=Decimal(1000), currency="EUR")
    francs = Deal(id="2", amount=Decimal(70), currency="CHF")
    group = only(
        tables(
            center(visit("a", 0, 20), visit("b", 20, 30), visit("a", 30, 40, visit_no=2), visit("b", 40), deal=deal),
            center(visit("a", 0, 40, subject="deal:2"), visit("c", 40, subject="deal:2"), id_="deal:2", deal=francs),
            center(id_="deal:3", deal=deal),
        )
    )
    assert (group.group, group.subjects, group.untold) == ("all", 2, 1)
    a, b, c = group.stages
    assert (a.volume, a.stays, a.reentries, a.present) == (2, 3, 1, 0)
    assert (b.volume, b.present, c.present) == (1, 1, 1)
    assert (a.conversion.n, a.conversion.count) == (2, 2)
    assert (a.velocity.n, a.velocity.median, a.velocity.p90) == (3, 20, 40)
    assert (b.velocity.n, b.velocity.events, b.velocity.median) == (2, 1, 10)
    assert a.value == {"CHF": Decimal(70), "EUR": Decimal(1000)}
    assert c.value == {"CHF": Decimal(70)}
    assert (a.label, a.label_de, b.label_de) == ("A", "Ä", "B")
    assert (group.conformance.n, group.conformance.count) == (4, 2)


def test_steps_and_whole_ways_are_counted_most_frequent_first() -> None:
    group = only(
        tables(
            center(visit("a", 0, 20), visit("b", 20, 30)),
            center(visit("a", 0, 20), visit("b", 20)),
            center(visit("a", 0)),
        )
    )
    assert [(flow.source, flow.target, flow.count) for flow in group.flows] == [
        *((None, "a", 3), ("a", "b", 2), ("b", None, 1)),
    ]
    assert [(variant.stages, variant.count) for variant in group.variants] == [(("a", "b"), 2), (("a",), 1)]


def test_drop_offs_are_shares_of_stays_with_the_length_of_pauses() -> None:
    group = only(
        tables(
            center(visit("a", 0, 45), visit("a", 65, visit_no=2, resumed_on=65, pause_days=20)),
            center(visit("a", 0, paused_on=45)),
            center(visit("c", 0)),
        )
    )
    broken = group.stages[0].drop_offs
    assert (broken.rate.n, broken.rate.count) == (3, 2)
    assert (broken.resumed.n, broken.resumed.count) == (2, 1)
    assert (broken.pauses.n, broken.pauses.events, broken.pauses.median) == (2, 1, 20)
    assert group.stages[2].drop_offs.rate.n == 0  # nobody drops off in a terminal stage


def test_a_pause_of_a_closed_case_does_not_grow_with_time() -> None:
    # Kills: every pause seen until today.
    abandoned = center(visit("a", 0, 45, paused_on=45), closed_on=START + timedelta(days=60))
    resumed = center(visit("a", 0, 45), visit("a", 65, visit_no=2, resumed_on=65, pause_days=20))
    pauses_of_a = only(tables(abandoned, resumed)).stages[0].drop_offs.pauses
    assert pauses_of_a.steps == ((20, 0.0),)  # the other was last seen pausing after 15 days


def member(number: int, *roles: str, persona: str | None = None) -> Member:
    said = tuple(RoleAssignment(role=role, confidence=0.9, status="proposed") for role in roles)
    one = PersonaAssignment(member_id=f"contact:{number}", persona=persona, score=1, margin=1) if persona else None
    return Member(id=f"contact:{number}", joined_by="deal", roles=said, persona=one)


def divided() -> list[BuyingCenter]:
    buyer, nobody = member(1, "buyer", "user", persona="thrifty"), member(2)
    ways = (visit("a", 0, subject="deal:1"), visit("b", 0, subject="contact:1"))
    other = (visit("a", 0, subject="deal:2"),)
    return [
        center(*ways, members=(buyer, nobody), company=Company(id="1", industry="Maschinenbau")),
        center(*other, id_="deal:2", company=Company(id="2")),
    ]


@pytest.mark.parametrize(
    ("subject", "by", "groups"),
    [
        ("center", None, {"all": (2, 0)}),
        ("center", "segment", {"maschinenbau": (1, 0), "unknown": (1, 0)}),
        ("center", "role", {"buyer": (1, 0), "user": (1, 0), "unknown": (1, 0)}),
        ("center", "persona", {"thrifty": (1, 0), "unknown": (1, 0)}),
        ("member", None, {"all": (1, 1)}),
        ("member", "segment", {"maschinenbau": (1, 1)}),
        ("member", "role", {"buyer": (1, 0), "user": (1, 0), "unknown": (0, 1)}),
        ("member", "persona", {"thrifty": (1, 0), "unknown": (0, 1)}),
    ],
)
def test_the_tables_are_divided_by_segment_role_or_persona(
    subject: Any, by: Any, groups: dict[str, tuple[int, int]]
) -> None:
    found = tables(*divided(), subject=subject, by=by)
    assert {group.group: (group.subjects, group.untold) for group in found.groups} == groups


def test_members_bring_no_amounts_and_another_model_is_no_journey() -> None:
    case = center(visit("a", 0, subject="contact:1"), members=(member(1),), deal=Deal(id="1", amount=Decimal(9)))
    assert only(tables(case, subject="member")).stages[0].value == {}
    assert only(tables(center(visit("a", 0, model="other")))).untold == 1


def test_a_journey_told_of_the_company_is_the_centers() -> None:
    case = center(visit("a", 0, subject="company:7"), company=Company(id="7"))
    assert only(tables(case)).subjects == 1


# Kills: keeping centers, or a list of stays.
def test_memory_does_not_grow_with_the_number_of_centers() -> None:
    def many(count: int) -> Iterator[BuyingCenter]:
        return (center(visit("a", number % 50, 60), visit("b", 60)) for number in range(count))

    tracemalloc.start()
    journey_tables(many(5000), MODEL, TODAY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_BYTES
