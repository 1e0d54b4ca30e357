"""What reaches the deal, the company and the members, and what the plugin reads."""

from __future__ import annotations

import logging
import tomllib
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import crmbridge_journey
from crmbridge import (
    PHASES,
    BuyingCenter,
    Company,
    CompanyFacts,
    Contact,
    Deal,
    Due,
    Member,
    PersonFacts,
    PropertyValue,
    Ref,
    RunContext,
    StageVisit,
    Touch,
)
from crmbridge.model import Scalar
from crmbridge_journey.settings import Settings

TODAY = date(2026, 11, 21)
CENTER = "deal:9"


def context(settings: Settings | None = None, today: date = TODAY) -> RunContext[Settings]:
    return RunContext(
        plugin="journey",
        settings=settings or Settings(),
        log=logging.getLogger("test"),
        connection="main",
        run_id="r",
        today=today,
    )


def visit(stage: str, entered: int, left: int | None = None, subject: str = CENTER, **fields: Any) -> StageVisit:
    first = date(2026, 1, 1)
    return StageVisit(
        subject=subject,
        stage=stage,
        entered_on=first + timedelta(days=entered),
        left_on=None if left is None else first + timedelta(days=left),
        **{"by": "journey", "reason": f"why {stage}", **fields},
    )


def center(*visits: StageVisit, closed: bool = False, won: bool = False) -> BuyingCenter:
    known = Member(id="contact:1", joined_by="deal", facts=PersonFacts(contact=Contact(id="1")))
    unknown = Member(id="address:a@example.com", joined_by="engagement", address="a@example.com")
    return BuyingCenter(
        id=CENTER,
        name="Case",
        deal=Deal(id="9", is_closed=closed, is_won=won),
        company=Company(id="7"),
        opened_on=date(2026, 1, 1),
        closed_on=date(2026, 3, 2) if closed else None,
        members=(known, unknown),
        visits=visits,
    )


def derived(subject: BuyingCenter) -> dict[str, Scalar]:
    found = list(crmbridge_journey.derive_center(context(), subject))
    assert all(isinstance(item, PropertyValue) for item in found)
    return {f"{item.subject}.{item.property}": item.value for item in found if isinstance(item, PropertyValue)}


def test_deal_company_and_known_members_get_their_present_stage() -> None:
    values = derived(
        center(
            visit("awareness", 0, 10),
            visit("consideration", 10),
            visit("awareness", 5, subject="contact:1"),
            visit("awareness", 5, subject="address:a@example.com"),
        )
    )
    assert values == {
        "contact:1.journey_stage": "awareness",
        "deal:9.journey_stage": "consideration",
        "company:7.journey_stage": "consideration",
        "company:7.journey_status": "active",
        "company:7.journey_loops": 0,
        "company:7.conformance": 1.0,
        "company:7.stage_spread": 0,
        "deal:9.outcome_class": "open",
    }


def test_a_center_without_visits_gets_no_stage() -> None:
    assert derived(center()) == {"deal:9.outcome_class": "open"}


def test_only_this_plugins_visits_in_the_five_phases_count() -> None:
    others = [visit("purchase", 20, by="other"), visit("trial", 20, model="product")]
    assert derived(center(visit("awareness", 0), *others))["deal:9.journey_stage"] == "awareness"


def test_a_value_says_why_and_since_when() -> None:
    found = crmbridge_journey.derive_center(context(), center(visit("awareness", 3, reason="x" * 900)))
    stage = next(item for item in found if isinstance(item, PropertyValue))
    assert stage.on == date(2026, 1, 4)
    assert stage.reason == "x" * 500


def test_a_paused_journey_keeps_its_stage_and_says_that_it_pauses() -> None:
    since: dict[str, Any] = {"paused_on": date(2026, 3, 2)}
    values = derived(
        center(visit("consideration", 0, **since), visit("consideration", 0, subject="contact:1", **since))
    )
    assert values["company:7.journey_status"] == "paused"
    assert values["company:7.dropoff_at"] == date(2026, 3, 2)
    assert "company:7.resumed_at" not in values
    assert {value for name, value in values.items() if name.endswith("stage")} == {"consideration"}


def test_a_journey_that_began_again_after_a_pause_is_resumed_and_looped() -> None:
    again = visit("consideration", 80, visit_no=2, resumed_on=date(2026, 3, 22), pause_days=20)
    values = derived(center(visit("consideration", 0, 60), again))
    assert values["company:7.journey_status"] == "resumed"
    assert values["company:7.journey_loops"] == 1
    assert values["company:7.dropoff_at"] == date(2026, 3, 2)
    assert values["company:7.resumed_at"] == date(2026, 3, 22)
    assert "company:7.conformance" not in values  # to go on in the same phase is no step


def test_a_stage_reached_without_a_pause_is_active() -> None:
    values = derived(
        center(visit("consideration", 0, 60), visit("consideration", 80, 90, visit_no=2), visit("purchase", 90))
    )
    assert values["company:7.journey_status"] == "active"


def test_a_lost_case_is_closed_and_leaves_no_stage() -> None:
    lost = center(visit("consideration", 0, 60), visit("awareness", 0, 60, subject="contact:1"), closed=True)
    assert derived(lost) == {
        "company:7.journey_status": "closed",
        "company:7.journey_loops": 0,
        "deal:9.outcome_class": "unknown",
    }


def test_a_won_case_goes_on() -> None:
    won = center(visit("consideration", 0, 60), visit("purchase", 70), closed=True, won=True)
    assert derived(won)["company:7.journey_status"] == "active"
    assert derived(won)["company:7.journey_stage"] == "purchase"


# Kills: counting every re-entry, which counts one way back and forth twice.
def test_loops_are_steps_back_and_returns_to_the_same_phase() -> None:
    back_and_forth = [
        visit("awareness", 0, 10),
        visit("consideration", 10, 20),
        visit("awareness", 20, 30, visit_no=2),
        visit("consideration", 30, visit_no=2),
    ]
    values = derived(center(*back_and_forth))
    assert values["company:7.journey_loops"] == 1
    assert values["company:7.conformance"] == 0.67  # a step back is not foreseen


# Kills: the spread of all visits, and counting the center for a member.
def test_the_spread_is_between_the_phases_that_members_are_in_now() -> None:
    members = [
        visit("awareness", 0, 10, subject="contact:1"),
        visit("consideration", 10, subject="contact:1"),
        visit("advocacy", 20, subject="address:a@example.com"),
    ]
    assert derived(center(visit("retention", 20), *members))["company:7.stage_spread"] == 3


# What propose_stages tells, with the host's attribution, is what derive_center reads.
def test_the_journey_of_a_resumed_case_reaches_the_company() -> None:
    touches = tuple(
        Touch(
            ref=Ref(object="email", id=str(on)),
            at=datetime(on.year, on.month, on.day, tzinfo=UTC),
            on=on,
            direction="in",
            responders=("contact:1",),
        )
        for on in (date(2026, 6, 1), date(2026, 11, 1))
    )
    case = center().model_copy(update={"touches": touches, "opened_on": date(2026, 5, 1)})
    found = crmbridge_journey.propose_stages(context(), case)
    visits = tuple(v.model_copy(update={"by": "journey"}) for v in found if isinstance(v, StageVisit))
    values = derived(case.model_copy(update={"visits": visits}))
    assert values["company:7.journey_status"] == "resumed"
    assert values["company:7.journey_loops"] == 1
    assert values["contact:1.journey_stage"] == "consideration"


def company(*, won: bool, first: int | None, last: int | None) -> CompanyFacts:
    """A company with a deal and touches so many days before TODAY."""
    return CompanyFacts(
        company=Company(id="7"),
        deals=(Deal(id="1"), Deal(id="2", is_closed=won, is_won=won)),
        touches=0 if first is None else 2,
        first_touch_on=None if first is None else TODAY - timedelta(days=first),
        last_touch_on=None if last is None else TODAY - timedelta(days=last),
    )


@pytest.mark.parametrize(
    ("facts", "stage", "due"),
    [
        (company(won=False, first=None, last=None), None, None),
        (company(won=True, first=None, last=None), None, None),
        (company(won=False, first=500, last=3), "awareness", None),
        (company(won=True, first=500, last=0), "retention", 181),
        (company(won=True, first=500, last=180), "retention", 1),
        (company(won=True, first=500, last=181), "awareness", None),
        (company(won=True, first=-4, last=-9), None, 4),
    ],
)
def test_a_company_is_judged_by_its_deals_and_touches(facts: CompanyFacts, stage: str | None, due: int | None) -> None:
    found = list(crmbridge_journey.derive_company(context(), facts))
    values = [item.value for item in found if isinstance(item, PropertyValue) and item.property == "journey_stage"]
    assert values == ([stage] if stage else [])
    days = {item.on for item in found if isinstance(item, Due)}
    assert days == ({TODAY + timedelta(days=due)} if due is not None else set())


def test_a_company_changes_on_its_due_day_and_not_before() -> None:
    facts = company(won=True, first=90, last=20)

    def stage(ahead: int) -> list[Scalar]:
        found = crmbridge_journey.derive_company(context(today=TODAY + timedelta(days=ahead)), facts)
        return [item.value for item in found if isinstance(item, PropertyValue) and item.property == "journey_stage"]

    assert [stage(ahead) for ahead in (0, 160, 161)] == [["retention"], ["retention"], ["awareness"]]


def test_every_written_value_is_registered_and_phases_stand_in_order() -> None:
    specs = {f"{spec.object}.{spec.name}": spec for spec in crmbridge_journey.register_properties()}
    assert {name: spec.fold for name, spec in specs.items() if spec.core} == {
        "contact.journey_stage": "max",
        "company.journey_stage": "max",
        "deal.journey_stage": "latest",
        "company.journey_status": "latest",
    }
    assert {name for name, spec in specs.items() if not spec.core} == {
        *("company.journey_loops", "company.stage_spread", "company.conformance"),
        *("company.dropoff_at", "company.resumed_at"),
        *("company.service_stage", "company.former_kind", "company.advocacy"),
        *("deal.outcome_class", "deal.recontact_on"),
    }
    for record in ("contact", "company", "deal"):
        assert tuple(option.value for option in specs[f"{record}.journey_stage"].options) == PHASES
    statuses = [option.value for option in specs["company.journey_status"].options]
    assert statuses == ["active", "paused", "resumed", "closed"]
    assert [option.label for option in specs["company.service_stage"].options] == [
        "Pre-purchase (Vor dem Kauf)",
        "In engagement (Während des Engagements)",
        "Between engagements (Zwischen Engagements)",
        "Former client (Ehemaliger Kunde)",
    ]


def test_inputs_name_hubspots_history_of_the_stages_that_are_mapped() -> None:
    settings = Settings(consideration_stage_ids=(), purchase_stage_ids=("77",), nps_property="nps")
    specs = list(crmbridge_journey.register_inputs(context(settings)))
    assert (specs[0].object, specs[0].connector) == ("deal", "hubspot")
    assert specs[0].properties == (
        *("hs_v2_date_entered_current_stage", "hs_v2_date_entered_77", "hs_v2_date_exited_77"),
    )
    assert {item.object: item.properties for item in specs[1:] if not item.texts} == {
        "deal": ("closed_lost_reason",),
        "company": ("nps",),
    }
    assert [item.object for item in specs if item.texts] == ["note", "call"]


def test_settings_refuse_spans_that_are_none() -> None:
    with pytest.raises(ValidationError, match="drop_off_days"):
        Settings(drop_off_days=0)
    with pytest.raises(ValidationError, match="purchase_probability"):
        Settings(purchase_probability=80)


def test_the_declared_entry_point_is_the_module() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    entry = EntryPoint("journey", project["entry-points"]["crmbridge"]["journey"], "crmbridge")
    assert entry.load() is crmbridge_journey
    assert crmbridge_journey.register_settings() is Settings
