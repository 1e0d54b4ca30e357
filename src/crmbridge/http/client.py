"""Send requests to one platform and return what it answered. The only user of httpx and tenacity."""

from __future__ import annotations

import ipaddress
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias, cast
from urllib.parse import unquote

import httpx
import tenacity
from pydantic import SecretStr

from crmbridge.errors import CrmBridgeError, FixConfig, FixCredential, FixRequest, RetryLater
from crmbridge.http.auth import Auth, BearerAuth
from crmbridge.http.body import BrokenBody, LargeBody, read_body
from crmbridge.http.policy import Ok, Retry, Stop, verdict
from crmbridge.http.redact import RedactingFilter, redact
from crmbridge.http.throttle import Throttle

MAX_BODY = 64 * 2**20
"""Most bytes of a decompressed answer."""
DEADLINE = 120.0
"""Seconds from the start of a try to the last byte of its answer, checked as bytes of the body arrive."""

Params: TypeAlias = Mapping[str, str | int | bool | Sequence[str]]
"""Query parameters; a sequence repeats its name."""

QUICK = 5.0
"""Seconds without a byte after which a call that is tried once is given up."""

logger = logging.getLogger("crmbridge.http")
_LOGGERS = ("crmbridge.http", "httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")
_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# Five tries outlive a fault of half a minute: 2 + 4 + 8 + 16 s and a little chance between callers.
_BACKOFF = tenacity.wait_exponential(multiplier=2, max=30) + tenacity.wait_random(0, 2)
_SPREAD = tenacity.wait_random_exponential(max=30)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the platform answered: status, decoded JSON (None if empty), headers with names in lower case."""

    status: int
    data: Any = field(repr=False)  # may be personal
    headers: Mapping[str, str] = field(repr=False)


@dataclass(slots=True)
class _Call:
    request: httpx.Request
    search: bool
    retry_unsent_only: bool
    started: float
    tries: int = 0
    faults: int = 0
    once: bool = False
    token: SecretStr | None = None
    hidden: tuple[SecretStr, ...] = ()

    def goes_on(self, outcome: Reply | Retry | Stop) -> bool:
        return isinstance(outcome, Retry) and (outcome.unsent or not self.retry_unsent_only)


class HttpClient:
    """A client of one platform's JSON API. Threads may share it; close it, or use it in a ``with``.

    It retries what is worth it, keeps the token to `base_url`'s host, follows no redirect, takes proxy and CA
    certificates from the environment (https only), and turns whatever goes wrong out there into `crmbridge.errors`.

    Args:
        base_url: ``https://…``, or ``http://`` on the loopback interface.
        token: Bearer token, or what gives one; None sends none.
        throttle: Shared by all clients of the same account; None for no limit.
        transport: In place of the network.
        timeout: Seconds without a byte, to connect, to write and for a free connection.
        attempts: Faults after which a request is given up. A wait that the platform asks for is no fault.
        budget: Seconds that the tries of one request and the waits between them may take.
        clock: Monotonic seconds.
        sleep: Waits that many seconds.
        user_agent: Value of the User-Agent header.
        on_call: Called with method and path before each try.
        until_reset: Seconds until the daily quota is given anew, or None if unknown. Asked when it is used up.

    Raises:
        FixConfig: `base_url`, or proxy or CA in the environment, is unfit.
        FixCredential: The token is malformed.
    """

    def __init__(  # noqa: PLR0913 -- the edge to the network: each is a seam or a limit of its own
        self,
        base_url: str,
        token: SecretStr | Auth | None,
        *,
        throttle: Throttle | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 30.0,
        attempts: int = 5,
        budget: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        user_agent: str = "crmbridge",
        on_call: Callable[[str, str], None] | None = None,
        until_reset: Callable[[], float | None] | None = None,
    ) -> None:
        self._auth = BearerAuth(token) if isinstance(token, SecretStr) else token
        self._base = _checked(base_url)
        self._throttle = throttle
        self._attempts, self._budget = attempts, budget
        self._clock, self._sleep = clock, sleep
        self._on_call, self._until_reset = on_call, until_reset
        self._calls, self._lock = 0, threading.Lock()
        self._http = _opened(self._base, transport, timeout, user_agent)
        self._filter = RedactingFilter(self._secrets)
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self._filter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"HttpClient({str(self._base)!r})"

    @property
    def calls(self) -> int:
        """Tries sent so far, repeated ones included."""
        return self._calls

    def token(self) -> SecretStr:
        """Return the token that a request would carry now.

        Raises:
            FixCredential: There is none.
            RetryLater: It cannot be renewed at the moment.
        """
        if self._auth is None:
            raise FixCredential("this client sends no token: give it one")
        return self._auth.current()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._filter)

    def get(self, path: str, params: Params | None = None, *, once: bool = False) -> Reply:
        """Read `path`, which starts with a slash and holds no query. Raises any of `crmbridge.errors`.

        With `once` the first fault is the last, and `QUICK` seconds without a byte are one.
        """
        return self._send("GET", path, params=params, once=once)

    def post(
        self,
        path: str,
        json: Any,
        *,
        params: Params | None = None,
        search: bool = False,
        retry_unsent_only: bool = False,
        once: bool = False,
    ) -> Reply:
        """Send JSON.

        Args:
            path: Starts with a slash and holds no query.
            json: Body.
            params: Query.
            search: Whether it spends the search limit.
            retry_unsent_only: For what must not happen twice, such as a create: repeat only tries that certainly
                had no effect. Where one may have had, `RetryLater` is raised: read back before sending it again.
            once: As in `get`.
        """
        return self._send(
            "POST", path, params=params, json=json, search=search, retry_unsent_only=retry_unsent_only, once=once
        )

    def post_form(self, path: str, form: Mapping[str, str | SecretStr], *, once: bool = False) -> Reply:
        """Send a form, as OAuth's endpoints take it, its secrets in the clear. Sent again on a fault."""
        return self._send("POST", path, form=form, once=once)

    def patch(self, path: str, json: Any) -> Reply:
        """Change what `path` names. Sent again on a fault: the same change twice is the change."""
        return self._send("PATCH", path, json=json)

    def put(self, path: str, json: Any = None) -> Reply:
        """Set what `path` names. Sent again on a fault."""
        return self._send("PUT", path, json=json)

    def delete(self, path: str) -> Reply:
        """Delete what `path` names. Sent again on a fault, so `RecordMissing` may mean that a try before did it."""
        return self._send("DELETE", path)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        form: Mapping[str, str | SecretStr] | None = None,
        search: bool = False,
        retry_unsent_only: bool = False,
        once: bool = False,
    ) -> Reply:
        if not _PATH.fullmatch(path) or ".." in unquote(path).split("/"):
            raise FixRequest("a path starts with one slash, stays below base_url and holds no query: quote ids in it")
        data = {name: _shown(value) for name, value in form.items()} if form else None
        request = self._http.build_request(method, path, params=params, json=json, data=data)
        if once:
            request.extensions["timeout"] = httpx.Timeout(QUICK).as_dict()
        call = _Call(request, search, retry_unsent_only, self._clock(), once=once)
        call.hidden = tuple(value for value in (form or {}).values() if isinstance(value, SecretStr))
        outcome = self._tried(call)
        if isinstance(outcome, Stop) and outcome.expired and self._renewed(call):
            outcome = self._tried(call)
        if isinstance(outcome, Reply):
            return outcome
        raise self._refusal(call, outcome) if isinstance(outcome, Stop) else self._given_up(call, outcome)

    def _tried(self, call: _Call) -> Reply | Retry | Stop:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_result(call.goes_on),
            wait=_pause,
            stop=lambda state: self._spent(call, state),
            sleep=self._sleep,
            before_sleep=lambda state: _log(call.request, state),
            retry_error_callback=_outcome,
        )
        return retrying(self._attempt, call)

    def _renewed(self, call: _Call) -> bool:
        return self._auth is not None and call.token is not None and self._auth.renew(call.token)

    def _refusal(self, call: _Call, stop: Stop) -> CrmBridgeError:
        """The error to raise; a daily limit is told with its end, asked for with a call that is tried once."""
        if stop.daily and isinstance(stop.error, RetryLater) and self._until_reset and not call.once:
            stop.error.after = self._until_reset()
        return stop.error

    def _sign(self, call: _Call) -> None:
        """Put the token of this moment on the request: between two tries it may have been renewed."""
        if self._auth:
            call.token = self._auth.current()
            call.request.headers["Authorization"] = f"Bearer {call.token.get_secret_value()}"

    def _secrets(self) -> tuple[SecretStr, ...]:
        return self._auth.secrets() if self._auth else ()

    def _attempt(self, call: _Call) -> Reply | Retry | Stop:
        self._sign(call)
        try:
            with self._throttle.call(search=call.search) if self._throttle else nullcontext():
                self._count(call)
                outcome = self._answer(call)
        except _UNSENT as fault:
            outcome = _unsent(fault)
        except httpx.TransportError as fault:
            outcome = Retry(None, type(fault).__name__)
        except BrokenBody as fault:
            outcome = Retry(None, str(fault))
        if isinstance(outcome, Retry) and outcome.after is None:
            call.faults += 1
        return outcome

    def _answer(self, call: _Call) -> Reply | Retry | Stop:
        until = self._clock() + DEADLINE
        response = self._http.send(call.request, stream=True)
        try:
            body = read_body(
                # The stream itself, not iter_raw(): a transport may hand over an answer that is read already.
                cast("httpx.SyncByteStream", response.stream),
                response.headers.get("content-encoding", "").lower(),
                cap=MAX_BODY,
                late=lambda: self._clock() > until,
            )
        except LargeBody:
            remedy = f"the answer exceeds {MAX_BODY // 2**20} MiB: ask for fewer records or properties per call"
            return Stop(FixRequest(f"HTTP {response.status_code}: {remedy}", status=response.status_code))
        finally:
            response.close()
        return self._judged(call, response, body)

    def _judged(self, call: _Call, response: httpx.Response, body: bytes) -> Reply | Retry | Stop:
        headers = dict(response.headers)
        if self._throttle:
            self._throttle.observe(headers)
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                self._throttle.exhausted(search=call.search)
        if response.is_error:  # an error's text may come back in an exception, and a proxy may echo the request
            body = redact(body.decode(errors="replace"), (*self._secrets(), *call.hidden)).encode()
        judged = verdict(response.status_code, headers, body)
        return Reply(response.status_code, judged.data, headers) if isinstance(judged, Ok) else judged

    def _count(self, call: _Call) -> None:
        call.tries += 1
        with self._lock:
            self._calls += 1
        if self._on_call:
            self._on_call(call.request.method, call.request.url.path)

    def _spent(self, call: _Call, state: tenacity.RetryCallState) -> bool:
        elapsed = self._clock() - call.started + state.upcoming_sleep
        return call.faults >= (1 if call.once else self._attempts) or elapsed > self._budget

    def _given_up(self, call: _Call, retry: Retry) -> RetryLater:
        if call.goes_on(retry):
            remedy = f"given up after {call.tries} tries ({retry.reason}): run again later, nothing is lost"
        else:
            remedy = f"the request may have taken effect ({retry.reason}): read back before sending it again"
        return RetryLater(f"{self._base.host}: {remedy}", retry.after)


def _checked(base_url: str) -> httpx.URL:
    """Return the URL if the token may travel there."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL()
    plain = url.scheme == "http" and _loopback(url.host)
    if not url.host or not (url.scheme == "https" or plain) or url.userinfo or url.query or url.fragment:
        raise FixConfig(
            "base_url must read https://host, or http://host on the loopback interface, "
            "without user name, query or fragment"
        )
    return url


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _opened(base: httpx.URL, transport: httpx.BaseTransport | None, timeout: float, user_agent: str) -> httpx.Client:
    try:
        return httpx.Client(
            base_url=base,
            transport=transport,
            timeout=timeout,
            follow_redirects=False,
            trust_env=base.scheme == "https",  # plain http to the loopback interface must not pass through a proxy
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": user_agent},
        )
    except (ValueError, ImportError, OSError, httpx.InvalidURL):
        raise FixConfig("check HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR in the environment") from None


def _shown(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _unsent(fault: httpx.TransportError) -> Retry | Stop:
    if "CERTIFICATE_VERIFY_FAILED" in str(fault):
        return Stop(FixConfig("the server's certificate is not trusted: set SSL_CERT_FILE to your CA, check base_url"))
    return Retry(None, type(fault).__name__, unsent=True)


def _outcome(state: tenacity.RetryCallState) -> Retry:
    return cast("Retry", cast("tenacity.Future", state.outcome).result())


def _pause(state: tenacity.RetryCallState) -> float:
    after = _outcome(state).after
    return _BACKOFF(state) if after is None else after + _SPREAD(state)


def _log(request: httpx.Request, state: tenacity.RetryCallState) -> None:
    reason, wait = _outcome(state).reason, state.upcoming_sleep
    logger.info("%s %s: %s; again in %.1f s", request.method, request.url.path, reason, wait)
