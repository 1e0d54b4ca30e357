"""A platform that rounds, trims or puts in another form what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from crmbridge.connector import Version
from crmbridge.model import Plan, PropertyChange, PropertyDefinition, PropertySpec, Ref
from crmbridge.store import Confirmed
from crmbridge.sync.edits import find_edits
from crmbridge.writeback import plan_rollback, plan_uninstall
from crmbridge.writeback.drift import drift
from crmbridge.writeback.planning.assembling import Planning

from .conftest import TODAY, Portal

SCORE = PropertySpec(object="contact", name="score", label="Score", type="number", core=True)
DEFINED = PropertyDefinition(object="contact", name="crmb_score", label="Score", type="number", group="crmbridge")
ONE = Ref("contact", "1")


@pytest.fixture
def rounding(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A CRM that keeps numbers with two digits, and a score that has more."""
    write = portal.crm._write

    def rounded(ref: Ref, values: Mapping[str, str | None], by: Version) -> None:
        write(ref, {name: value and f"{float(value):.2f}" for name, value in values.items()}, by)

    monkeypatch.setattr(portal.crm, "_write", rounded)
    portal.register(SCORE)
    portal.define(DEFINED)
    portal.contacts("1", crmb_score=None)
    portal.judge({"1": 1.23456}, "score")
    return portal


def sync(portal: Portal) -> None:
    with portal.store.locking() as tx:
        portal.mirror.put(tx, list(portal.crm.records.values()), 1, 2)


def rows(plan: Plan) -> list[tuple[str | None, str | None]]:
    return [(row.before, row.after) for row in plan if isinstance(row, PropertyChange)]


def planning(portal: Portal, run: Any) -> Planning:
    session = portal.plugins.bind("main", run.id, TODAY)
    return Planning(portal.store, "main", portal.config, portal.plugins.versions(), session, run, TODAY, "memory")


def rollback(portal: Portal) -> Plan:
    with portal.run() as run:
        return plan_rollback(planning(portal, run))


def test_what_was_rounded_is_not_written_again(rounding: Portal) -> None:
    """Kills: comparing what is wanted with what the platform made of it, night by night."""
    plan = rounding.plan()
    assert rounding.apply(plan).confirmed == 1
    assert rounding.states(plan) == {"1.crmb_score": ("confirmed", "kept-differently")}
    assert rounding.plan().is_empty
    sync(rounding)
    assert rounding.plan().is_empty


def test_another_value_is_written_without_asking_who_set_the_rounded_one(
    rounding: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills: remembering what was sent as what is ours."""
    rounding.apply(rounding.plan())
    sync(rounding)
    rounding.judge({"1": 7.77777}, "score")
    plan = rounding.plan()
    assert rows(plan) == [("1.23", "7.77777")]
    monkeypatch.setattr(rounding.crm, "read_authors", lambda *_: pytest.fail("history was asked"))
    assert rounding.apply(plan).confirmed == 1
    assert rounding.plan().is_empty


def test_a_value_that_somebody_changed_since_is_planned(rounding: Portal) -> None:
    """Kills: leaving out whatever was sent once, without looking at what stands there."""
    rounding.apply(rounding.plan())
    rounding.crm.edit(ONE, {"crmb_score": "9"})
    sync(rounding)
    assert rows(rounding.plan()) == [("9", "1.23456")]


def test_the_rounded_value_is_no_drift_and_no_edit(rounding: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    rounding.apply(rounding.plan())
    assert list(drift(rounding.journal, rounding.mirror, rounding.crm)) == []
    monkeypatch.setattr(rounding.crm, "read_authors", lambda *_: pytest.fail("history was asked"))
    found = find_edits(rounding.store, "main", rounding.crm, [rounding.crm.records[ONE]], {"crmb_score": SCORE})
    assert (found.decided, found.withdrawn) == ((), ())


def test_both_values_are_remembered(rounding: Portal) -> None:
    """Kills: a mirror that shows what was sent until the next sync."""
    rounding.apply(rounding.plan())
    with rounding.store.reading() as tx:
        assert rounding.mirror.values(tx, "contact", ["1"])["1"].properties["crmb_score"] == "1.23"
    both = Confirmed(ONE, "crmb_score", "1.23", "1.23456")
    assert list(rounding.journal.manifest.all_confirmed()) == [[both]]
    with rounding.store.reading() as tx:
        assert rounding.journal.manifest.altered(tx, "contact", ["1", "2"]) == {("1", "crmb_score"): both}


def test_another_form_of_the_same_value_is_no_other_value(rounding: Portal) -> None:
    """Kills: comparing texts. What reads ``2.00`` is 2."""
    rounding.judge({"1": 2}, "score")
    plan = rounding.plan()
    rounding.apply(plan)
    assert (rounding.value("1", "crmb_score"), rounding.states(plan)) == ("2.00", {"1.crmb_score": ("confirmed", "")})
    with rounding.store.reading() as tx:
        assert rounding.journal.manifest.altered(tx, "contact", ["1"]) == {}


def test_a_platform_that_does_not_say_is_believed(rounding: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    update = rounding.crm.update
    silent = {"properties": None}
    monkeypatch.setattr(
        rounding.crm, "update", lambda *asked: [one.model_copy(update=silent) for one in update(*asked)]
    )
    plan = rounding.plan()
    rounding.apply(plan)
    assert rounding.states(plan) == {"1.crmb_score": ("confirmed", "")}
    assert rounding.plan().is_empty


def test_a_canary_stops_at_what_does_not_read_back_as_sent(rounding: Portal) -> None:
    """Kills: comparing with what the platform answered, which is always what it shows."""
    rounding.contacts("2", crmb_score=None)
    rounding.judge(dict.fromkeys("12", 1.23456), "score")
    result = rounding.apply(rounding.plan(), canary=1)
    assert (result.status, rounding.value("2", "crmb_score")) == ("stopped", None)


def test_a_rounded_value_can_be_rolled_back_and_is_withheld_then(rounding: Portal) -> None:
    """Kills: taking the rounded value for somebody's edit; withholding the rounded one, which nobody proposes."""
    rounding.apply(rounding.plan())
    sync(rounding)
    result = rounding.apply(rollback(rounding))
    assert (result.confirmed, result.conflicts, rounding.value("1", "crmb_score")) == (1, 0, None)
    assert rounding.plan().is_empty


def test_an_edit_of_a_rounded_value_stays_when_it_is_rolled_back(rounding: Portal) -> None:
    rounding.apply(rounding.plan())
    rounding.crm.edit(ONE, {"crmb_score": "9"})
    assert rounding.apply(rollback(rounding)).conflicts == 1


def test_a_rounded_value_of_a_native_property_is_taken_away_by_an_uninstall(rounding: Portal) -> None:
    """Kills: looking for the way back from the rounded value, which was never sent."""
    rounding.register(SCORE.model_copy(update={"name": "grade", "policy": "fill-empty"}))
    rounding.define(DEFINED.model_copy(update={"name": "grade", "group": "theirs"}))
    rounding.contacts("1", grade=None)
    rounding.judge({"1": 1.23456}, "grade")
    assert rounding.apply(rounding.plan()).confirmed == 1
    assert rounding.value("1", "grade") == "1.23"
    with rounding.run() as run:
        plan = plan_uninstall(planning(rounding, run), removes=True)
    assert ("1.23", None) in rows(plan)
    rounding.apply(plan, approve=plan.hash)
    assert rounding.value("1", "grade") is None
