"""Drift: what others changed of what was written, since when, and by whom."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connector import Capabilities, LinkChange, Update
from crmbridge.model import Deal, Option, PropertySpec, Ref
from crmbridge.store import Owned
from crmbridge.testing.memory import MemoryConnector
from crmbridge.writeback import Drifted, drift

from .conftest import AT, Portal

ROLES = PropertySpec(
    object="contact",
    name="roles",
    label="Roles",
    type="multi",
    fold="union",
    options=tuple(Option(value=value, label=value) for value in ("user", "buyer", "decider")),
)
SCORE = PropertySpec(object="contact", name="score", label="Score", type="number", fold="max")
STAMP = PropertySpec(object="contact", name="computed_at", label="Computed at", type="date", stamp=True)
IDS = [f"{number:03}" for number in range(250)]
WRITES = {"update", "create", "upsert", "archive", "link", "unlink", "create_group", "create_definition", "add_options",
          "remove_definition", "remove_group", "create_segment", "remove_segment", "change_members"}  # fmt: skip


def found(portal: Portal) -> list[Drifted]:
    return list(drift(portal.journal, portal.mirror, portal.crm, {("contact", "crmb_computed_at")}))


def one(portal: Portal) -> Drifted:
    (item,) = found(portal)
    return item


@pytest.fixture
def written(portal: Portal) -> Portal:
    """250 contacts with roles and a score."""
    portal.register(ROLES, SCORE, STAMP)
    portal.contacts(*IDS)
    portal.judge(dict.fromkeys(IDS, ("user", "buyer")))
    portal.judge(dict.fromkeys(IDS, 1), "score", "deal:2")
    portal.apply(portal.plan())
    assert found(portal) == []
    return portal


def test_a_person_s_edit_is_told_with_its_time_and_author(written: Portal) -> None:
    written.crm.edit(Ref("contact", "123"), {"crmb_score": "9"}, user="42")
    item = one(written)
    assert (item.kind, item.object, item.id, item.name) == ("value", "contact", "123", "crmb_score")
    assert (item.ours, item.now, item.author, item.author_id) == ("1", "9", "person", "42")
    assert item.at == written.crm.records[Ref("contact", "123")].updated_at


def test_another_program_s_edit_is_told_as_such(written: Portal) -> None:
    written.crm.update("contact", [Update(id="249", properties={"crmb_roles": None})])
    item = one(written)
    assert (item.id, item.ours, item.now, item.author, item.author_id) == ("249", "user;buyer", None, "system", None)


def test_the_same_value_in_other_words_is_no_drift(written: Portal) -> None:
    """Kills: comparing texts."""
    written.crm.edit(Ref("contact", "001"), {"crmb_score": "1.0", "crmb_roles": "buyer; user"})
    assert found(written) == []


def test_stamps_are_left_out(written: Portal) -> None:
    written.crm.edit(Ref("contact", "001"), {"crmb_computed_at": "2020-01-01"})
    assert found(written) == []


def test_what_we_wrote_ourselves_later_is_no_drift(written: Portal) -> None:
    written.judge({"001": 5}, "score", "deal:2")
    written.apply(written.plan())
    assert written.value("001", "crmb_score") == "5"
    assert found(written) == []


def test_a_record_that_is_gone_is_told_once_and_until_a_sync_has_seen_it(written: Portal) -> None:
    written.crm.remove(Ref("contact", "001"))
    item = one(written)
    assert (item.kind, item.id, item.name, item.author) == ("record", "001", "", "gone")
    with written.store.locking() as tx:
        written.mirror.archive(tx, "contact", ["001"])
    assert found(written) == []


def test_a_property_that_is_gone_is_told_once(written: Portal) -> None:
    """Kills: a line for each of its values."""
    del written.crm.definitions["contact", "crmb_score"]
    item = one(written)
    assert (item.kind, item.object, item.id, item.name, item.author) == (
        "property", "contact", "", "crmb_score", "gone",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "kind", "ours", "now"),
    [
        ({"options": ROLES.options[1:]}, "options", "user", None),
        ({"type": "enumeration"}, "type", "multi", "enumeration"),
        ({"group": "other"}, "group", "crmbridge", "other"),
    ],
)
def test_a_changed_definition_is_told(
    written: Portal, change: dict[str, Any], kind: str, ours: str, now: str | None
) -> None:
    place = ("contact", "crmb_roles")
    written.crm.definitions[place] = written.crm.definitions[place].model_copy(update=change)
    items = [item for item in found(written) if item.kind != "value"]
    assert [(item.kind, item.name, item.ours, item.now) for item in items] == [(kind, "crmb_roles", ours, now)]


def test_a_label_of_ours_that_is_gone_is_told(written: Portal) -> None:
    deal, contacts = Ref("deal", "9"), [Ref("contact", "001"), Ref("contact", "002")]
    written.crm.add(Deal(id="9", created_at=AT, updated_at=AT))
    with written.store.locking() as tx:
        written.mirror.put(tx, [Deal(id="9", created_at=AT, updated_at=AT)], 1, 1)
        written.journal.manifest.own(tx, "plan", [Owned.label(contact, deal, "Buyer: main") for contact in contacts])
    for contact in contacts:
        written.crm.connect(contact, deal, "Buyer: main")
    assert found(written) == []
    written.crm.unlink([LinkChange(source=contacts[1], target=deal, label="Buyer: main")])
    item = one(written)
    assert (item.kind, item.object, item.id, item.ours, item.now) == ("label", "contact", "002", "Buyer: main", None)
    assert item.name == "Buyer: main (deal:9)"


def test_it_never_writes(written: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    written.crm.edit(Ref("contact", "123"), {"crmb_score": "9"})
    for name in WRITES:
        monkeypatch.setattr(written.crm, name, _fail)
    before = written.store.path.read_bytes()
    assert len(found(written)) == 1
    assert written.store.path.read_bytes() == before


class Busy(MemoryConnector):
    """A platform that takes several calls at once."""

    @property
    def capabilities(self) -> Capabilities:
        return super().capabilities.model_copy(update={"calls_at_once": 4, "read_batch": 30})


def test_several_batches_at_once_give_the_same_in_order(portal: Portal) -> None:
    portal.crm = Busy()
    portal.register(SCORE)
    portal.contacts(*IDS)
    portal.judge(dict.fromkeys(IDS, 1), "score")
    portal.apply(portal.plan())
    for id_ in IDS[::7]:
        portal.crm.edit(Ref("contact", id_), {"crmb_score": "9"})
    assert [item.id for item in found(portal)] == IDS[::7]


def test_a_platform_without_history_tells_no_author(portal: Portal, written: Portal) -> None:
    written.crm.edit(Ref("contact", "123"), {"crmb_score": "9"})
    plain = written.crm.capabilities.model_copy(update={"history": False})

    class Mute(MemoryConnector):
        capabilities = property(lambda _: plain)  # a platform that can do less

    written.crm.__class__ = Mute
    item = one(portal)
    assert (item.now, item.at, item.author, item.author_id) == ("9", None, "", None)


def _fail(*_: object, **__: object) -> None:
    raise AssertionError("drift must not write")
