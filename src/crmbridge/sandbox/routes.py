"""From a plain request to a plain response: versions, routes, token, limits, scopes, faults."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from crmbridge.sandbox import account, associations, batch, objects, properties, search
from crmbridge.sandbox.call import Answer, Call
from crmbridge.sandbox.envelope import ApiError, Request, Response, not_found, refuse, respond, validation
from crmbridge.sandbox.kinds import kind_of
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.scopes import OWNERS, PIPELINES, demand, record_scopes, schema_scopes

_FAMILY = re.compile(
    r"/(?:crm/(?P<old>v[34])/(?P<part>objects|associations|properties|owners|pipelines)"
    r"|crm/(?P<family>objects|associations|properties|owners|pipelines)/(?P<dated>2026-0[39])"
    r"|account-info/(?P<info>v3|2026-0[39]))(?P<rest>/.*|)"
)
Scopes = Callable[[Call], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: path after family and version, where it is served, what it needs."""

    method: str
    pattern: re.Pattern[str]
    versions: tuple[str, ...]
    handler: Callable[[Call], Answer]
    scopes: Scopes | None
    search: bool


_V3 = ("v3", "2026-03", "2026-09")
_V4 = ("v4", "2026-03", "2026-09")
_ANY = ("v3", *_V4)


def _records(verb: str) -> Scopes:
    return lambda call: record_scopes(call.kind, verb)


def _schemas(verb: str) -> Scopes:
    return lambda call: schema_scopes(call.kind, verb)


def _either(verb: str) -> Scopes:
    """Associations take the scope of any one side."""
    return lambda call: record_scopes(call.kind, verb) + record_scopes(kind_of(call.path["to"]), verb)


def _route(
    method: str, template: str, versions: tuple[str, ...], handler: Callable[[Call], Answer], scopes: Scopes | None
) -> Route:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
    return Route(method, re.compile(pattern), versions, handler, scopes, template.endswith("/search"))


_READ, _WRITE, _SEE, _SHAPE = _records("read"), _records("write"), _schemas("read"), _schemas("write")
_LINKED, _LINKING = _either("read"), _either("write")
_PAIR = "/objects/{object}/{id}/associations/{to}"
ROUTES: tuple[Route, ...] = (
    _route("POST", "/objects/{object}/search", _V3, search.search, _READ),
    _route("POST", "/objects/{object}/batch/read", _V3, batch.batch_read, _READ),
    _route("POST", "/objects/{object}/batch/create", _V3, batch.batch_create, _WRITE),
    _route("POST", "/objects/{object}/batch/update", _V3, batch.batch_update, _WRITE),
    _route("POST", "/objects/{object}/batch/upsert", _V3, batch.batch_upsert, _WRITE),
    _route("POST", "/objects/{object}/batch/archive", _V3, batch.batch_archive, _WRITE),
    _route("GET", "/objects/{object}", _V3, objects.list_records, _READ),
    _route("POST", "/objects/{object}", _V3, objects.create_record, _WRITE),
    _route("GET", "/objects/{object}/{id}", _V3, objects.read_record, _READ),
    _route("PATCH", "/objects/{object}/{id}", _V3, objects.update_record, _WRITE),
    _route("DELETE", "/objects/{object}/{id}", _V3, objects.archive_record, _WRITE),
    _route("GET", _PAIR, _ANY, associations.read_links, _LINKED),
    _route("PUT", _PAIR + "/{to_id}", _V4, associations.put_link, _LINKING),
    _route("DELETE", _PAIR + "/{to_id}", _V4, associations.delete_links, _LINKING),
    _route(
        "PUT",
        "/objects/{object}/{id}/associations/default/{to}/{to_id}",
        _V4,
        associations.put_default,
        _LINKING,
    ),
    _route("POST", "/associations/{object}/{to}/batch/read", _V4, associations.batch_read, _LINKED),
    _route("POST", "/associations/{object}/{to}/batch/create", _V4, associations.batch_create, _LINKING),
    _route("GET", "/associations/{object}/{to}/labels", _V4, associations.list_labels, _LINKED),
    _route("POST", "/associations/{object}/{to}/labels", _V4, associations.create_label, _LINKING),
    _route("GET", "/properties/{object}/groups", _V3, properties.list_groups, _SEE),
    _route("POST", "/properties/{object}/groups", _V3, properties.create_group, _SHAPE),
    _route("GET", "/properties/{object}/groups/{name}", _V3, properties.read_group, _SEE),
    _route("DELETE", "/properties/{object}/groups/{name}", _V3, properties.delete_group, _SHAPE),
    _route("GET", "/properties/{object}", _V3, properties.list_properties, _SEE),
    _route("POST", "/properties/{object}", _V3, properties.create_property, _SHAPE),
    _route("GET", "/properties/{object}/{name}", _V3, properties.read_property, _SEE),
    _route("PATCH", "/properties/{object}/{name}", _V3, properties.update_property, _SHAPE),
    _route("DELETE", "/properties/{object}/{name}", _V3, properties.delete_property, _SHAPE),
    _route("GET", "/owners", _V3, account.list_owners, lambda _: OWNERS),
    _route("GET", "/owners/{id}", _V3, account.read_owner, lambda _: OWNERS),
    _route("GET", "/pipelines/{object}", _V3, account.list_pipelines, lambda _: PIPELINES),
    _route("GET", "/pipelines/{object}/{id}", _V3, account.read_pipeline, lambda _: PIPELINES),
    _route("GET", "/account-info/details", _V3, account.details, None),
)


def handle(portal: Portal, request: Request) -> Response:
    """Answer one request; never raises."""
    with portal.lock:
        portal.calls.add(request.method, template_of(request.path))
        fault = portal.faults.strike(request.method, request.path)
        if fault is not None and not fault.applied:
            return fault.response
        response = _answer(portal, request)
        return response if fault is None else fault.response


def template_of(path: str) -> str:
    """Return a path with record ids replaced, so that equal kinds of calls count together."""
    return re.sub(r"/(\d{3,}|[^/]*(?:@|%40)[^/]*)(?=/|$)", "/{id}", path)


def _answer(portal: Portal, request: Request) -> Response:
    headers: dict[str, str] = {}
    try:
        _check_token(portal, request)
        route, call = _match(portal, request)
        headers = portal.limits.spend(portal.clock(), portal.time_zone, search=route.search)
        if route.search and len(request.body) > search.MAX_BODY:
            raise validation(f"a search body takes at most {search.MAX_BODY} characters")
        if route.scopes:
            demand(portal.scopes, route.scopes(call))
        return respond(*route.handler(call), headers)
    except ApiError as error:
        return refuse(error, headers)


def _check_token(portal: Portal, request: Request) -> None:
    if request.headers.get("authorization") != f"Bearer {portal.token}":
        words = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
        raise ApiError(401, words, "INVALID_AUTHENTICATION")
    if len(request.path) + len(request.query) > portal.max_url:
        raise ApiError(414, "URI Too Long")


def _match(portal: Portal, request: Request) -> tuple[Route, Call]:
    """Find the endpoint of a path, and read the request for it.

    Raises:
        ApiError: 404 for an unknown path, 405 for a wrong verb, 415 or 400 for a bad body.
    """
    family = _FAMILY.fullmatch(request.path.rstrip("/"))
    if family is None:
        raise not_found(f"No endpoint at {request.path}")
    version = family["old"] or family["dated"] or family["info"]
    path = f"/{family['part'] or family['family'] or 'account-info'}{family['rest']}"
    verbs = []
    for route in ROUTES:
        found = route.pattern.fullmatch(path)
        if found is None or version not in route.versions:
            continue
        verbs.append(route.method)
        if route.method == request.method:
            values = {name: unquote(value) for name, value in found.groupdict().items()}
            query = parse_qs(request.query, keep_blank_values=True)
            return route, Call(portal, version, f"{request.base_url}{request.path}", values, query, _body(request))
    if verbs:
        raise ApiError(405, f"{request.method} is not supported here")
    raise not_found(f"No endpoint at {request.path}")


def _body(request: Request) -> Any:
    if not request.body:
        return None
    if "json" not in request.headers.get("content-type", ""):
        raise ApiError(415, "Unsupported Media Type: send application/json")
    try:
        return json.loads(request.body)
    except ValueError:
        raise validation("Invalid input JSON") from None
