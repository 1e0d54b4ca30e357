from __future__ import annotations

import asyncio
import logging

import pytest

from crmbridge.errors import FixRequest, NotSupported, RetryLater
from crmbridge.store import Store
from crmbridge.store.due import Due
from crmbridge.webhooks import Endpoint, Inbox, WebhookApp
from crmbridge.webhooks.app import LONGEST_BODY

from .conftest import NOW, PATH, Call, FakeReceiver, hint


def waiting(store: Store, connection: str = "main") -> dict[tuple[str, str], int]:
    return Due(store, connection).waiting()


def test_hints_are_stored_before_the_answer(call: Call, store: Store, receiver: FakeReceiver) -> None:
    receiver.answer = [hint()]
    assert call().status == 204
    assert list(Due(store, "main").take("record", "contact", 10)) == ["7"]


def test_the_receiver_sees_the_call_as_it_arrived(call: Call, receiver: FakeReceiver) -> None:
    headers = [(b"X-Password", b"open"), (b"X-Odd", b"\xe9")]
    raw = PATH + "%2A"
    app = WebhookApp({raw: [Endpoint(receiver, FakeInbox())]}, clock=lambda: NOW)
    call(
        b"[", b"\xff", b"]", app=app, headers=headers, path=PATH + "*", raw_path=raw.encode(), query_string=b"b=%2F&a=1"
    )
    (seen,) = receiver.seen
    assert (seen.method, seen.target, seen.body) == ("POST", f"{raw}?b=%2F&a=1", b"[\xff]")
    assert seen.headers == {"x-password": "open", "x-odd": "é"}


class FakeInbox(Inbox):
    """Keeps nothing, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.connection = "main"
        self.error = error

    def accept(self, *_: object) -> int:
        if self.error:
            raise self.error
        return 0


def test_a_stranger_is_refused_and_nothing_of_his_is_read(
    call: Call, store: Store, receiver: FakeReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answer = [hint()]
    answer = call(b"secret words", headers=[(b"x-password", b"wrong")])
    assert answer.status == 401
    assert waiting(store) == {}
    assert "secret words" not in caplog.text
    assert "wrong" not in caplog.text


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE", "OPTIONS"])
def test_only_post_is_answered(call: Call, receiver: FakeReceiver, method: str) -> None:
    answer = call(method=method)
    assert (answer.status, answer.headers[b"allow"]) == (405, b"POST")
    assert receiver.seen == []


@pytest.mark.parametrize("path", ["/", PATH + "/", "/hubspot/other", PATH.upper(), "/hubspot/%6dain"])
def test_another_path_leads_nowhere(call: Call, path: str) -> None:
    assert call(path=path, raw_path=path.encode()).status == 404


def test_a_server_without_raw_paths_will_do(call: Call) -> None:
    assert call(raw_path=None).status == 204


def test_a_body_of_just_one_mebibyte_is_read(call: Call) -> None:
    assert call(b" " * LONGEST_BODY).status == 204


@pytest.mark.parametrize("told", [b"1048577", b"9" * 5000])
def test_a_body_that_says_it_is_too_long_is_not_read(call: Call, receiver: FakeReceiver, told: bytes) -> None:
    answer = call(headers=[(b"content-length", told), (b"x-password", b"open")])
    assert answer.status == 413
    assert receiver.seen == []


def test_a_body_that_turns_out_too_long_is_not_read_on(call: Call, receiver: FakeReceiver) -> None:
    # Kills: trusting Content-Length, which a chunked body does not have.
    assert call(b" " * LONGEST_BODY, b" ", then={"type": "http.disconnect"}).status == 413
    assert receiver.seen == []


def test_a_caller_that_goes_away_in_the_middle_leaves_nothing(call: Call, receiver: FakeReceiver) -> None:
    assert call(b"[", then={"type": "http.disconnect"}).status == 400
    assert receiver.seen == []


def test_a_caller_that_says_no_more_is_let_go(store: Store, receiver: FakeReceiver) -> None:
    app = WebhookApp({PATH: [Endpoint(receiver, Inbox(store, "main"))]}, clock=lambda: NOW, patience=0.01)
    sent = []

    async def silent() -> dict[str, object]:
        return await asyncio.Event().wait()  # type: ignore[return-value]  # never returns

    async def send(message: dict[str, object]) -> None:
        sent.append(message.get("status"))

    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": []}
    asyncio.run(app(scope, silent, send))
    assert sent[0] == 408


def test_what_no_platform_sends_is_refused(call: Call, receiver: FakeReceiver) -> None:
    receiver.answer = FixRequest("this is no list")
    assert call().status == 400


def test_the_platform_is_asked_to_call_again_when_the_store_cannot_be_written(
    call: Call, receiver: FakeReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    # Kills: answering 2xx before the commit.
    app = WebhookApp({PATH: [Endpoint(receiver, FakeInbox(RetryLater("free disk space")))]}, clock=lambda: NOW)
    assert call(app=app).status == 503
    assert "free disk space" in caplog.text


def test_accounts_that_share_an_app_share_its_address(call: Call, store: Store, receiver: FakeReceiver) -> None:
    receiver.answer = [hint("1", key="a"), hint("2", key="b", account="100")]
    endpoints = [Endpoint(receiver, Inbox(store, name)) for name in ("main", "other")]
    assert call(app=WebhookApp({PATH: endpoints}, clock=lambda: NOW)).status == 204
    assert list(Due(store, "main").take("record", "contact", 10)) == ["1"]
    assert list(Due(store, "other").take("record", "contact", 10)) == ["2"]


def test_one_secret_does_not_open_the_connection_of_another(call: Call, store: Store, receiver: FakeReceiver) -> None:
    # Kills: storing for every endpoint of a path once one of them trusts the caller.
    stranger = FakeReceiver(password="other", answer=[hint("2", account="100")])
    endpoints = [Endpoint(receiver, Inbox(store, "main")), Endpoint(stranger, Inbox(store, "other"))]
    assert call(app=WebhookApp({PATH: endpoints}, clock=lambda: NOW)).status == 204
    assert waiting(store, "other") == {}


def test_counts_are_logged_but_no_ids(call: Call, receiver: FakeReceiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    receiver.answer = [hint("4711")]
    call()
    assert "1 of 1 hints are new" in caplog.text
    assert "4711" not in caplog.text


def test_only_http_is_spoken(call: Call) -> None:
    with pytest.raises(NotSupported, match="websocket"):
        call(type="websocket")
