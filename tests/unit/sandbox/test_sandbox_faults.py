"""Faults by name: what a client sees of each, in this process and over a socket."""

from __future__ import annotations

import json

import httpx
import pytest

from crmbridge.errors import FixRequest
from crmbridge.sandbox import Portal, SandboxTransport, Switches, serve
from crmbridge.sandbox.faults import Faults
from crmbridge.sandbox.limits import Limits
from crmbridge.sandbox.switches import add_fault

CONTACTS = "/crm/objects/2026-09/contacts"


@pytest.fixture
def some(portal: Portal) -> list[str]:
    """Return the ids of six contacts."""
    portal.limits.off()
    return [portal.add("contacts", {"firstname": f"N{number}"}) for number in range(6)]


@pytest.mark.parametrize(
    ("name", "status", "header"),
    [
        ("secondly", 429, None),
        ("daily:retry_after=7", 429, "7"),
        ("html:status=504", 504, None),
        ("locked", 423, None),
        ("migrating:retry_after=9", 477, "9"),
        ("revoked", 401, None),
    ],
)
def test_a_fault_answers_in_the_words_of_the_platform(
    portal: Portal, api: httpx.Client, name: str, status: int, header: str | None
) -> None:
    add_fault(portal, name)
    answer = api.get(CONTACTS)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, header)
    if status == 429:
        assert answer.json()["policyName"] == name.partition(":")[0].upper()
    assert api.get(CONTACTS).status_code == 200  # it strikes once


def test_a_fault_for_good_strikes_after_the_calls_that_it_lets_pass(portal: Portal, api: httpx.Client) -> None:
    # Kills the mutants that count a fault for good down, and that skip only once.
    add_fault(portal, "revoked:skip=2,times=0")
    assert [api.get(CONTACTS).status_code for _ in range(5)] == [200, 200, 401, 401, 401]


def test_a_share_of_the_calls_fails_and_the_same_seed_chooses_the_same() -> None:
    def struck() -> list[bool]:
        faults = Faults(seed=1)
        faults.storm(times=0, share=0.3)
        return [faults.strike("GET", "/x") is not None for _ in range(200)]

    assert struck() == struck()
    assert 40 < sum(struck()) < 80


def test_pages_can_come_twice_lead_back_or_break_off(portal: Portal, api: httpx.Client, some: list[str]) -> None:
    def page(**query: str) -> httpx.Response:
        return api.get(CONTACTS, params={"limit": "2", **query})

    after = page().json()["paging"]["next"]["after"]
    portal.faults.named("duplicate_page", "GET", skip=1)
    page()
    assert [row["id"] for row in page(after=after).json()["results"]] == some[:2]
    portal.faults.named("cursor_loop")
    assert page(after=after).json()["paging"]["next"]["after"] == after
    portal.faults.named("truncated")
    with pytest.raises(json.JSONDecodeError):
        page().json()


def test_a_share_of_a_batch_fails_and_that_part_is_not_carried_out(
    portal: Portal, api: httpx.Client, some: list[str]
) -> None:
    # Kills the mutant that reports a failure of what was written.
    portal.faults.named("partial", "batch/update", failing=0.5)
    inputs = [{"id": one, "properties": {"jobtitle": "CFO"}} for one in some]
    answer = api.post(f"{CONTACTS}/batch/update", json={"inputs": inputs})
    body = answer.json()
    lost = {one for group in body["errors"] for one in group["context"]["ids"]}
    done = {row["id"] for row in body["results"]}
    assert (answer.status_code, lost | done, lost & done) == (207, set(some), set())
    assert 0 < len(lost) < 6
    assert {one for one in some if "jobtitle" in portal.record("contacts", one)["properties"]} == done


@pytest.mark.parametrize("count", [1, 50, 99])
def test_so_many_of_a_batch_fail_and_the_error_need_not_say_which(
    portal: Portal, api: httpx.Client, some: list[str], count: int
) -> None:
    ids = [*some, *(portal.add("contacts", {"firstname": "N"}) for _ in range(94))]
    add_fault(portal, f"partial:match=batch/update,count={count},named=0")
    inputs = [{"id": one, "properties": {"jobtitle": "CFO"}} for one in ids]
    answer = api.post(f"{CONTACTS}/batch/update", json={"inputs": inputs})
    done = [row["id"] for row in answer.json()["results"]]
    assert (answer.status_code, len(done), answer.json()["errors"][0]["context"]) == (207, 100 - count, {})
    assert count > 90 or done not in (sorted(done), sorted(done, reverse=True))  # kills: results in an order to rely on
    assert {one for one in ids if "jobtitle" in portal.record("contacts", one)["properties"]} == set(done)


def test_an_answer_that_is_lost_was_carried_out(portal: Portal, api: httpx.Client, some: list[str]) -> None:
    add_fault(portal, "lost_answer:match=batch/update")
    body = {"inputs": [{"id": some[0], "properties": {"jobtitle": "CFO"}}]}
    with pytest.raises(httpx.TransportError):
        api.post(f"{CONTACTS}/batch/update", json=body)
    assert portal.record("contacts", some[0])["properties"]["jobtitle"] == "CFO"


def test_a_bad_row_spoils_every_batch_that_it_is_in(portal: Portal, api: httpx.Client, some: list[str]) -> None:
    add_fault(portal, "bad_rows:match=batch/update,failing=0.4,times=0")

    def status(*ids: str) -> int:
        inputs = [{"id": one, "properties": {"jobtitle": "CFO"}} for one in ids]
        return api.post(f"{CONTACTS}/batch/update", json={"inputs": inputs}).status_code

    bad = {one for one in some if status(one) == 400}
    assert 0 < len(bad) < 6
    for one in some:  # kills: other ids in every call
        assert status(one, min(bad)) == 400
        assert status(one) == (400 if one in bad else 200)
    assert {one for one in some if "jobtitle" not in portal.record("contacts", one)["properties"]} == bad


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset_peer", httpx.ReadError),
        ("timeout", httpx.ReadTimeout),
        ("latency:seconds=60", httpx.ReadTimeout),
        ("bandwidth:rate=0.5", httpx.ReadTimeout),
        ("slicer:seconds=60,size=1", httpx.ReadTimeout),
        ("limit_data:size=3", httpx.RemoteProtocolError),
    ],
)
def test_without_a_socket_a_toxic_is_the_nearest_exception(portal: Portal, fault: str, error: type[Exception]) -> None:
    add_fault(portal, fault)
    headers = {"Authorization": f"Bearer {portal.token}"}
    with httpx.Client(transport=SandboxTransport(portal), base_url="https://x.example", headers=headers) as client:
        with pytest.raises(error):
            client.get(CONTACTS)
        assert client.get(CONTACTS).status_code == 200


def test_a_toxic_over_a_socket_is_what_the_network_makes_of_it() -> None:
    portal = Portal()
    one = portal.add("contacts", {"firstname": "Ada"})
    with (
        serve(portal) as server,
        httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {server.token}"}) as client,
    ):
        for fault, error in (
            ("reset_peer", httpx.ReadError),
            ("timeout", httpx.RemoteProtocolError),
            ("limit_data:size=3", httpx.RemoteProtocolError),
        ):
            add_fault(portal, fault)
            with pytest.raises(error):
                client.get(CONTACTS)
        for fault in ("slicer:size=7", "bandwidth:rate=100000", "slow_close", "latency:seconds=0.001"):
            add_fault(portal, fault)
            assert [row["id"] for row in client.get(CONTACTS).json()["results"]] == [one]


@pytest.mark.parametrize("text", ["storms", "latency:speed=1", "latency:seconds=soon"])
def test_a_fault_that_is_not_known_or_takes_no_such_value_is_refused(portal: Portal, text: str) -> None:
    with pytest.raises(FixRequest, match=r"fault|latency"):
        add_fault(portal, text)


def test_searches_may_count_among_the_calls_too() -> None:
    # Kills the mutant that counts a search in its own window only.
    limits = Limits(calls=2, search_in_pool=True)
    for search in (True, False):
        limits.spend(0, "Europe/Berlin", search=search)
    with pytest.raises(Exception, match="ten_secondly"):
        limits.spend(1, "Europe/Berlin", search=True)
    assert limits.refused == 1
    limits.search_in_pool = False
    limits.spend(2, "Europe/Berlin", search=True)


def test_switches_set_what_they_name_and_leave_the_rest() -> None:
    portal = Portal()
    Switches(rate=7, index_lag=0.5, faults=["locked"]).set_on(portal)
    assert (portal.limits.calls, portal.limits.searches, portal.search_lag) == (7, 5, 500)
    assert portal.faults.strike("GET", "/x") is not None
    Switches(rate=0).set_on(portal)
    assert not portal.limits.enabled
