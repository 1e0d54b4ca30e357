"""Decide what an HTTP answer means: done, try again, or over. Pure: no I/O and no clock.

The rules are a table from status to decision. What they know of a platform are documented facts:
- HubSpot's error table and envelope (423, 477, 521, 523, 524; every field optional):
  https://developers.hubspot.com/docs/api-reference/error-handling
- HubSpot's 429 bodies, limits and the daily reset at midnight in the account's time zone:
  https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines

A platform's free text may quote personal data, so no error repeats it: only names, codes and ids of a known shape pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from pydantic_core import from_json

from crmbridge.errors import CrmBridgeError, FixCredential, FixRequest, GrantScope, RecordMissing, RetryLater

LONGEST_WAIT = 300.0
"""Seconds that a call waits on request. A platform that asks for more ends the run with `RetryLater`."""
LONGEST_PARK = 86_400.0
"""Seconds: ceiling of any Retry-After. HubSpot documents up to 24 hours, for 477."""
LOCK_WAIT = 2.0
"""Seconds that a HubSpot lock (423) lasts."""
WINDOWS = (("TEN_SECONDLY", 10.0), ("SECONDLY", 1.0))
"""HubSpot's short-term limits: part of ``policyName`` (or of the message), seconds until the window has passed."""

_NO_JSON = object()
_CATEGORY = re.compile(r"[A-Z][A-Z0-9_]{1,79}")
_CORRELATION = re.compile(r"[0-9a-fA-F-]{8,64}")
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
_EXISTING = re.compile(r"Existing ID: ([0-9]{1,20})")
_SUBCATEGORY = re.compile(r'"subCategory" *: *"([A-Za-z_.]{1,200})"')
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")
_NAMED = ("propertyName", "id", "ids", "objectWriteTraceId", "requiredGranularScopes", "missingScopes")
_REMEDIES = {
    400: "mend what is sent; the error's context names codes and properties",
    403: "ask an administrator of the account to permit this call",
    405: "this path does not take this method",
    409: "it exists already: read it and update it instead",
    413: "send fewer records or properties per call",
    414: "send fewer ids or properties per call",
}


@dataclass(frozen=True, slots=True)
class Ok:
    """The platform did it. `data` is the decoded JSON, or None for an empty body. A 207 is Ok: judge each row."""

    data: Any


@dataclass(frozen=True, slots=True)
class Retry:
    """Send the same request again.

    Attributes:
        after: Seconds to wait at least, or None to back off.
        reason: Status, category and correlation id, or the kind of network fault; safe to log.
        unsent: True if the request certainly had no effect, so that even a create may be repeated.
    """

    after: float | None
    reason: str
    unsent: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Do not send it again: raise `error`.

    Attributes:
        error: Carries the answer's correlation id.
        expired: True if the token has ended: one that can be renewed is renewed, once, and the request sent again.
        daily: True if the day's quota is used up and the answer does not say until when.
    """

    error: CrmBridgeError
    expired: bool = False
    daily: bool = False


Verdict: TypeAlias = Ok | Retry | Stop


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    data: Any

    @property
    def body(self) -> dict[str, Any]:
        return self.data if isinstance(self.data, dict) else {}

    @property
    def category(self) -> str:
        # OAuth answers (RFC 6749, section 5.2) have their name in ``status``; elsewhere that reads "error".
        names = (self.body.get("category"), self.body.get("errorType"), self.body.get("status"))
        return next(filter(None, (_shaped(_CATEGORY, name) for name in names)), "")

    @property
    def correlation(self) -> str:
        named = (self.body.get("correlationId"), self.headers.get("x-hubspot-correlation-id"))
        return next(filter(None, (_shaped(_CORRELATION, name) for name in named)), "")

    @property
    def facts(self) -> str:
        correlation = self.correlation
        parts = (f"HTTP {self.status}", self.category, correlation and f"correlation id {correlation}")
        return ", ".join(part for part in parts if part)


def verdict(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Judge one answer.

    Args:
        status: HTTP status.
        headers: Header names in lower case; ``retry-after``, ``date`` and ``x-hubspot-correlation-id`` are read.
        body: The decompressed body, not cut short.
    """
    answer = _Answer(status, headers, _decoded(body))
    judge = _BY_STATUS.get(status) or _BY_FAMILY.get(status // 100, _refused)
    judged = judge(answer)
    if isinstance(judged, Stop):
        judged.error.correlation_id = answer.correlation
    return judged


def _accepted(answer: _Answer) -> Verdict:
    return Retry(None, f"{answer.facts} without valid JSON") if answer.data is _NO_JSON else Ok(answer.data)


def _redirected(answer: _Answer) -> Verdict:
    message = f"{answer.facts}: redirects are not followed; set base_url to the platform's API address"
    return Stop(FixRequest(message, status=answer.status))


def _busy(answer: _Answer) -> Verdict:
    return _again(answer, _retry_after(answer.headers))


def _unreached(answer: _Answer) -> Verdict:
    return _again(answer, _retry_after(answer.headers), unsent=True)


def _locked(answer: _Answer) -> Verdict:
    return _again(answer, max(LOCK_WAIT, _retry_after(answer.headers) or 0.0), unsent=True)


def _limited(answer: _Answer) -> Verdict:
    asked = _retry_after(answer.headers)
    limit = str(answer.body.get("policyName") or answer.body.get("message") or "").upper()
    if "DAILY" in limit:
        remedy = "the daily quota is used up; run again after midnight in the account's time zone, nothing is lost"
        return Stop(RetryLater(f"{answer.facts}: {remedy}", asked), daily=asked is None)
    window = next((seconds for name, seconds in WINDOWS if name in limit), WINDOWS[0][1])
    return _again(answer, asked or window, unsent=True)


def _moving(answer: _Answer) -> Verdict:
    after = _retry_after(answer.headers)
    when = f"in {after:.0f} s" if after else "in some hours"
    remedy = f"the account is being moved to another data centre; run again {when}, nothing is lost"
    return Stop(RetryLater(f"{answer.facts}: {remedy}", after))


def _credential(answer: _Answer) -> Verdict:
    error = FixCredential(f"{answer.facts}: the token is refused; replace it by a valid one")
    return Stop(error, expired=answer.category == "EXPIRED_AUTHENTICATION")


def _forbidden(answer: _Answer) -> Verdict:
    if answer.category != "MISSING_SCOPES":
        return _refused(answer)
    context = _context(answer.body)
    scopes = (*context.get("requiredGranularScopes", ()), *context.get("missingScopes", ()))
    scopes = tuple(dict.fromkeys(scopes))
    named = ", ".join(scopes) or "the one that this object needs"
    return Stop(GrantScope(f"{answer.facts}: grant the token one of these scopes: {named}", scopes))


def _missing(answer: _Answer) -> Verdict:
    message = f"{answer.facts}: the record or path does not exist there; read anew what exists"
    return Stop(RecordMissing(message, status=404, category=answer.category, context=_context(answer.body)))


def _refused(answer: _Answer) -> Verdict:
    message = f"{answer.facts}: {_REMEDIES.get(answer.status, 'mend what is sent')}"
    context = _context(answer.body)
    return Stop(FixRequest(message, status=answer.status, category=answer.category, context=context))


_BY_STATUS: dict[int, Callable[[_Answer], Verdict]] = {
    401: _credential,
    403: _forbidden,
    404: _missing,
    408: _busy,
    423: _locked,
    429: _limited,
    477: _moving,
    521: _unreached,
    523: _unreached,
}
_BY_FAMILY: dict[int, Callable[[_Answer], Verdict]] = {2: _accepted, 3: _redirected, 5: _busy}


def _again(answer: _Answer, after: float | None, *, unsent: bool = False) -> Verdict:
    if after is not None and after > LONGEST_WAIT:
        return Stop(RetryLater(f"{answer.facts}: run again in {after:.0f} s, nothing is lost", after))
    return Retry(after, answer.facts, unsent)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds asked for, capped; None if absent, past or malformed. A date counts from the answer's own Date."""
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        seconds = float(value)
    else:
        try:
            then, now = parsedate_to_datetime(value), parsedate_to_datetime(headers.get("date", ""))
            seconds = (then - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(seconds, LONGEST_PARK) if seconds > 0 else None


def _decoded(body: bytes | str) -> Any:
    if not body.strip():
        return None
    with suppress(ValueError):  # the quick way; it refuses what has to be mended
        return from_json(body)
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return _NO_JSON
    text = body if isinstance(body, str) else body.decode("latin-1")
    return _mended(data) if _ESCAPED_SURROGATE.search(text) else data


def _mended(data: Any) -> Any:
    """Put U+FFFD for halves of surrogate pairs: JSON can write them, but no store and no wire takes them."""
    if isinstance(data, str):
        return _LONE_SURROGATE.sub("\ufffd", data)
    if isinstance(data, list):
        return [_mended(item) for item in data]
    if isinstance(data, dict):
        return {_mended(key): _mended(value) for key, value in data.items()}
    return data


def _context(body: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Collect codes, property names, ids and scopes, each name once and each value of a harmless shape."""
    found: dict[str, dict[str, None]] = {}
    for name, value in _details(body):
        for item in value if isinstance(value, list) else [value]:
            if code := _shaped(_CODE, item):
                found.setdefault(name, {})[code] = None
    return {name: tuple(values) for name, values in found.items()}


def _details(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    errors = _objects(body.get("errors"))
    for part in (body, *errors):
        context = part.get("context")
        if isinstance(context, dict):
            yield from ((name, context[name]) for name in _NAMED if name in context)
    yield "subCategory", body.get("subCategory")
    yield from (("code", error.get("code")) for error in errors)
    message = str(body.get("message") or "")
    if inner := _SUBCATEGORY.search(message):  # an error as JSON inside the message
        yield "subCategory", inner[1]
    if existing := _EXISTING.search(message):
        yield "existingId", existing[1]
    # HubSpot names refused property values in a JSON list inside the message.
    for row in _objects(_decoded("[" + message.partition("[")[2])):
        yield "code", row.get("error")
        yield "propertyName", row.get("name")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _shaped(pattern: re.Pattern[str], value: Any) -> str:
    text = str(value) if isinstance(value, str | int) else ""
    return text if pattern.fullmatch(text) else ""
