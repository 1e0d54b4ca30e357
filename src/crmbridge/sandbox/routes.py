"""From a plain request to a plain response: versions, routes, token, limits, scopes, faults."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from crmbridge.sandbox import search
from crmbridge.sandbox.call import Call
from crmbridge.sandbox.envelope import ApiError, Request, Response, not_found, refuse, respond, validation
from crmbridge.sandbox.grants import Grant
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.scopes import demand
from crmbridge.sandbox.tables import ROUTES, Route
from crmbridge.sandbox.times import iso

# The old versions of the CRM stand before the name of a family, dated ones behind it; other roots differ.
_ADDRESSES = tuple(
    map(
        re.compile,
        (
            r"(?P<root>/crm|/marketing)/(?P<version>v[34])(?P<rest>/.+)",
            r"(?P<root>/(?:crm|marketing)/[a-z-]+)/(?P<version>2026-0[39])(?:-beta)?(?P<rest>/.*|)",
            r"(?P<root>/(?!crm/|marketing/)[a-z-]+)/(?P<version>v[1234]|2026-0[39])(?P<rest>/.*|)",
        ),
    )
)


def handle(portal: Portal, request: Request) -> Response:
    """Answer one request; never raises."""
    with portal.lock:
        portal.calls.add(request.method, template_of(request.path), portal.clock())
        return portal.faults.answer(request, lambda asked: _answer(portal, asked))


def template_of(path: str) -> str:
    """Return a path with record ids replaced, so that equal kinds of calls count together."""
    return re.sub(r"/(\d{3,}|[^/]*(?:@|%40)[^/]*)(?=/|$)", "/{id}", path)


def _answer(portal: Portal, request: Request) -> Response:
    headers: dict[str, str] = {}
    try:
        grant = None if request.path.startswith("/oauth/") else _check_token(portal, request)
        route, call = _match(portal, request, grant)
        if grant is not None:
            headers = _spend(portal, grant, search=route.search)
        if route.search and len(request.body) > search.MAX_BODY:
            raise validation(f"a search body takes at most {search.MAX_BODY} characters")
        if route.scopes:
            demand(call.scopes, route.scopes(call))
        return respond(*route.handler(call), headers)
    except ApiError as error:
        return refuse(error, headers)


def _spend(portal: Portal, grant: Grant, *, search: bool) -> dict[str, str]:
    now, oauth = portal.clock(), bool(grant.refresh_token)
    return portal.limits.spend(now, portal.time_zone, search=search, app=grant.app_id, oauth=oauth)


def _check_token(portal: Portal, request: Request) -> Grant:
    """Return what the caller's token may do.

    Raises:
        ApiError: 401 for an unknown or expired token, 414 for a long address.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    grant = portal.grant(token) if scheme == "Bearer" else None
    if grant is None:
        words = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
        raise ApiError(401, words, "INVALID_AUTHENTICATION")
    if grant.expires_at is not None and grant.expires_at <= portal.clock():
        words = "The OAuth token used to make this call expired."
        context = {"expireTime": [iso(grant.expires_at)]}
        raise ApiError(401, words, "EXPIRED_AUTHENTICATION", context=context)
    if len(request.path) + len(request.query) > portal.max_url:
        raise ApiError(414, "URI Too Long")
    return grant


def _match(portal: Portal, request: Request, grant: Grant | None) -> tuple[Route, Call]:
    """Find the endpoint of a path, and read the request for it.

    Raises:
        ApiError: 404 for an unknown path, 405 for a wrong verb, 415 or 400 for a bad body.
    """
    address = request.path.rstrip("/")
    family = next(filter(None, (pattern.fullmatch(address) for pattern in _ADDRESSES)), None)
    if family is None:
        raise not_found(f"No endpoint at {request.path}")
    version, path, verbs = family["version"], family["root"] + family["rest"], []
    for route in ROUTES:
        found = route.pattern.fullmatch(path)
        if found is None or version not in route.versions:
            continue
        verbs.append(route.method)
        if route.method == request.method:
            values = {name: unquote(value) for name, value in found.groupdict().items()}
            query = parse_qs(request.query, keep_blank_values=True)
            url = f"{request.base_url}{request.path}"
            return route, Call(portal, version, url, values, query, _body(request), grant)
    if verbs:
        raise ApiError(405, f"{request.method} is not supported here")
    raise not_found(f"No endpoint at {request.path}")


def _body(request: Request) -> Any:
    if not request.body:
        return None
    if "form-urlencoded" in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.body.decode()))
    if "json" not in request.headers.get("content-type", ""):
        raise ApiError(415, "Unsupported Media Type: send application/json")
    try:
        return json.loads(request.body)
    except ValueError:
        raise validation("Invalid input JSON") from None
