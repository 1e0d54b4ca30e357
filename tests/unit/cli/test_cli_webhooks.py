from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import crmbridge.webhooks

from .conftest import Run

CONFIG = """
[connections.main]
connector = "hubspot"
token = "env:TOKEN"
webhook_url = "https://hooks.example/hubspot/main"
webhook_secret = "env:HOOK_SECRET"

[connections.quiet]
connector = "hubspot"
token = "env:TOKEN"

[privacy]
processing = "legitimate-interest"
"""


@pytest.fixture
def hooked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose connection ``main`` asks for webhooks, and ``quiet`` does not."""
    monkeypatch.setenv("TOKEN", "pat-eu1-x")
    monkeypatch.setenv("HOOK_SECRET", "very-secret")
    (folder / "crmbridge.toml").write_text(CONFIG)
    return folder


def test_check_says_what_hubspot_must_be_given(hooked: Path, run: Run) -> None:
    result = run("webhooks", "serve", "--connection", "main", "--check")
    assert result.exit_code == 0, result.output
    assert "https://hooks.example/hubspot/main" in result.stdout
    assert "client secret is set" in result.stdout
    assert "very-secret" not in result.output
    assert not (hooked / ".crmbridge").exists()


def test_check_in_json(hooked: Path, run: Run) -> None:
    told = json.loads(run("webhooks", "serve", "--all", "--check", "--json").stdout)
    assert told == {"webhooks": [{"connection": "main", "url": "https://hooks.example/hubspot/main", "secret": True}]}


def test_a_secret_that_is_not_there_is_named(hooked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK_SECRET")
    result = run("webhooks", "serve", "--connection", "main", "--check")
    assert result.exit_code == 1
    assert "HOOK_SECRET is not set" in result.stderr


def test_half_a_setting_names_its_place(hooked: Path, run: Run) -> None:
    text = CONFIG.replace('webhook_secret = "env:HOOK_SECRET"\n', "")
    (hooked / "crmbridge.toml").write_text(text)
    result = run("webhooks", "serve", "--all", "--check")
    assert result.exit_code == 2
    assert "[connections.main] webhook_secret is not set" in result.stderr


def test_a_connection_without_webhooks_is_told_what_to_set(hooked: Path, run: Run) -> None:
    result = run("webhooks", "serve", "--connection", "quiet")
    assert result.exit_code == 2
    assert "webhook_url" in result.stderr


def test_one_connection_or_all_but_not_both(hooked: Path, run: Run) -> None:
    result = run("webhooks", "serve", "--connection", "main", "--all")
    assert result.exit_code == 2
    assert "not both" in result.stderr


def test_it_serves_until_ctrl_c(hooked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ports: list[int] = []

    class Server:
        def run(self, sockets: list[Any]) -> None:
            ports.append(sockets[0].getsockname()[1])
            raise KeyboardInterrupt

    monkeypatch.setattr(crmbridge.webhooks, "make_server", lambda _: Server())
    result = run("webhooks", "serve", "--all", "--port", "0")
    assert result.exit_code == 0, result.output
    assert f"must lead to 127.0.0.1 port {ports[0]}/hubspot/main" in result.stdout
    assert "has ended" in result.stderr


def test_a_secret_in_the_file_itself_is_refused(hooked: Path, run: Run) -> None:
    (hooked / "crmbridge.toml").write_text(CONFIG.replace("env:HOOK_SECRET", "plain-secret"))
    result = run("webhooks", "serve", "--all", "--check")
    assert result.exit_code == 2
    assert "webhook_secret" in result.stderr
    assert "plain-secret" not in result.output
