"""A record and its past: current values, per-property history, and how both look on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.times import iso


@dataclass(frozen=True, slots=True)
class Source:
    """Who wrote a value, in the platform's words.

    Attributes:
        type: ``sourceType``, e.g. ``CRM_UI``, ``INTEGRATION``, ``IMPORT``, ``CALCULATED``.
        id: ``sourceId``, e.g. ``userId:9586504`` or an app id; empty leaves it out.
        user: ``updatedByUserId``; None leaves it out.
    """

    type: str
    id: str = ""
    user: int | None = None


IMPORT = Source("IMPORT")
CALCULATED = Source("CALCULATED")


def person(user: int) -> Source:
    """Return the source of an edit that a person made in the platform's own screens."""
    return Source("CRM_UI", f"userId:{user}", user)


@dataclass(frozen=True, slots=True)
class Version:
    """One value that a property had, since when and by whom; an empty value is a cleared one."""

    value: str
    at: int
    source: Source


@dataclass(slots=True)
class Record:
    """One object of the portal.

    Attributes:
        id: Decimal digits, unique within the object type.
        properties: Values that are set; a property without a value has no key.
        created: Creation time, epoch milliseconds.
        updated: Time of the last write, epoch milliseconds.
        source: Who created it, and so who wrote every value without a history of its own.
        history: Versions of the properties that changed after creation, oldest first.
        archived: Time of archiving, or None.
        kind: Plural name of its object type, once it is stored.
    """

    id: str
    properties: dict[str, str]
    created: int
    updated: int
    source: Source = IMPORT
    history: dict[str, list[Version]] = field(default_factory=dict)
    archived: int | None = None
    kind: str = ""

    def put(self, name: str, value: str, at: int, source: Source) -> bool:
        """Set one property (empty clears it), remember the version, and tell whether it changed."""
        old = self.properties.get(name, "")
        if old == value:
            return False
        versions = self.history.setdefault(name, [])
        if old and not versions:
            versions.append(Version(old, self.created, self.source))
        versions.append(Version(value, at, source))
        if value:
            self.properties[name] = value
        else:
            self.properties.pop(name, None)
        return True

    def versions(self, name: str) -> list[Version]:
        """Return the versions of one property, newest first."""
        known = self.history.get(name)
        if known:
            return known[::-1]
        value = self.properties.get(name)
        return [] if value is None else [Version(value, self.created, self.source)]


def version_json(version: Version) -> Json:
    """Render one history entry."""
    source = version.source
    body: Json = {"value": version.value, "timestamp": iso(version.at), "sourceType": source.type}
    if source.id:
        body["sourceId"] = source.id
    if source.user is not None:
        body["updatedByUserId"] = source.user
    return body


def record_json(
    kind: Kind, record: Record, names: Iterable[str], with_history: Iterable[str] = (), portal_id: int = 0
) -> Json:
    """Render a record: asked properties that have no value are null, history is newest first.

    The stored history is capped at 45 versions for contacts and 20 for other objects.
    """
    values = record.properties
    body: Json = {
        "id": record.id,
        "properties": {name: values.get(name) for name in names},
        "createdAt": iso(record.created),
        "updatedAt": iso(record.updated),
        "archived": record.archived is not None,
        "url": f"https://app-eu1.hubspot.com/contacts/{portal_id}/record/{kind.type_id}/{record.id}",
    }
    if record.archived is not None:
        body["archivedAt"] = iso(record.archived)
    wanted = list(with_history)
    if wanted:
        depth = 45 if kind.name == "contacts" else 20
        body["propertiesWithHistory"] = {
            name: [version_json(version) for version in record.versions(name)[:depth]] for name in wanted
        }
    return body
