"""What an external member is follows from labels, its company and its title, and is never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crmbridge.centers.external import external_kind, named
from crmbridge.config import Centers
from crmbridge.model import Company, Contact, Decision, Member, Ref

from .made import known, somebody

BUYER = Company(id="5", name="Müller GmbH", industry="MANAGEMENT_CONSULTING", properties={"type": "PARTNER"})


def _kind(member: Member, **settings: Any) -> str | None:
    return external_kind(member, BUYER, Centers.model_validate({"external": settings}).external)


def _outside(**more: Any) -> Member:
    return somebody(1, is_external=True, **more)


@pytest.mark.parametrize(("label", "kind"), [
    ("Berater", "consultant"), ("Externe Beraterin", "consultant"), ("Consultant", "consultant"),
    ("Advisor", "consultant"),
    ("Unternehmensberatung", "consultant"), ("Fachplaner", "consultant"), ("Gutachter", "consultant"),
    ("Partner", "partner"), ("Implementierungspartner", "partner"), ("Channel Partner", "partner"),
    ("Agentur", "agency"), ("Werbeagentur", "agency"), ("Advertising agency", "agency"),
    ("Berater der Agentur", "agency"),
    ("Behörde", "authority"), ("Genehmigungsbehörde", "authority"), ("Bauamt", "authority"), ("Authority", "authority"),
    ("Lieferant", "incumbent_supplier"), ("Altlieferant", "incumbent_supplier"), ("Supplier", "incumbent_supplier"),
    ("Vermittler", "intermediary"), ("Reseller", "intermediary"), ("Fachhändler", "intermediary"),
    ("Handelsvertretung", "intermediary"), ("Distributor", "intermediary"),
    ("Ansprechpartner", None), ("Decision maker", None), ("Gesamtleitung", None), ("Entscheider", None), ("", None),
])  # fmt: skip
def test_labels_are_read_in_german_and_english(label: str, kind: str | None) -> None:
    assert named(label) == kind
    assert _kind(_outside(labels=(label,) if label else ())) == (kind or "other")


def test_our_own_label_is_known_from_the_settings() -> None:
    assert _kind(_outside(labels=("VIP-Netzwerk",)), labels={"vip-netzwerk": "intermediary"}) == "intermediary"


@pytest.mark.parametrize(("company", "kind"), [
    ({"properties": {"type": "VENDOR"}}, "incumbent_supplier"),
    ({"properties": {"type": "PARTNER"}}, "partner"),
    ({"properties": {"type": "RESELLER"}}, "intermediary"),
    ({"properties": {"type": "PROSPECT"}, "industry": "MANAGEMENT_CONSULTING"}, "consultant"),
    ({"industry": "MARKETING_AND_ADVERTISING"}, "agency"),
    ({"industry": "GOVERNMENT_ADMINISTRATION"}, "authority"),
    ({"industry": "MACHINERY"}, "other"),
])  # fmt: skip
def test_the_persons_own_company_tells(company: dict[str, Any], kind: str) -> None:
    facts = known(1, company=Company.model_validate({"id": "8", **company}))
    assert _kind(_outside(facts=facts)) == kind


def test_the_buying_company_says_nothing_about_outsiders() -> None:
    assert _kind(_outside(facts=known(1, company=BUYER))) == "other"


def test_a_title_in_consulting_makes_a_consultant() -> None:
    assert _kind(_outside(department="consulting")) == "consultant"


def test_a_label_goes_before_the_company_and_a_domain_before_both() -> None:
    contact = {"email": "x@kanzlei.example"}
    facts = known(1, contact=contact, company=Company(id="8", properties={"type": "PARTNER"}))
    member = _outside(facts=facts, labels=("Berater",))
    assert _kind(member) == "consultant"
    assert _kind(member, domains={"kanzlei.example": "authority"}) == "authority"


def test_a_persons_word_goes_before_everything() -> None:
    word = Decision(
        subject=Ref("contact", "1"),
        property="external_kind",
        value="agency",
        source="crm",
        at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    assert _kind(_outside(facts=known(1, decisions=(word,)), labels=("Berater",))) == "agency"


def test_the_companys_own_people_are_nothing_external() -> None:
    # kills the mutant that reads labels of everybody
    assert _kind(somebody(1, labels=("Berater",), facts=known(1))) is None


def test_a_domain_is_found_of_an_unknown_address_too() -> None:
    member = Member(
        id="address:x@kanzlei.example", address="x@kanzlei.example", joined_by="engagement", is_external=True
    )
    assert _kind(member, domains={"kanzlei.example": "consultant"}) == "consultant"
    assert Contact(id="1").emails == ()
