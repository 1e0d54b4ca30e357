"""The control channel of a served portal, and the editor who works while others sync."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmbridge.errors import FixRequest, RecordMissing
from crmbridge.sandbox import Portal, Switches, dump_portal, serve_apart
from crmbridge.sandbox.control import Control
from crmbridge.sandbox.editor import Editor


@pytest.fixture
def control(portal: Portal) -> Control:
    """Return the acts on a portal."""
    return Control(portal)


def test_every_change_can_be_made_from_outside(portal: Portal, control: Control) -> None:
    def add(name: str, /, **values: str) -> str:
        answer = control.act({"do": "add", "name": name, "properties": values})
        return str(answer["id"])

    one, two = add("contacts", firstname="A"), add("contacts", firstname="B")
    firm = add("companies", domain="x.example")
    control.act({"name": "contacts", "record_id": one, "properties": {"jobtitle": "CFO"}})
    ends = {"name": "contacts", "record_id": one, "to_name": "companies", "to_id": firm}
    control.act({"do": "link", **ends, "label": "Primary"})
    assert portal.links.of(("contacts", "companies"), one) == {firm: (1, 279)}
    control.act({"do": "unlink", **ends})
    assert not portal.links.of(("contacts", "companies"), one)
    assert control.act({"do": "merge", "name": "contacts", "record_id": one, "other_id": two}) == {"id": one}
    control.act({"do": "touch", "name": "contacts"})
    control.act({"do": "archive", "name": "companies", "record_id": firm})
    control.act({"do": "fault", "name": "locked"})
    assert portal.faults.strike("GET", "/x") is not None
    control.act({"do": "forget", "name": "contacts", "record_id": one})
    assert control.act({"do": "counts"})["records"] == {}


def test_what_cannot_be_done_is_told(control: Control) -> None:
    for wanted in ({"do": "dance"}, {"do": "archive", "who": "x"}):
        with pytest.raises(FixRequest, match=r"dance|who"):
            control.act(dict(wanted))
    with pytest.raises(RecordMissing):
        control.act({"do": "forget", "name": "contacts", "record_id": "5"})


def test_the_editor_tells_what_it_did_and_the_same_seed_does_the_same() -> None:
    def work() -> tuple[Portal, list[tuple[str, str]]]:
        portal = Portal(seed=1)
        for number in range(20):
            portal.add("contacts", {"firstname": str(number)})
        editor = Editor(portal, per_second=1000, seed=5)
        return portal, [editor.step() for _ in range(60)]

    portal, done = work()
    assert done == work()[1]
    assert {act for act, _ in done} == {"edit", "create", "archive"}
    gone = {one for act, one in done if act == "archive"}
    made = {one for act, one in done if act == "create"}
    assert len(portal.ids("contacts")) == 20 + len(made) - len(gone)
    assert made - gone <= set(portal.ids("contacts"))


def test_a_dump_is_served_apart_with_its_switches_and_its_counters(tmp_path: Path) -> None:
    portal = Portal(seed=3)
    one = portal.add("contacts", {"firstname": "Ada"})
    dump_portal(portal, tmp_path / "portal.db")
    with serve_apart(load=tmp_path / "portal.db", switches=Switches(rate=9)) as sandbox:
        assert sandbox.address.token == portal.token
        sandbox.act("start_editing", per_second=200, seed=1)
        sandbox.act("touch", name="contacts", ids=[one])
        done = sandbox.act("stop_editing")["done"]
        counts = sandbox.act("counts")
    assert counts["records"]["contacts"] == 1 + sum({"create": 1, "archive": -1, "edit": 0}[act] for act, _ in done)
    assert (counts["calls"], counts["refused"], counts["busiest"]) == ({}, 0, 0)
    with serve_apart(3, bulk=True, figures={"contacts": 60, "companies": 3, "deals": 2, "engagements": 10}) as sandbox:
        assert sandbox.act("counts")["records"]["contacts"] == 60
