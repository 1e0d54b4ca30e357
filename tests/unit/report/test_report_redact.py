from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from crmbridge.model import BuyingCenter, Finding
from crmbridge.report import center_svg, write_report
from crmbridge.report.redact import Redactor

PUBLIC = {"stage", "stage label", "persona", "plugin", "currency"}
"""Words of the CRM's and the plugins' own vocabulary; they name nobody."""


def canary(field: str) -> str:
    return field if field in PUBLIC else f"Canary-{field.replace(' ', '-')}"


def test_no_name_address_title_or_text_survives(tmp_path: Path, worded_center: Callable[..., BuyingCenter]) -> None:
    path = tmp_path / "report.html"
    finding = Finding(severity="warning", code="odd", message="Canary-message", by="core")
    center = worded_center(canary)
    write_report(
        path, [center], account="Canary-account", as_of=date(2026, 3, 31), redact=True, findings=[finding], stance=True
    )
    text = path.read_text(encoding="utf-8")
    assert "canary" not in text.casefold()
    assert "canary" not in center_svg(center, redact=True).casefold()
    for words in ("Person 1", "Title 1", "Company 1", "Deal 1", "Owner 1", "Redacted", "withheld"):
        assert words in text


def test_the_same_canaries_are_there_without_redaction(
    tmp_path: Path, worded_center: Callable[..., BuyingCenter]
) -> None:
    # The test above would pass on an empty page; this one shows that it looks at the right places.
    path = tmp_path / "report.html"
    write_report(path, [worded_center(canary)], account="Canary-account", as_of=date(2026, 3, 31), stance=True)
    text = path.read_text(encoding="utf-8")
    for field in ("first", "last", "title", "deal", "company", "owner", "address", "evidence-buyer", "account"):
        assert f"Canary-{field}" in text
    for field in ("stance-evidence", "tie", "mailbox", "author", "reason"):
        assert f"Canary-{field}" in text


def test_no_record_id_survives(tmp_path: Path, full_center: BuyingCenter) -> None:
    assert full_center.deal is not None
    deal = full_center.deal.model_copy(update={"id": "98765432101", "url": "https://crm.example/98765432101"})
    path = tmp_path / "report.html"
    center = full_center.model_copy(update={"deal": deal, "id": "deal:98765432101"})
    write_report(path, [center], account="Muster", as_of=date(2026, 3, 31), redact=True)
    text = path.read_text(encoding="utf-8")
    assert "98765432101" not in text
    assert "https://" not in text


def test_one_person_has_one_pseudonym_in_all_centers(full_center: BuyingCenter) -> None:
    redactor = Redactor()
    again = full_center.model_copy(update={"id": "deal:2", "members": full_center.members[::-1]})
    first, second = redactor.center(full_center), redactor.center(again)
    assert {member.name for member in first.members} == {member.name for member in second.members}
    assert (first.company, first.owner) == (second.company, second.owner)


def test_different_people_have_different_pseudonyms(full_center: BuyingCenter) -> None:
    names = [member.name for member in Redactor().center(full_center).members]
    assert len(set(names)) == len(full_center.members)


def test_redaction_keeps_who_sits_where_and_how_often_they_answered(full_center: BuyingCenter) -> None:
    redacted = Redactor().center(full_center)
    assert {role: len(seat) for role, seat in redacted.seats().items()} == {
        role: len(seat) for role, seat in full_center.seats().items()
    }
    assert [len(touch.responders) for touch in redacted.touches] == [
        len(touch.responders) for touch in full_center.touches
    ]
    assert (redacted.stage, redacted.missing_roles) == (full_center.stage, full_center.missing_roles)
    assert redacted.visit is not None


def test_redaction_keeps_figures_ties_words_and_pauses(full_center: BuyingCenter) -> None:
    paused = full_center.visits[-1].model_copy(update={"paused_on": date(2026, 3, 1), "reason": "Canary"})
    company = paused.model_copy(update={"subject": "company:1"})
    center = full_center.model_copy(update={"visits": (paused, company)})
    redacted = Redactor().center(center)
    assert [(m.influence, m.engagement, m.external_kind) for m in redacted.members] == [
        (m.influence, m.engagement, m.external_kind) for m in center.members
    ]
    assert next((tie.source, tie.target) for tie in redacted.relations) == ("Person 1", "Person 2")
    assert next((said.member_id, said.word, said.author) for said in redacted.rulings) == (
        "Person 1",
        "locked",
        "Author 1",
    )
    assert [(visit.subject, visit.paused_on) for visit in redacted.visits] == [
        ("Deal 1", paused.paused_on),
        ("company:Company 1", paused.paused_on),
    ]


def test_evidence_keeps_source_weight_and_date_only(full_center: BuyingCenter) -> None:
    for member in Redactor().center(full_center).members:
        for role in member.roles:
            assert role.evidence
            assert all((piece.text, piece.ref) == ("", None) and piece.weight for piece in role.evidence)


@pytest.mark.parametrize("missing", ["deal", "company"])
def test_a_center_without_deal_or_company_is_still_named(missing: str, full_center: BuyingCenter) -> None:
    redacted = Redactor().center(full_center.model_copy(update={missing: None}))
    assert re.fullmatch(r"(Deal|Company) 1", redacted.name)


def test_pseudonyms_are_numbered_as_the_table_is(tmp_path: Path, any_center: Callable[[int], BuyingCenter]) -> None:
    path = tmp_path / "report.html"
    centers = [any_center(number) for number in range(12)]
    write_report(path, centers, account="Muster", as_of=date(2026, 3, 31), redact=True, top=1)
    cases = re.findall(r'<(?:a|span) class="cut"[^>]*>(Deal \d+)<', path.read_text(encoding="utf-8"))
    assert cases == [f"Deal {place}" for place in range(1, 13)]
