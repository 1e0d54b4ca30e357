"""Labels, review notes and lists stand in HubSpot after an apply, and nothing of them comes back as news."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crmbridge import Bridge
from crmbridge.errors import RetryLater
from crmbridge.sandbox import Portal

Opened = Callable[..., Bridge]

CONFIG = """
[writeback]
labels = {decider = "Entscheider", buyer = "Einkauf"}
[writeback.guard]
first_apply = false
[writeback.review]
activity = "note"
objects = ["contact", "deal"]
segments = true
"""
SYNC = 'engagements = ["email", "meeting", "note"]\nlinks_hours = 0'


@pytest.fixture
def case(portal: Portal) -> dict[str, str]:
    """A deal with two contacts whose titles say what they decide; HubSpot has one of the two labels."""
    portal.define_label("contacts", "deals", "Entscheider")
    portal.define_label("contacts", "deals", "Einkauf", "Gekauft von")
    company = portal.add("companies", {"name": "Müller GmbH", "domain": "mueller.example"})
    deal = portal.add("deals", {"dealname": "Drehbank", "dealstage": "appointmentscheduled"})
    portal.link("deals", deal, "companies", company)
    found = {"deal": deal}
    for name, title in (("boss", "Geschäftsführer"), ("buyer", "Leiter Einkauf")):
        person = portal.add("contacts", {"email": f"{name}@mueller.example", "jobtitle": title})
        portal.link("deals", deal, "contacts", person)
        portal.link("contacts", person, "companies", company)
        found[name] = person
    return found


def labels(bridge: Bridge, contact: str) -> set[str | None]:
    return {link.label for link in bridge.connector.read_links("contact", "deal", [contact])}


def notes(portal: Portal) -> list[str]:
    return [portal.record("notes", id_)["properties"]["hs_note_body"] for id_ in portal.ids("notes")]


def confidences(bridge: Bridge, deal: str) -> dict[str, dict[str, float]]:
    (center,) = bridge.buying_centers([f"deal:{deal}"])
    return {member.id: {item.role: item.confidence for item in member.roles} for member in center.members}


def test_what_crmbridge_wrote_is_seen_in_hubspot_and_never_comes_back(
    portal: Portal, bridge_to: Opened, case: dict[str, str]
) -> None:
    """Kills "judge what crmbridge wrote": the label would be evidence for its own role, and the note a touch."""
    bridge = bridge_to(portal, SYNC, plugins=CONFIG)
    bridge.sync()
    before = confidences(bridge, case["deal"])
    plan = bridge.plan()
    missing = [item.message for item in plan.header.findings if item.code == "label-missing"]
    assert len(missing) == 1
    assert "'Einkauf'" in missing[0]
    result = bridge.apply(plan)
    assert (result.status, result.invalid, result.rejected, result.conflicts, result.unknown) == ("done", 0, 0, 0, 0)

    assert labels(bridge, case["boss"]) == {None, "Entscheider"}
    assert labels(bridge, case["buyer"]) == {None}
    told = notes(portal)
    assert len(told) == 3, "both contacts and the deal"
    about_boss = next(text for text in told if "Entscheider" in text and "Label" in text)
    assert "added (decider" in about_boss
    assert about_boss.split("<br>")[-1].startswith("crmbridge ")
    titles = {row.title: row.object for row in plan if row.kind == "segment"}
    assert sorted(titles.values()) == ["company", "contact", "deal"]
    for title, name in titles.items():
        if name == "contact":
            assert set(bridge.connector.read_members(title, None).ids) == {case["boss"], case["buyer"]}

    assert bridge.plan().is_empty
    bridge.sync()
    assert bridge.plan().is_empty
    bridge.sync(full=True)
    assert bridge.plan().is_empty
    assert confidences(bridge, case["deal"]) == before
    assert len(notes(portal)) == 3
    assert bridge.journal.verify().faults == ()


@pytest.mark.parametrize("path", ["notes/batch/create", "associations/2026-09/contacts/deals/batch/create"])
def test_a_lost_answer_makes_nothing_twice(portal: Portal, bridge_to: Opened, case: dict[str, str], path: str) -> None:
    # Kills: create again without looking.
    bridge = bridge_to(portal, SYNC, plugins=CONFIG)
    bridge.sync()
    plan = bridge.plan()
    portal.faults.named("lost_answer", path)
    try:
        assert bridge.apply(plan).unknown == 0
    except RetryLater:
        bridge.apply(plan)
    assert portal.calls.count(path) > 0
    assert len(notes(portal)) == 3
    assert labels(bridge, case["boss"]) == {None, "Entscheider"}
    assert bridge.plan().is_empty
