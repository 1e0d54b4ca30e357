"""Merging two records: what survives, what is remembered of the loser, and what the events tell.

Observed by integrators: the survivor keeps the primary's id or gets a new one, an old id still answers a single
read, and no propertyChange tells of the values that moved.
"""

from __future__ import annotations

from crmbridge.errors import FixRequest, RecordMissing
from crmbridge.sandbox.call import Answer, Call, missing, show, text_field
from crmbridge.sandbox.envelope import ApiError, validation
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.records import Record, Source

MOST = 250  # https://developers.hubspot.com/docs/api-reference/error-handling
_SOURCES = {"contacts": "MERGE_CONTACTS", "companies": "MERGE_COMPANIES"}
_OWN = {"hs_merged_object_ids", "hs_calculated_merged_vids", "hs_additional_emails"}


class TooManyMerges(FixRequest):
    """A record that took in as many others as it may."""


def merge(portal: Portal, kind: Kind | str, primary_id: str, other_id: str, *, new_id: bool = False) -> str:
    """Merge one record into another and return the id of the survivor.

    Args:
        portal: The account.
        kind: The object type, or its name.
        primary_id: The record whose values win.
        other_id: The record that goes into it.
        new_id: Give the survivor an id that neither had, as newer portals do.

    Raises:
        FixRequest: Both are one record, or there is no such object type.
        RecordMissing: One of them does not exist.
        TooManyMerges: The survivor would stand for more than 250 records.
    """
    with portal.lock:
        found = portal.kind(kind) if isinstance(kind, str) else kind
        if found is None or primary_id == other_id:
            raise FixRequest("merge takes two records of one object type")
        one, other = portal.alive(found, primary_id), portal.alive(found, other_id)
        if one is None or other is None:
            raise RecordMissing(f"the sandbox has no {found.singular} {other_id if one else primary_id}")
        source = Source(_SOURCES.get(found.name, "MERGE_OBJECTS"))
        values, gone = _together(found, one, other, portal.clock(), new_id=new_id)
        with portal.events.silent():
            survivor = _renamed(portal, found, one, source) if new_id else primary_id
            _settle(portal, found, survivor, values, gone, source)
        _tell(portal, found, primary_id, other_id, survivor, len(values))
        return survivor


def merge_records(call: Call) -> Answer:
    """Merge over the API."""
    kind, body = call.kind, call.body if isinstance(call.body, dict) else {}
    primary, other = text_field(body, "primaryObjectId"), text_field(body, "objectIdToMerge")
    if primary == other:
        raise validation("A record cannot be merged with itself")
    try:
        survivor = merge(call.portal, kind, primary, other, new_id=call.portal.merges_make_ids)
    except RecordMissing:
        raise missing(kind, other if call.portal.alive(kind, primary) else primary) from None
    except TooManyMerges as refused:
        raise ApiError(414, str(refused), "VALIDATION_ERROR") from None
    record = call.portal.alive(kind, survivor)
    if record is None:
        raise missing(kind, survivor)
    return 200, show(call, kind, record, [*record.properties])


def _renamed(portal: Portal, kind: Kind, one: Record, source: Source) -> str:
    """Give a record a new id: its values, its history and its age go along."""
    made = portal.create(kind, {}, source)
    own = {name: made.properties[name] for name in (kind.modified, "hs_object_id")}
    made.properties = {**one.properties, **own}
    made.history, made.created, made.source = one.history, one.created, one.source
    portal.save(made)
    return made.id


def _together(
    kind: Kind, one: Record, other: Record, now: int, *, new_id: bool
) -> tuple[dict[str, str], dict[str, Record]]:
    """Return the values of the survivor, and the records that end in it by their ids."""
    gone = {other.id: other} | ({one.id: one} if new_id else {})
    kept = (other.properties.items(), one.properties.items())
    fixed = {*kind.always, "hs_lastmodifieddate", "hs_object_source", *_OWN}
    values = {name: value for part in kept for name, value in part if name not in fixed}
    ids = [one.properties.get("hs_merged_object_ids"), other.properties.get("hs_merged_object_ids"), *gone]
    merged = ";".join(dict.fromkeys(part for text in ids if text for part in text.split(";")))
    if merged.count(";") >= MOST:
        raise TooManyMerges(f"Cannot have more than {MOST} identities on a profile")
    values |= {
        "hs_merged_object_ids": merged,
        kind.created: min(each.properties[kind.created] for each in (one, other)),
    }
    if kind.name == "contacts":
        times = [each.properties.get("hs_calculated_merged_vids", "") for each in (one, other)]
        values["hs_calculated_merged_vids"] = ";".join(filter(None, [*times, *(f"{each}:{now}" for each in gone)]))
        values["hs_additional_emails"] = _addresses(one, other)
    return values, gone


def _addresses(one: Record, other: Record) -> str:
    """Return the secondary addresses of a survivor."""
    texts = [each.properties.get(name, "") for each in (one, other) for name in ("hs_additional_emails", "email")]
    main = one.properties.get("email") or other.properties.get("email")
    return ";".join(dict.fromkeys(part for text in texts for part in text.split(";") if part and part != main))


def _settle(
    portal: Portal, kind: Kind, survivor: str, values: dict[str, str], gone: dict[str, Record], source: Source
) -> None:
    """Move the links, end the losers, write the values."""
    for loser in reversed(gone):  # the one whose primary links win comes first
        for pair in [pair for pair in portal.links.types if pair[0] == kind.name]:
            kept = portal.links.primary_of(pair, survivor)
            for to_id, types in list(portal.links.of(pair, loser).items()):
                primary = {portal.links.primary(pair)} if kept not in {None, to_id} else set()
                portal.connect(pair, survivor, to_id, [number for number in types if number not in primary])
        portal.erase(kind, loser)
        portal.merged[kind.name, loser] = survivor
    portal.lists.replace(kind.name, gone, survivor)
    record = portal.find(kind, survivor)
    if record is not None:
        portal.write(kind, record, values, source)


def _tell(portal: Portal, kind: Kind, primary: str, other: str, survivor: str, moved: int) -> None:
    now, source = portal.clock(), Source(_SOURCES.get(kind.name, "MERGE_OBJECTS"))
    portal.events.add(
        kind,
        "merge",
        survivor,
        now,
        source,
        primaryObjectId=int(primary),
        mergedObjectIds=[int(other)],
        newObjectId=int(survivor),
        numberOfPropertiesMoved=moved,
    )
    for loser in [other] + ([primary] if survivor != primary else []):
        portal.events.add(kind, "deletion", loser, now, source)
