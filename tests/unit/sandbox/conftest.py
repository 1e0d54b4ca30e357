"""A portal on a clock that tests turn, and a client that talks to it without a socket."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from crmbridge.sandbox import Portal, SandboxTransport

NOON = 1_790_000_000_123  # 21 September 2026


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now

    def turn(self, ms: int) -> None:
        self.now += ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def portal(clock: Clock) -> Portal:
    made = Portal(1, clock=clock)
    made.owners = [
        {"id": "77", "userId": 501, "email": "a@us.example", "archived": False},
        {"id": "78", "userId": 502, "email": "b@us.example", "archived": True},
    ]
    return made


@pytest.fixture
def api(portal: Portal) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {portal.token}"}
    with httpx.Client(transport=SandboxTransport(portal), base_url="https://api.hubapi.com", headers=headers) as client:
        yield client
