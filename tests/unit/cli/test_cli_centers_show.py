"""What ``centers show`` tells of a judged center, and what it keeps to itself unless asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmbridge.cli.center_words import paused
from crmbridge.cli.commands.centers_show import without_stance
from crmbridge.model import BuyingCenter, Contact, Decision, Member, PersonFacts, Ref, StageVisit

from .conftest import BRIDGEFILE, Run

PROPOSALS = """
from datetime import date
from crmbridge.model import (
    Evidence, JourneyStage, RelationProposal, RoleProposal, StageModel, StageVisit, StanceProposal, TitleReading,
)

def because(text, against=False):
    return (Evidence(source="statement", weight=0.9, text=text, on=date(2020, 1, 1), against=against),)

@hookimpl
def register_stages(ctx):
    yield StageModel(key="ours", stages=(JourneyStage(key="first", label="First talk", label_de="Erstgespräch"),))

@hookimpl
def propose_titles(ctx, center):
    yield TitleReading(member_id="contact:10", text="CEO", seniority="management", confidence=0.9)

@hookimpl
def propose_roles(ctx, center):
    yield RoleProposal(member_id="contact:10", role="decider", evidence=because("signs"))

@hookimpl
def propose_stances(ctx, center):
    yield StanceProposal(member_id="contact:10", evidence=because("secret grudge", against=True))

@hookimpl
def propose_relations(ctx, center):
    yield RelationProposal(kind="advice", source="contact:10", target="contact:11", evidence=because("asked aloud"))
    yield RelationProposal(kind="reports_to", source="contact:11", target="contact:10", evidence=because("signature"))

@hookimpl
def propose_stages(ctx, center):
    days = [date(2020, 1, place) for place in (1, 5, 9)]
    yield StageVisit(subject=center.id, model="ours", stage="first", entered_on=days[0], left_on=days[1])
    yield StageVisit(
        subject=center.id, model="ours", stage="first", visit_no=2, entered_on=days[2], resumed_on=days[2], pause_days=4
    )
    yield StageVisit(subject="contact:10", model="ours", stage="first", entered_on=days[0], paused_on=days[1])
"""


@pytest.fixture(autouse=True)
def _synced(project: Path, run: Run) -> None:
    (project / "bridgefile.py").write_text(BRIDGEFILE + PROPOSALS, encoding="utf-8")
    assert run("sync").exit_code == 0


def test_it_tells_figures_ties_journeys_and_words_in_both_languages(run: Run) -> None:
    run("centers", "lock", "deal:7", "contact:10", "decider", "--author", "Kim")
    text = run("centers", "show", "deal:7").stdout
    for words in (
        *("role template (Rollenvorlage): complex", "executive backing (Rückendeckung der Führung): no"),
        *("group engagement 0 of 100", "Too few touches (zu wenige Kontakte)", "decider (Entscheider)", "1.00, locked"),
        *("influence (Einfluss)", "A position 1.00", "C advice (Rat)", "reliability: Low (gering)"),
        *("P 0 asks (fragt) P 1", "P 1 reports to (berichtet an) P 0", "+ statement 0.90: asked aloud, 2020-01-01"),
        *("case, ours", "First talk (Erstgespräch)", "resumed 2020-01-09 after 4 days"),
        "ours: First talk (Erstgespräch) since 2020-01-01, paused since 2020-01-05",
    ):
        assert words in text, words
    (row,) = (line.split() for line in text.splitlines() if line.startswith("P 0 ") and "Kim" in line)
    assert row[2:5] == ["decider", "locked", "Kim"]


def test_how_people_stand_is_told_only_if_asked_for(run: Run) -> None:
    # Mutants: the text prints the stance always; the JSON forgets the exclusion.
    for words in (("deal:7",), ("deal:7", "--json")):
        told = run("centers", "show", *words).stdout.casefold()
        assert "stance" not in told
        assert "grudge" not in told
    assert "- statement 0.90: secret grudge" in run("centers", "show", "deal:7", "--stance").stdout
    document = json.loads(run("centers", "show", "deal:7", "--stance", "--json").stdout)
    assert document["members"][0]["stance"]["cls"] == "power_opponent"


def test_the_document_holds_all_the_rest(run: Run) -> None:
    document = json.loads(run("centers", "show", "deal:7", "--json").stdout)
    assert {"rulings", "relations", "engagement", "template", "coverage", "visits"} <= document.keys()
    assert {"influence", "engagement", "external_kind"} <= document["members"][0].keys()
    assert [tie["kind"] for tie in document["relations"]] == ["advice", "reports_to"]


def test_what_people_and_plans_wrote_of_a_stance_is_kept_back_as_well() -> None:
    # Mutant: only the member's own field is left out.
    edit = Decision(subject=Ref("contact", "1"), property="stance", value="neutral", source="crm", at=datetime.now(UTC))
    contact = Contact(id="1", properties={"crmb_stance": "neutral", "city": "Ulm"})
    facts = PersonFacts(contact=contact, decisions=(edit, edit.model_copy(update={"property": "roles"})))
    center = BuyingCenter(id="deal:7", name="x", members=(Member(id="contact:1", joined_by="deal", facts=facts),))
    (member,) = without_stance(center, "crmb_stance")["members"]
    assert "stance" not in member
    assert [item["property"] for item in member["facts"]["decisions"]] == ["roles"]
    assert member["facts"]["contact"]["properties"] == {"city": "Ulm"}


def test_a_stay_that_resumed_and_pauses_again_says_both() -> None:
    stay = StageVisit.model_validate(
        {"subject": "deal:7", "stage": "first", "entered_on": "2026-01-02", "resumed_on": "2026-01-02",
         "pause_days": 9, "paused_on": "2026-03-01"}
    )  # fmt: skip
    assert paused(stay) == "resumed 2026-01-02 after 9 days, paused since 2026-03-01"
    assert paused(stay.model_copy(update={"resumed_on": None, "pause_days": None, "paused_on": None})) == ""
