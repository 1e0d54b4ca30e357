from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.http import HttpClient
from crmbridge.sandbox import Portal, SandboxTransport, empty_portal

START = 1_772_366_400_000  # 2026-03-01T12:00:00Z in epoch milliseconds
Answer = dict[str, Any] | tuple[int, dict[str, Any]]
Opened = Callable[[str, httpx.BaseTransport], HubSpotConnector]


@pytest.fixture
def portal() -> Portal:
    minutes = count()
    portal = empty_portal()
    portal.clock = lambda: START + 60_000 * next(minutes)
    portal.limits.off()
    return portal


@pytest.fixture
def opened() -> Iterator[Opened]:
    made: list[HubSpotConnector] = []

    def make(token: str, transport: httpx.BaseTransport) -> HubSpotConnector:
        settings = HubSpotSettings(token=SecretStr(token))
        http = HttpClient(settings.base_url, settings.token, transport=transport, sleep=lambda _: None)
        made.append(HubSpotConnector(settings, http))
        return made[-1]

    yield make
    for connector in made:
        connector.close()


@pytest.fixture
def hubspot(portal: Portal, opened: Opened) -> HubSpotConnector:
    return opened(portal.token, SandboxTransport(portal))


class Script:
    """A HubSpot that answers from a script, the last answer for ever, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content or b"null") for request in self.requests]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(status, json=body)


@pytest.fixture
def scripted(opened: Opened) -> Callable[..., tuple[HubSpotConnector, Script]]:
    def make(*answers: Answer) -> tuple[HubSpotConnector, Script]:
        script = Script(*answers)
        return opened("pat-eu1-test", httpx.MockTransport(script)), script

    return make
