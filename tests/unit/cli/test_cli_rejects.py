"""What did not go through: listed, planned again, let go."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmbridge.connector import Created, LinkOutcome, Outcome
from crmbridge.model import Deal, Ref
from crmbridge.testing import MemoryConnector

from .conftest import BRIDGEFILE, CONFIG, Run

GRADES = """
from crmbridge.model import PropertySpec, PropertyValue

GRADES = {grades}

@hookimpl
def register_properties(ctx):
    yield PropertySpec(object="contact", name="grade", label="Grade", type="number")

@hookimpl
def derive_contact(ctx, person, consent):
    grade = GRADES.get(person.contact.id)
    if grade is not None:
        value = 0 if isinstance(grade, str) else grade
        yield PropertyValue(subject=person.contact.ref, property="grade", value=value)

@hookimpl
def transform_change(ctx, change):
    grade = GRADES.get(change.subject.id)
    return change.model_copy(update={{"after": grade}}) if isinstance(grade, str) else None
"""

Grade = Callable[..., None]


@pytest.fixture
def grade(project: Path, run: Run) -> Grade:
    """Gives contacts 10 and 11 their grades, and plans."""
    (project / "crmbridge.toml").write_text(CONFIG + "[writeback.guard]\nfirst_apply = false\n")

    def give(**grades: Any) -> None:
        text = GRADES.format(grades={key.removeprefix("c"): value for key, value in grades.items()})
        (project / "bridgefile.py").write_text(BRIDGEFILE + text)
        run("sync")
        run("plan")

    return give


def listed(run: Run) -> list[tuple[str, str, str, str]]:
    found = json.loads(run("rejects", "list", "--json").stdout)
    assert found["count"] == len(found["rejects"])
    return [(item["subject"], item["property"], item["kind"], item["value"]) for item in found["rejects"]]


def planned(run: Run, *words: str) -> tuple[str, int]:
    """What a plan was made for, and how many values it has."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    made = json.loads(result.stdout)
    return made["origin"], sum(item["filled"] + item["changed"] for item in made["changes"])


def test_the_list_says_what_was_refused_and_the_exit_code_that_anything_was(run: Run, grade: Grade) -> None:
    grade(c10=1, c11=2)
    assert listed(run) == []
    assert run("rejects", "list", "--exit-code").exit_code == 0
    assert "Nothing was refused" in run("rejects", "list").stdout
    grade(c10="much", c11=2)
    assert listed(run) == [("contact:10", "crmb_grade", "invalid", "much")]
    result = run("rejects", "list", "--exit-code")
    assert result.exit_code == 13
    for word in ("contact:10", "crmb_grade", "invalid", "wrong-type", "much"):
        assert word in result.stdout


def test_what_can_be_written_now_is_retried_by_itself_and_leaves_the_list(
    run: Run, grade: Grade, crm: MemoryConnector
) -> None:
    grade(c10=1, c11=2)
    crm.records[Ref("contact", "10")] = crm.records[Ref("contact", "10")].model_copy(update={"archived": True})
    run("apply")
    assert listed(run) == [("contact:10", "crmb_grade", "invalid", "1")]
    crm.records[Ref("contact", "10")] = crm.records[Ref("contact", "10")].model_copy(update={"archived": False})
    grade(c10=3, c11=4)
    result = run("rejects", "retry")
    assert "crmbridge apply" in result.stdout
    assert planned(run, "rejects", "retry", "contact:10.grade") == ("retry", 1)
    run("apply")
    grades = [crm.records[Ref("contact", id_)].properties["crmb_grade"] for id_ in ("10", "11")]
    assert grades == ["3", "2"]
    assert listed(run) == []


def test_what_is_dropped_stays_away_until_something_else_is_proposed(run: Run, grade: Grade) -> None:
    """Kills: dropping from the list only."""
    grade(c10="much", c11="more")
    assert run("rejects", "drop", "contact:10").exit_code == 0
    assert listed(run) == [("contact:11", "crmb_grade", "invalid", "more")]
    run("rejects", "drop", "contact.crmb_grade")
    run("plan")
    assert listed(run) == []
    grade(c10="very much", c11="more")
    assert listed(run) == [("contact:10", "crmb_grade", "invalid", "very much")]
    assert json.loads(run("rejects", "drop", "--all", "--json").stdout)["dropped"] == 1
    assert listed(run) == []


def test_dropped_values_are_planned_again_when_released(run: Run, grade: Grade, crm: MemoryConnector) -> None:
    grade(c10=1, c11=2)
    for id_ in ("10", "11"):
        crm.remove(Ref("contact", id_))
    run("apply")
    for id_ in ("10", "11"):
        crm.records[Ref("contact", id_)] = crm.records[Ref("contact", id_)].model_copy(update={"archived": False})
    run("rejects", "drop", "--all")
    grade(c10=1, c11=2)
    assert planned(run, "plan") == ("judged", 0)
    assert planned(run, "rejects", "retry", "--withheld", "contact:10") == ("retry", 1)
    assert planned(run, "plan") == ("judged", 1)
    assert planned(run, "rejects", "retry", "--withheld") == ("retry", 1)
    assert planned(run, "plan") == ("judged", 2)


DECIDERS = """
from crmbridge.model import Evidence, RoleProposal

@hookimpl
def propose_roles(ctx, center):
    for member in center.members:
        if member.id == "contact:10":
            evidence = Evidence(source="title", weight=0.9, text="title", on=ctx.today)
            yield RoleProposal(member_id=member.id, role="decider", evidence=(evidence,))
"""
LABELS = """
[writeback.labels]
decider = "Decider"
[writeback.guard]
first_apply = false
"""


def test_a_label_is_dropped_at_one_deal_only_and_is_not_planned_there(
    project: Path, run: Run, crm: MemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills: dropping a label under a name that no plan asks for; one name for the label at all deals."""
    crm.connect(crm.add(Deal(id="8", name="Mühle")), Ref("contact", "10"))
    crm.create_label("contact", "deal", "Decider")
    (project / "crmbridge.toml").write_text(CONFIG + LABELS)
    (project / "bridgefile.py").write_text(BRIDGEFILE + DECIDERS)
    run("sync")
    with monkeypatch.context() as patch:
        patch.setattr(crm, "link", lambda rows: [LinkOutcome(change=row, ok=False, code="LIMIT") for row in rows])
        run("plan")
        run("apply")
    both = [("contact:10", f"deal:{deal}:Decider", "rejected", "Decider") for deal in "78"]
    assert listed(run) == both
    assert run("rejects", "drop", "contact:10.deal:7:Decider").exit_code == 0
    assert listed(run) == both[1:]
    run("plan")
    run("apply")
    said = {link.target.id for link in crm.read_links("contact", "deal", ["10"]) if link.label == "Decider"}
    assert said == {"8"}
    assert listed(run) == []
    assert run("rejects", "retry", "--withheld", "contact:10.deal: Decider").exit_code == 0
    run("apply")
    said = {link.target.id for link in crm.read_links("contact", "deal", ["10"]) if link.label == "Decider"}
    assert said == {"7", "8"}


def test_notes_and_list_members_cannot_be_retried_alone_and_leave_nothing_behind(
    project: Path, run: Run, crm: MemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills: leaving them out in silence; withholding what no plan asks for; the name of a list for a property."""
    review = '[writeback.review]\nactivity = "note"\nobjects = ["contact"]\nsegments = true\n'
    (project / "crmbridge.toml").write_text(CONFIG + review + "[writeback.guard]\nfirst_apply = false\n")
    (project / "bridgefile.py").write_text(BRIDGEFILE + GRADES.format(grades={"10": 1}))
    run("sync")
    run("plan")
    with monkeypatch.context() as patch:
        patch.setattr(crm, "create", lambda _, rows: [Created(trace=row.trace, ok=False, code="LIMIT") for row in rows])
        patch.setattr(
            crm, "change_members", lambda _, add, *__: [Outcome(id=id_, ok=False, code="LIMIT") for id_ in add]
        )
        run("apply")
    names = [name for subject, name, *_ in listed(run) if subject == "contact:10"]
    assert [name.split(":")[0] for name in names] == ["list", "note"]
    found = json.loads(run("rejects", "retry", "contact:10", "--json").stdout)
    assert found["changes"] == []
    (told,) = (item for item in found["findings"] if item["code"] == "not-retried")
    assert all(f"contact:10.{name}" in told["message"] for name in names)
    assert "cannot be retried by themselves" in " ".join(run("rejects", "retry").stdout.split())
    assert run("rejects", "drop", f"contact:10.{names[0]}").exit_code == 0
    assert [name for subject, name, *_ in listed(run) if subject == "contact:10"] == names[1:]
    run("rejects", "drop", "--all")
    assert listed(run) == []
    assert json.loads(run("status", "--json").stdout)["withheld"] == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("retry", "contact:99"), 2, "contact:99"),
        (("drop", "contact:10", "contact.roles"), 2, "contact.roles"),
        (("drop",), 2, "--all"),
        (("drop", "contact:10", "--all"), 2, "--all"),
    ],
)
def test_a_place_at_which_nothing_was_refused_is_told(
    run: Run, grade: Grade, words: tuple[str, ...], code: int, told: str
) -> None:
    grade(c10="much", c11=2)
    result = run("rejects", *words)
    assert result.exit_code == code
    assert told in result.stderr
    assert listed(run) == [("contact:10", "crmb_grade", "invalid", "much")]
