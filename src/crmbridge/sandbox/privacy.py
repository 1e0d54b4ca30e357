"""Deleting a record for good, as data protection law asks for; its address is blocked from then on."""

from __future__ import annotations

from crmbridge.sandbox.call import Answer, Call, text_field
from crmbridge.sandbox.envelope import validation
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.records import Record, Source

_SOURCE = Source("CRM_UI")


def forget(portal: Portal, kind: Kind, record: Record, source: Source = _SOURCE) -> None:
    """Remove a record, its links, its choices and its memberships, and block its addresses."""
    with portal.lock:
        with portal.events.silent():
            portal.erase(kind, record.id)
        portal.lists.forget(kind.name, record.id)
        texts = (record.properties.get("email", ""), record.properties.get("hs_additional_emails", ""))
        for address in filter(None, ";".join(texts).split(";")):
            block(portal, address)
        if kind.name == "contacts":
            portal.events.add(kind, "privacyDeletion", record.id, portal.clock(), source)
        portal.events.add(kind, "deletion", record.id, portal.clock(), source)


def block(portal: Portal, address: str) -> None:
    """Let no record of this address be made again."""
    portal.blocked.add(address.lower())
    portal.consent.forget(address)


def delete_for_privacy(call: Call) -> Answer:
    """Delete for good over the API; an address that nobody has is blocked all the same."""
    kind, portal = call.kind, call.portal
    value = text_field(call.body if isinstance(call.body, dict) else {}, "objectId")
    by = call.field("idProperty", str, "")
    if by not in {"", "hs_object_id", "email"} or (by == "email" and kind.name != "contacts"):
        raise validation("idProperty takes email, for contacts only")
    record = portal.by_value(kind, "email", value) if by == "email" else portal.find(kind, value)
    if record is not None:
        forget(portal, kind, record, call.source)
    elif by == "email":
        block(portal, value)
    return 204, None
