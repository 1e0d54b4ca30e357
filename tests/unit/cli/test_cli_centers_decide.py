"""People's words about roles on the command line: what waits, saying it, taking it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import BRIDGEFILE, Run

PROPOSALS = """
from crmbridge import Evidence, PropertySpec, PropertyValue, Option, RoleProposal, Ref

@hookimpl
def register_properties(ctx):
    options = (Option(value="decider", label="Decider"), Option(value="user", label="User"))
    yield PropertySpec(object="contact", name="roles", label="Roles", type="multi", options=options, fold="union")

@hookimpl
def propose_roles(ctx, center):
    for member in center.members:
        evidence = (Evidence(source="title", weight=0.6, text=f"title of {member.id}"),)
        yield RoleProposal(member_id=member.id, role="decider", evidence=evidence)

@hookimpl
def derive_center(ctx, center):
    for member in center.members:
        played = tuple(item.role for item in member.roles if member.plays(item.role))
        if played:
            yield PropertyValue(subject=member.facts.contact.ref, property="roles", value=played)
"""


@pytest.fixture(autouse=True)
def _synced(project: Path, run: Run) -> None:
    (project / "bridgefile.py").write_text(BRIDGEFILE + PROPOSALS)
    assert run("sync").exit_code == 0


def waiting(run: Run, *more: str) -> list[tuple[str, str, str]]:
    found = json.loads(run("centers", "review", "--json", *more).stdout)["waiting"]
    return [(item["center"], item["member"], item["role"]) for item in found]


def planned(run: Run, project: Path) -> dict[str, Any]:
    assert run("plan", "--output", "plan.json").exit_code == 0
    rows = [json.loads(line) for line in (project / "plan.json").read_text().splitlines()[1:]]
    changes = [row.get("change", row) for row in rows]
    return {item["subject"]["id"]: item["after"] for item in changes if item.get("property") == "crmb_roles"}


def test_what_is_proposed_waits_until_somebody_says_something(run: Run) -> None:
    assert waiting(run) == [("deal:7", "contact:10", "decider"), ("deal:7", "contact:11", "decider")]
    assert run("centers", "confirm", "deal:7", "contact:10", "decider", "--author", "Kim").exit_code == 0
    assert waiting(run) == [("deal:7", "contact:11", "decider")]
    assert run("centers", "dismiss", "deal:7", "contact:11", "decider").exit_code == 0
    assert waiting(run) == []
    shown = json.loads(run("centers", "show", "deal:7", "--json").stdout)
    words = {member["id"]: member["roles"][0]["status"] for member in shown["members"]}
    assert words == {"contact:10": "confirmed", "contact:11": "dismissed"}
    first = shown["rulings"][0]
    assert (first["author"], first["word"]) == ("Kim", "confirmed")


def test_a_dismissed_role_leaves_the_plan_and_comes_back_when_reopened(run: Run, project: Path) -> None:
    # Kills: a dismissal that only hides the proposal from the review.
    assert planned(run, project) == {"10": "decider", "11": "decider"}
    run("centers", "dismiss", "deal:7", "contact:11", "decider")
    assert planned(run, project) == {"10": "decider"}
    answer = run("centers", "reopen", "deal:7", "contact:11", "decider", "--json")
    assert json.loads(answer.stdout)["reopened"] is True
    assert planned(run, project) == {"10": "decider", "11": "decider"}
    assert "Nothing was said" in run("centers", "reopen", "deal:7", "contact:11", "decider").stdout


def test_a_role_that_nobody_proposed_can_be_said(run: Run, project: Path) -> None:
    run("centers", "lock", "deal:7", "contact:10", "user")
    assert planned(run, project)["10"] == "decider;user"


@pytest.mark.parametrize(
    ("center", "member", "says"),
    [("deal:99", "contact:10", "no buying center"), ("deal:7", "contact:99", "nobody in deal:7")],
)
def test_a_word_about_nobody_is_refused_and_says_where_to_look(run: Run, center: str, member: str, says: str) -> None:
    result = run("centers", "confirm", center, member, "decider")
    assert result.exit_code == 1
    assert says in result.stderr
    assert "crmbridge centers" in result.stderr


def test_a_role_there_is_not_is_a_usage_error(run: Run) -> None:
    assert run("centers", "confirm", "deal:7", "contact:10", "boss").exit_code == 2


def test_a_role_that_was_confirmed_first_can_come_back_after_a_dismissal(run: Run) -> None:
    # Kills: keeping the certainty of people's words as the measure that evidence must outgrow.
    run("centers", "confirm", "deal:7", "contact:10", "decider")
    said = json.loads(run("centers", "dismiss", "deal:7", "contact:10", "decider", "--json").stdout)
    assert (said["word"], said["confidence"]) == ("dismissed", 0.6)


def test_to_review_a_center_there_is_not_is_an_error(run: Run) -> None:
    result = run("centers", "review", "--center", "deal:99")
    assert result.exit_code == 1
    assert "no buying center" in result.stderr
