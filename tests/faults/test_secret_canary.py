"""A token leaves no trace: not in the store, a plan, a report, a log, a message or the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from crmbridge.cli import app
from crmbridge.sandbox import generate, serve
from crmbridge.sandbox.server import Sandbox

KEY = "pat-eu1-canary-0f6c52d1"
APP_SECRET = "canary-app-secret-7d/1+e="  # of a shape that only its value gives away


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    portal = generate(seed=3, companies=12, contacts=60, deals=15, engagements=200)
    portal.limits.off()
    portal.token = KEY
    portal.grants.client_secret = APP_SECRET
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "")
    monkeypatch.setenv("CANARY_KEY", KEY)
    monkeypatch.setenv("CANARY_APP", APP_SECRET)
    with serve(portal) as served:
        yield served


def run(output: list[str], *words: str, code: int | None = 0) -> str:
    result = CliRunner().invoke(app, list(words))
    output += [result.output, repr(result.exception)]
    assert code is None or result.exit_code == code, result.output
    return str(result.stdout)


def everything(folder: Path, output: list[str], but: str = "") -> dict[str, bytes]:
    found = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != but}
    return found | {"output": "\n".join(output).encode()}


def leaks(places: dict[str, bytes], *secrets: str) -> list[str]:
    forms = [form.encode() for secret in secrets for form in {secret, quote(secret, safe=""), secret[4:-4]}]
    return [place for place, data in places.items() for form in forms if form in data]


def configure(sandbox: Sandbox, way: str) -> None:
    Path("crmbridge.toml").write_text(
        f'[connections.main]\nconnector = "hubspot"\n{way}\nbase_url = "{sandbox.base_url}"\n'
        '[privacy]\nprocessing = "legitimate-interest"\n'
    )


def work(sandbox: Sandbox, output: list[str]) -> None:
    """Everything that a user does, with faults on the way and all logs on."""
    run(output, "doctor", "-vv")
    sandbox.portal.faults.add("/crm/objects", status=502, body=f"<html>{KEY}</html>", times=1)
    run(output, "sync", "-vv")
    run(output, "plan", "-vv", "-o", "p.plan")
    approve = re.search(r"--approve ([0-9a-f]{64})", "\n".join(output))
    assert approve
    run(output, "apply", "-vv", "p.plan", "--approve", approve[1])
    run(output, "report", "-vv", "-o", "report.html")
    run(output, "status", "-vv", "--json")
    echo = {
        "message": KEY,
        "category": KEY,
        "context": {"id": [KEY]},
        "errors": [{"code": KEY, "context": {"ids": [KEY]}}],
    }
    sandbox.portal.faults.add("/crm/", status=400, body=echo, times=1000)
    run(output, "sync", "--full", "-vv", code=1)
    sandbox.portal.faults.clear()


def test_a_key_leaves_no_trace(tmp_path: Path, sandbox: Sandbox) -> None:
    # Kills: settings whose repr shows the token, a log of headers, an error that repeats the platform's words.
    configure(sandbox, 'token = "env:CANARY_KEY"')
    output: list[str] = []
    work(sandbox, output)
    places = everything(tmp_path, output)
    assert {Path(place).suffix for place in places} >= {".db", ".plan", ".html"}
    assert leaks(places, KEY) == []


def test_tokens_of_oauth_stand_in_their_file_only(tmp_path: Path, sandbox: Sandbox) -> None:
    # Kills: logging the form, and keeping tokens in the store.
    grants = sandbox.portal.grants
    configure(
        sandbox,
        f'client_id = "sandbox-client"\nclient_secret = "env:CANARY_APP"\nredirect_uri = "{grants.redirect_uri}"',
    )
    code = grants.authorize(sandbox.portal.scopes)
    output: list[str] = []
    run(output, "connect", "-vv", "--code", code)
    work(sandbox, output)
    tokens = tmp_path / ".crmbridge" / "tokens" / "main.json"
    held = re.findall(r'"(?:access|refresh)":"([^"]+)"', tokens.read_text())
    assert len(held) == 2
    assert leaks(everything(tmp_path, output, but="main.json"), APP_SECRET, code, *held) == []


def test_the_net_has_teeth() -> None:
    assert leaks({"a": b"x" + KEY.encode() + b"y", "b": b""}, KEY)[0] == "a"
    assert leaks({"a": quote(APP_SECRET, safe="").encode()}, APP_SECRET) == ["a"]
