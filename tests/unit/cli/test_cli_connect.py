from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from crmbridge.cli.redirect import Listener, code_in
from crmbridge.errors import FixConfig, FixCredential, RetryLater
from crmbridge.sandbox import empty_portal, serve
from crmbridge.sandbox.server import Sandbox

from .conftest import Run

SECRET = "sandbox-client-secret"


def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server() -> Iterator[Sandbox]:
    with serve(empty_portal()) as served:
        yield served


@pytest.fixture
def project(folder: Path, server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration that signs in to the served portal by OAuth."""
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "hubspot")
    monkeypatch.setenv("APP_SECRET", SECRET)
    server.portal.grants.redirect_uri = f"http://localhost:{port()}/oauth"
    (folder / "crmbridge.toml").write_text(
        f'[connections.main]\nconnector = "hubspot"\nclient_id = "sandbox-client"\nclient_secret = "env:APP_SECRET"\n'
        f'redirect_uri = "{server.portal.grants.redirect_uri}"\nbase_url = "{server.base_url}"\n'
        '[privacy]\nprocessing = "record-required"\n'
    )
    return folder


def test_a_code_on_standard_input_signs_in(project: Path, server: Sandbox, run: Run) -> None:
    code = server.portal.grants.authorize(["crm.objects.contacts.read"])
    result = run("connect", "--code", "-", "--json", answers=[code])
    assert result.exit_code == 0, result.output
    account = str(server.portal.portal_id)
    assert json.loads(result.stdout) == {
        "connection": "main",
        "account": account,
        "scopes": ["crm.objects.contacts.read"],
    }
    assert f"{server.base_url}/oauth/authorize?client_id=sandbox-client" in result.stderr
    file = project / ".crmbridge" / "tokens" / "main.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = json.loads(file.read_text())
    for secret in (SECRET, code, held["access"], held["refresh"]):
        assert secret not in result.output


def test_doctor_names_what_the_sign_in_did_not_grant(project: Path, server: Sandbox, run: Run) -> None:
    before = run("doctor")
    assert "crmbridge connect" in before.stdout
    run("connect", "--code", server.portal.grants.authorize(["crm.objects.contacts.read"]))
    after = run("doctor")
    assert "scope crm.objects.deals.read" in after.stdout
    assert "scope crm.objects.contacts.read" not in after.stdout


def test_a_code_that_is_refused_says_what_to_do(project: Path, run: Run) -> None:
    result = run("connect", "--code", "used-up-code")
    assert result.exit_code == 1
    assert "BAD_AUTH_CODE" in result.stderr
    assert "crmbridge connect" in result.stderr
    assert "used-up-code" not in result.output
    assert not (project / ".crmbridge" / "tokens" / "main.json").exists()


def test_a_connection_with_a_token_has_no_sign_in(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-x")
    text = (project / "crmbridge.toml").read_text()
    (project / "crmbridge.toml").write_text(
        re.sub(r"client_id.*\nclient_secret.*", 'token = "env:HUBSPOT_TOKEN"', text)
    )
    result = run("connect", "--code", "x")
    assert result.exit_code == 2
    assert "signs in by token" in result.stderr


# --- the way back of the browser --------------------------------------------------------------------------------------

STATE = "the-state"


class Browser:
    """Sends requests to a listener that waits in a thread."""

    def __init__(self, listener: Listener, at: int) -> None:
        self.outcome: Any = None
        self.port = at
        self._thread = Thread(target=self._wait, args=(listener,))
        self._thread.start()

    def _wait(self, listener: Listener) -> None:
        try:
            self.outcome = listener.wait(30.0)
        except FixCredential as error:
            self.outcome = error

    def go(self, path: str, **query: str) -> tuple[int, bytes]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", f"{path}?{urlencode(query)}")
            response = connection.getresponse()
            return response.status, response.read()

    def end(self) -> Any:
        self._thread.join(30)
        return self.outcome


@pytest.fixture
def browser() -> Iterator[Browser]:
    at = port()
    with Listener(f"http://localhost:{at}/oauth", STATE) as listener:
        yield Browser(listener, at)


def test_the_code_comes_back_with_the_browser(browser: Browser) -> None:
    status, text = browser.go("/oauth", code="c-1", state=STATE)
    assert (status, browser.end()) == (200, "c-1")
    assert b"c-1" not in text


def test_what_answers_another_request_is_turned_away(browser: Browser) -> None:
    # Kills: taking any code, which would sign the user in to the account of whoever made the link.
    strangers = [("/oauth", {"code": "evil", "state": "other"}), ("/oauth", {"code": "evil"})]
    strangers += [("/favicon.ico", {}), ("/other", {"code": "evil", "state": STATE}), ("/oauth", {"error": "denied"})]
    assert [browser.go(path, **query)[0] for path, query in strangers] == [404] * 5
    browser.go("/oauth", code="c-1", state=STATE)
    assert browser.end() == "c-1"


def test_a_denied_request_ends_the_wait(browser: Browser) -> None:
    assert browser.go("/oauth", error="access_denied", error_description="<script>", state=STATE)[0] == 200
    assert "not granted" in str(browser.end())


def test_nobody_comes() -> None:
    with Listener(f"http://localhost:{port()}/oauth", STATE) as listener, pytest.raises(RetryLater, match="nobody"):
        listener.wait(0.0)


@pytest.mark.parametrize("uri", ["https://localhost:1/x", "http://crm.example:80/x", "http://localhost/x"])
def test_an_address_elsewhere_is_not_listened_on(uri: str) -> None:
    with pytest.raises(FixConfig, match="--code -"):
        Listener(uri, STATE)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(FixConfig, match=f"port {number} of redirect_uri is taken"):
            Listener(f"http://localhost:{number}/x", STATE)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"https://x.example/cb?code=a%2Fb&state={STATE}", "a/b"),
        (f"https://x.example/cb?state={STATE}", None),
        ("https://x.example/cb?code=a&state=other", None),
        (f"https://x.example/cb?code=a&state={quote('ö')}", None),
    ],
)
def test_a_pasted_address_must_answer_this_request(url: str, code: str | None) -> None:
    assert code_in(url, STATE) == code
