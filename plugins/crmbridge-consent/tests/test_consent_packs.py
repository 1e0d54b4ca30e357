"""Policy packs: what each allows, which one holds for whom, and that a wrong one is refused."""

from __future__ import annotations

from typing import Any

import pytest
from consent_asking import CALL, MAIL, NEEDED, POST, decide, person, said
from pydantic import ValidationError

from crmbridge import Company
from crmbridge.model import STRICTNESS, Channel, Purpose
from crmbridge_consent.packs import built_in
from crmbridge_consent.settings import Settings

CONTRACT = "Performance of a contract"

TABLE: list[tuple[str, dict[str, Any], tuple[Purpose, Channel], str]] = [
    ("de", {}, MAIL, "deny NO_BASIS"),
    ("de", {"won_cases": 1, "uwg73": "yes"}, MAIL, "allow EXISTING_CUSTOMER_7_3"),
    ("de", {"open_cases": 1}, CALL, "allow PRESUMED_B2B_PHONE"),
    ("de", {}, POST, "allow LEGITIMATE_INTEREST_POST"),
    ("de", {"hs_legal_basis": CONTRACT}, NEEDED, "allow CONTRACT"),
    ("eu", {}, MAIL, "deny NO_BASIS"),
    ("eu", {"won_cases": 1, "uwg73": "yes"}, MAIL, "allow EXISTING_CUSTOMER_7_3"),
    ("eu", {"won_cases": 1}, MAIL, "review EXISTING_CUSTOMER_UNPROVEN"),
    ("eu", {"open_cases": 1}, CALL, "deny NO_BASIS"),
    ("eu", {}, POST, "deny NO_BASIS"),
    ("eu", {"state": "given", "doi": "2026-11-01"}, MAIL, "allow CONSENT_DOI"),
    ("eu", {"state": "given", "doi": "2024-11-01"}, MAIL, "review CONSENT_UNUSED"),
    ("eu", {"hs_legal_basis": CONTRACT}, NEEDED, "allow CONTRACT"),
    ("us", {}, MAIL, "allow OPT_OUT_REGIME"),
    ("us", {"hs_email_optout": "true"}, MAIL, "deny OBJECTED"),
    ("us", {"state": "refused"}, MAIL, "deny REFUSED"),
    ("us", {"open_cases": 1}, CALL, "deny NO_BASIS"),
    ("us", {}, POST, "allow OPT_OUT_REGIME"),
    ("us", {"state": "given"}, MAIL, "review CONSENT_UNPROVEN"),
]


@pytest.mark.parametrize(("pack", "facts", "question", "expected"), TABLE)
def test_a_pack_says_what_allows(
    pack: str, facts: dict[str, Any], question: tuple[Purpose, Channel], expected: str
) -> None:
    assert said(decide(person(**facts), *question, pack=pack)) == expected


def test_a_country_has_its_pack_and_an_unknown_one_the_strictest() -> None:
    by_country = {"us": "us", "Deutschland": "de"}

    def mail(contact: str | None, company: str | None) -> str:
        firm = Company(id="7", name="Muster GmbH", country=company)
        return said(decide(person(country=contact, company=firm), *MAIL, packs_by_country=by_country))

    assert mail("US", None) == "allow OPT_OUT_REGIME"
    assert mail(None, "US ") == "allow OPT_OUT_REGIME"
    assert mail("deutschland", None) == "deny NO_BASIS"
    assert mail(None, None) == "deny NO_BASIS"
    assert mail("US", "Deutschland") == "deny NO_BASIS"
    assert mail("US", "Atlantis") == "deny NO_BASIS"


# Kills: taking the default pack, or the first, where the country is not known.
@pytest.mark.parametrize("question", [MAIL, CALL, POST])
def test_no_pack_is_less_strict_than_the_answer_for_an_unknown_country(question: tuple[Purpose, Channel]) -> None:
    who = person(open_cases=1)
    alone = [decide(who, *question, pack=pack).decision for pack in ("us", "eu", "de")]
    together = decide(who, *question, pack="us", packs_by_country={"FR": "eu", "DE": "de"})
    assert together.decision == min(alone, key=STRICTNESS.index)


# Kills falling back to the configured packs alone: with a lenient default, all the world would be of it.
@pytest.mark.parametrize("country", [None, "Atlantis"])
def test_with_a_lenient_default_an_unknown_country_has_the_strict_pack(country: str | None) -> None:
    lenient: dict[str, Any] = {"pack": "us", "packs_by_country": {"US": "us"}}
    assert said(decide(person(country=country), *MAIL, **lenient)) == "deny NO_BASIS"
    assert said(decide(person(country="US"), *MAIL, **lenient)) == "allow OPT_OUT_REGIME"
    assert said(decide(person(country=country), *MAIL, pack="us")) == "allow OPT_OUT_REGIME"


def test_an_unknown_pack_is_refused() -> None:
    with pytest.raises(ValidationError, match="no policy pack fr: name one of de, eu, us"):
        Settings(pack="fr")
    with pytest.raises(ValidationError, match="no policy pack uk"):
        Settings(packs_by_country={"GB": "uk"})


def test_a_pack_of_the_settings_is_followed_and_must_name_every_channel() -> None:
    own = {
        "title": "Ours",
        "channels": {"email": {"rules": [], "default": "review"}, "phone": {"rules": []}, "post": {"rules": []}},
    }
    assert said(decide(person(), *MAIL, pack="ours", packs={"ours": own})) == "review NO_BASIS"
    assert said(decide(person(open_cases=1), *CALL, pack="ours", packs={"ours": own})) == "deny NO_BASIS"
    with pytest.raises(ValidationError, match="post"):
        Settings.model_validate({"packs": {"ours": {"title": "Ours", "channels": {"email": {"rules": []}}}}})
    with pytest.raises(ValidationError, match="rules"):
        Settings.model_validate({"packs": {"x": {"title": "X", "channels": {"email": {"rules": ["anything"]}}}}})


def test_every_pack_names_its_law_and_what_it_leaves_out() -> None:
    assert set(built_in()) == {"de", "eu", "us"}
    assert all(pack.rests_on and pack.leaves_out for pack in built_in().values())
    assert "TCPA" in built_in()["us"].leaves_out
