"""What a fault does with a call: each kind wraps the function that would have answered."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qs

from crmbridge.sandbox.envelope import ApiError, Json, Request, Response, group_error, refuse, respond, validation
from crmbridge.sandbox.toxics import Toxic

Answer = Callable[[Request], Response]
Around = Callable[[Request, Answer], Response]
LIMIT_WORDS: Final = {"TEN_SECONDLY_ROLLING": "ten_secondly_rolling", "SECONDLY": "secondly", "DAILY": "daily"}


def instead(response: Response, *, applied: bool = False) -> Around:
    """Answer with this response; ``applied``: carry the request out first."""

    def around(request: Request, answer: Answer) -> Response:
        if applied:
            answer(request)
        return response

    return around


def poisoned(toxic: Toxic) -> Around:
    """Answer as usual over a connection that misbehaves."""
    return lambda request, answer: replace(answer(request), toxic=toxic)


def limited(policy: str, retry_after: int | None = None) -> Response:
    """Make the 429 of a policy; the platform documents no Retry-After."""
    words = f"You have reached your {LIMIT_WORDS[policy]} limit."
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return refuse(ApiError(429, words, "RATE_LIMITS", errorType="RATE_LIMIT", policyName=policy), headers)


def html(status: int = 502) -> Around:
    """Answer with a gateway's page."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status} Bad Gateway</h1></body></html>"
    return instead(Response(status, {"Content-Type": "text/html"}, page.encode()))


def locked() -> Around:
    """Answer 423: the account's records are locked for a moment."""
    return instead(refuse(ApiError(423, "The resource is locked: try again after 2 seconds", "LOCKED")))


def migrating(retry_after: int = 1) -> Around:
    """Answer 477 with Retry-After: the account moves to another data centre."""
    error = ApiError(477, "The account is being migrated", "MIGRATION_IN_PROGRESS")
    return instead(refuse(error, {"Retry-After": str(retry_after)}))


def revoked() -> Around:
    """Answer 401 from now on: the token was revoked in the middle of a run."""
    words = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
    return instead(refuse(ApiError(401, words, "INVALID_AUTHENTICATION")))


def truncated() -> Around:
    """Cut a JSON body in the middle, with a length that fits."""

    def around(request: Request, answer: Answer) -> Response:
        response = answer(request)
        return replace(response, body=response.body[: len(response.body) // 2])

    return around


def duplicate_page() -> Around:
    """Serve the page before again: a request for a later page is answered as if it asked for the first."""
    return lambda request, answer: answer(_without_after(request))


def cursor_loop() -> Around:
    """Let ``after`` of the answer point at the page that was asked for, so that paging never ends."""

    def around(request: Request, answer: Answer) -> Response:
        response = answer(request)
        body = _read(response.body)
        if isinstance(body, dict) and "paging" in body:
            body["paging"]["next"]["after"] = _after(request) or "0"
            return respond(response.status, body, _headers(response))
        return response

    return around


def lost_answer() -> Around:
    """Carry the request out and kill the connection, so that the client cannot know whether it arrived."""
    return instead(Response(0, {}, b"", dropped=True), applied=True)


def partial(dice: random.Random, failing: float = 0.5, count: float | None = None, named: float = 1) -> Around:
    """Let some inputs of a batch fail, which makes a 207; what fails is not carried out.

    Args:
        dice: Chooses the inputs, and the order of the results.
        failing: Their share.
        count: Their number, in place of a share.
        named: 0 for an error that does not say which they are.
    """

    def around(request: Request, answer: Answer) -> Response:
        inputs = _inputs(request)
        most = None if count is None else min(round(count), len(inputs))
        lost = [item for item in inputs if dice.random() < failing] if most is None else dice.sample(inputs, most)
        kept = [item for item in inputs if item not in lost]
        response = answer(_asking(request, kept)) if lost else answer(request)
        body = _read(response.body)
        if not lost or not isinstance(body, dict) or "results" not in body:
            return response
        context = {"ids": [str(item.get("id", "")) for item in lost]} if named else {}
        errors = [*body.get("errors", []), group_error("INTERNAL_ERROR", "internal error", context)]
        results = dice.sample(body["results"], len(body["results"]))
        failed = {**body, "results": results, "numErrors": len(errors), "errors": errors}
        return respond(207, failed, _headers(response))

    return around


def bad_rows(failing: float = 0.02) -> Around:
    """Refuse a batch as a whole for its bad inputs; the same share of all ids is bad, in whatever batch they come."""

    def around(request: Request, answer: Answer) -> Response:
        bad = any(random.Random(f"bad {item.get('id')}").random() < failing for item in _inputs(request))  # noqa: S311 -- no secret
        return refuse(validation("one of the inputs is not valid")) if bad else answer(request)

    return around


NAMED: Final[dict[str, Callable[..., Around]]] = {
    "html": html,
    "locked": locked,
    "migrating": migrating,
    "revoked": revoked,
    "truncated": truncated,
    "duplicate_page": duplicate_page,
    "cursor_loop": cursor_loop,
    "lost_answer": lost_answer,
}


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _inputs(request: Request) -> list[Json]:
    asked = _read(request.body)
    inputs = asked.get("inputs") if isinstance(asked, dict) else None
    return [item for item in inputs if isinstance(item, dict)] if isinstance(inputs, list) else []


def _asking(request: Request, inputs: list[Json]) -> Request:
    return replace(request, body=json.dumps({**_read(request.body), "inputs": inputs}).encode())


def _after(request: Request) -> str:
    body: Json | None = _read(request.body)
    given = body.get("after") if isinstance(body, dict) else parse_qs(request.query).get("after", [""])[-1]
    return str(given or "")


def _without_after(request: Request) -> Request:
    body = _read(request.body)
    if isinstance(body, dict) and "after" in body:
        return replace(request, body=json.dumps({**body, "after": "0"}).encode())
    query = "&".join(part for part in request.query.split("&") if not part.startswith("after="))
    return replace(request, query=query)


def _headers(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name != "Content-Type"}
