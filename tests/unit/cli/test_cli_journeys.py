from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmbridge.app import Bridge

from .conftest import Run

STAGES = """
from datetime import timedelta
from crmbridge import JourneyStage, StageModel, StageVisit

@hookimpl
def register_stages():
    stages = (JourneyStage(key="try", label="Try"), JourneyStage(key="buy", label="Buy", terminal="success"))
    yield StageModel(key="shop", version=3, label="Shop", stages=stages, transitions=(("try", "buy"),), entry=("try",))

@hookimpl
def propose_stages(ctx, center):
    first = ctx.today - timedelta(days=400)
    yield StageVisit(subject=center.id, model="shop", stage="try", entered_on=first, left_on=first + timedelta(days=9))
    yield StageVisit(subject=center.id, model="shop", stage="buy", entered_on=first + timedelta(days=9))
"""


@pytest.fixture
def staged(project: Path, run: Run) -> Path:
    """A synced project whose bridgefile tells of two stages."""
    with (project / "bridgefile.py").open("a") as file:
        file.write(STAGES)
    assert run("sync").exit_code == 0
    return project


def test_journeys_are_shown_stage_by_stage(staged: Path, run: Run) -> None:
    result = run("journeys", "--model", "shop")
    assert result.exit_code == 0
    assert "Shop, version 3" in result.stdout
    assert "all: 1 centers with a journey, 0 without" in result.stdout
    assert "100% (21%-100%, n 1)" in result.stdout
    assert "whole way: try → buy" in result.stdout


def test_the_document_holds_the_same(staged: Path, run: Run) -> None:
    (group,) = json.loads(run("journeys", "--model", "shop", "--json").stdout)["journeys"]["groups"]
    assert [(stage["stage"], stage["volume"]) for stage in group["stages"]] == [("try", 1), ("buy", 1)]
    assert group["stages"][0]["velocity"]["median"] == 9
    assert group["conversions"][0]["rate"]["share"] == 1


def test_members_and_segments_can_be_asked_for(staged: Path, run: Run) -> None:
    shown = run("journeys", "--model", "shop", "--subject", "member", "--by", "segment", "--json")
    document = json.loads(shown.stdout)["journeys"]
    assert (document["subject"], document["by"]) == ("member", "segment")
    assert [(group["group"], group["untold"]) for group in document["groups"]] == [("unknown", 2)]


def test_a_model_that_nobody_registers_is_named_with_those_that_are(staged: Path, run: Run) -> None:
    result = run("journeys", "--model", "phases")
    assert result.exit_code == 2
    assert "there is no stage model 'phases'" in result.stderr
    assert "shop" in result.stderr


def test_a_script_gets_the_tables_typed(staged: Path) -> None:
    with Bridge.from_config(staged / "crmbridge.toml") as bridge:
        tables = bridge.journeys("shop", horizon_days=5)
    assert tables.horizon_days == 5
    assert tables.groups[0].stages[0].conversion.count == 0
