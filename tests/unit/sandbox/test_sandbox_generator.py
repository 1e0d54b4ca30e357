from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from crmbridge.errors import FixConfig
from crmbridge.sandbox import Portal, generate
from crmbridge.sandbox.kinds import KINDS
from crmbridge.sandbox.times import midnight_ms
from crmbridge.sandbox.validation import normalise

SMALL: dict[str, Any] = {"companies": 20, "contacts": 90, "deals": 15, "engagements": 200}
PRINT = """
import hashlib, json
from crmbridge.sandbox import generate
from crmbridge.sandbox.kinds import KINDS
portal = generate(3, companies=20, contacts=90, deals=15, engagements=200)
rows = [portal.record(kind, one) for kind in KINDS for one in portal.ids(kind)]
links = [sorted(portal.links.of(pair, one).items()) for pair in portal.links.types for one in portal.ids(pair[0])]
truth = {deal: {one: sorted(roles) for one, roles in cast.items()} for deal, cast in portal.truth.items()}
print(hashlib.sha256(json.dumps([rows, links, truth, portal.owners, portal.token]).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def portal() -> Portal:
    return generate()


def values(portal: Portal, name: str) -> list[dict[str, str]]:
    return [record.properties for record in portal.walk(KINDS[name])]


def properties(portal: Portal, name: str, one: str) -> dict[str, str]:
    record = portal.find(KINDS[name], one)
    assert record is not None
    return record.properties


def linked(portal: Portal, name: str, one: str, other: str) -> set[str]:
    return {*portal.links.of((name, other), one)}


def fingerprint(hash_seed: str) -> str:
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", PRINT], env=env, capture_output=True, text=True, check=True).stdout


def test_the_same_arguments_give_the_same_bytes_in_every_process() -> None:
    assert fingerprint("1") == fingerprint("2")


def test_seed_and_date_each_change_the_portal() -> None:
    one, other, later = (
        generate(1, **SMALL),
        generate(2, **SMALL),
        generate(1, date(2026, 12, 1), **SMALL),
    )
    names = [[row["name"] for row in values(made, "companies")] for made in (one, other, later)]
    assert names[0] != names[1]
    assert names[0] != names[2]


def test_the_numbers_are_the_ones_asked_for(portal: Portal) -> None:
    counts = {name: len(portal.ids(name)) for name in KINDS}
    assert (counts["companies"], counts["contacts"], counts["deals"]) == (300, 2000, 400)
    assert counts["emails"] + counts["meetings"] == 10_000
    assert counts["meetings"] > 1_000
    assert len(portal.owners) == 10
    assert sum(owner["archived"] for owner in portal.owners) == 1


def test_ids_ascend_with_age_and_lie_unevenly(portal: Portal) -> None:
    for name in ("contacts", "companies", "deals", "emails"):
        ids = [int(one) for one in portal.ids(name)]
        assert ids == sorted(set(ids))
        assert 10**10 <= ids[0] < ids[-1] < 10**12
        created = [record.created for record in portal.walk(KINDS[name])]
        assert created == sorted(created)
    steps = [second - first for first, second in pairwise(ids)]
    assert min(steps[:50]) < 40
    assert max(steps) > 10**10


@pytest.mark.parametrize("name", ["contacts", "companies", "deals", "emails", "meetings"])
def test_every_value_is_one_that_the_api_would_keep(portal: Portal, name: str) -> None:
    known, owners = portal.properties[name], portal.owner_ids()
    for row in values(portal, name):
        for prop, value in row.items():
            assert normalise(known[prop], value, owners) == value, prop


def test_nothing_is_younger_than_the_as_of_date(portal: Portal) -> None:
    for name in ("contacts", "companies", "deals", "emails", "meetings"):
        for record in portal.walk(KINDS[name]):
            assert record.created <= record.updated < midnight_ms(date(2026, 11, 2))
    planned = [row for row in values(portal, "meetings") if row["hs_timestamp"] >= "2026-11-02"]
    assert planned
    assert {row["hs_meeting_outcome"] for row in planned} == {"SCHEDULED"}


def test_both_languages_titles_and_consent_are_there(portal: Portal) -> None:
    people = values(portal, "contacts")
    titles = Counter(row.get("jobtitle", "") for row in people)
    wanted = ["Assistenz der Geschäftsführung", "Prokurist", "Leiter Einkauf (m/w/d)", "Einkaufsleiterin", "CFO"]
    wanted += [
        "Head of Procurement",
        "Consultant/Prokurist",
        "Account Executive",
        "Werkstudent",
        "Datenschutzbeauftragte",
    ]
    assert not [title for title in wanted if not titles[title]]
    assert 80 <= titles[""] <= 250
    assert any("ü" in row["lastname"] for row in people)
    assert {row.get("hs_language") for row in people} == {"de", "en", None}
    assert 60 <= sum("hs_email_optout" in row for row in people) <= 180
    assert 20 <= sum("hs_email_hard_bounce_reason_enum" in row for row in people) <= 110
    assert 40 <= sum("email" not in row for row in people) <= 180
    assert 0 < sum("hs_buying_role" in row for row in people) <= 60
    assert any("\u2013" in row.get("hs_legal_basis", "") for row in people)


def test_no_address_or_domain_can_belong_to_anybody(portal: Portal) -> None:
    addresses = [row["email"] for row in values(portal, "contacts") if "email" in row]
    addresses += [row["hs_email_to_email"] for row in values(portal, "emails")]
    assert all(one.endswith(".example") for one in addresses)
    assert all(row["domain"].endswith(".example") for row in values(portal, "companies"))


def test_deals_are_open_won_and_lost_in_two_pipelines(portal: Portal) -> None:
    deals = values(portal, "deals")
    states = Counter((row["hs_is_closed"], row["hs_is_closed_won"]) for row in deals)
    assert min(states["false", "false"], states["true", "true"], states["true", "false"]) > 50
    assert {row["pipeline"] for row in deals} == {"default", "74110233"}
    amounts = sorted(int(row["amount"]) for row in deals)
    assert amounts[0] < 5_000
    assert amounts[-1] > 200_000
    assert all(row["closedate"] >= "2026-10" for row in deals if row["hs_is_closed"] == "false")


def test_the_truth_names_roles_of_people_who_can_be_found(portal: Portal) -> None:
    assert {*portal.truth} == {*portal.ids("deals")}
    roles = Counter(role for cast in portal.truth.values() for found in cast.values() for role in found)
    assert {*roles} == {"initiator", "influencer", "user", "buyer", "decider", "gatekeeper"}
    assert min(roles.values()) > 100
    people = {*portal.ids("contacts")}
    for deal, cast in portal.truth.items():
        assert {*cast} <= people
        assert linked(portal, "deals", deal, "contacts") <= {*cast}


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("buyer", ("eink", "procure", "buyer", "purchas")),
        (
            "decider",
            ("gesch", "vorstand", "inhaber", "prokur", "leiter", "bevollm", "ceo", "owner", "president", "director"),
        ),
    ],
)
def test_titles_mostly_fit_the_truth_but_not_always(portal: Portal, role: str, words: tuple[str, ...]) -> None:
    cast = [one for members in portal.truth.values() for one, roles in members.items() if role in roles]
    titles = [properties(portal, "contacts", one).get("jobtitle", "").lower() for one in cast]
    fitting = sum(any(word in title for word in words) for title in titles)
    assert 0.6 < fitting / len(titles) < 0.95


def test_contacts_have_one_primary_company_and_advisers_have_none(portal: Portal) -> None:
    outside = 0
    for one in portal.ids("contacts"):
        links = portal.links.of(("contacts", "companies"), one)
        row = properties(portal, "contacts", one)
        outside += not links
        assert [company for company, types in links.items() if 1 in types] == (
            [row["associatedcompanyid"]] if links else []
        )
    assert outside == 24
    advised = {
        one for cast in portal.truth.values() for one in cast if not linked(portal, "contacts", one, "companies")
    }
    assert advised


def test_some_links_of_deals_carry_the_labels_of_this_portal(portal: Portal) -> None:
    kinds = portal.links.types["contacts", "deals"]
    assert {"Decision maker", "Einkauf", "Champion"} <= {kind.label for kind in kinds.values()}
    labelled = Counter(
        kinds[number].label
        for one in portal.ids("contacts")
        for types in portal.links.of(("contacts", "deals"), one).values()
        for number in types
    )
    assert labelled["Einkauf"] > 10
    assert sum(labelled.values()) - labelled[None] < 0.5 * labelled[None]


def test_emails_have_directions_threads_replies_and_strangers(portal: Portal) -> None:
    mails = values(portal, "emails")
    directions = Counter(row["hs_email_direction"] for row in mails)
    assert directions["EMAIL"] > directions["INCOMING_EMAIL"] > 1_000
    assert sum(row["hs_email_status"] == "BOUNCED" for row in mails) > 50
    threads = Counter(row["hs_email_thread_id"] for row in mails)
    assert max(threads.values()) >= 4
    assert {"AW", "Re"} <= {row["hs_email_subject"].partition(":")[0] for row in mails}
    known = {row.get("email") for row in values(portal, "contacts")}
    copied = {one for row in mails for one in row.get("hs_email_cc_email", "").split(";") if one}
    assert copied & known
    assert copied - known


def test_some_deals_rest_for_two_months_and_start_again(portal: Portal) -> None:
    rested = 0
    for deal in portal.ids("deals"):
        mails = linked(portal, "deals", deal, "emails")
        days = sorted(date.fromisoformat(properties(portal, "emails", one)["hs_timestamp"][:10]) for one in mails)
        rested += any((second - first).days > 60 for first, second in pairwise(days))
    assert rested > 20


def test_stage_history_is_kept_and_some_deals_go_back(portal: Portal) -> None:
    returned = 0
    for deal in portal.ids("deals"):
        row = portal.record("deals", deal)
        stages = [entry["value"] for entry in row["propertiesWithHistory"]["dealstage"]]
        assert stages[0] == row["properties"]["dealstage"]
        returned += len(stages) > len(set(stages))
    assert returned > 5


def test_a_portal_of_one_language_and_a_portal_of_nothing() -> None:
    english = generate(5, languages=("en",), **SMALL)
    assert {row["country"] for row in values(english, "companies")} == {"United Kingdom"}
    empty = generate(companies=0, contacts=0, deals=0, engagements=0)
    assert [one for name in KINDS for one in empty.ids(name)] == []


@pytest.mark.parametrize(
    "wrong",
    [{"companies": -1}, {"companies": 0}, {"contacts": 0}, {"languages": ("xx",)}, {"languages": ()}],
)
def test_arguments_that_do_not_fit_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(FixConfig):
        generate(**wrong)


@pytest.mark.parametrize("missing", ["faker"])
def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(FixConfig, match=r'pip install "crmbridge\[sandbox\]"'):
        generate(**SMALL)
