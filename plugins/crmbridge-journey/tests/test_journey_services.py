"""How cases end, and where companies stand in the lifecycle of services."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from journey_cases import BEN, center, day, told, touch

import crmbridge_journey
from crmbridge import Company, CompanyFacts, Deal, Due, PropertyValue, Ref, Remark, RunContext
from crmbridge.model import Scalar
from crmbridge_journey.company import company_values
from crmbridge_journey.outcomes import outcome_of
from crmbridge_journey.settings import Settings

TODAY = date(2026, 11, 21)


def ago(days: int) -> datetime:
    return datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) - timedelta(days=days)


def won(closed: int, opened: int | None = None, **fields: Any) -> Deal:
    """A deal won so many days ago; its project takes 180 days."""
    first = ago(closed + 30 if opened is None else opened)
    return Deal(id=f"w{closed}", is_closed=True, is_won=True, close_at=ago(closed), created_at=first, **fields)


def lost(closed: int, reason: str) -> Deal:
    return Deal(
        id=f"l{closed}",
        is_closed=True,
        close_at=ago(closed),
        created_at=ago(closed + 30),
        properties={"closed_lost_reason": reason},
    )


def remark(days: int, text: str, **fields: Any) -> Remark:
    on = TODAY - timedelta(days=days)
    return Remark(ref=Ref("note", str(days)), on=on, text=text, **{"direction": "internal", **fields})


def judged(
    *deals: Deal,
    ahead: int = 0,
    remarks: tuple[Remark, ...] = (),
    properties: Mapping[str, str] | None = None,
    **config: Any,
) -> tuple[dict[str, Scalar], list[date]]:
    """What is written about a company, and the days on which that could change."""
    facts = CompanyFacts(
        company=Company(id="7", properties=dict(properties or {})),
        deals=deals,
        remarks=remarks,
        touches=1,
        first_touch_on=TODAY - timedelta(days=3000),
        last_touch_on=TODAY - timedelta(days=2000),
    )
    ctx = RunContext(
        plugin="journey",
        settings=Settings(**config),
        log=logging.getLogger("test"),
        connection="main",
        run_id="r",
        today=TODAY + timedelta(days=ahead),
    )
    found = list(crmbridge_journey.derive_company(ctx, facts))
    values = {item.property: item.value for item in found if isinstance(item, PropertyValue)}
    return values, [item.on for item in found if isinstance(item, Due)]


def state(*deals: Deal, **more: Any) -> Scalar:
    return judged(*deals, **more)[0]["service_stage"]


def test_who_never_bought_is_before_the_purchase_however_the_case_ended() -> None:
    assert state() == "pre_purchase"
    assert state(Deal(id="1", created_at=ago(9))) == "pre_purchase"
    assert state(lost(9, "Timing")) == state(lost(9, "went to a competitor")) == "pre_purchase"
    assert "advocacy" not in judged()[0]


# The source document: a client who comes back after two to three years is between engagements, not lost.
@pytest.mark.parametrize(
    ("since_end", "expected"),
    [
        (0, "in_engagement"),
        (1, "between_engagements"),
        (2 * 365, "between_engagements"),
        (3 * 365, "between_engagements"),
        (1096, "between_engagements"),
        (1097, "former_client"),
    ],
)
def test_two_to_three_years_between_engagements_make_no_former_client(since_end: int, expected: str) -> None:
    assert state(won(180 + since_end)) == expected


def test_each_state_ends_on_the_day_that_was_announced() -> None:
    values, due = judged(won(100))
    assert (values["service_stage"], due) == ("in_engagement", [TODAY + timedelta(days=81)])
    assert state(won(100), ahead=80) == "in_engagement"
    values, due = judged(won(100), ahead=81)
    assert (values["service_stage"], due) == ("between_engagements", [TODAY + timedelta(days=81 + 1096)])
    assert state(won(100), ahead=81 + 1095) == "between_engagements"
    assert state(won(100), ahead=81 + 1096) == "former_client"


def test_the_project_ends_when_the_deal_says_so() -> None:
    deal = won(100, properties={"project_end": "2026-08-31"})
    assert state(deal) == "in_engagement"
    assert state(deal, project_end_property="project_end") == "between_engagements"


# Kills: judging by the newest project only, or by the first.
def test_projects_that_overlap_are_one_engagement_and_a_later_one_another() -> None:
    long_one = won(400, properties={"project_end": "2026-12-31"})
    assert state(long_one, won(300), project_end_property="project_end") == "in_engagement"
    assert state(won(2000), won(50)) == "in_engagement"
    assert state(won(2000), won(400)) == "between_engagements"


def test_a_new_case_brings_a_former_client_back_between_engagements() -> None:
    assert state(won(2000)) == "former_client"
    assert state(won(2000), Deal(id="1", created_at=ago(9))) == "between_engagements"
    assert state(won(2000), lost(9, "Timing")) == "between_engagements"


def test_what_was_noted_after_the_project_can_end_the_relationship() -> None:
    assert state(won(400), remarks=(remark(100, "Herr Muster ist jetzt im Ruhestand"),)) == "former_client"
    assert state(won(400), remarks=(remark(300, "Herr Muster ist jetzt im Ruhestand"),)) == "between_engagements"
    assert state(won(400), remarks=(remark(100, "She has retired", direction="out"),)) == "between_engagements"
    assert state(won(400), properties={"former": "true"}, former_property="former") == "former_client"
    assert state(won(400), properties={"former": "false"}, former_property="former") == "between_engagements"


@pytest.mark.parametrize(
    ("score", "advocacy", "kind"),
    [("10", "advocate", "advocate"), ("9", "advocate", "advocate"), ("8", "neutral", "neutral"),
     ("7", "neutral", "neutral"), ("6", "detractor", "lost"), ("0", "detractor", "lost"),
     ("", "unknown", "neutral"), ("eleven", "unknown", "neutral"), ("11", "unknown", "neutral")],
)  # fmt: skip
def test_a_score_tells_advocates_from_detractors(score: str, advocacy: str, kind: str) -> None:
    values, _ = judged(won(2000), properties={"nps": score}, nps_property="nps")
    assert (values["advocacy"], values["former_kind"]) == (advocacy, kind)


def test_without_a_score_the_newest_remark_that_says_anything_tells() -> None:
    praise, blame = remark(300, "Is happy to recommend us"), remark(200, "Kunde war sehr unzufrieden mit dem Projekt")
    assert judged(won(2000), remarks=(praise,))[0]["advocacy"] == "advocate"
    assert judged(won(2000), remarks=(praise, blame, remark(100, "Anruf")))[0]["former_kind"] == "lost"
    assert judged(won(2000), remarks=(blame, praise))[0]["former_kind"] == "lost"
    assert judged(won(2000), remarks=(remark(9, "nicht sehr zufrieden"),))[0]["advocacy"] == "detractor"
    assert "former_kind" not in judged(won(400), remarks=(blame,))[0]


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("Timing", "not_now"),
        ("Not now, maybe next year", "not_now"),
        ("Projekt verschoben", "not_now"),
        ("Budget auf 2028 verschoben", "not_now"),
        ("Kein Bedarf im Moment", "not_now"),
        ("Investitionsstopp", "not_now"),
        ("andere Prioritäten", "not_now"),
        ("Auf keinen Fall", "no_way"),
        ("Wettbewerber beauftragt", "no_way"),
        ("Not now: went with another vendor", "no_way"),
        ("zu teuer", "no_way"),
        ("Kein Interesse", "no_way"),
        ("Missing features", "no_way"),
        ("tbd", "unknown"),
        ("", "unknown"),
    ],
)
def test_not_now_is_told_from_no_way(reason: str, outcome: str) -> None:
    assert outcome_of(lost(9, reason), Settings()).outcome == outcome


def test_reasons_that_the_configuration_names_come_first() -> None:
    settings = Settings(outcome_reasons={"Competitor": "not_now"})
    assert outcome_of(lost(9, "competitor "), settings).outcome == "not_now"
    assert outcome_of(lost(9, "Competitor won"), settings).outcome == "no_way"


def test_open_and_won_cases_need_no_reason() -> None:
    assert outcome_of(Deal(id="1"), Settings()).outcome == "open"
    assert outcome_of(won(9, properties={"closed_lost_reason": "price"}), Settings()).outcome == "hired"


def outcome_values(*touches: Any, **deal: Any) -> dict[str, Scalar]:
    case = center(*touches, opened=10, closed=30, **deal)
    ctx = RunContext(
        plugin="journey", settings=Settings(recontact_property="call_on"), log=logging.getLogger("test"),
        connection="main", run_id="r", today=day(40),
    )  # fmt: skip
    return {
        item.property: item.value
        for item in crmbridge_journey.derive_center(ctx, case)
        if isinstance(item, PropertyValue) and item.subject.object == "deal"
    }


def test_a_case_lost_for_now_says_when_to_come_back() -> None:
    later = {"closed_lost_reason": "Timing"}
    assert outcome_values(properties=later) == {"outcome_class": "not_now", "recontact_on": day(210)}
    on = outcome_values(properties=later | {"call_on": "2026-12-24"})["recontact_on"]
    assert on == date(2026, 12, 24)
    assert outcome_values(properties={"closed_lost_reason": "price"}) == {"outcome_class": "no_way"}


# Kills: a reason that says whether the day has passed, and no day on which it would say so.
def test_why_to_come_back_does_not_change_with_time() -> None:
    case = center(opened=10, closed=30, properties={"closed_lost_reason": "Timing"})
    reasons = set()
    for ahead in (40, 900):
        ctx = RunContext(
            plugin="journey", settings=Settings(), log=logging.getLogger("test"), connection="main", run_id="r",
            today=day(ahead),
        )  # fmt: skip
        found = crmbridge_journey.derive_center(ctx, case)
        reasons |= {item.reason for item in found if item.property == "recontact_on"}
    assert reasons == {"not now, reason: timing"}


# Kills: turning the last instant of the calendar into a day of a zone in the east.
def test_a_case_that_closes_never_does_no_harm() -> None:
    at = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    facts = CompanyFacts(company=Company(id="7"), deals=(Deal(id="1", created_at=at, close_at=at, is_closed=True),))
    assert list(company_values(facts, Settings(), TODAY, "Europe/Berlin")) == [Due(on=date.max)]


# Kills: taking a mail of ours, or one talk, for research.
def test_a_loss_without_any_talk_was_not_seen() -> None:
    looked = touch(15, action="page_view")
    assert outcome_values(looked)["outcome_class"] == "unseen_loss"
    assert outcome_values(looked, touch(16))["outcome_class"] == "unknown"
    assert outcome_values(touch(15, "out"))["outcome_class"] == "unknown"
    assert outcome_values()["outcome_class"] == "unknown"


def test_a_prospect_that_only_looked_and_fell_silent_is_an_unseen_loss() -> None:
    looked = [touch(5, action="page_view"), touch(20, action="download")]
    assert told(center(*looked), 110, model="services") == ["pre_purchase#1 5-"]
    assert told(center(*looked), 111, model="services") == ["pre_purchase#1 5-111", "unseen_loss#1 111-"]
    again = center(*looked, touch(200, action="click"))
    assert told(again, 210, model="services")[-1] == "pre_purchase#2 200-"
    assert told(center(*looked, touch(30, who=BEN)), 300, model="services") == ["pre_purchase#1 5-"]


@pytest.mark.parametrize(("reason", "stage"), [("Timing", "not_now"), ("price", "no_way")])
def test_a_lost_case_is_an_outcome_in_the_lifecycle(reason: str, stage: str) -> None:
    case = center(touch(5), opened=10, closed=30, properties={"closed_lost_reason": reason})
    assert told(case, 40, model="services") == ["pre_purchase#1 5-30", f"{stage}#1 30-"]
