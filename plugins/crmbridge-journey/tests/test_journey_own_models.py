"""Stage models as data: those that come with the plugin, and those that a client brings."""

from __future__ import annotations

import logging
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from journey_cases import ANNA, BEN, START, center, judge, told, touch
from pydantic import ValidationError

import crmbridge_journey
from crmbridge import PHASES, BuyingCenter, PluginContext
from crmbridge_journey.days import NEVER, common, crowded, holds, spans, union
from crmbridge_journey.settings import Settings

TRIAL = tomllib.loads("""
[models.trial]
version = 2
label = "Trial"
transitions = [["visitor", "trial"], ["trial", "customer"]]
entry = ["visitor"]

[[models.trial.stages]]
key = "visitor"
label = "Visitor"
when = [{ touched_days = 60 }]

[[models.trial.stages]]
key = "trial"
label = "Trial"
label_de = "Probezeit"
when = [{ actions = ["form"], words = ["trial"], within_days = 40 }, { crm_stages = ["poc"] }]

[[models.trial.stages]]
key = "customer"
label = "Customer"
terminal = "success"
when = [{ deal = "won" }]
""")


def path(subject: BuyingCenter, today: int, **more: Any) -> list[str]:
    stays: list[str] = told(subject, today, model="trial", **TRIAL, **more)
    return stays


def test_the_last_stage_that_holds_is_taken_and_its_end_is_told() -> None:
    case = center(touch(0), touch(10, subject="Start trial", action="form"), touch(40))
    assert path(case, 12) == ["visitor#1 0-"]
    assert path(case, 13) == ["visitor#1 0-10", "trial#1 10-"]
    assert path(case, 54) == ["visitor#1 0-10", "trial#1 10-51", "visitor#2 51-"]
    assert path(case, 101)[-1].startswith("visitor#2 51-")


# Kills: "or" between the conditions of one rule.
def test_all_that_a_rule_asks_for_must_hold() -> None:
    assert path(center(touch(0), touch(10, action="form")), 20) == ["visitor#1 0-"]
    assert path(center(touch(0), touch(10, subject="trial")), 20) == ["visitor#1 0-"]


def test_the_crms_stages_outrank_what_touches_say() -> None:
    poc = {"hs_v2_date_entered_poc": "2026-01-11", "hs_v2_date_exited_poc": "2026-01-21"}
    case = center(touch(0), touch(25), opened=5, closed=30, won=True, properties=poc, stage_id="closedwon")
    assert path(case, 40) == ["visitor#1 0-10", "trial#1 10-20", "visitor#2 20-30", "customer#1 30-"]


def test_silence_pauses_a_stage_that_is_not_terminal() -> None:
    assert path(center(touch(0)), 46) == ["visitor#1 0-~45"]
    assert path(center(touch(0), opened=0, closed=20, won=True), 400) == ["visitor#1 0-20", "customer#1 20-"]
    late = center(touch(0), opened=0, closed=200, won=True)
    assert path(late, 400) == ["visitor#1 0-45", "customer#1 200-"]


def test_members_have_their_own_way() -> None:
    case = center(touch(0), touch(10, who=BEN))
    assert told(case, 20, ANNA, model="trial", **TRIAL) == ["visitor#1 0-"]
    assert told(case, 20, BEN, model="trial", **TRIAL) == ["visitor#1 10-"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"deal": "open"}, ["one#1 10-30"]),
        ({"deal": "lost"}, []),
        ({"won_days": 20}, ["one#1 30-51"]),
        ({"touched": True}, ["one#1 5-"]),
        ({"engaged": 2, "within_days": 20}, ["one#1 12-26"]),
        ({"labels": ["vertrag*"]}, []),
    ],
)
def test_each_condition_holds_for_its_span(rule: dict[str, Any], expected: list[str]) -> None:
    model = {"stages": [{"key": "one", "label": "One", "when": [rule]}]}
    case = center(touch(5), touch(12, who=BEN), opened=10, closed=30, won=True, label="Vertragsprüfung")
    assert told(case, 60, model="m", models={"m": model}, drop_off_days=300) == expected


def test_a_label_holds_while_the_deal_is_open() -> None:
    model = {"stages": [{"key": "one", "label": "One", "when": [{"labels": ["vertrag*"]}]}]}
    case = center(touch(5), opened=10, label="Vertragsprüfung")
    assert told(case, 20, model="m", models={"m": model}) == ["one#1 10-"]


def test_the_models_are_registered_with_their_versions() -> None:
    ctx = PluginContext(plugin="journey", settings=Settings(**TRIAL), log=logging.getLogger("test"))
    models = {model.key: model for model in crmbridge_journey.register_stages(ctx)}
    assert list(models) == ["phases", "services", "trial"]
    assert models["phases"].keys == PHASES
    assert (models["trial"].version, models["trial"].entry) == (2, ("visitor",))
    assert models["trial"].stages[1].label_de == "Probezeit"
    assert [stage.key for stage in models["services"].stages if stage.terminal] == ["no_way", "unseen_loss"]


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ({"phases": TRIAL["models"]["trial"]}, "already"),
        ({"x": {"stages": [{"key": "a", "label": "A", "when": [{}]}]}}, "must ask for something"),
        ({"x": {"stages": [{"key": "a", "label": "A", "when": []}]}}, "at least 1"),
        ({"x": {"stages": [{"key": "a", "label": "A", "when": [{"actions": ["dance"]}]}]}}, "actions"),
        ({"x": {**TRIAL["models"]["trial"], "entry": ["nowhere"]}}, "nowhere"),
        ({"X Y": TRIAL["models"]["trial"]}, "pattern"),
    ],
)
def test_a_model_that_cannot_be_is_refused(models: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Settings(models=models)


TOUCHES = st.builds(
    touch,
    st.integers(0, 300),
    st.sampled_from(["in", "out", "both"]),
    st.sampled_from([None, "trial"]),
    st.sampled_from([ANNA, BEN, None]),
    st.sampled_from(["form", "other", "page_view"]),
)
CENTERS = st.builds(
    lambda touches, case: center(*touches, **case),
    st.lists(TOUCHES, max_size=8),
    st.fixed_dictionaries(
        {}, optional={"opened": st.integers(0, 200), "closed": st.integers(0, 300), "won": st.booleans()}
    ),
)


# Kills: a forgotten edge of a span, and a due day that is a day off.
@profile(deadline=None)
@given(CENTERS, st.integers(0, 400))
def test_an_own_model_changes_on_its_due_day_and_not_before(subject: BuyingCenter, today: int) -> None:
    visits, due = judge(subject, today, TRIAL)
    last = today + 120 if due is None else (due - START).days
    for number in range(today + 1, last, 1 if last - today < 60 else 7):
        assert judge(subject, number, TRIAL)[0] == visits
    assert (judge(subject, last, TRIAL)[0] == visits) == (due is None)


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=6).map(
    lambda pairs: union((start, start + length) for start, length in pairs)
)


@given(SPANS, SPANS, st.integers(0, 80))
def test_the_common_part_of_spans_holds_what_both_hold(one: Any, other: Any, number: int) -> None:
    assert holds(common(one, other), number) == (holds(one, number) and holds(other, number))
    assert holds(union([*one, *other]), number) == (holds(one, number) or holds(other, number))


@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("abc")), max_size=8), st.integers(0, 50), st.integers(1, 3)
)
def test_crowded_spans_hold_days_on_which_enough_names_count(
    stays: list[tuple[int, str]], number: int, least: int
) -> None:
    counting = {name for at, name in stays if at <= number <= at + 7}
    assert holds(crowded(sorted(stays), 7, least), number) == (len(counting) >= least)


def test_spans_are_joined_where_they_touch() -> None:
    assert spans([1, 3, 9], 4) == [(1, 7), (9, 13)]
    assert spans([1, 6], 4) == [(1, 10)]
    assert not holds([(1, 4)], NEVER)
