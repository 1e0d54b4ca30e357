"""People's words about roles: confirmed, dismissed, locked, and when the newer of two wins."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crmbridge.centers.roles import assign
from crmbridge.config.centers import Weighing
from crmbridge.model import Decision, Evidence, Member, PersonFacts, Ref, RoleAssignment, RoleProposal, Ruling

from .conftest import TODAY, person

WEIGHING = Weighing()
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def member(decided: str | None = None, at: datetime = NOON) -> Member:
    decisions = (
        ()
        if decided is None
        else (Decision(subject=Ref("contact", "1"), property="roles", value=decided, source="crm", at=at),)
    )
    return Member(id="contact:1", facts=PersonFacts(contact=person(1), decisions=decisions), joined_by="deal")


def proposal(role: Any, weight: float, source: Any = "title", on: date | None = None) -> RoleProposal:
    piece = Evidence(source=source, weight=weight, text=f"{source} {weight}", on=on)
    return RoleProposal(member_id="contact:1", role=role, evidence=(piece,), by="roles")


def ruling(word: Any, role: Any = "decider", confidence: float = 0.6, at: datetime = NOON) -> Ruling:
    return Ruling(member_id="contact:1", role=role, word=word, confidence=confidence, author="Kim", at=at)


def judged(who: Member, proposals: list[RoleProposal], *rulings: Ruling) -> dict[str, RoleAssignment]:
    found, _ = assign(who, proposals, rulings, TODAY, WEIGHING)
    return {item.role: item for item in found}


def test_evidence_alone_proposes() -> None:
    role = judged(member(), [proposal("decider", 0.6)])["decider"]
    assert (role.status, role.confidence, role.by) == ("proposed", 0.6, ("roles",))


def test_a_confirmed_role_is_certain_and_says_who_said_so() -> None:
    role = judged(member(), [proposal("decider", 0.4)], ruling("confirmed"))["decider"]
    assert (role.status, role.confidence) == ("confirmed", 1.0)
    assert role.evidence[0].text == "confirmed by Kim on 2026-11-01"


def test_a_confirmed_role_needs_no_evidence_at_all() -> None:
    # Kills: looking only at roles that plugins propose.
    assert judged(member(), [], ruling("confirmed"))["decider"].confidence == 1.0


def test_a_dismissed_role_is_not_played_and_stays_dismissed() -> None:
    who = member()
    roles, _ = assign(who, [proposal("decider", 0.65)], [ruling("dismissed", confidence=0.65)], TODAY, WEIGHING)
    assert roles[0].status == "dismissed"
    assert not who.model_copy(update={"roles": roles}).plays("decider")


@pytest.mark.parametrize(("weight", "status"), [(0.69, "dismissed"), (0.70, "proposed")])
def test_a_dismissed_role_comes_back_when_its_evidence_has_grown(weight: float, status: str) -> None:
    # Kills: coming back at any evidence, and never coming back.
    found = judged(member(), [proposal("decider", weight)], ruling("dismissed", confidence=0.6))
    assert found["decider"].status == status


def test_evidence_that_only_grows_to_a_candidate_brings_nothing_back() -> None:
    found = judged(member(), [proposal("decider", 0.45)], ruling("dismissed", confidence=0.1))
    assert found["decider"].status == "dismissed"


def test_a_later_edit_in_the_crm_outranks_a_confirmation() -> None:
    later = member("user", NOON + timedelta(days=1))
    assert "decider" not in judged(later, [proposal("decider", 0.9)], ruling("confirmed"))


def test_an_earlier_edit_in_the_crm_does_not() -> None:
    earlier = member("user", NOON - timedelta(days=1))
    assert judged(earlier, [proposal("decider", 0.9)], ruling("confirmed"))["decider"].status == "confirmed"


def test_a_lock_holds_against_a_later_edit() -> None:
    # Kills: treating a lock as a confirmation.
    later = member("user", NOON + timedelta(days=1))
    assert judged(later, [], ruling("locked"))["decider"].status == "locked"


def test_a_word_about_somebody_else_says_nothing() -> None:
    other = ruling("dismissed").model_copy(update={"member_id": "contact:2"})
    assert judged(member(), [proposal("decider", 0.6)], other)["decider"].status == "proposed"


def test_the_day_of_change_is_that_of_the_evidence() -> None:
    _, due = assign(member(), [proposal("decider", 0.6, "statement", TODAY)], [], TODAY, WEIGHING)
    assert due is not None
    before, _ = assign(member(), [proposal("decider", 0.6, "statement", TODAY)], [], due - timedelta(1), WEIGHING)
    after, _ = assign(member(), [proposal("decider", 0.6, "statement", TODAY)], [], due, WEIGHING)
    assert (before[0].confidence, after[0].confidence) == (0.6, 0.59)


def test_a_dismissed_role_beside_an_edit_changes_on_the_day_it_says() -> None:
    # Kills: a day of change that counts the edit, while the value leaves it out.
    edited = Evidence(source="human", weight=1.0, text="set by a person in the CRM")
    said = proposal("decider", 0.6, "statement", TODAY)
    both = said.model_copy(update={"evidence": (edited, *said.evidence)})
    roles, due = assign(member(), [both], [ruling("dismissed")], TODAY, WEIGHING)
    assert (roles[0].confidence, roles[0].status) == (0.6, "dismissed")
    assert due is not None
    later, _ = assign(member(), [both], [ruling("dismissed")], due, WEIGHING)
    assert later[0].confidence == 0.59
