"""What goes round the guard or the order of plans: slices, clocks, and a resume after a definition failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.config import Guard
from crmbridge.model import Finding, Option, Plan, PropertyDefinition, PropertySpec, Ref
from crmbridge.store import plans as storing

from .conftest import TODAY, Portal

SCORE = PropertySpec(object="contact", name="score", label="Score", type="number")
DEFINED = PropertyDefinition(object="contact", name="crmb_score", label="Score", type="number", group="crmbridge")
IDS = [f"{place:03}" for place in range(100)]


def parks(plan: Plan) -> list[str]:
    return [finding.code for finding in plan.parked]


@pytest.fixture
def scored(portal: Portal) -> Portal:
    """A hundred contacts with a score of ours, all of which shall change."""
    portal.config = portal.config.model_copy(update={"guard": Guard(first_apply=False, rows=1_000)})
    portal.register(SCORE)
    portal.define(DEFINED)
    portal.contacts(*IDS, crmb_score=None)
    portal.judge(dict.fromkeys(IDS, 1), "score")
    portal.apply(portal.plan(TODAY - timedelta(1)))
    portal.judge(dict.fromkeys(IDS, 2), "score")
    return portal


def narrowed(portal: Portal, **narrowed: Any) -> Plan:
    return portal.plan(narrowed=narrowed)


def test_slices_of_a_day_are_guarded_together(scored: Portal) -> None:
    """Kills: guarding each slice by itself: a hundred values in four slices would never wait."""
    assert parks(scored.plan()) == ["too-many-changed"]
    first = narrowed(scored, limit=25)
    assert (len(first), parks(first)) == (25, [])
    assert scored.apply(first).confirmed == 25
    assert parks(narrowed(scored, limit=25)) == ["too-many-changed"]


def test_a_clock_that_was_ahead_does_not_make_later_plans_old(scored: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills: ordering plans by the clock alone: nothing could be applied, nor rolled back, until it has caught up."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(400)

    with monkeypatch.context() as patch:
        patch.setattr(storing, "datetime", Ahead)
        scored.apply(first := scored.plan(), approve=first.hash)
    scored.judge(dict.fromkeys(IDS, 3), "score")
    plan = scored.plan()
    assert plan.header.created_at is not None
    assert plan.header.created_at > datetime.now(UTC) + timedelta(399)
    assert scored.apply(plan, approve=plan.hash).confirmed == 100


def test_a_resume_does_not_write_into_a_property_that_could_not_be_created(portal: Portal) -> None:
    """Kills: forgetting between two applies which definitions failed."""
    portal.register(SCORE)
    portal.contacts("1", "2", crmb_score=None)
    portal.judge({"1": 2, "2": 2}, "score")
    plan = portal.plan()
    portal.crm.definitions["contact", "crmb_score"] = DEFINED.model_copy(update={"group": "sales"})
    stopped = portal.apply(plan, canary=1)
    assert (stopped.status, stopped.invalid) == ("stopped", 2)
    again = portal.apply(plan)
    assert (again.confirmed, again.invalid) == (0, 1)
    assert portal.value("2", "crmb_score") is None


@pytest.mark.parametrize("value", ["a;b", " a", "a "])
def test_options_that_a_multi_select_cannot_hold_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no semicolon and no outer blanks"):
        PropertySpec(object="contact", name="x", label="X", type="multi", options=(Option(value=value, label="x"),))


def test_values_refused_while_planning_reach_the_exit_code(scored: Portal) -> None:
    from crmbridge.cli.commands.plan import codes_of
    from crmbridge.cli.exitcodes import ExitCode

    plan = scored.plan()
    header = plan.header.model_copy(
        update={"findings": (Finding(severity="warning", code="invalid-value", message="x"),)}
    )
    assert ExitCode.REJECTED in codes_of(Plan(header, plan.open_rows))


def test_a_decision_made_between_plan_and_apply_holds(scored: Portal) -> None:
    """Kills: asking for people's decisions only while planning."""
    plan = scored.plan()
    scored.decide("000", "score", "1")
    result = scored.apply(plan, approve=plan.hash)
    assert (result.conflicts, result.confirmed, scored.value("000", "crmb_score")) == (1, 99, "1")


def test_an_option_that_was_taken_off_a_native_multi_select_stays_off(portal: Portal) -> None:
    """Kills: adding again each night what a person takes off each day."""
    options = tuple(Option(value=value, label=value) for value in ("a", "b", "c"))
    spec = PropertySpec(
        object="contact", name="kinds", label="K", type="multi", fold="union", policy="fill-empty", options=options
    )
    portal.register(spec)
    portal.define(PropertyDefinition(object="contact", name="kinds", label="K", type="multi", options=options))
    portal.contacts("1", kinds="b")
    portal.judge({"1": ("a",)}, "kinds")
    portal.apply(portal.plan())
    assert portal.value("1", "kinds") == "a;b"
    with portal.store.locking() as tx:
        portal.mirror.set_properties(tx, {Ref("contact", "1"): {"kinds": "b"}})
    assert portal.plan().is_empty
    portal.judge({"1": ("a", "c")}, "kinds")
    assert [change.becomes for change in portal.plan()] == ["b;c"]
