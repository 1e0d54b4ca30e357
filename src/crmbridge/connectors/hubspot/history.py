"""Who set a value, and when: a person or a program.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Sequence

from crmbridge.connector import Version
from crmbridge.connectors.hubspot import paths, values, wire
from crmbridge.connectors.hubspot.kinds import Kind
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.http import HttpClient

HISTORY_LIMIT = 50
"""Most records of a call that asks for history; half of what a plain read may name."""

# Sources from HubSpot's own list (PropertyValue.source in its OpenAPI files). A source that is not here counts as a
# person, so that nothing new is overwritten; so do forms, in which people speak about themselves.
_IMPORT = "IMPORT EMAIL_INBOX_IMPORT MIGRATION SALESFORCE PORTAL_OBJECT_SYNC INTEGRATIONS_SYNC DATASET"
_INTEGRATION = "INTEGRATION API INTEGRATIONS_PLATFORM MARKETPLACE SLACK_INTEGRATION CONNECTED_ACCOUNT"
_AUTOMATION = "AUTOMATION_PLATFORM AUTOMATION_JOURNEY WORKFLOWS PRIMARY_AUTOMATION SEQUENCES BOT APPROVALS"
_CALCULATED = (
    "CALCULATED ANALYTICS DEFAULT PROPERTY_DEFAULT_VALUE COMPANY_FAMILIES AUTO_ASSOCIATE_BY_DOMAIN ASSOCIATIONS "
    "INTERNAL_PROCESSING RECYCLING_BIN RESTORE_OBJECTS MERGE_CONTACTS MERGE_COMPANIES MERGE_OBJECTS "
    "MERGE_REVERT_OBJECTS DATA_QUALITY LEGAL_BASIS_REMEDIATION"
)
_ENRICHMENT = (
    "DATA_ENRICHMENT COMPANY_INSIGHTS SMART_DATA_CAPTURE CONVERSATIONAL_ENRICHMENT BREEZE_AGENT CUSTOMER_AGENT "
    "PROSPECTING_AGENT AI_GROUP CHATSPOT SIGNALS INTENT"
)
_ACTIVITY = (
    "EMAIL EMAIL_INTEGRATION GMAIL_INTEGRATION BCC_TO_CRM FORWARD_TO_CRM CONVERSATIONS ENGAGEMENTS ADS SOCIAL QUOTES"
)
SYSTEM_SOURCES = frozenset(f"{_IMPORT} {_INTEGRATION} {_AUTOMATION} {_CALCULATED} {_ENRICHMENT} {_ACTIVITY}".split())
"""Values of ``sourceType`` behind which there is a program."""

_USER = "userId:"


def read_authors(
    http: HttpClient, kind: Kind, ids: Sequence[str], properties: Sequence[str]
) -> dict[str, dict[str, Version]]:
    """Read the newest version of each property; a property that was never set has none."""
    found = read_history(http, kind, ids, properties)
    return {id_: {prop: versions[0] for prop, versions in history.items()} for id_, history in found.items()}


def read_history(
    http: HttpClient, kind: Kind, ids: Sequence[str], properties: Sequence[str]
) -> dict[str, dict[str, list[Version]]]:
    """Read all versions that HubSpot kept, the newest first: id → property → versions.

    A record that is gone is left out, and of a record the properties that were never set.
    """
    path = paths.objects(kind.type, "batch/read")
    found: dict[str, dict[str, list[Version]]] = {}
    for chunk in wire.chunks(ids, HISTORY_LIMIT):
        body = {"inputs": wire.inputs(chunk), "properties": [], "propertiesWithHistory": list(properties)}
        data = http.post(path, body).data
        wire.complete(data, path)
        for row in wire.results(data, path):
            found[wire.identity(row)] = _histories(wire.child(row, "propertiesWithHistory"), properties)
    return found


def _histories(row: Json, properties: Sequence[str]) -> dict[str, list[Version]]:
    histories = {prop: _newest_first(wire.children(row, prop)) for prop in properties}
    return {prop: versions for prop, versions in histories.items() if versions}


def _newest_first(entries: Sequence[Json]) -> list[Version]:
    versions = [version for version in map(_version, entries) if version is not None]
    return sorted(versions, key=lambda version: version.at, reverse=True)  # equals stay as HubSpot orders them


def _version(entry: Json) -> Version | None:
    at = values.moment(values.raw(entry.get("timestamp")))
    if at is None:
        return None
    value = values.raw(entry.get("value")) or None
    if values.raw(entry.get("sourceType")) in SYSTEM_SOURCES:
        return Version(value=value, at=at, author="system")
    return Version(value=value, at=at, author="person", author_id=_user(entry))


def _user(entry: Json) -> str | None:
    user, source = values.raw(entry.get("updatedByUserId")), values.raw(entry.get("sourceId")) or ""
    return user or (source.removeprefix(_USER) if source.startswith(_USER) else None)
