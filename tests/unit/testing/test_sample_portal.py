from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from crmbridge import Ref
from crmbridge.errors import FixRequest, RecordMissing
from crmbridge.testing import SamplePortal


def linked(portal: SamplePortal, ref: Ref, kind: str) -> list[str]:
    account = portal.account
    one, two = account.kind(ref.object), account.kind(kind)
    assert one is not None
    assert two is not None
    return list(account.links.of((one.name, two.name), ref.id))


def test_a_company_and_its_people(portal: SamplePortal) -> None:
    company = portal.company("Müller & Söhne GmbH", industry="MACHINERY")
    anna, ben = portal.people(company, "Anna Maria Beispiel, CFO, DACH", "Ben")
    assert portal.value(company, "domain") == "muller-sohne-gmbh.example"
    assert [portal.value(anna, name) for name in ("firstname", "lastname", "jobtitle", "email")] == [
        "Anna Maria",
        "Beispiel",
        "CFO, DACH",
        "anna.maria.beispiel@muller-sohne-gmbh.example",
    ]
    assert portal.value(ben, "jobtitle") is None
    assert portal.value(anna, "associatedcompanyid") == company.id


def test_people_of_one_name_have_addresses_of_their_own(portal: SamplePortal) -> None:
    people = [portal.person("Anna Beispiel") for _ in range(3)]
    assert len({portal.value(one, "email") for one in people}) == 3


def test_a_deal_is_the_companys_of_its_people(portal: SamplePortal) -> None:
    company = portal.company("Muster GmbH")
    anna, ben = portal.people(company, "Anna Beispiel, CFO", "Ben Muster")
    deal = portal.deal("Press", anna, ben, amount=1200, closedate=date(2026, 12, 1))
    assert sorted(linked(portal, deal, "contact")) == sorted((anna.id, ben.id))
    assert linked(portal, deal, "company") == [company.id]
    assert portal.value(deal, "amount") == "1200"
    assert (portal.value(deal, "closedate") or "").startswith("2026-12-01")


def test_what_people_wrote_is_logged_on_their_deal_before_and_after(portal: SamplePortal) -> None:
    # mutant: deal() that does not look back
    anna = portal.person("Anna Beispiel")
    before = portal.email(anna)
    deal = portal.deal("Press", anna)
    after = portal.meeting(anna)
    assert (linked(portal, deal, "email"), linked(portal, deal, "meeting")) == ([before.id], [after.id])


def test_an_email_is_inbound_unless_it_is_ours(portal: SamplePortal) -> None:
    anna = portal.person("Anna Beispiel")
    mails = [portal.email(anna), portal.email(portal.us, anna), portal.email("new@muster.example", anna)]
    shown = [(portal.value(one, "hs_email_direction"), portal.value(one, "hs_email_from_email")) for one in mails]
    assert shown == [
        ("INCOMING_EMAIL", "anna.beispiel@people.example"),
        ("EMAIL", "sales@vendor.example"),
        ("INCOMING_EMAIL", "new@muster.example"),
    ]
    assert portal.value(mails[0], "hs_email_to_email") == "sales@vendor.example"


def test_things_happen_in_the_order_of_the_lines(portal: SamplePortal) -> None:
    anna = portal.person("Anna Beispiel")
    made = [portal.email(anna), portal.call(anna), portal.meeting(anna), portal.note("Anna decides", anna)]
    times = [portal.value(one, "hs_timestamp") or "" for one in made]
    assert all(one < two for one, two in pairwise(times))
    then = portal.call(anna, on=datetime(2026, 1, 5, 14, 30, tzinfo=UTC), inbound=False)
    assert (portal.value(then, "hs_timestamp") or "").startswith("2026-01-05T14:30")
    day = portal.call(anna, on=date(2026, 1, 5))
    assert (portal.value(day, "hs_timestamp") or "").startswith("2026-01-05T09:")


def test_a_custom_property_is_made_with_the_record(portal: SamplePortal) -> None:
    anna = portal.person("Anna Beispiel", machine_park="5", newsletter=True)
    assert (portal.value(anna, "machine_park"), portal.value(anna, "newsletter")) == ("5", "true")


def test_an_edit_is_a_persons(portal: SamplePortal) -> None:
    anna = portal.person("Anna Beispiel", "CFO")
    portal.edit(anna, jobtitle="CEO")
    newest = portal.account.record("contacts", anna.id)["propertiesWithHistory"]["jobtitle"][0]
    assert (newest["value"], newest["sourceType"]) == ("CEO", "CRM_UI")
    portal.edit(anna, jobtitle=None)
    assert portal.value(anna, "jobtitle") is None


def test_a_typing_error_in_an_edit_is_an_error(portal: SamplePortal) -> None:
    # mutant: edit() that makes unknown properties, as adding does
    anna = portal.person("Anna Beispiel")
    with pytest.raises(FixRequest, match="jobtitel"):
        portal.edit(anna, jobtitel="CEO")
    with pytest.raises(RecordMissing):
        portal.value(Ref("contact", "404"), "jobtitle")
