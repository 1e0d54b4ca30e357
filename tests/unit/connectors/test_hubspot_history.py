from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crmbridge.connector import Update, Version
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.sandbox import Portal


def entry(value: str, at: str, source: str, **more: Any) -> dict[str, Any]:
    return {"value": value, "timestamp": at, "sourceType": source, **more}


def newest(scripted: Any, *entries: Any) -> Version | None:
    hubspot, _ = scripted({"results": [{"id": "1", "propertiesWithHistory": {"jobtitle": list(entries)}}]})
    versions: dict[str, Version] = hubspot.read_authors("contact", ["1"], ["jobtitle"])["1"]
    return versions.get("jobtitle")


@pytest.mark.parametrize(
    ("source", "author"),
    [
        ("CRM_UI", "person"),
        ("CRM_UI_BULK_ACTION", "person"),
        ("MOBILE_IOS", "person"),
        ("FORM", "person"),
        ("A_SOURCE_OF_NEXT_YEAR", "person"),
        (None, "person"),
        ("INTEGRATION", "system"),
        ("API", "system"),
        ("IMPORT", "system"),
        ("AUTOMATION_PLATFORM", "system"),
        ("CALCULATED", "system"),
        ("DATA_ENRICHMENT", "system"),
        ("BREEZE_AGENT", "system"),
    ],
)
def test_an_author_is_a_person_unless_known_to_be_a_program(scripted: Any, source: Any, author: str) -> None:
    version = newest(scripted, entry("CFO", "2026-03-01T12:00:00Z", source))
    assert version is not None
    assert version.author == author


def test_only_a_person_has_an_author_id(scripted: Any) -> None:
    at = "2026-03-01T12:00:00Z"
    by_number = newest(scripted, entry("x", at, "CRM_UI", updatedByUserId=44))
    by_source = newest(scripted, entry("x", at, "CRM_UI", sourceId="userId:45"))
    by_app = newest(scripted, entry("x", at, "INTEGRATION", sourceId="8111832", updatedByUserId=46))
    assert [version and version.author_id for version in (by_number, by_source, by_app)] == ["44", "45", None]


def test_the_newest_entry_counts_whatever_the_order(scripted: Any) -> None:
    version = newest(
        scripted,
        entry("old", "2026-03-01T12:00:00Z", "CRM_UI"),
        entry("", "2026-03-02T12:00:00Z", "INTEGRATION"),
        entry("bad", "soon", "CRM_UI"),
    )
    assert version == Version(value=None, at=datetime(2026, 3, 2, 12, tzinfo=UTC), author="system")


def test_fifty_records_are_a_call(portal: Portal, hubspot: HubSpotConnector) -> None:
    ids = [portal.add("contacts", {"jobtitle": "CFO"}) for _ in range(51)]
    authors = hubspot.read_authors("contact", ids, ["jobtitle", "phone"])
    assert hubspot.calls == 2
    assert all(set(authors[id_]) == {"jobtitle"} for id_ in ids)  # never set, no version


def test_a_persons_edit_outlives_ours(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"jobtitle": "CFO"})
    hubspot.update("contact", [Update(id=id_, properties={"jobtitle": "CEO"})])
    assert hubspot.read_authors("contact", [id_], ["jobtitle"])[id_]["jobtitle"].author == "system"
    portal.edit("contacts", id_, {"jobtitle": "COO"}, user=77)
    version = hubspot.read_authors("contact", [id_], ["jobtitle"])[id_]["jobtitle"]
    assert (version.author, version.author_id, version.value) == ("person", "77", "COO")
