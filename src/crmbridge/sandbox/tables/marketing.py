"""Routes of lists, communication preferences and forms."""

from __future__ import annotations

from crmbridge.sandbox import consent_calls, consent_v3, form_calls, list_calls, member_calls
from crmbridge.sandbox.scopes import (
    CONSENT_BATCH_READ,
    CONSENT_BATCH_WRITE,
    CONSENT_READ,
    CONSENT_WRITE,
    FORMS,
    LISTS_READ,
    LISTS_WRITE,
)
from crmbridge.sandbox.tables.route import ANY, V3, V4, Route, needs, route

_LISTED, _LISTING = needs(LISTS_READ), needs(LISTS_WRITE)
_SEE, _SET = needs(CONSENT_READ), needs(CONSENT_WRITE)
_SEE_MANY, _SET_MANY = needs(CONSENT_BATCH_READ), needs(CONSENT_BATCH_WRITE)
_LIST = "/crm/lists/{id}"
_MEMBERS = _LIST + "/memberships"
_CONSENT = "/communication-preferences"
_BATCH = _CONSENT + "/statuses/batch"
_ONE = _CONSENT + "/statuses/{email}"
_OLD = ("v3", "2026-09")
MARKETING: tuple[Route, ...] = (
    route("POST", "/crm/lists", V3, list_calls.create_list, _LISTING),
    route("GET", "/crm/lists", V3, list_calls.read_lists, _LISTED),
    route("POST", "/crm/lists/search", V3, list_calls.search_lists, _LISTED),
    route("POST", "/crm/lists/all", ("2026-09",), list_calls.all_lists, _LISTED),
    route("POST", "/crm/lists/records/memberships/batch/read", V3, member_calls.batch_read, _LISTED),
    route("GET", "/crm/lists/records/{object}/{record}/memberships", V3, member_calls.of_record, _LISTED),
    route("GET", "/crm/lists/object-type-id/{object}/name/{name}", V3, list_calls.read_by_name, _LISTED),
    route("GET", _LIST, V3, list_calls.read_list, _LISTED),
    route("DELETE", _LIST, V3, list_calls.delete_list, _LISTING),
    route("PUT", _LIST + "/restore", V3, list_calls.restore_list, _LISTING),
    route("PUT", _LIST + "/update-list-name", V3, list_calls.rename_list, _LISTING),
    route("GET", _MEMBERS, V3, member_calls.read_members, _LISTED),
    route("GET", _MEMBERS + "/join-order", V3, member_calls.read_join_order, _LISTED),
    route("DELETE", _MEMBERS, V3, member_calls.remove_all, _LISTING),
    route("PUT", _MEMBERS + "/add", V3, member_calls.add, _LISTING),
    route("PUT", _MEMBERS + "/remove", V3, member_calls.remove, _LISTING),
    route("PUT", _MEMBERS + "/add-and-remove", V3, member_calls.add_and_remove, _LISTING),
    route("PUT", _MEMBERS + "/add-from/{source}", V3, member_calls.add_from, _LISTING),
    route("GET", _CONSENT + "/definitions", V4, consent_calls.definitions, _SEE),
    route("POST", _BATCH + "/read", V4, consent_calls.batch_read, _SEE_MANY),
    route("POST", _BATCH + "/write", V4, consent_calls.batch_write, _SET_MANY),
    route("POST", _BATCH + "/unsubscribe-all", V4, consent_calls.batch_unsubscribe_all, _SET_MANY),
    route("POST", _BATCH + "/unsubscribe-all/read", V4, consent_calls.batch_read_unsubscribed, _SEE_MANY),
    route("GET", _ONE + "/unsubscribe-all", V4, consent_calls.read_unsubscribed, _SEE),
    route("POST", _ONE + "/unsubscribe-all", V4, consent_calls.unsubscribe_all, _SET),
    route("GET", _ONE, V4, consent_calls.read_statuses, _SEE),
    route("POST", _ONE, V4, consent_calls.write_status, _SET),
    route("GET", _CONSENT + "/definitions", ("v3",), consent_v3.definitions, _SEE),
    route("GET", _CONSENT + "/status/email/{email}", _OLD, consent_v3.read_status, _SEE),
    route("POST", _CONSENT + "/subscribe", _OLD, consent_v3.subscribe, _SET),
    route("POST", _CONSENT + "/unsubscribe", _OLD, consent_v3.unsubscribe, _SET),
    route("POST", _CONSENT + "/resubscribe", ("2026-09",), consent_v3.resubscribe, _SET),
    route("GET", "/form-integrations/submissions/forms/{id}", ("v1",), form_calls.submissions, needs(FORMS)),
    route("GET", "/marketing/forms", ANY, form_calls.list_forms, needs(FORMS)),
    route("GET", "/marketing/forms/{id}", ANY, form_calls.read_form, needs(FORMS)),
)
