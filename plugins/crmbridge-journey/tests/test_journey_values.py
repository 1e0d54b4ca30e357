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
    }


def test_a_center_without_visits_gets_nothing() -> None:
    assert derived(center()) == {}


def test_only_this_plugins_visits_in_the_five_phases_count() -> None:
    others = [visit("purchase", 20, by="other"), visit("trial", 20, model="product")]
    assert derived(center(visit("awareness", 0), *others))["deal:9.journey_stage"] == "awareness"


def test_a_value_says_why_and_since_when() -> None:
    found = crmbridge_journey.derive_center(context(), center(visit("awareness", 3, reason="x" * 900)))
    stage = next(item for item in found if isinstance(item, PropertyValue))
    assert stage.on == date(2026, 1, 4)
    assert stage.reason == "x" * 500


def test_a_paused_journey_keeps_its_stage_and_says_that_it_pauses() -> None:
    values = derived(center(visit("consideration", 0, 60), visit("consideration", 0, 60, subject="contact:1")))
    assert values["company:7.journey_status"] == "paused"
    assert {value for name, value in values.items() if name.endswith("stage")} == {"consideration"}


def test_a_journey_that_began_again_after_a_pause_is_resumed_and_looped() -> None:
    values = derived(center(visit("consideration", 0, 60), visit("consideration", 80, visit_no=2)))
    assert values["company:7.journey_status"] == "resumed"
    assert values["company:7.journey_loops"] == 1


def test_a_stage_reached_without_a_pause_is_active() -> None:
    values = derived(
        center(visit("consideration", 0, 60), visit("consideration", 80, 90, visit_no=2), visit("purchase", 90))
    )
    assert values["company:7.journey_status"] == "active"


def test_a_lost_case_is_closed_and_leaves_no_stage() -> None:
    lost = center(visit("consideration", 0, 60), visit("awareness", 0, 60, subject="contact:1"), closed=True)
    assert derived(lost) == {"company:7.journey_status": "closed", "company:7.journey_loops": 0}


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
    assert derived(center(*back_and_forth))["company:7.journey_loops"] == 1


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
    assert [item.value for item in found if isinstance(item, PropertyValue)] == ([stage] if stage else [])
    days = [item.on for item in found if isinstance(item, Due)]
    assert days == ([] if due is None else [TODAY + timedelta(days=due)])


def test_a_company_changes_on_its_due_day_and_not_before() -> None:
    facts = company(won=True, first=90, last=20)

    def stage(ahead: int) -> list[Scalar]:
        found = crmbridge_journey.derive_company(context(today=TODAY + timedelta(days=ahead)), facts)
        return [item.value for item in found if isinstance(item, PropertyValue)]

    assert [stage(ahead) for ahead in (0, 160, 161)] == [["retention"], ["retention"], ["awareness"]]


def test_every_written_value_is_registered_and_phases_stand_in_order() -> None:
    specs = {f"{spec.object}.{spec.name}": spec for spec in crmbridge_journey.register_properties()}
    assert {name: (spec.fold, spec.core) for name, spec in specs.items()} == {
        "contact.journey_stage": ("max", True),
        "company.journey_stage": ("max", True),
        "deal.journey_stage": ("latest", True),
        "company.journey_status": ("latest", True),
        "company.journey_loops": ("max", False),
    }
    for record in ("contact", "company", "deal"):
        assert tuple(option.value for option in specs[f"{record}.journey_stage"].options) == PHASES
    statuses = [option.value for option in specs["company.journey_status"].options]
    assert statuses == ["active", "paused", "resumed", "closed"]


def test_inputs_name_hubspots_record_of_stage_entries() -> None:
    (spec,) = crmbridge_journey.register_inputs(context(Settings(purchase_stage_ids=("77",))))
    assert (spec.object, spec.connector) == ("deal", "hubspot")
    assert spec.properties == ("hs_v2_date_entered_current_stage", "hs_v2_date_entered_77")


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
