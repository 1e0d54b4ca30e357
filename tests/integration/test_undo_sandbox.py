"""Taking back on a sandbox portal: what a person sees there afterwards is what was there before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from crmbridge import Bridge
from crmbridge.cli import app
from crmbridge.model import Plan, Ref
from crmbridge.sandbox import Portal, generate, serve
from crmbridge.sandbox.records import Source
from crmbridge.writeback import ApplyResult

from .conftest import Opened

KINDS = ("contacts", "companies", "deals", "notes", "tasks")
STAMPS = ("createdate", "lastmodifieddate", "hs_createdate", "hs_lastmodifieddate")
LABEL = "Decides (crmbridge)"
PROGRAM = Source("INTEGRATION", "12")
SETTINGS = f"""
since_months = 0
engagements = ["email", "meeting"]
[writeback.review]
activity = "note"
objects = ["deal", "contact"]
segments = true
[writeback.labels]
decider = "{LABEL}"
[writeback.overwrite]
"contact.fax" = false
"""
PLUGIN = '''
"""Writes native properties: one that is empty on some, and one that a program had filled."""
from crmbridge import Option, PropertySpec, PropertyValue, hookimpl

OPTIONS = tuple(Option(value=value, label=value) for value in ("CHAMPION", "END_USER", "OTHER"))


@hookimpl
def register_properties():
    native = {"object": "contact", "core": True}
    return [
        PropertySpec(name="hs_buying_role", label="Role", type="multi", options=OPTIONS, fold="union",
                     policy="fill-empty", **native),
        PropertySpec(name="fax", label="Fax", policy="overwrite", fold="only-one", **native),
    ]


@hookimpl
def derive_contact(person):
    ref = person.contact.ref
    return [
        PropertyValue(subject=ref, property="hs_buying_role", value=("END_USER",), reason="a test"),
        PropertyValue(subject=ref, property="fax", value="new", reason="a test"),
    ]
'''


def person_sees(portal: Portal) -> dict[str, Any]:
    """Definitions, groups, values, links with labels, notes and lists, without times and histories."""
    with portal.lock:
        alive = {
            name: {one.id: one for one in portal.walk(portal.kinds[name]) if one.archived is None} for name in KINDS
        }
        pairs = list(permutations(KINDS, 2))
        shown = {
            name: {key: one for key, one in portal.properties[name].items() if not one["archived"]} for name in KINDS
        }
        return {
            "records": {
                name: {
                    id_: {
                        key: one.properties[key] for key in shown[name] if one.properties.get(key) and key not in STAMPS
                    }
                    for id_, one in records.items()
                }
                for name, records in alive.items()
            },
            "definitions": deepcopy(shown),
            "groups": {name: sorted(portal.groups[name]) for name in KINDS},
            "links": {
                pair: {
                    id_: sorted((str(other), sorted(types)) for other, types in others if str(other) in alive[pair[1]])
                    for id_, others in portal.linked(pair, [*alive[pair[0]]]).items()
                }
                for pair in pairs
            },
            "lists": sorted(one.name for one in portal.lists.all()),
        }


@pytest.fixture
def crm(tmp_path: Path) -> Portal:
    """A small portal in which a program has given some contacts a role and a fax number."""
    (tmp_path / "bridgefile.py").write_text(PLUGIN, encoding="utf-8")
    portal = generate(7, datetime.now(UTC).date(), companies=12, contacts=60, deals=15, engagements=200)
    portal.limits.off()
    portal.define_label("contacts", "deals", LABEL)
    for place, contact in enumerate(portal.ids("contacts")[-20:]):
        portal.edit("contacts", contact, {"fax": f"old {place}"}, source=PROGRAM)
        if place % 2:
            portal.edit("contacts", contact, {"hs_buying_role": "OTHER;CHAMPION"}, source=PROGRAM)
    return portal


@pytest.fixture
def bridge(crm: Portal, bridge_to: Opened) -> Bridge:
    """Synced, and everything applied once."""
    opened = bridge_to(crm, SETTINGS)
    opened.sync()
    return opened


def applied(bridge: Bridge, plan: Plan) -> ApplyResult:
    result = bridge.apply(plan, approve=plan.hash)
    assert (result.status, result.conflicts, result.rejected, result.invalid, result.unknown) == ("done", 0, 0, 0, 0)
    return result


def kinds(plan: Plan) -> set[str]:
    return {change.kind for change in plan}


def test_apply_rollback_apply_and_back_again(crm: Portal, bridge: Bridge) -> None:
    before = person_sees(crm)
    plan = bridge.plan()
    assert kinds(plan) == {"group", "definition", "segment", "property", "label", "activity", "membership"}
    applied(bridge, plan)
    after = person_sees(crm)

    back = bridge.rollback()
    assert kinds(back) == {"property", "label", "activity", "membership"}
    applied(bridge, back)
    now = person_sees(crm)
    assert {part: now[part] for part in ("records", "links")} == {part: before[part] for part in ("records", "links")}
    assert bridge.plan().is_empty
    bridge.sync()
    assert bridge.plan().is_empty

    applied(bridge, bridge.rollback())
    again = person_sees(crm)
    for name in ("contacts", "companies", "deals"):
        assert again["records"][name] == after["records"][name]
    assert len(again["records"]["notes"]) == len(after["records"]["notes"])
    assert again["links"]["contacts", "deals"] == after["links"]["contacts", "deals"]
    bridge.sync()
    assert bridge.plan().is_empty
    assert bridge.journal.verify().faults == ()


def test_after_an_uninstall_the_portal_is_as_it_was(crm: Portal, bridge: Bridge) -> None:
    before = person_sees(crm)
    applied(bridge, bridge.plan())
    plan = bridge.uninstall()
    assert [finding.code for finding in plan.parked if finding.code == "uninstall"] == ["uninstall"]
    assert bridge.apply(plan).status == "parked"
    applied(bridge, plan)
    assert person_sees(crm) == before
    assert list(bridge.journal.manifest.everything()) == []
    assert list(bridge.journal.manifest.all_confirmed()) == []
    assert bridge.journal.verify().faults == ()
    assert {finding.code for finding in bridge.plan().parked} >= {"first-apply"}


@pytest.mark.parametrize(
    ("kind", "edit"),
    [
        ("note", {"hs_note_body": "She wants an offer by Friday"}),
        ("task", {"hs_task_body": "She wants an offer by Friday"}),
        ("task", {"hs_task_status": "COMPLETED"}),
    ],
)
def test_what_people_have_worked_in_is_not_taken_back(
    crm: Portal, bridge_to: Opened, kind: str, edit: dict[str, str]
) -> None:
    """Kills: archiving whatever crmbridge made."""
    plural, there = f"{kind}s", set(crm.ids(f"{kind}s"))
    bridge = bridge_to(crm, SETTINGS.replace('"note"', f'"{kind}"'))
    bridge.sync()
    applied(bridge, bridge.plan())
    worked_in, *others = sorted(set(crm.ids(plural)) - there)
    crm.edit(plural, worked_in, edit)
    back = bridge.rollback()
    assert bridge.apply(back, approve=back.hash).conflicts == 1
    assert set(crm.ids(plural)) == there | {worked_in}
    assert others
    gone = bridge.uninstall()
    assert bridge.apply(gone, approve=gone.hash).conflicts == 1
    assert set(crm.ids(plural)) == there | {worked_in}


def test_drift_tells_who_changed_what(crm: Portal, bridge: Bridge) -> None:
    applied(bridge, bridge.plan())
    assert list(bridge.drift()) == []
    contact, other = crm.ids("contacts")[:2]
    crm.edit("contacts", contact, {"fax": "theirs"}, user=77)
    crm.edit("contacts", other, {"crmb_seniority": ""}, source=PROGRAM)
    found = {(item.id, item.name): item for item in bridge.drift()}
    assert set(found) <= {(contact, "fax"), (other, "crmb_seniority")}
    item = found[contact, "fax"]
    assert (item.ours, item.now, item.author, item.author_id) == ("new", "theirs", "person", "77")
    assert item.at is not None


def test_what_was_written_of_somebody_forgotten_is_neither_taken_back_nor_looked_at(
    crm: Portal, bridge: Bridge
) -> None:
    applied(bridge, bridge.plan())
    contact = crm.ids("contacts")[0]
    bridge.forget(Ref("contact", contact))
    crm.edit("contacts", contact, {"fax": "theirs"}, user=77)
    assert [item for item in bridge.drift() if item.id == contact] == []
    back = bridge.rollback()
    assert "erased-rows" in {finding.code for finding in back.header.findings}
    for plan in (back, bridge.uninstall()):
        assert not any(contact in change.model_dump_json() for change in plan)
    applied(bridge, bridge.uninstall())
    assert crm.record("contacts", contact)["properties"]["fax"] == "theirs"


@pytest.fixture
def served(crm: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a configuration for the portal, which is served; it is the current one."""
    with serve(crm) as server:
        monkeypatch.setenv("HUBSPOT_TOKEN", server.token)
        monkeypatch.chdir(tmp_path)
        config = (
            f'[connections.main]\nconnector = "hubspot"\ntoken = "env:HUBSPOT_TOKEN"\nbase_url = "{server.base_url}"\n'
            f'[privacy]\nprocessing = "legitimate-interest"\n[sync]\n{SETTINGS}'
        )
        Path("crmbridge.toml").write_text(config, encoding="utf-8")
        yield tmp_path


def call(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result


def test_the_way_of_a_user_who_takes_it_back(crm: Portal, served: Path) -> None:
    call("sync")
    before = person_sees(crm)
    assert "nothing that was written" in call("rollback", "last", code=2).stderr
    call("apply", "--approve", json.loads(call("plan", "--json").stdout)["hash"])
    assert "stands as it was written" in call("drift", "--exit-code").stdout

    contact = crm.ids("contacts")[0]
    crm.edit("contacts", contact, {"fax": "theirs"}, user=77)
    shown = call("drift", "--exit-code", code=10).stdout
    assert f"contact:{contact}" in shown
    assert "theirs" in shown
    (item,) = json.loads(call("drift", "--json").stdout)["drifted"]
    assert (item["name"], item["ours"], item["now"], item["author_id"]) == ("fax", "new", "theirs", "77")

    text = call("rollback", "last", "-o", "back.plan", "--exit-code", code=12).stdout
    assert "crmbridge apply back.plan --approve" in text
    assert (served / "back.plan").stat().st_mode & 0o777 == 0o600
    digest = json.loads(call("rollback", "last", "--json").stdout)["hash"]
    call("apply", "back.plan", "--approve", digest, "--exit-code", code=11)
    assert crm.record("contacts", contact)["properties"]["fax"] == "theirs"

    digest = json.loads(call("uninstall", "--json").stdout)["hash"]
    call("apply", "--approve", digest)
    now = person_sees(crm)
    assert now["records"]["contacts"][contact].pop("fax") == "theirs"
    assert now == before
    call("drift", "--exit-code")
