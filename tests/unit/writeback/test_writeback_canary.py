"""The canary: the first records are written and read back before the rest follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from crmbridge.connector import Outcome
from crmbridge.model import PropertyDefinition, PropertySpec, Record

from .conftest import Portal

SCORE = PropertySpec(object="contact", name="score", label="Score", type="number", fold="max")
DEFINED = PropertyDefinition(object="contact", name="crmb_score", label="Score", type="number", group="crmbridge")
IDS = tuple(f"{place:02}" for place in range(10))


@pytest.fixture
def scored(portal: Portal) -> Portal:
    """Ten contacts without a score, each of which is to have one."""
    portal.register(SCORE)
    portal.define(DEFINED)
    portal.contacts(*IDS, crmb_score=None)
    portal.judge(dict.fromkeys(IDS, 2), "score")
    return portal


def written(portal: Portal) -> list[str]:
    return [id_ for id_ in IDS if portal.value(id_, "crmb_score")]


def test_a_canary_that_reads_back_as_written_lets_the_rest_follow(scored: Portal) -> None:
    result = scored.apply(scored.plan(), canary=3)
    assert (result.status, result.confirmed, written(scored)) == ("done", 10, list(IDS))


def test_a_canary_that_is_refused_stops_the_rest(scored: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills: going on after the first batch was refused."""
    sent: list[str] = []

    def refuse(_: str, updates: Sequence[Any]) -> list[Outcome]:
        sent.extend(update.id for update in updates)
        return [Outcome(id=update.id, ok=False, code="VALIDATION_ERROR") for update in updates]

    plan = scored.plan()
    with monkeypatch.context() as patch:
        patch.setattr(scored.crm, "update", refuse)
        result = scored.apply(plan, canary=3)
    assert (result.status, result.rejected, sent) == ("stopped", 3, list(IDS[:3]))
    assert [finding.code for finding in result.findings] == ["canary-failed"]
    assert scored.apply(plan).confirmed == 7
    assert written(scored) == list(IDS[3:])


def test_a_value_that_does_not_read_back_as_written_stops_the_rest(
    scored: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills: trusting the answer of the write. The platform says yes and keeps another value."""
    update = scored.crm.update

    def keep_another(name: str, updates: Sequence[Any]) -> Sequence[Outcome]:
        return update(name, [row.model_copy(update={"properties": {"crmb_score": "1"}}) for row in updates])

    monkeypatch.setattr(scored.crm, "update", keep_another)
    result = scored.apply(scored.plan(), canary=3)
    assert (result.status, result.confirmed, written(scored)) == ("stopped", 3, list(IDS[:3]))


def test_a_conflict_does_not_stop_the_rest(scored: Portal) -> None:
    plan = scored.plan()
    record: Record = next(iter(scored.crm.records.values()))
    scored.crm.edit(record.ref, {"crmb_score": "9"})
    result = scored.apply(plan, canary=3)
    assert (result.status, result.conflicts, result.confirmed) == ("done", 1, 9)


def test_definitions_come_before_the_canary(portal: Portal) -> None:
    portal.register(SCORE)
    portal.contacts(*IDS)
    portal.judge(dict.fromkeys(IDS, 2), "score")
    assert portal.apply(portal.plan(), canary=1).confirmed == 12
