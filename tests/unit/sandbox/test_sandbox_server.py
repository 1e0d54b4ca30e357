from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading

import httpx
import pytest

from crmbridge.errors import FixConfig
from crmbridge.sandbox import create_app, empty_portal, serve


def test_a_served_portal_answers_on_loopback_and_leaves_no_thread_behind() -> None:
    portal = empty_portal()
    made = portal.add("contacts", {"firstname": "Jürgen"})
    with serve(portal) as sandbox, httpx.Client(base_url=sandbox.base_url) as client:
        assert sandbox.base_url.startswith("http://127.0.0.1:")
        client.headers["Authorization"] = f"Bearer {sandbox.token}"
        row = client.get(f"/crm/v3/objects/contacts/{made}").json()
        assert row["properties"]["firstname"] == "Jürgen"
        assert client.delete(f"/crm/v3/objects/contacts/{made}").status_code == 204
        listed = client.get("/crm/v3/objects/contacts", params={"archived": "true", "limit": 1}).json()
        assert [one["id"] for one in listed["results"]] == [made]
    assert [one.name for one in threading.enumerate() if "sandbox" in one.name] == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.base_url)


def test_paging_links_lead_back_to_the_server() -> None:
    portal = empty_portal()
    made = [portal.add("contacts", {"firstname": name}) for name in "ab"]
    with serve(portal) as sandbox, httpx.Client(headers={"Authorization": f"Bearer {sandbox.token}"}) as client:
        first = client.get(f"{sandbox.base_url}/crm/v3/objects/contacts", params={"limit": 1}).json()
        [row] = client.get(first["paging"]["next"]["link"]).json()["results"]
        assert row["id"] == made[1]


def test_a_dropped_connection_breaks_off_and_the_server_goes_on() -> None:
    portal = empty_portal()
    with serve(portal) as sandbox, httpx.Client(base_url=sandbox.base_url) as client:
        client.headers["Authorization"] = f"Bearer {sandbox.token}"
        portal.faults.add("details", drop=True)
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/account-info/v3/details")
        assert client.get("/account-info/v3/details").status_code == 200


def test_many_threads_count_exactly() -> None:
    portal = empty_portal()
    portal.limits.off()

    def work(base_url: str) -> None:
        with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {portal.token}"}) as client:
            for _ in range(20):
                client.post("/crm/v3/objects/contacts", json={"properties": {"firstname": "a"}})

    with serve(portal) as sandbox:
        workers = [threading.Thread(target=work, args=(sandbox.base_url,)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(portal.ids("contacts")) == portal.calls.count("contacts") == 80


def test_a_distant_server_can_be_played(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    rest = asyncio.sleep

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await rest(min(seconds, 0.01))

    with serve(empty_portal(), latency=1_234.5) as sandbox, monkeypatch.context() as patch:
        patch.setattr("crmbridge.sandbox.server.asyncio.sleep", note)
        assert httpx.get(f"{sandbox.base_url}/account-info/v3/details").status_code == 401
    assert waits.count(1_234.5) == 1


def test_only_loopback_and_a_free_port_are_taken() -> None:
    portal = empty_portal()
    for host in ("0.0.0.0", "localhost.example"):
        with pytest.raises(FixConfig, match="this machine only"), serve(portal, host=host):
            pass
    with serve(portal) as sandbox:
        port = int(sandbox.base_url.rpartition(":")[2])
        with pytest.raises(FixConfig, match="cannot listen"), serve(portal, port=port):
            pass


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    with pytest.raises(FixConfig, match=r'pip install "crmbridge\[sandbox\]"'):
        create_app(empty_portal())
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(FixConfig, match=r'pip install "crmbridge\[sandbox\]"'), serve(empty_portal()):
        pass


def test_importing_the_sandbox_loads_none_of_the_extra() -> None:
    code = "import sys, crmbridge.sandbox; print(sorted({'starlette', 'uvicorn', 'faker'} & sys.modules.keys()))"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
