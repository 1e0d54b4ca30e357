from __future__ import annotations

import contextlib
import gzip
import logging
import traceback
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr

from crmbridge.errors import CrmBridgeError, FixConfig, FixCredential, FixRequest, GrantScope, RetryLater
from crmbridge.http import HttpClient, Reply, Throttle
from crmbridge.http.body import BrokenBody, LargeBody, read_body
from crmbridge.http.client import DEADLINE, MAX_BODY

BASE = "https://api.crm.example"
CANARY = "pat-eu1-canary-4f1d"
Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


class Server:
    """Gives the answers in order; the last one again and again."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(clock: Clock) -> Iterator[Callable[..., HttpClient]]:
    opened: list[HttpClient] = []

    def open_client(server: Server, **options: Any) -> HttpClient:
        client = HttpClient(
            options.pop("base_url", BASE),
            SecretStr(CANARY),
            transport=httpx.MockTransport(server),
            clock=clock,
            sleep=clock.sleep,
            **options,
        )
        opened.append(client)
        return client

    yield open_client
    for client in opened:
        client.close()


def ok(data: Any = None, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=data or {"ok": True}, headers=headers)


def failed(status: int, body: Any = None, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body or {}, headers=names)


def streamed(chunks: Iterator[bytes], **headers: str) -> httpx.Response:
    return httpx.Response(200, content=chunks, headers={k.replace("_", "-"): v for k, v in headers.items()})


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_a_reply_has_status_data_and_headers(connect: Callable[..., HttpClient]) -> None:
    server = Server(ok({"results": [{"id": "1"}]}, **{"X-Thing": "7"}))
    reply = connect(server).get("/crm/objects/contacts", {"limit": 100, "archived": False, "properties": ["a", "b"]})
    assert isinstance(reply, Reply)
    assert (reply.status, reply.data, reply.headers["x-thing"]) == (200, {"results": [{"id": "1"}]}, "7")
    (request,) = server.requests
    assert str(request.url) == f"{BASE}/crm/objects/contacts?limit=100&archived=false&properties=a&properties=b"
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert request.headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("verb", ["post", "patch", "put"])
def test_json_is_sent(connect: Callable[..., HttpClient], verb: str) -> None:
    server = Server(ok())
    getattr(connect(server), verb)("/x", {"name": "Käufer"})
    assert server.requests[0].method == verb.upper()
    assert server.requests[0].content == '{"name":"Käufer"}'.encode()


def test_delete_and_a_bodyless_put_send_no_body(connect: Callable[..., HttpClient]) -> None:
    server = Server(httpx.Response(204))
    client = connect(server, user_agent="crmbridge/9")
    assert client.delete("/x/1").data is None
    client.put("/x/1/y/2")
    assert [request.content for request in server.requests] == [b"", b""]
    assert server.requests[0].headers["user-agent"] == "crmbridge/9"


def test_calls_are_counted_and_told(connect: Callable[..., HttpClient]) -> None:
    told: list[tuple[str, str]] = []
    client = connect(Server(failed(503), ok()), on_call=lambda method, path: told.append((method, path)))
    client.get("/a", {"after": "5"})
    assert client.calls == 2
    assert told == [("GET", "/a"), ("GET", "/a")]


def test_a_base_path_is_kept(connect: Callable[..., HttpClient]) -> None:
    server = Server(ok())
    connect(server, base_url="http://127.0.0.1:8080/portal").get("/crm/x")
    assert str(server.requests[0].url) == "http://127.0.0.1:8080/portal/crm/x"


# --- where the token may go -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "base", ["https://api.hubapi.com", "http://localhost:1", "http://127.9.9.9:1", "http://[::1]:1"]
)
def test_https_and_the_loopback_are_fit(connect: Callable[..., HttpClient], base: str) -> None:
    assert repr(connect(Server(ok()), base_url=base)) == f"HttpClient('{base}')"


@pytest.mark.parametrize(
    "base",
    [
        "http://api.hubapi.com",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://192.168.0.1",
        "https://user:word@api.hubapi.com",
        "https://api.hubapi.com?x=1",
        "ftp://127.0.0.1",
        "api.hubapi.com",
        "https://",
        "",
        "https://api.hubapi.com:port",
    ],
)
def test_any_other_base_is_refused(connect: Callable[..., HttpClient], base: str) -> None:
    with pytest.raises(FixConfig) as caught:
        connect(Server(ok()), base_url=base)
    assert "word" not in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/x",
        "//evil.example/x",
        "x",
        "",
        "/a?b=c",
        "/a#b",
        "/a/../../oauth",
        "/a/%2e%2e/oauth",
        "/a b",
        "/a\n",
        "/a\\b",
        "/@evil.example/..",
    ],
)
def test_a_path_cannot_lead_elsewhere(connect: Callable[..., HttpClient], path: str) -> None:
    server = Server(ok())
    with pytest.raises(FixRequest):
        connect(server).get(path)
    assert server.requests == []


def test_a_redirect_is_not_followed(connect: Callable[..., HttpClient]) -> None:
    # Kills: follow_redirects=True.
    for target in ("https://evil.example/x", "/elsewhere"):
        server = Server(httpx.Response(302, headers={"location": target}), ok())
        with pytest.raises(FixRequest, match="redirects are not followed") as caught:
            connect(server).get("/x")
        assert [request.url.host for request in server.requests] == ["api.crm.example"]
        assert "evil" not in str(caught.value)


def test_a_malformed_token_is_refused_before_any_call() -> None:
    server = Server(ok())
    with pytest.raises(FixCredential) as caught:
        HttpClient(BASE, SecretStr(f"{CANARY}\n"), transport=httpx.MockTransport(server))
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert server.requests == []


def test_a_bad_proxy_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://user:word@proxy.example")
    with pytest.raises(FixConfig, match="HTTPS_PROXY") as caught:
        HttpClient(BASE, SecretStr(CANARY))
    assert "word" not in "".join(traceback.format_exception(caught.value))


# --- trying again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("x"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
        httpx.Response(502, html="<h1>Bad gateway</h1>"),
        httpx.Response(200, html="<h1>Blocked</h1>"),
        httpx.Response(200, content=b'{"results": [{"id'),
        httpx.Response(408),
        httpx.Response(524),
    ],
)
def test_a_passing_fault_is_outlived(connect: Callable[..., HttpClient], clock: Clock, fault: Answer) -> None:
    assert connect(Server(fault, fault, ok())).get("/x").data == {"ok": True}
    first, second = clock.sleeps
    assert 2 <= first <= 4 <= second <= 6


def test_a_lasting_fault_is_given_up(connect: Callable[..., HttpClient], clock: Clock) -> None:
    # Kills: no limit of tries; a budget of waits too short for a fault of half a minute.
    server = Server(failed(503))
    with pytest.raises(RetryLater, match=r"api\.crm\.example: given up after 5 tries \(HTTP 503\)"):
        connect(server).get("/x")
    assert len(server.requests) == 5
    assert 30 <= sum(clock.sleeps) <= 38


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 414])
def test_a_refusal_is_not_repeated(connect: Callable[..., HttpClient], status: int) -> None:
    server = Server(failed(status))
    with pytest.raises(CrmBridgeError):
        connect(server).get("/x")
    assert len(server.requests) == 1


def test_scopes_come_through(connect: Callable[..., HttpClient]) -> None:
    detail = {"context": {"requiredGranularScopes": ["crm.lists.read"]}}
    with pytest.raises(GrantScope) as caught:
        connect(Server(failed(403, {"category": "MISSING_SCOPES", "errors": [detail]}))).get("/x")
    assert caught.value.scopes == ("crm.lists.read",)


def test_an_asked_wait_is_kept_and_is_no_fault(connect: Callable[..., HttpClient], clock: Clock) -> None:
    # Kills: counting 429 as a fault, which gives up in a storm; waiting less than asked.
    storm = [failed(429, {"policyName": "TEN_SECONDLY_ROLLING"})] * 9
    assert connect(Server(*storm, ok())).get("/x").status == 200
    assert len(clock.sleeps) == 9
    assert all(10 <= wait <= 40 for wait in clock.sleeps)


def test_the_budget_bounds_asked_waits(connect: Callable[..., HttpClient], clock: Clock) -> None:
    with pytest.raises(RetryLater, match="given up after") as caught:
        connect(Server(failed(429, retry_after="100")), budget=350).get("/x")
    assert caught.value.after == 100
    assert clock.now <= 350
    assert 2 <= len(clock.sleeps) <= 3


def test_the_daily_limit_does_not_spin(connect: Callable[..., HttpClient], clock: Clock) -> None:
    server = Server(failed(429, {"policyName": "DAILY"}))
    with pytest.raises(RetryLater, match="daily quota"):
        connect(server).get("/x")
    assert len(server.requests) == 1
    assert clock.sleeps == []


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
        httpx.WriteError("x"),
        httpx.Response(504),
        httpx.Response(500),
        httpx.Response(201, html="<h1>?</h1>"),
    ],
)
def test_a_create_that_may_have_happened_is_not_sent_again(connect: Callable[..., HttpClient], fault: Answer) -> None:
    # Kills: retry_unsent_only ignored, which creates the record twice.
    server = Server(fault, ok())
    with pytest.raises(RetryLater, match="may have taken effect"):
        connect(server).post("/x", {}, retry_unsent_only=True)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x"), failed(429), failed(423), failed(521)],
)
def test_a_create_that_never_arrived_is_sent_again(connect: Callable[..., HttpClient], fault: Answer) -> None:
    server = Server(fault, ok())
    assert connect(server).post("/x", {}, retry_unsent_only=True).status == 200
    assert len(server.requests) == 2


def test_other_writes_and_searches_are_sent_again(connect: Callable[..., HttpClient]) -> None:
    server = Server(httpx.ReadTimeout("x"), ok())
    assert connect(server).post("/x/search", {}, search=True).status == 200


def test_an_untrusted_certificate_is_a_matter_of_config(connect: Callable[..., HttpClient]) -> None:
    server = Server(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"))
    with pytest.raises(FixConfig, match="SSL_CERT_FILE"):
        connect(server).get("/x")
    assert len(server.requests) == 1


# --- pace -------------------------------------------------------------------------------------------------------------


def test_every_try_passes_the_throttle(connect: Callable[..., HttpClient], clock: Clock) -> None:
    # Kills: acquiring once per request, not per try.
    throttle = Throttle(1, 50.0, clock=clock, sleep=clock.sleep)
    starts: list[float] = []
    client = connect(Server(failed(503), ok()), throttle=throttle, on_call=lambda *_: starts.append(clock.now))
    client.get("/x")
    assert starts == [0.0, 50.0]


def test_the_throttle_learns_from_answers(connect: Callable[..., HttpClient], clock: Clock) -> None:
    throttle = Throttle(100, clock=clock, sleep=clock.sleep)
    told = {"Max": "100", "Remaining": "0", "Interval-Milliseconds": "10000"}
    client = connect(Server(ok(**{f"X-HubSpot-RateLimit-{k}": v for k, v in told.items()})), throttle=throttle)
    client.get("/x")
    client.get("/x")
    assert clock.sleeps == [10.0]


def test_a_refused_search_slows_searches(connect: Callable[..., HttpClient], clock: Clock) -> None:
    throttle = Throttle(100, search_limit=50, search_window=90.0, clock=clock, sleep=clock.sleep)
    client = connect(Server(failed(429, {"policyName": "SECONDLY"}), ok()), throttle=throttle)
    client.post("/x/search", {}, search=True)
    assert clock.now == 90.0
    client.get("/x")
    assert clock.now == 90.0


# --- bodies -----------------------------------------------------------------------------------------------------------


def test_gzip_is_read(connect: Callable[..., HttpClient]) -> None:
    packed = gzip.compress(b'{"a": 1}')
    server = Server(streamed(iter([packed[:9], packed[9:]]), content_encoding="gzip"))
    assert connect(server).get("/x").data == {"a": 1}


def test_a_gzip_bomb_is_refused(connect: Callable[..., HttpClient]) -> None:
    bomb = gzip.compress(bytes(MAX_BODY + 1), 9)
    assert len(bomb) < 100_000
    server = Server(streamed(iter([bomb]), content_encoding="gzip"), ok())
    with pytest.raises(FixRequest, match="exceeds 64 MiB"):
        connect(server).get("/x")


def test_a_bomb_is_never_unpacked_beyond_the_cap() -> None:
    # Kills: decompressing a chunk whole and measuring afterwards.
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(LargeBody):
            read_body([bomb], "gzip", cap=1000, late=lambda: False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize(
    ("chunks", "encoding"),
    [
        ([gzip.compress(b"[1, 2, 3]")[:-9]], "gzip"),
        ([b"no gzip"], "gzip"),
        ([b"x"], "br"),
    ],
)
def test_a_cut_or_garbled_body_is_broken(chunks: list[bytes], encoding: str) -> None:
    # Kills: taking what was unpacked of a cut answer for all of it.
    with pytest.raises(BrokenBody):
        read_body(chunks, encoding, cap=1000, late=lambda: False)


def test_a_body_of_the_cap_is_read_and_an_empty_one_too() -> None:
    assert read_body([b"ab", b"cd"], "", cap=4, late=lambda: False) == b"abcd"
    assert read_body([], "gzip", cap=4, late=lambda: False) == b""
    with pytest.raises(LargeBody):
        read_body([b"ab", b"cde"], "identity", cap=4, late=lambda: False)


class Tape(httpx.SyncByteStream):
    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("chunk", [b'{"a": 1}', bytes(MAX_BODY + 1)])
def test_a_connection_is_given_back(connect: Callable[..., HttpClient], chunk: bytes) -> None:
    # Kills: leaving an answer open, until the pool has no free connection.
    tape = Tape(chunk)
    with contextlib.suppress(FixRequest):
        connect(Server(httpx.Response(200, stream=tape))).get("/x")
    assert tape.closed


def test_a_body_that_trickles_meets_the_deadline(connect: Callable[..., HttpClient], clock: Clock) -> None:
    # Kills: per-read timeouts only.
    def trickle(request: httpx.Request) -> httpx.Response:
        def chunks() -> Iterator[bytes]:
            while True:
                clock.now += 1
                yield b" "

        return streamed(chunks())

    with pytest.raises(RetryLater, match="longer than the deadline"):
        connect(Server(trickle), attempts=1).get("/x")
    assert clock.now == DEADLINE + 1


# --- secrets ----------------------------------------------------------------------------------------------------------


def echo(request: httpx.Request) -> httpx.Response:
    """Answer with the token wherever an answer has room for it."""
    body = dict.fromkeys(("message", "category", "correlationId", "errorType", "policyName"), CANARY)
    detail = {"code": CANARY, "context": {"propertyName": [CANARY], "requiredGranularScopes": [CANARY]}}
    return httpx.Response(400, json={**body, "context": {"id": [CANARY]}, "errors": [detail]})


@pytest.mark.parametrize(
    "answer",
    [
        echo,
        httpx.Response(403, json={"category": "MISSING_SCOPES", "context": {"missingScopes": [CANARY]}}),
        httpx.ConnectError(f"to proxy with {CANARY}"),
        httpx.LocalProtocolError(f"Illegal header value b'Bearer {CANARY}'"),
        httpx.Response(302, headers={"location": f"https://evil.example/?t={CANARY}"}),
        httpx.Response(503, html=CANARY),
    ],
)
def test_the_token_shows_nowhere(
    connect: Callable[..., HttpClient], caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    # Kills: the vendor's text in an error; chaining httpx's exception; logging a request whole.
    caplog.set_level(logging.DEBUG)
    client = connect(Server(answer), attempts=2)
    with pytest.raises(CrmBridgeError) as caught:
        client.get("/x", {"hapikey": CANARY})
    seen: BaseException | None = caught.value
    while seen:
        assert CANARY not in repr(seen) + repr(vars(seen))
        seen = seen.__cause__ or seen.__context__
    assert "HTTP Request" in caplog.text or isinstance(answer, Exception)
    assert CANARY not in caplog.text + repr(client) + repr(vars(client))
    assert CANARY not in repr([vars(record) for record in caplog.records])


def test_an_address_in_a_path_is_not_logged(
    connect: Callable[..., HttpClient], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connect(Server(failed(503), ok())).get("/crm/contacts/erika%40example.org")
    assert "/crm/contacts/***: HTTP 503; again in" in caplog.text
    assert "erika" not in caplog.text


def test_a_reply_does_not_show_its_data(connect: Callable[..., HttpClient]) -> None:
    assert "Mustermann" not in repr(connect(Server(ok({"lastname": "Mustermann"}))).get("/x"))


def test_closing_leaves_no_filter_behind() -> None:
    names = ("crmbridge.http", "httpx", "httpcore.http11")
    before = [list(logging.getLogger(name).filters) for name in names]
    with HttpClient(BASE, SecretStr(CANARY), transport=httpx.MockTransport(Server(ok()))):
        assert all(len(logging.getLogger(n).filters) == len(f) + 1 for n, f in zip(names, before, strict=True))
    assert [logging.getLogger(name).filters for name in names] == before


# --- a real connection ------------------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = gzip.compress(b'{"a": 1}')
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body) + (9 if self.path == "/cut" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def served() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_plain_http_on_the_loopback_never_passes_a_proxy(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: trust_env=True for http, which hands the token to the proxy in clear text.
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with HttpClient(served, SecretStr(CANARY), attempts=1) as client:
        assert client.get("/x").data == {"a": 1}


def test_an_answer_shorter_than_announced_is_a_fault(served: str, clock: Clock) -> None:
    with (
        HttpClient(served, SecretStr(CANARY), attempts=2, sleep=clock.sleep) as client,
        pytest.raises(RetryLater, match="RemoteProtocolError"),
    ):
        client.get("/cut")


def test_respx_can_stand_in_for_the_platform() -> None:
    with respx.mock(base_url=BASE) as router, HttpClient(BASE, SecretStr(CANARY)) as client:
        router.get("/x", params={"a": "1"}).respond(200, json={"a": 1})
        assert client.get("/x", {"a": 1}).data == {"a": 1}


def test_a_call_that_is_tried_once_gives_up_at_the_first_fault(
    connect: Callable[..., HttpClient], clock: Clock
) -> None:
    server = Server(failed(500))
    with pytest.raises(RetryLater):
        connect(server).get("/x", once=True)
    assert (len(server.requests), clock.sleeps) == (1, [])
    assert server.requests[0].extensions["timeout"]["read"] == 5.0
