"""Faults of the network and of the platform's front door, T7 to T11, on a virtual clock.

Beside these, in tests/unit/http: T7 ``test_the_daily_limit_does_not_spin`` and the throttle's properties, T9
``test_a_bomb_is_never_unpacked_beyond_the_cap`` and ``test_an_answer_shorter_than_announced_is_a_fault`` (on a socket),
T10 ``test_a_body_that_trickles_meets_the_deadline``, T11 ``test_a_redirect_is_not_followed``.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Iterator

import httpx
import pytest
from pydantic import SecretStr

from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.http import HttpClient, Throttle
from crmbridge.http.client import DEADLINE, MAX_BODY

BASE = "https://api.hubapi.com"
LATENCY = 0.05
STORM = 600.0
LIMIT, WINDOW = 19, 10.0
Answer = Callable[[httpx.Request], httpx.Response]


class World:
    """A clock, and a platform whose answers a test decides; it notes when each request came and to whom."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []
        self.starts: list[float] = []
        self.hosts: set[str] = set()
        self.answer: Answer = lambda _: page()
        self.throttle = Throttle(LIMIT, WINDOW, clock=self.clock, sleep=self.wait)
        self.http = HttpClient(
            BASE,
            SecretStr("pat-x"),
            throttle=self.throttle,
            transport=httpx.MockTransport(self.handle),
            clock=self.clock,
            sleep=self.sleep,
        )

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.starts.append(self.now)
        self.hosts.add(request.url.host)
        self.now += LATENCY
        return self.answer(request)

    def busiest(self) -> int:
        """Most requests in any window."""
        return max(sum(start <= at < start + WINDOW for at in self.starts) for start in self.starts)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.http.close()


def page(*ids: str) -> httpx.Response:
    return httpx.Response(200, json={"results": [{"id": id_, "properties": {}} for id_ in ids]})


@pytest.mark.parametrize("asked", [None, "3", "17"])
def test_t7_a_storm_of_429_for_ten_minutes_is_outlived_below_the_limit(world: World, asked: str | None) -> None:
    # Kills: a wait shorter than the platform asked for, a 429 that counts as a fault, a retry past the throttle.
    chance = random.Random(7)
    refused: list[float] = []
    done: list[float] = []

    def stormy(_: httpx.Request) -> httpx.Response:
        if refused and (world.now - LATENCY) - refused[-1] < float(asked or WINDOW):
            raise AssertionError("asked again before the time was over")
        if world.now < STORM and chance.random() < 0.5:
            refused.append(world.now - LATENCY)
            body = {"policyName": "TEN_SECONDLY_ROLLING", "errorType": "RATE_LIMIT"}
            return httpx.Response(429, json=body, headers={"Retry-After": asked} if asked else {})
        return page()

    world.answer = stormy
    while world.now < STORM + 60:
        world.http.get("/x")
        done.append(world.now)
    assert len(refused) > 5
    assert world.busiest() <= LIMIT
    assert len(world.starts) == len(done) + len(refused)


def test_t7_a_used_up_day_ends_the_run_at_once(world: World) -> None:
    # Kills: waiting ten seconds again and again until midnight.
    world.answer = lambda _: httpx.Response(429, json={"policyName": "DAILY"})
    with pytest.raises(RetryLater, match="midnight"):
        world.http.get("/x")
    assert (len(world.starts), world.sleeps) == (1, [])


def reset(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset", request=request)


def unresolved(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Name or service not known", request=request)


FAULTS: dict[str, Answer] = {
    "500": lambda _: httpx.Response(500),
    "502 html": lambda _: httpx.Response(502, html="<html>Bad gateway</html>"),
    "408": lambda _: httpx.Response(408),
    "524": lambda _: httpx.Response(524),
    "reset": reset,
    "dns": unresolved,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_t8_half_a_minute_of_faults_is_outlived(world: World, fault: str) -> None:
    # Kills: retries that are over before the burst is.
    world.answer = lambda request: FAULTS[fault](request) if world.now < 30 else page("1")
    assert world.http.get("/x").data["results"] == [{"id": "1", "properties": {}}]
    assert world.now < 120


@pytest.mark.parametrize("fault", FAULTS)
def test_t8_a_lasting_fault_ends_within_five_tries_and_ten_minutes(world: World, fault: str) -> None:
    # Kills: retrying for ever, and waits that are the same for all callers.
    world.answer = FAULTS[fault]
    runs = []
    for _ in range(2):
        tries, started, waits = len(world.starts), world.now, len(world.sleeps)
        with pytest.raises(RetryLater, match="nothing is lost"):
            world.http.get("/x")
        assert len(world.starts) - tries == 5
        assert world.now - started <= 600
        runs.append(world.sleeps[waits:])
    assert runs[0] != runs[1]


def bomb() -> bytes:
    """A hundred kilobytes that unpack to more than the cap."""
    return gzip.compress(bytes(MAX_BODY + 2**20))


BODIES: dict[str, httpx.Response] = {
    "truncated": httpx.Response(200, content=b'{"results": [{"id": "1", "properties": {}}, {"id'),
    "html": httpx.Response(200, html="<html>Sign in to this network</html>"),
    "utf-8": httpx.Response(200, content=b'{"results": [{"id": "\xff\xfe"}]}'),
    "half a gzip": httpx.Response(
        200, stream=httpx.ByteStream(gzip.compress(b'{"results": []}')[:-4]), headers={"Content-Encoding": "gzip"}
    ),
}


@pytest.mark.parametrize("body", BODIES)
def test_t9_a_broken_answer_is_asked_for_again_and_never_half_read(world: World, body: str) -> None:
    # Kills: reading what there is of a page.
    hubspot = HubSpotConnector(HubSpotSettings(token=SecretStr("pat-x")), world.http)
    world.answer = lambda _: page("1", "2") if len(world.starts) == 3 else BODIES[body]
    assert [record.id for record in hubspot.read_page("contact", (), None).records] == ["1", "2"]
    world.answer = lambda _: BODIES[body]
    with pytest.raises(RetryLater):
        hubspot.read_page("contact", (), None)


def test_t9_a_bomb_is_refused_and_not_asked_for_again(world: World) -> None:
    # Kills: a cap on what arrives instead of on what it unpacks to.
    packed = bomb()
    assert len(packed) < 2**20
    world.answer = lambda _: httpx.Response(200, stream=httpx.ByteStream(packed), headers={"Content-Encoding": "gzip"})
    with pytest.raises(FixRequest, match="fewer records"):
        world.http.get("/x")
    assert len(world.starts) == 1


def test_t10_a_byte_a_second_meets_the_deadline_of_the_whole_answer(world: World) -> None:
    # Kills: a limit on each wait for a byte only.
    def trickle(_: httpx.Request) -> httpx.Response:
        def chunks() -> Iterator[bytes]:
            for byte in b'{"results": [' + b" " * 10_000 + b"]}":
                world.now += 1
                yield bytes((byte,))

        return httpx.Response(200, content=chunks())

    world.answer = trickle
    with pytest.raises(RetryLater, match="longer than the deadline"):
        world.http.get("/x", once=True)
    assert world.now <= DEADLINE + 1 + 2 * LATENCY


def test_t10_a_server_that_never_answers_is_given_up(world: World) -> None:
    # Kills: a read without a limit.
    def silent(request: httpx.Request) -> httpx.Response:
        limit = request.extensions["timeout"]["read"]
        assert limit == 30.0
        world.now += limit
        raise httpx.ReadTimeout("silent", request=request)

    world.answer = silent
    with pytest.raises(RetryLater):
        world.http.get("/x")
    assert world.now <= 600


def test_t11_a_redirect_to_another_host_gets_neither_request_nor_token(world: World) -> None:
    # Kills: follow_redirects=True.
    world.answer = lambda _: httpx.Response(302, headers={"Location": "https://evil.example/x"})
    with pytest.raises(FixRequest, match="base_url"):
        world.http.get("/x")
    assert (world.hosts, len(world.starts)) == ({"api.hubapi.com"}, 1)


def test_t11_a_foreign_link_to_the_next_page_is_not_followed(world: World) -> None:
    # Kills: following paging.next.link.
    hubspot = HubSpotConnector(HubSpotSettings(token=SecretStr("pat-x")), world.http)
    link = {"after": "7", "link": "https://evil.example/crm?after=7"}
    world.answer = lambda _: httpx.Response(200, json={"results": [], "paging": {"next": link}})
    after = hubspot.read_page("contact", (), None).after
    world.answer = lambda _: page()
    hubspot.read_page("contact", (), after)
    assert (after, world.hosts) == ("7", {"api.hubapi.com"})
