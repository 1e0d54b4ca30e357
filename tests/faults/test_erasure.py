"""A person who is forgotten is gone: from every byte of the store, from plans and the journal, and for good (T40)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crmbridge import Bridge, Contact, Engagement, Ref
from crmbridge.errors import RetryLater, WaitForRun
from crmbridge.model import Ticket
from crmbridge.sandbox.kinds import KINDS
from crmbridge.sandbox.merging import merge
from crmbridge.sandbox.privacy import forget
from crmbridge.sandbox.times import iso
from crmbridge.store import Held, Reject, database, tombstones
from crmbridge.store.schema import journal_values, metadata, plan_rows, plans, records
from crmbridge.writeback import ApplyResult

from .conftest import World

MAIL, OTHER_MAIL = "annalotte.zweigelt@erase.example", "a.z@private.example"
CANARIES = ("annalotte", "zweigelt", OTHER_MAIL, "4930987654", "Oberkellermeisterin", "Rieslinglage")
SYNC = """engagements = ["email", "note"]
objects = ["ticket"]
[sync.properties]
deal = ["description"]
email = ["hs_email_text"]
note = ["hs_note_body"]
ticket = ["content"]
[pipeline]
"""
PLUGIN = """
from crmbridge import Evidence, PropertySpec, PropertyValue, RoleProposal, hookimpl

@hookimpl
def register_properties(ctx):
    yield PropertySpec(object="contact", name="card", label="Card", type="text")
    yield PropertySpec(object="deal", name="people", label="People", type="text")

@hookimpl
def propose_roles(ctx, center):
    for member in center.members:
        yield RoleProposal(member_id=member.id, role="user", evidence=(
            Evidence(source="title", weight=0.9, text=f"{member.name} said so", on=ctx.today),))

@hookimpl
def derive_contact(ctx, person, consent):
    one = person.contact
    yield PropertyValue(subject=one.ref, property="card", value=f"{one.name} {one.job_title} {one.phone}",
                        reason=f"signed as {one.email}")

@hookimpl
def derive_center(ctx, center):
    if center.deal:
        names = ", ".join(member.name for member in center.members)
        yield PropertyValue(subject=center.deal.ref, property="people", value=names, reason=f"members: {names}")
"""


class Portal:
    """An account with one person who is to be forgotten, in as many places as a person can stand in."""

    def __init__(self, world: World) -> None:
        self.world, portal = world, world.portal
        world.folder.mkdir(exist_ok=True)
        (world.folder / "bridgefile.py").write_text(PLUGIN)
        person = {"firstname": "Annalotte", "lastname": "Zweigelt", "email": MAIL, "phone": "+4930987654"}
        self.anna = portal.add(
            "contacts",
            {**person, "jobtitle": "Oberkellermeisterin", "hs_additional_emails": OTHER_MAIL},
        )
        self.bert = portal.add("contacts", {"firstname": "Bert", "lastname": "Muster", "email": "bert@erase.example"})
        self.deal = world.deal(self.anna, self.bert)
        self.other = portal.add("deals", {"dealname": "E", "description": f"ask {MAIL.upper()}, not x{MAIL}"})
        portal.link("deals", self.other, "contacts", self.bert)
        self.mail = self._mail(MAIL, "bert@erase.example", "Dear Annalotte")
        portal.link("emails", self.mail, "contacts", self.anna)
        portal.link("emails", self.mail, "deals", self.deal)
        self.copied = self._mail("bert@erase.example", OTHER_MAIL, "Annalotte in copy")
        portal.link("emails", self.copied, "deals", self.other)
        sent = iso(portal.clock() - 24 * 3_600_000)
        self.note = portal.add("notes", {"hs_timestamp": sent, "hs_note_body": "She owns the Rieslinglage"})
        portal.link("notes", self.note, "contacts", self.anna)
        self.ticket = self._ticket("Oberkellermeisterin is angry", "The Rieslinglage again", self.anna)

    def _ticket(self, subject: str, content: str, contact: str) -> str:
        fields = {"hs_pipeline": "0", "hs_pipeline_stage": "1"}
        ticket = self.world.portal.add("tickets", {"subject": subject, "content": content, **fields})
        self.world.portal.link("tickets", ticket, "contacts", contact)
        return ticket

    def told_of_others(self) -> tuple[str, str]:
        """Add a note and a ticket of somebody else that name the person."""
        sent = iso(self.world.portal.clock() - 24 * 3_600_000)
        body = "<p>Decides: <b>Annalotte</b>&nbsp;<i>Zweigelt</i></p>"
        note = self.world.portal.add("notes", {"hs_timestamp": sent, "hs_note_body": body})
        self.world.portal.link("notes", note, "contacts", self.bert)
        return note, self._ticket("Zweigelt, Annalotte called", "All is well", self.bert)

    def _mail(self, sender: str, recipient: str, subject: str) -> str:
        headers = {"from": {"email": sender}, "to": [{"email": recipient}]}
        sent = {"hs_timestamp": iso(self.world.portal.clock() - 7 * 24 * 3_600_000)}
        texts = {"hs_email_subject": subject, "hs_email_text": f"{subject}, ..."}
        way = {"hs_email_direction": "INCOMING_EMAIL", "hs_email_headers": json.dumps(headers)}
        return self.world.portal.add("emails", {**sent, **texts, **way})

    def open(self) -> Bridge:
        return self.world.open(SYNC)

    def written(self) -> Bridge:
        """Sync, write back, change something, and leave a plan waiting."""
        bridge = self.open()
        bridge.sync()
        plan = bridge.plan()
        assert bridge.apply(plan, approve=plan.hash).confirmed > 0
        self.world.portal.edit("contacts", self.anna, {"jobtitle": "Oberkellermeisterin i. R."})
        bridge.sync()
        assert not bridge.plan().is_empty
        return bridge

    def delete_for_good(self) -> None:
        record = self.world.portal.find(KINDS["contacts"], self.anna)
        assert record is not None
        with self.world.portal.lock:
            forget(self.world.portal, KINDS["contacts"], record)

    def found(self) -> dict[str, list[str]]:
        """Which canaries stand in the bytes of which file."""
        files = [path for path in (self.world.folder / ".crmbridge").rglob("*") if path.is_file()]
        return {
            path.name: hits
            for path in files
            if (hits := [one for one in CANARIES if one.lower().encode() in path.read_bytes().lower()])
        }


@pytest.fixture
def portal(world: World, monkeypatch: pytest.MonkeyPatch) -> Portal:
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "bridgefile")
    return Portal(world)


def people(bridge: Bridge) -> set[str]:
    return {person.id for person in bridge.contacts()}


def ref(id_: str) -> Ref:
    return Ref("contact", id_)


def keep_more(bridge: Bridge, id_: str) -> None:
    """Let values of a person stand wherever the store keeps some."""
    with bridge.store.locking() as tx:
        place = (ref(id_), "crmb_card")
        bridge.journal.rejects.add(tx, "p", [Reject(*place, "rejected", "TOO_LONG", "Annalotte Zweigelt")])
        bridge.journal.withheld.add(tx, "p", [Held(*place, "Zweigelt", any_value=False, why="dropped")])
        bridge.mirror.due.add(tx, "record", "contact", [id_])
        bridge.mirror.due.seen(tx, f"1:2:3:{id_}:4", 0.0)
        subscription = {
            "connection": "main",
            "address": MAIL,
            "id": "1",
            "body": json.dumps({"address": MAIL, "id": "1", "status": "subscribed"}),
        }
        tx.execute(metadata.tables["subscriptions"].insert().values(**subscription))


def test_no_byte_of_a_forgotten_person_is_left(portal: Portal) -> None:
    # Kills: no wipe (old pages and the log keep values); journal values kept; center bodies kept; plan headers kept.
    bridge = portal.written()
    keep_more(bridge, portal.anna)
    bridge.report()
    assert portal.found()
    done = bridge.forget(ref(portal.anna))
    assert done.wiped
    assert portal.found() == {}
    assert not bridge.config.report_path.exists()
    assert set(done.erased.engagements) == {
        Ref("email", portal.mail),
        Ref("email", portal.copied),
        Ref("note", portal.note),
        Ref("ticket", portal.ticket),
    }
    assert set(done.erased.others) == {Ref("deal", portal.deal), Ref("deal", portal.other)}
    with bridge.store.reading() as tx:
        for table in metadata.sorted_tables:
            assert [row for row in tx.execute(sa.select(table)) if portal.anna in str(row)] == [], table.name
    assert people(bridge) == {portal.bert}
    bridge.judge()
    assert portal.found() == {}


def test_texts_of_others_that_name_the_person_in_full_are_emptied(portal: Portal) -> None:
    # Kills: looking there for addresses only; names only as "first last" with one space; tickets left out.
    note, ticket = portal.told_of_others()
    bridge = portal.written()
    done = bridge.forget(ref(portal.anna))
    assert portal.found() == {}
    assert {Ref("note", note), Ref("ticket", ticket)} < set(done.erased.engagements)
    with bridge.store.reading() as tx:
        left = bridge.mirror.get(tx, Ticket, "ticket", [ticket])[ticket]
    assert (left.subject, left.properties["content"]) == (None, "All is well")


def test_rows_that_were_written_stay_without_values_and_the_journal_verifies(portal: Portal) -> None:
    # Kills: journal rows deleted (the chain breaks); rows of others emptied, too.
    bridge = portal.written()
    entries = bridge.journal.verify().entries
    done = bridge.forget(ref(portal.anna))
    verified = bridge.journal.verify()
    assert verified.faults == ()
    assert verified.erased == done.erased.plans.rows
    assert verified.entries == entries + done.erased.plans.rows
    with bridge.store.reading() as tx:
        bodies = [json.loads(body) for body in tx.scalars(sa.select(plan_rows.c.body))]
    cards = [body for body in bodies if body.get("property") == "crmb_card"]
    assert [(body["subject"]["id"], body["after"]) for body in cards] == [
        ("", None),
        (portal.bert, "Bert Muster None None"),
    ]
    with bridge.store.locking() as tx:
        tx.execute(journal_values.delete())
    assert bridge.journal.verify().faults


def test_a_plan_that_waits_and_names_the_person_is_dropped(portal: Portal) -> None:
    bridge = portal.written()
    waiting = bridge.plan()
    assert bridge.forget(ref(portal.anna)).erased.plans.dropped >= 1
    assert bridge.journal.plans.get(waiting.header.id) is None
    with bridge.store.reading() as tx:
        assert tx.scalars(sa.select(plans.c.state)).all() == ["applied"]


@pytest.mark.parametrize("full", [False, True])
def test_no_sync_brings_a_forgotten_person_back(portal: Portal, full: bool) -> None:
    # Kills: no tombstone of the id; no tombstone of the address (the copied mail, the deal's text);
    # links of engagements taken in unseen (the note).
    bridge = portal.written()
    bridge.forget(ref(portal.anna))
    api = portal.world.portal
    api.edit("contacts", portal.anna, {"jobtitle": "Oberkellermeisterin a. D."})
    for name, one in (("emails", portal.mail), ("emails", portal.copied), ("notes", portal.note)):
        api.edit(name, one, {"hs_timestamp": iso(api.clock() - 1000)})
    api.edit("tickets", portal.ticket, {"content": "The Rieslinglage is lost"})
    for deal in (portal.deal, portal.other):  # what crmbridge wrote there itself names her, until somebody empties it
        api.edit("deals", deal, {"dealname": "F", "crmb_people": ""})
    with bridge.store.locking() as tx:  # as a webhook has it
        bridge.mirror.due.add(tx, "record", "contact", [portal.anna])
    result = bridge.sync(full=full)
    assert result.forgotten > 0
    assert people(bridge) == {portal.bert}
    bridge.plan()
    assert portal.found() == {}
    with bridge.store.reading() as tx:
        mail = bridge.mirror.get(tx, Engagement, "email", [portal.mail])[portal.mail]
        note = bridge.mirror.get(tx, Engagement, "note", [portal.note])[portal.note]
    assert [item.part for item in mail.participants] == ["from", "to"], "that somebody took part stays"
    assert (mail.subject, note.properties) == (None, {"hs_note_body": None})


def test_a_new_contact_of_a_forgotten_address_is_left_out(portal: Portal) -> None:
    # Kills: tombstones of ids only.
    bridge = portal.written()
    bridge.forget(ref(portal.anna))
    portal.world.portal.archive("contacts", portal.anna)
    again = portal.world.portal.add("contacts", {"firstname": "Annalotte", "email": OTHER_MAIL})
    bridge.sync()
    assert again not in people(bridge)


def test_a_privacy_deletion_in_the_crm_does_the_same(portal: Portal) -> None:
    # Kills: erasing the record only; no wipe at the end of a sync; no tombstone for who was deleted there.
    bridge = portal.written()
    keep_more(bridge, portal.anna)
    portal.delete_for_good()
    bridge.sync()
    assert portal.found() == {}
    assert bridge.journal.verify().faults == ()
    assert bridge.subject_access(ref(portal.anna)) == {"subject": f"contact:{portal.anna}", "forgotten": True}


def test_who_was_merged_into_the_person_is_forgotten_too(portal: Portal) -> None:
    loser = portal.world.portal.add("contacts", {"firstname": "Annalotte", "email": "old@erase.example"})
    bridge = portal.written()
    survivor = merge(portal.world.portal, "contacts", portal.anna, loser)
    bridge.sync()
    done = bridge.forget(ref(loser))
    assert done.subjects == (ref(survivor),)
    assert set(done.erased.records) >= {ref(survivor), ref(loser)}
    assert bridge.subject_access(ref(loser))["forgotten"]
    bridge.sync(full=True)
    assert people(bridge) == {portal.bert}


def test_what_was_being_sent_ends_as_erased(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: a row without record and value is read back, or sent.
    bridge = portal.open()
    bridge.sync()
    plan = bridge.plan()
    update = bridge.connector.update

    def lost(name: str, updates: Any) -> Any:
        if name == "contact":
            raise RetryLater("gone")
        return update(name, updates)

    monkeypatch.setattr(bridge.connector, "update", lost)
    monkeypatch.setattr(bridge.connector, "read_records", _once_then_fail(bridge.connector.read_records))
    with pytest.raises(RetryLater):
        bridge.apply(plan, approve=plan.hash)
    monkeypatch.undo()
    assert {row.state for rows in bridge.journal.rows(plan.header.id, {"sending", "unknown"}) for row in rows}
    done = bridge.forget(ref(portal.anna))
    assert done.erased.plans.given_up == 2
    ended = [row for rows in bridge.journal.rows(plan.header.id, {"invalid"}) for row in rows]
    assert {row.reason for row in ended} == {"erased"}
    kept = bridge.journal.plans.get(plan.header.id)
    assert kept is not None
    result: ApplyResult = bridge.apply(kept, approve=plan.hash)
    assert (result.status, result.unknown) == ("done", 0)
    card = portal.world.portal.record("contacts", portal.anna)["properties"].get("crmb_card")
    assert not card
    assert bridge.journal.verify().faults == ()
    assert bridge.journal.plans.state(plan.header.id) == "applied"


def _once_then_fail(real: Callable[..., Any]) -> Callable[..., Any]:
    """The look before sending works, the one after it does not."""
    seen: set[str] = set()

    def read(name: str, *given: Any) -> Any:
        if name == "contact" and name in seen:
            raise RetryLater("gone")
        seen.add(name)
        return real(name, *given)

    return read


@pytest.mark.parametrize("kind", ["sync", "apply"])
def test_a_run_under_way_keeps_erasure_away(portal: Portal, kind: str) -> None:
    # Kills: erasing without the lease.
    bridge = portal.written()
    with bridge.progress.run(kind, "r1"), pytest.raises(WaitForRun):
        bridge.forget(ref(portal.anna))
    assert portal.anna in people(bridge)
    bridge.forget(ref(portal.anna))
    assert portal.anna not in people(bridge)


def test_a_reader_delays_wiping_and_the_next_call_does_it(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: the mark is taken away before the log is empty.
    bridge = portal.written()
    wipe = bridge.store.wipe
    monkeypatch.setattr(bridge.store, "wipe", lambda: wipe(0))
    with bridge.store.reading() as tx:
        tx.execute(sa.select(records.c.id)).first()
        assert not bridge.forget(ref(portal.anna)).wiped
        assert portal.found()
    assert wipe()
    assert portal.found() == {}
    assert bridge.forget(ref(portal.anna)).wiped, "once more does no harm"


def test_a_killed_erasure_is_wiped_by_the_next_sync(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: the need to wipe known in memory only.
    bridge = portal.written()
    with monkeypatch.context() as patch:
        patch.setattr(database, "_wiped", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bridge.forget(ref(portal.anna))
    portal.world.close()
    portal.open().sync()
    assert portal.found() == {}


def test_a_restored_backup_is_cleaned_by_the_tombstones_that_were_kept(portal: Portal, tmp_path: Path) -> None:
    # Kills: taking tombstones over without looking who is there.
    portal.written()
    backup = portal.world.copy()
    bridge = portal.open()
    bridge.forget(ref(portal.anna))
    kept = tmp_path / "tombstones.json"
    assert bridge.export_tombstones(kept) == 3
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "zweigelt" not in kept.read_text().lower()
    portal.world.restore(backup)
    bridge = portal.open()
    assert portal.anna in people(bridge)
    assert bridge.import_tombstones(kept).subjects == (ref(portal.anna),)
    assert portal.found() == {}
    bridge.sync(full=True)
    assert people(bridge) == {portal.bert}


def test_lifting_lets_the_next_sync_bring_the_person_back(portal: Portal) -> None:
    bridge = portal.written()
    bridge.forget(ref(portal.anna))
    assert bridge.lift(ref(portal.anna)) == 3
    bridge.sync()
    assert people(bridge) == {portal.anna, portal.bert}
    bridge.sync(full=True)
    assert bridge.subject_access(ref(portal.anna))["engagements"]


def test_an_address_of_somebody_else_stays(portal: Portal) -> None:
    # Kills: a tombstone for a shared address would make the other person vanish.
    bridge = portal.written()
    with bridge.store.locking() as tx:
        twin = Contact(id="5", email=MAIL, emails=(MAIL,), first_name="Twin")
        bridge.mirror.put(tx, [twin], 1, 1)
    done = bridge.forget(ref(portal.anna))
    assert done.erased.shared == 1
    assert people(bridge) == {portal.bert, "5"}


def test_without_tombstones_a_sync_asks_for_them_once(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = tombstones.Tombstones.read

    def read(self: tombstones.Tombstones, tx: sa.Connection) -> tombstones.Buried:
        asked.append(self.connection)
        return real(self, tx)

    monkeypatch.setattr(tombstones.Tombstones, "read", read)
    portal.open().sync()
    assert asked == ["main"]


def test_a_person_is_told_all_that_is_held(portal: Portal) -> None:
    bridge = portal.written()
    keep_more(bridge, portal.anna)
    found = bridge.subject_access(ref(portal.anna))
    json.dumps(found)
    assert found["records"][0]["phone"] == "+4930987654"
    assert found["addresses"] == sorted((MAIL, OTHER_MAIL))
    assert {item["id"] for item in found["engagements"]} == {portal.copied, portal.mail, portal.note}
    assert "bert" not in json.dumps(found["engagements"]), "of others only how many there were"
    assert [item["properties"]["content"] for item in found["tickets"]] == ["The Rieslinglage again"]
    assert {item["center"] for item in found["centers"]} == {f"deal:{portal.deal}", f"deal:{portal.other}"}
    assert "Annalotte Zweigelt said so" in json.dumps(found["centers"])
    assert [item["property"] for item in found["proposals"]] == ["card"]
    assert "crmb_card" in [item["property"] for item in found["confirmed"]]
    assert len(found["subscriptions"]) == len(found["rejects"]) == len(found["withheld"]) == 1
    assert found["planned"][0]["change"]["after"].startswith("Annalotte Zweigelt Oberkellermeisterin i. R.")
    sent = [item for item in found["journal"] if item["state"] == "sending"]
    assert sent[0]["before"] is None
    assert sent[0]["after"].startswith("Annalotte Zweigelt Oberkellermeisterin")
    assert sent[0]["actor"]


def test_a_person_is_told_what_was_said_of_its_role_where_it_is_no_member_any_more(portal: Portal) -> None:
    # Kills: looking for rulings only in the centers in which the person is.
    bridge = portal.written()
    bridge.confirm(f"deal:{portal.deal}", MAIL, "user", author="Sam")
    portal.world.portal.unlink("deals", portal.deal, "contacts", portal.anna)
    portal.world.portal.unlink("emails", portal.mail, "contacts", portal.anna)
    bridge.sync(full=True)
    bridge.judge()
    found = bridge.subject_access(ref(portal.anna))
    assert [(item["center_id"], item["role"], item["author"]) for item in found["rulings"]] == [
        (f"deal:{portal.deal}", "user", "Sam")
    ]
